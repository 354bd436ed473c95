/** Every format, most specific first: the order decides between formats that read the same lines. */

import akamai from './akamai.js';
import apisixJson from './apisix-json.js';
import auth0 from './auth0.js';
import awsApigw from './aws-apigw.js';
import azureApim from './azure-apim.js';
import azureAppgw from './azure-appgw.js';
import azureAppgwV1 from './azure-appgw-v1.js';
import caddy from './caddy.js';
import clf from './clf.js';
import clfCombined from './clf-combined.js';
import cloudflare from './cloudflare.js';
import cloudtrail from './cloudtrail.js';
import type { Format } from './define.js';
import entra from './entra.js';
import envoy from './envoy.js';
import envoyJson from './envoy-json.js';
import gcpLb from './gcp-lb.js';
import gravitee from './gravitee.js';
import graviteeEs from './gravitee-es.js';
import haproxy from './haproxy.js';
import hydra from './hydra.js';
import ingressNginx from './ingress-nginx.js';
import istio from './istio.js';
import json from './json.js';
import kongJson from './kong-json.js';
import nginxJson from './nginx-json.js';
import nginxMain from './nginx-main.js';
import nginxRequestTime from './nginx-request-time.js';
import nginxTiming from './nginx-timing.js';
import okta from './okta.js';
import traefik from './traefik.js';
import traefikJson from './traefik-json.js';
import tyk from './tyk.js';
import tykAnalytics from './tyk-analytics.js';

export const formats: readonly Format[] = [
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
  entra,
  gcpLb,
  cloudflare,
  akamai,
  okta,
  auth0,
  hydra,
  awsApigw,
  nginxJson,
  json,
  haproxy,
  envoy,
  istio,
  traefik,
  ingressNginx,
  nginxTiming,
  nginxRequestTime,
  nginxMain,
  clfCombined,
  clf,
];

/** The format with this id or alias. */
export const formatById = (id: string): Format | undefined =>
  formats.find((format) => format.id === id || format.aliases?.includes(id) === true);
