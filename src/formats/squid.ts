import { defineFormat } from './define.js';

/** Behind the tag stands what became of the request in the cache, and where it was sent. A CONNECT is a tunnel, not a request. */
const tags = ['TCP_$(tag plain):$(hierarchy plain)', 'NONE$(tag plain):$(hierarchy plain)'];
const combined = '$remote_addr $ident $remote_user [$time_local] "$request" $status $(body_bytes_sent integer)';

export default defineFormat({
  id: 'squid',
  title: 'Squid: native, and common or combined with its tags',
  docs: 'https://www.squid-cache.org/Doc/config/logformat/',
  aliases: ['squid-native', 'squid-combined'],
  stamped: 'end',
  layout: {
    kind: 'patterns',
    patterns: [
      '$(time decimal) $(elapsed padded integer) $client $(tag plain)/$status $bytes $method $target $user $(hierarchy plain)/$upstream $type',
      ...tags.map((tag) => `${combined} "$http_referer" "$http_user_agent" ${tag}`),
      ...tags.map((tag) => `${combined} ${tag}`),
    ],
    escapes: 'none',
    fields: {
      time: { slot: 'time', as: 'time-epoch' },
      elapsed: { slot: 'duration', as: 'milliseconds' },
      client: { slot: 'client', as: 'text' },
      tag: { slot: 'cache', as: 'cache-squid' },
      bytes: { slot: 'bytes', as: 'number' },
      method: { slot: 'method', as: 'proxied' },
      request: { slot: 'request', as: 'proxied' },
      target: { slot: 'target', as: 'text' },
      user: { slot: 'identity', as: 'text' },
      upstream: { slot: 'upstreamAddr', as: 'text' },
    },
  },
  samples: [
    {
      line: '1772446530.214     91 10.20.0.7 TCP_MISS/200 1530 POST http://auth.internal.example.com/oauth2/token orders-gw HIER_DIRECT/10.30.1.11 application/json',
      gives: {
        time: 1772446530214,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
        host: 'auth.internal.example.com',
        status: 200,
        bytes: 1530,
        durationMs: 91,
        upstreamAddr: '10.30.1.11',
        client: '10.20.0.7',
        identity: 'orders-gw',
        cache: 'miss',
      },
    },
    {
      line: '1772446531.000   2041 10.20.0.7 TCP_TUNNEL/200 5310 CONNECT auth.example.com:443 - HIER_DIRECT/203.0.113.40 -',
      gives: { skip: 'no-request' },
    },
    {
      line: '1772446532.000      0 10.20.0.7 TCP_MEM_HIT/200 2210 GET http://auth.internal.example.com/.well-known/openid-configuration - HIER_NONE/- application/json',
      gives: {
        time: 1772446532000,
        timeAt: 'end',
        method: 'GET',
        path: '/.well-known/openid-configuration',
        host: 'auth.internal.example.com',
        status: 200,
        bytes: 2210,
        durationMs: 0,
        client: '10.20.0.7',
        cache: 'hit',
      },
    },
    {
      line: '1772446533.000  60001 10.20.0.7 TCP_MISS_ABORTED/000 0 GET http://api.internal.example.com/api/orders - HIER_DIRECT/10.30.1.21 -',
      gives: {
        time: 1772446533000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        host: 'api.internal.example.com',
        bytes: 0,
        durationMs: 60001,
        upstreamAddr: '10.30.1.21',
        client: '10.20.0.7',
        cache: 'miss',
      },
    },
    {
      line: '10.20.0.7 - orders-gw [02/Mar/2026:10:15:30 +0000] "POST http://auth.internal.example.com/oauth2/token HTTP/1.1" 200 1530 "-" "orders-gw/4.2" TCP_MISS:HIER_DIRECT',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
        host: 'auth.internal.example.com',
        status: 200,
        bytes: 1530,
        client: '10.20.0.7',
        identity: 'orders-gw',
        userAgent: 'orders-gw/4.2',
        cache: 'miss',
      },
    },
    {
      line: '10.20.0.7 - orders-gw [02/Mar/2026:10:15:30 +0000] "POST http://auth.internal.example.com/oauth2/token HTTP/1.1" 200 1530 TCP_REFRESH_UNMODIFIED:HIER_DIRECT',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
        host: 'auth.internal.example.com',
        status: 200,
        bytes: 1530,
        client: '10.20.0.7',
        identity: 'orders-gw',
        cache: 'revalidated',
      },
    },
    {
      line: '10.20.0.7 - orders-gw [02/Mar/2026:10:15:30 +0000] "CONNECT auth.example.com:443 HTTP/1.1" 200 1530 "-" "orders-gw/4.2" TCP_TUNNEL:HIER_DIRECT',
      gives: { skip: 'no-request' },
    },
  ],
});
