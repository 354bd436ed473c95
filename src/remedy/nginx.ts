/**
 * nginx without any module: an internal endpoint that answers with the issuer's whole token response from a cache. The slot of time in
 * the cache key makes each renewal a first fill, which `proxy_cache_lock` collapses; an expired entry would let several through.
 */
import { parsePolicy } from '../simulation/policy.js';
import { authority, formBody, isAddress, percent, shellString, urlHost, urlPath } from './escape.js';
import { CLIENT_ID_TO_FILL_IN, internalPath, nameOf, RESOLVER_TO_FILL_IN, type Remedy, type RemedyContext } from './remedy.js';
import { slotsWithin } from './slots.js';

/** So long a failure is remembered. */
const NEGATIVE_S = 2;

function config(context: RemedyContext): string {
  const { listen, places } = context;
  const name = nameOf(context);
  const { patterns, longestMs } = slotsWithin(context.ttlMs, 'token_tax_epoch');
  const seconds = Math.ceil(longestMs / 1000);
  return `# Goes into http { }, as a file of conf.d. Callers: http://${listen.host}:${listen.port}${internalPath(context)}
proxy_cache_path ${places.cacheFolder} levels=1 keys_zone=token_tax:1m max_size=16m inactive=${seconds + 1}s use_temp_path=off;
# No query, no headers, no bodies: nothing in it is secret.
log_format token_tax escape=json '{"msec":"$msec","remote_addr":"$remote_addr","request_method":"$request_method","uri":"$uri",'
    '"status":"$status","body_bytes_sent":"$body_bytes_sent","request_time":"$request_time","upstream_addr":"$upstream_addr",'
    '"upstream_status":"$upstream_status","upstream_response_time":"$upstream_response_time",'
    '"upstream_cache_status":"$upstream_cache_status"}';

# Slots of time: a token is used in the slot in which it was fetched, at most ${longestMs / 1000} s.
map $msec $token_tax_slot {
${patterns.map((pattern, at) => `    "~${pattern}" "$token_tax_epoch-${at}";`).join('\n')}
}

geo $token_tax_stranger {
    default 1;
    127.0.0.1 0;
    ::1 0;
}

server {
    listen ${listen.host}:${listen.port};
    # Not with "deny": its 403 would be taken for one of the issuer's.
    if ($token_tax_stranger) { return 444; }
    access_log ${places.logFile} token_tax;
${nginxResolver(context)}
    location = ${internalPath(context)} {
        if ($request_method !~ ^(GET|POST)$) { return 405; }
${nginxFetch(context)}
        proxy_cache token_tax;
        proxy_cache_methods GET POST;
        proxy_cache_key "${name}|1|$token_tax_slot";       # another number here forgets the token of this slot
        proxy_cache_valid 200 ${seconds}s;
        proxy_cache_valid any ${NEGATIVE_S}s;
        proxy_cache_lock on;
        # Longer than the issuer may take: who waits longer than this asks it himself.
        proxy_cache_lock_timeout 12s;
        proxy_cache_lock_age 12s;
        proxy_cache_use_stale off;
        proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Expires X-Accel-Redirect X-Accel-Buffering X-Accel-Limit-Rate;
        proxy_hide_header Set-Cookie;
        proxy_hide_header Cache-Control;
        proxy_hide_header Expires;
        proxy_hide_header Pragma;
        proxy_hide_header ETag;
        proxy_hide_header Last-Modified;
        add_header Cache-Control no-store always;
        # An intercepted failure is remembered by the lock itself, so that its end collapses too.
        proxy_intercept_errors on;
        error_page 301 302 303 307 308 400 401 403 404 408 415 429 500 501 502 503 504 = @token_tax_failed;
        max_ranges 0;
        if_modified_since off;
        etag off;
        gzip off;
    }
    location @token_tax_failed {
        internal;
        default_type application/json;
        add_header Retry-After ${NEGATIVE_S} always;
        add_header Cache-Control no-store always;
        return 503 '{"error":"temporarily_unavailable"}';
    }
    location / { return 404; }
}
`;
}

