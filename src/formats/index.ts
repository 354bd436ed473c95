/** Every format, most specific first: the order decides between formats that read the same lines. */
import clf from './clf.js';
import clfCombined from './clf-combined.js';
import type { Format } from './define.js';
import ingressNginx from './ingress-nginx.js';
import json from './json.js';
import nginxJson from './nginx-json.js';
import nginxMain from './nginx-main.js';
import nginxRequestTime from './nginx-request-time.js';
import nginxTiming from './nginx-timing.js';

export const formats: readonly Format[] = [nginxJson, json, ingressNginx, nginxTiming, nginxRequestTime, nginxMain, clfCombined, clf];

/** The format with this id or alias. */
export const formatById = (id: string): Format | undefined =>
  formats.find((format) => format.id === id || format.aliases?.includes(id) === true);
