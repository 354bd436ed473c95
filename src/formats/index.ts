/** Every format, most specific first: the order decides between formats that read the same lines. */

import akamai from './akamai.js';
import apacheVhost from './apache-vhost.js';
import apisix from './apisix.js';
import apisixJson from './apisix-json.js';
import auth0 from './auth0.js';
import awsAlb from './aws-alb.js';
import awsApigw from './aws-apigw.js';
import awsApigwClf from './aws-apigw-clf.js';
import awsApigwCsv from './aws-apigw-csv.js';
import awsApigwHttpCsv from './aws-apigw-http-csv.js';
import awsApigwXml from './aws-apigw-xml.js';
import awsElb from './aws-elb.js';
import azureApim from './azure-apim.js';
import azureAppgw from './azure-appgw.js';
import azureAppgwV1 from './azure-appgw-v1.js';
import azureAppservice from './azure-appservice.js';
import azureFrontdoor from './azure-frontdoor.js';
import caddy from './caddy.js';
import clf from './clf.js';
import clfCombined from './clf-combined.js';
import clfCombinedNumber from './clf-combined-number.js';
import clfMixed from './clf-mixed.js';
import cloudflare from './cloudflare.js';
import cloudfront from './cloudfront.js';
import cloudtrail from './cloudtrail.js';
import type { Format } from './define.js';
import entra from './entra.js';
import envoy from './envoy.js';
import envoyJson from './envoy-json.js';
import fluentClf from './fluent-clf.js';
import forgerock from './forgerock.js';
import gcpLb from './gcp-lb.js';
import gin from './gin.js';
import gravitee from './gravitee.js';
import graviteeCsv from './gravitee-csv.js';
import graviteeEs from './gravitee-es.js';
import haproxy from './haproxy.js';
import har from './har.js';
import hydra from './hydra.js';
import ingressNginx from './ingress-nginx.js';
import istio from './istio.js';
import json from './json.js';
import keycloak from './keycloak.js';
import kong from './kong.js';
import kongJson from './kong-json.js';
import logfmt from './logfmt.js';
import logstashClf from './logstash-clf.js';
import nginxJson from './nginx-json.js';
import nginxMain from './nginx-main.js';
import nginxMainTimes from './nginx-main-times.js';
import nginxPipe from './nginx-pipe.js';
import nginxProxyManager from './nginx-proxy-manager.js';
import nginxRequestTime from './nginx-request-time.js';
import nginxRequestTimes from './nginx-request-times.js';
import nginxTiming from './nginx-timing.js';
import nginxVhost from './nginx-vhost.js';
import okta from './okta.js';
import otlp from './otlp.js';
import reactorNetty from './reactor-netty.js';
import reactorNettyPort from './reactor-netty-port.js';
import squid from './squid.js';
import tokenTaxIdp from './token-tax-idp.js';
import tokenTaxLoopback from './token-tax-loopback.js';
import traefik from './traefik.js';
import traefikJson from './traefik-json.js';
import tyk from './tyk.js';
import tykAnalytics from './tyk-analytics.js';
import tykLogfmt from './tyk-logfmt.js';
import varnish from './varnish.js';
import w3c from './w3c.js';
import w3cAspnet from './w3c-aspnet.js';
import zuul from './zuul.js';

export const formats: readonly Format[] = [
  tokenTaxIdp,
  tokenTaxLoopback,
  cloudtrail,
  kongJson,
  apisixJson,
  gravitee,
  graviteeEs,
  caddy,
  traefikJson,
  tyk,
  tykAnalytics,
  envoyJson,
  azureApim,
  azureAppgw,
  azureAppgwV1,
  azureAppservice,
  azureFrontdoor,
  entra,
  gcpLb,
  cloudflare,
  akamai,
  okta,
  auth0,
  hydra,
  forgerock,
  awsApigw,
  har,
  otlp,
  cloudfront,
  w3cAspnet,
  w3c,
  keycloak,
  nginxJson,
  fluentClf,
  logstashClf,
  json,
  tykLogfmt,
  logfmt,
  haproxy,
  envoy,
  istio,
  traefik,
  kong,
  apisix,
  squid,
  gin,
  zuul,
  graviteeCsv,
  awsAlb,
  awsElb,
  ingressNginx,
  nginxProxyManager,
  nginxTiming,
  nginxRequestTime,
  nginxRequestTimes,
  nginxPipe,
  nginxMain,
  nginxMainTimes,
  nginxVhost,
  apacheVhost,
  varnish,
  clfCombinedNumber,
  awsApigwClf,
  awsApigwCsv,
  awsApigwHttpCsv,
  awsApigwXml,
  reactorNetty,
  reactorNettyPort,
  clfCombined,
  clf,
  clfMixed,
];

/** The format with this id or alias. */
export const formatById = (id: string): Format | undefined =>
  formats.find((format) => format.id === id || format.aliases?.includes(id) === true);
