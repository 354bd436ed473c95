/**
 * Varnish has no POST to give and no TLS to the issuer, and looks its back end up once. So a shim (nginx without a cache) turns GET into
 * the token request, and Varnish does what it is best at: one fetch for all who ask at once, kept for a fixed time.
 */
import { parsePolicy } from '../simulation/policy.js';
import { nginxFetch, nginxResolver, nginxSecret } from './nginx.js';
import { internalPath, type Remedy, type RemedyContext } from './remedy.js';

const NEGATIVE_S = 2;

const shim = (
  context: RemedyContext,
): string => `# nginx, in http { }: turns a GET on the socket into the token request. It keeps nothing.
server {
    listen unix:${context.places.socketFile};
    access_log off;
${nginxResolver(context)}
    location = ${internalPath(context)} {
        limit_except GET { deny all; }
${nginxFetch(context)}
        proxy_buffering on;
    }
    location / { return 404; }
}
`;

const vcl = (context: RemedyContext): string => {
  const path = internalPath(context);
  const seconds = Math.floor(context.ttlMs / 100) / 10;
  return `vcl 4.1;
# In /etc/varnish, started with (callers may still send credentials; the mask keeps their headers out of Varnish's log):
# varnishd -a ${context.listen.host}:${context.listen.port} -f token-tax.vcl -s malloc,16m -p vsl_mask=-ReqHeader,-ReqUnset
# Callers: http://${context.listen.host}:${context.listen.port}${path}
import std;

backend token_tax_shim {
    .path = "${context.places.socketFile}";
    .connect_timeout = 3s;
    .first_byte_timeout = 10s;
    .between_bytes_timeout = 5s;
}

acl token_tax_callers {
    "127.0.0.1";
    "::1";
}

sub vcl_recv {
    if (client.ip !~ token_tax_callers) { return (synth(403)); }
    if (req.url != "${path}") { return (synth(404)); }
    if (req.method != "GET" && req.method != "POST") { return (synth(405)); }
    # Nothing of the caller's reaches the issuer or the key.
    set req.method = "GET";
    unset req.http.Authorization;
    unset req.http.Cookie;
    unset req.http.Cache-Control;
    unset req.http.Range;
    unset req.http.If-None-Match;
    unset req.http.If-Modified-Since;
    unset req.http.Accept-Encoding;
    set req.grace = 0s;
    return (hash);
}

sub vcl_hash {
    hash_data("${path}");
    return (lookup);
}

sub vcl_backend_response {
    # No grace and no keep: a dead token is never served.
    set beresp.grace = 0s;
    set beresp.keep = 0s;
    unset beresp.http.Set-Cookie;
    unset beresp.http.Vary;
    unset beresp.http.ETag;
    unset beresp.http.Last-Modified;
    set beresp.uncacheable = false;
    set beresp.do_esi = false;
    set beresp.do_stream = false;
    if (beresp.status != 200) { return (error(503, "Service Unavailable")); }
    # Counted from the request: the token may be as old as that.
    set beresp.ttl = ${seconds}s - (now - bereq.time);
    return (deliver);
}

sub vcl_backend_error {
    set beresp.ttl = ${NEGATIVE_S}s;
    set beresp.grace = 0s;
    set beresp.keep = 0s;
    set beresp.http.Content-Type = "application/json";
    set beresp.body = {"{"error":"temporarily_unavailable" }"};
    return (deliver);
}

sub vcl_deliver {
    # Age belongs to the entry, not to the token that a caller would compute with it.
    set resp.http.Cache-Control = "no-store";
    if (resp.status != 200) { set resp.http.Retry-After = "${NEGATIVE_S}"; }
    if (obj.hits > 0) { set resp.http.X-Cache = "HIT"; } else { set resp.http.X-Cache = "MISS"; }
    unset resp.http.Via;
    unset resp.http.X-Varnish;
    return (deliver);
}
`;
};

export const varnish: Remedy = {
  id: 'varnish',
  title: 'Varnish: an internal endpoint that keeps the token response, behind a shim',
  aliases: ['varnish-cache', 'vcl'],
  docs: 'https://varnish-cache.org/docs/7.1/users-guide/vcl-grace.html',
  policy: ({ ttlMs }) => parsePolicy(`node,single-flight,ttl=${Math.floor(ttlMs / 100) * 100}ms`),
  overshootPerStretch: 0,
  files: (context) => [
    { name: 'token-tax.vcl', language: 'vcl', text: vcl(context), certainty: 'proven' },
    { name: 'token-tax-shim.conf', language: 'nginx', text: shim(context), certainty: 'proven' },
    { name: 'token-tax-secret.sh', language: 'sh', text: nginxSecret(context), certainty: 'proven' },
  ],
  risks: (context) => [
    `Every process on this machine that can open ${context.listen.host}:${context.listen.port} gets the token: treat the path as a secret of its own.`,
    `Who can open ${context.places.socketFile} gets a new token each time: put it into a folder that only the users of nginx and Varnish may enter.`,
    `A revoked token is handed out until its TTL ends, at most ${Math.floor(context.ttlMs / 1000)} s; a restart of Varnish forgets it.`,
    'The body repeats the expires_in of the first answer: callers must ask each time and not keep the token themselves.',
    'The TTL is fixed: an issuer that answers with an older token, and an expires_in that counts down, needs a cache that reads the response (OpenResty).',
  ],
  verify: (context) =>
    [
      'nginx -t && varnishd -C -f token-tax.vcl > /dev/null',
      `for n in $(seq 20); do curl -s -o /dev/null -D - http://${context.listen.host}:${context.listen.port}${internalPath(context)} | grep X-Cache; done    # one MISS, then HIT`,
    ].join('\n'),
  notes: [
    'Varnish 7 or later.',
    'Where nginx is at hand for the shim, its own endpoint (--for nginx) does the same without Varnish.',
    'The shim is there because Varnish does not write a POST, speaks no TLS to back ends, and looks their names up only when its VCL is loaded.',
    'Without vsl_mask=-ReqHeader,-ReqUnset the log of Varnish in memory holds what callers send, the Authorization of a callout that was only pointed here among it.',
    'Grace and keep are 0 s: the default grace would serve dead tokens.',
    'Requests that wait for a renewal wait together for one fetch. While the issuer fails it is asked once every 2 s; callers get 503 meanwhile.',
  ],
};
