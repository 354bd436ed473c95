/** The remedy as a trial process: a server on loopback that answers token requests from a cache of whole token responses. */
import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { usableMs } from '../analysis/perfect-cache.js';
import { callerText, listen, parseListen, stop } from './listen.js';
import { metricsText } from './metrics.js';
import type { LoopbackCounts, LoopbackOptions, RunningLoopback } from './options.js';
import { parseUpstream } from './proxy.js';
import { openLog, recordLine } from './records.js';
import { pathOf } from './server.js';
import { generated, type Outcome, type Reply, type Served, TokenCache } from './token-cache.js';
import { countdown } from './token-reply.js';
import { parseTokenRequest, type TokenRequest } from './token-request.js';
import { upstreamClient } from './upstream.js';

const MAX_BODY_BYTES = 1 << 16;
/** On sight of its own header a loopback refuses: it was pointed at itself, or at another one. */
export const HOP_HEADER = 'x-token-tax-loopback';

/** What is known of a request whose bytes were seen before. */
interface Known {
  readonly id: string;
  readonly asked: TokenRequest;
  /** The answer as it was last sent, and for which seconds. */
  made?: {
    readonly reply: Reply;
    readonly left: number;
    readonly ttl: number;
    readonly head: readonly string[];
    readonly body: Buffer;
  };
}

const cacheWord: Readonly<Record<Outcome | 'bypass', string>> = {
  hit: 'hit',
  miss: 'miss',
  expired: 'expired',
  collapsed: 'collapsed',
  stale: 'stale',
  negative: 'negative',
  refused: 'refused',
  bypass: 'bypass',
};

const cacheStatus = ({ outcome, reply, stored, ttlMs = 0 }: Served): string => {
  const ttl = Math.floor(ttlMs / 1000);
  switch (outcome) {
    case 'hit':
      return `token-tax; hit; ttl=${ttl}`;
    case 'stale':
      return `token-tax; hit; ttl=${ttl}; detail=stale`;
    case 'negative':
      return 'token-tax; hit; detail=negative';
    case 'refused':
      return 'token-tax; fwd=miss; detail=refused';
    default: {
      const why = outcome === 'expired' ? 'stale' : 'miss';
      return `token-tax; fwd=${why}; fwd-status=${reply.status}${stored === true ? `; stored; ttl=${ttl}` : ''}${outcome === 'collapsed' ? '; collapsed' : ''}`;
    }
  }
};

const headOf = (reply: Reply, bytes: number, status: string): string[] => {
  const head = ['content-type', reply.contentType ?? 'application/json', 'cache-control', 'no-store', 'pragma', 'no-cache'];
  head.push('content-length', String(bytes), 'cache-status', status);
  if (reply.retryAfterMs !== undefined) head.push('retry-after', String(Math.ceil(reply.retryAfterMs / 1000)));
  if (reply.status === 401) head.push('www-authenticate', 'Basic');
  return head;
};

/** Only service tokens of clients that prove themselves with a secret, and that are bound to nothing else (RFC 9449, 8705). */
const mayCache = (asked: TokenRequest, request: IncomingMessage): boolean =>
  asked.grantType === 'client_credentials' &&
  asked.clientId !== undefined &&
  asked.clientId !== '' &&
  !asked.secretless &&
  !asked.malformed &&
  request.headers.dpop === undefined &&
  request.headers['content-encoding'] === undefined;