/** What asks the issuer, without what the caller sent. Shared with the shim in front of Varnish. */
export function nginxFetch(context: RemedyContext): string {
  const { tokenEndpoint } = context;
  const name = isAddress(tokenEndpoint.host) ? undefined : urlHost(tokenEndpoint.host);
  const tls =
    tokenEndpoint.scheme === 'https'
      ? `
        proxy_ssl_server_name on;
        proxy_ssl_name ${urlHost(tokenEndpoint.host)};
        proxy_ssl_verify on;
        proxy_ssl_verify_depth 3;
        proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;`
      : '';
  const host = name === undefined ? authority(tokenEndpoint) : `$token_tax_issuer:${tokenEndpoint.port}`;
  return `${name === undefined ? '' : `        set $token_tax_issuer ${name};          # a variable: the name is resolved while nginx runs\n`}        proxy_pass "${tokenEndpoint.scheme}://${host}${urlPath(tokenEndpoint.path)}";
        proxy_method POST;
        proxy_pass_request_headers off;
        proxy_pass_request_body off;
        proxy_http_version 1.1;
        proxy_set_header Host ${authority(tokenEndpoint)};
        proxy_set_header Accept application/json;
        proxy_set_header Content-Type application/x-www-form-urlencoded;
        include ${context.places.secretFile};
        proxy_set_body "${formBody(context)}";
        proxy_connect_timeout 3s;
        proxy_send_timeout 3s;
        proxy_read_timeout 5s;
        proxy_next_upstream off;
        proxy_ignore_client_abort on;        # others wait for this answer${tls}`;
}

export const nginxResolver = ({ tokenEndpoint, resolver }: RemedyContext): string =>
  isAddress(tokenEndpoint.host) ? '' : `    resolver ${resolver ?? RESOLVER_TO_FILL_IN} ipv6=off;\n    resolver_timeout 3s;\n`;

/** The file with the secret, readable by root alone: nginx reads it before it gives up its rights. */
export const nginxSecret = (context: RemedyContext): string => `#!/bin/sh
# Run as root; asks for the secret of the client, and writes ${context.places.secretFile}.
# Characters of the secret other than letters, digits, - . _ must be percent-encoded (RFC 6749, 2.3.1).
set -eu
umask 077
[ -t 0 ] && { trap 'stty echo' EXIT; stty -echo; printf 'Client secret: ' >&2; }
IFS= read -r secret
credentials=$(printf '%s:%s' ${shellString(context.clientId === undefined ? CLIENT_ID_TO_FILL_IN : percent(context.clientId))} "$secret" | base64 | tr -d '\\n')
printf 'proxy_set_header Authorization "Basic %s";\\n' "$credentials" > ${shellString(context.places.secretFile)}
`;

export const nginx: Remedy = {
  id: 'nginx',
  title: 'nginx: an internal endpoint that keeps the token response',
  aliases: ['nginx-oss', 'ingress-nginx'],
  docs: 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache_lock',
  policy: (context) => parsePolicy(`node,single-flight,ttl=${slotsWithin(context.ttlMs, 'epoch').longestMs}ms`),
  overshootPerStretch: 1,
  // The use of one token lies in two slots at most, and a window in so many.
  mostFetches: (fetches, windowMs, holders, context) => {
    const slots = Math.floor(windowMs / slotsWithin(context.ttlMs, 'epoch').meanMs) + 2;
    return Math.max(fetches, Math.min(2 * fetches, holders * slots));
  },
  files: (context) => [
    { name: 'token-tax.conf', language: 'nginx', text: config(context), certainty: 'proven' },
    { name: 'token-tax-secret.sh', language: 'sh', text: nginxSecret(context), certainty: 'proven' },
  ],
  risks: (context) => [
    `Every process on this machine that can open ${context.listen.host}:${context.listen.port} gets the token: treat the path as a secret of its own.`,
    `A revoked token is handed out until its slot ends, at most ${slotsWithin(context.ttlMs, 'epoch').longestMs / 1000} s. Another number in proxy_cache_key and a reload forget it at once.`,
    'The token lies in a file of the cache folder, readable by the nginx user alone; put the folder on a tmpfs to keep it off disks.',
    'The body repeats the expires_in of the first answer: callers must ask each time and not keep the token themselves.',
    'The TTL is fixed: an issuer that answers with an older token, and an expires_in that counts down, needs a cache that reads the response (OpenResty).',
  ],
  verify: (context) =>
    [
      'nginx -t',
      `for n in $(seq 20); do curl -s -o /dev/null -w '%{http_code} ' http://${context.listen.host}:${context.listen.port}${internalPath(context)}; done`,
      `token-tax analyze --loopback ${context.places.logFile} --token-endpoint ${internalPath(context)}    # one fetch a slot; the rest are cache hits`,
    ].join('\n'),
  notes: [
    'Point the callouts of all gateways on this machine at the internal path: they get the same JSON, by GET or POST, and need no credentials for it.',
    'Who comes while the token is renewed waits in steps of up to half a second: that is how proxy_cache_lock looks again.',
    'All nodes change slots at the same moment of the clock: N nodes make N fetches at once.',
    'While the issuer fails it is asked once every 2 s; callers get 503 meanwhile, never an old token.',
    'The name of the issuer is resolved while nginx runs, for as long as its DNS record says.',
    'The file is for one token. For another, copy it, write token_tax_2 for token_tax, and give it a port and a file with a secret of its own.',
  ],
};
