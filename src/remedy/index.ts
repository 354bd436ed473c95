/** All remedies, in the order in which they are listed. */
import { apache } from './apache.js';
import { apigee } from './apigee.js';
import { apisix } from './apisix.js';
import { awsApigw } from './aws-apigw.js';
import { azureApim } from './azure-apim.js';
import { squid, traefik } from './beside.js';
import { camel, oathkeeper } from './camel.js';
import { envoy } from './envoy.js';
import { gravitee } from './gravitee.js';
import { haproxy } from './haproxy.js';
import { istio } from './istio.js';
import { kong } from './kong.js';
import { nginx } from './nginx.js';
import { openresty } from './openresty.js';
import type { Remedy } from './remedy.js';
import { spring, yarp } from './spring.js';
import { krakend, tyk } from './tyk.js';
import { varnish } from './varnish.js';

export const remedies: readonly Remedy[] = [
  nginx,
  openresty,
  haproxy,
  apache,
  varnish,
  envoy,
  istio,
  kong,
  gravitee,
  apigee,
  azureApim,
  awsApigw,
  tyk,
  krakend,
  apisix,
  spring,
  yarp,
  traefik,
  squid,
  oathkeeper,
  camel,
];

/** By its name or one of its others, whatever the case. */
export const remedyFor = (name: string): Remedy | undefined => {
  const wanted = name
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, '-');
  return remedies.find(({ id, aliases }) => id === wanted || aliases.includes(wanted));
};

export const remedyNames = (): readonly string[] => remedies.flatMap(({ id, aliases }) => [id, ...aliases]);