export const startLoopback = async (options: LoopbackOptions): Promise<RunningLoopback> => {
  const endpoint = parseUpstream('--token-endpoint', options.tokenEndpoint);
  const { margin, maxEntries = 10_000, maxWaiters = 10_000, onRecord, random = Math.random } = options;
  const refreshAhead = 'refreshAhead' in options ? options.refreshAhead : 0.8;
  const at = parseListen(options.listen ?? '127.0.0.1:0', options.allowRemote);
  const log = options.log === undefined ? undefined : openLog(options.log);
  const upstream = await upstreamClient(endpoint, options);
  // Of this process only: what is stored under it means nothing elsewhere.
  const secret = randomBytes(32);
  const mac = (text: string): string => createHmac('sha256', secret).update(text).digest('base64');
  const tally = { requests: 0, hits: 0, misses: 0, collapsed: 0, bypassed: 0, negative: 0, refreshes: 0, stale: 0, refused: 0 };
  const planned =
    margin === undefined
      ? ({ kind: 'default' } as const)
      : 'ms' in margin
        ? ({ kind: 'ms', ...margin } as const)
        : ({ kind: 'share', ...margin } as const);
  const cache = new TokenCache({
    now: () => performance.now(),
    random,
    marginMs: (lifetimeMs) => lifetimeMs - usableMs(lifetimeMs, planned),
    refreshAhead,
    maxEntries,
    maxBytes: 64 << 20,
    maxWaiters,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
    onRefresh: () => {
      tally.refreshes += 1;
    },
  });
  /** By the MAC of all that decides: never by the credentials. Only requests that were answered with a token. */
  const known = new Map<string, Known>();
  let copies = new WeakMap<Reply, (elapsed: number) => Buffer>();

  const counts = (): LoopbackCounts => ({ ...tally, ...upstream.counts(), entries: cache.size });

  const record = (
    request: IncomingMessage,
    asked: TokenRequest | undefined,
    word: string,
    reply: Reply,
    times: readonly [number, number],
    left?: number,
  ): void => {
    if (log === undefined && onRecord === undefined) return;
    const { socket, headers } = request;
    const one = (name: string): string | undefined => (typeof headers[name] === 'string' ? headers[name] : undefined);
    const entry = {
      time: times[0],
      method: request.method ?? 'POST',
      host: headers.host,
      path: pathOf(request.url),
      status: reply.status,
      durationMs: performance.now() - times[1],
      bytes: reply.body.length,
      remote: callerText(socket.remoteAddress, socket.remotePort),
      connection: socket.remotePort ?? 0,
      clientId: asked?.clientId,
      grantType: asked?.grantType,
      scope: asked?.scope,
      audience: asked?.audience,
      expiresIn: left,
      requestId: one('x-request-id'),
      traceparent: one('traceparent'),
      userAgent: one('user-agent'),
      cache: word,
    };
    log?.write(recordLine('token-tax-loopback', entry));
    onRecord?.(entry);
  };

  const sendServed = (
    request: IncomingMessage,
    response: ServerResponse,
    entry: Known,
    served: Served,
    times: readonly [number, number],
  ): void => {
    const { reply, leftMs } = served;
    let body = reply.body;
    let head: readonly string[];
    const left = leftMs === undefined ? undefined : Math.max(0, Math.floor(leftMs / 1000));
    const ttl = Math.floor((served.ttlMs ?? 0) / 1000);
    const { made } = entry;
    if (served.outcome === 'hit' && made !== undefined && made.reply === reply && made.left === left && made.ttl === ttl) {
      ({ head, body } = made);
    } else {
      if (leftMs !== undefined && reply.lifetimeMs !== undefined) {
        const copy = copies.get(reply) ?? countdown(reply.body);
        copies.set(reply, copy);
        body = copy((reply.lifetimeMs - leftMs) / 1000);
      }
      head = headOf(reply, body.length, cacheStatus(served));
      if (served.outcome === 'hit' && left !== undefined) entry.made = { reply, left, ttl, head, body };
    }
    response.writeHead(reply.status, head as string[]);
    response.end(body);
    record(request, entry.asked, cacheWord[served.outcome], reply, times, left);
  };

  const count = (outcome: Outcome): void => {
    if (outcome === 'hit') tally.hits += 1;
    else if (outcome === 'miss' || outcome === 'expired') tally.misses += 1;
    else tally[outcome] += 1;
  };

  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    times: readonly [number, number],
  ): Promise<void> => {
    const { authorization = '', 'content-type': contentType = '', accept = '' } = request.headers;
    const query = (request.url ?? '').includes('?') ? (request.url ?? '').slice((request.url ?? '').indexOf('?')) : '';
    const text = body.toString('utf8');
    const bytesId = mac([authorization, contentType, accept, query, text].map((part) => `${part.length}:${part}`).join());
    const fetch = (): Promise<Reply> => upstream.ask(request.method ?? 'POST', request.rawHeaders, body, query);
    // Not by bytes alone: a DPoP proof, or a coded body, is in a header.
    const seen =
      request.headers.dpop === undefined && request.headers['content-encoding'] === undefined ? known.get(bytesId) : undefined;
    if (seen !== undefined) {
      const hit = cache.hit(seen.id, fetch);
      if (hit !== undefined) {
        count('hit');
        return sendServed(request, response, seen, hit, times);
      }
    }
    const asked = seen?.asked ?? parseTokenRequest(text, contentType, authorization);
    if (!mayCache(asked, request)) {
      tally.bypassed += 1;
      const reply = await fetch().catch(() => generated(502, 'the provider did not answer'));
      response
        .writeHead(reply.status, headOf(reply, reply.body.length, `token-tax; fwd=bypass; fwd-status=${reply.status}`))
        .end(reply.body);
      return record(request, asked, cacheWord.bypass, reply, times);
    }
    const { clientId, clientSecret, scope, audience, others } = asked;
    // The secret is part of the identity, so that another secret is another slot, which only the provider can fill.
    const id = seen?.id ?? mac(JSON.stringify([clientId, clientSecret, scope, audience, others, accept, query]));
    const entry: Known = seen ?? { id, asked: { ...asked, clientSecret: undefined, others: '' } };
    const served = await cache.get(id, fetch);
    count(served.outcome);
    if (served.reply.isToken && seen === undefined) {
      if (known.size >= maxEntries * 4) known.clear();
      known.set(bytesId, entry);
    }
    if (!response.destroyed) sendServed(request, response, entry, served, times);
  };

  const refuse = (response: ServerResponse, status: number, description: string): void => {
    tally.refused += 1;
    const reply = generated(status, description);
    response
      .writeHead(status, [...headOf(reply, reply.body.length, 'token-tax; fwd=miss; detail=refused'), 'connection', 'close'])
      .end(reply.body);
  };

  const paths = new Set([endpoint.pathname, '/', '/token']);
  const server = createServer({ requestTimeout: 30_000, keepAliveTimeout: 30_000 }, (request, response) => {
    const times = [Date.now(), performance.now()] as const;
    response.on('error', () => {});
    const path = pathOf(request.url);
    if (request.method !== 'POST' || !paths.has(path)) {
      request.resume();
      const isNear = /^(?:::1|127\.|::ffff:127\.)/.test(request.socket.remoteAddress ?? '');
      if (request.method === 'GET' && path === '/metrics' && isNear) {
        response
          .writeHead(200, { 'content-type': 'application/openmetrics-text; version=1.0.0; charset=utf-8' })
          .end(metricsText(counts()));
      } else
        response
          .writeHead(paths.has(path) ? 405 : 404, { 'content-type': 'application/json' })
          .end('{"error":"invalid_request"}');
      return;
    }
    tally.requests += 1;
    if (request.headers[HOP_HEADER] !== undefined) {
      request.resume();
      return refuse(response, 508, 'this loopback was pointed at a loopback');
    }
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      else if (!response.headersSent) refuse(response, 413, 'the request is too long');
    });
    request.once('end', () => {
      if (size > MAX_BODY_BYTES) return;
      const [only] = chunks;
      answer(request, response, chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks), times).catch(() => {
        if (response.headersSent) response.destroy();
        else refuse(response, 500, 'failed');
      });
    });
    request.on('error', () => {});
  });
  let url: string;
  try {
    url = await listen(server, at);
  } catch (error) {
    log?.close();
    await upstream.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    url,
    tokenEndpoint: url + endpoint.pathname,
    counts,
    close() {
      closing ??= (async () => {
        await stop(server);
        await upstream.close();
        copies = new WeakMap();
        log?.close();
      })();
      return closing;
    },
  };
};
