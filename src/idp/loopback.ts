/** The remedy as a trial process: a server on loopback that answers token requests from a cache of whole token responses. */
import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { usableMs } from '../analysis/perfect-cache.js';
import { listen, parseListen, stop } from './listen.js';
import { AnswerMaker, type Holder, headOf } from './loopback-answers.js';
import { loopbackLog, type Times } from './loopback-log.js';
import { metricsText } from './metrics.js';
import type { LoopbackCounts, LoopbackOptions, RunningLoopback } from './options.js';
import { parseUpstream } from './proxy.js';
import { openLog } from './records.js';
import { pathOf } from './server.js';
import { generated, type Outcome, type Reply, type Served, TokenCache } from './token-cache.js';
import { parseTokenRequest, type TokenRequest } from './token-request.js';
import { upstreamClient } from './upstream.js';

const MAX_BODY_BYTES = 1 << 16;
const MAX_CACHED_BYTES = 64 << 20;
/** On sight of its own header a loopback refuses: it was pointed at itself, or at another one. */
export const HOP_HEADER = 'x-token-tax-loopback';

/** What is known of a request whose bytes were seen before. */
interface Known extends Holder {
  readonly id: string;
  readonly asked: TokenRequest;
}

/** Only service tokens of clients that prove themselves with a secret, and that are bound to nothing else (RFC 9449, 8705). */
const mayCache = (asked: TokenRequest, request: IncomingMessage): boolean =>
  asked.grantType === 'client_credentials' &&
  asked.clientId !== undefined &&
  asked.clientId !== '' &&
  !asked.secretless &&
  !asked.malformed &&
  request.headers.dpop === undefined &&
  request.headers['content-encoding'] === undefined;

const marginOf = (margin: LoopbackOptions['margin']): ((lifetimeMs: number) => number) => {
  const planned =
    margin === undefined
      ? ({ kind: 'default' } as const)
      : 'ms' in margin
        ? ({ kind: 'ms', ...margin } as const)
        : ({ kind: 'share', ...margin } as const);
  return (lifetimeMs) => lifetimeMs - usableMs(lifetimeMs, planned);
};

export const startLoopback = async (options: LoopbackOptions): Promise<RunningLoopback> => {
  const endpoint = parseUpstream('--token-endpoint', options.tokenEndpoint);
  const { margin, maxEntries = 10_000, maxWaiters = 10_000, random = Math.random } = options;
  const at = parseListen(options.listen ?? '127.0.0.1:0', options.allowRemote);
  const log = options.log === undefined ? undefined : openLog(options.log);
  const record = loopbackLog(log, options.onRecord);
  const upstream = await upstreamClient(endpoint, options);
  // Of this process only: what is stored under it means nothing elsewhere.
  const secret = randomBytes(32);
  const mac = (text: string): string => createHmac('sha256', secret).update(text).digest('base64');
  const tally = { requests: 0, hits: 0, misses: 0, collapsed: 0, bypassed: 0, negative: 0, refreshes: 0, stale: 0, refused: 0 };
  const cache = new TokenCache({
    now: () => performance.now(),
    wallNow: () => Date.now(),
    random,
    marginMs: marginOf(margin),
    refreshAhead: 'refreshAhead' in options ? options.refreshAhead : 0.8,
    maxEntries,
    maxBytes: MAX_CACHED_BYTES,
    maxWaiters,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
  });
  /** By the MAC of all that decides: never by the credentials. Only requests that were answered with a token. */
  const known = new Map<string, Known>();
  const answers = new AnswerMaker();

  const counts = (): LoopbackCounts => ({ ...tally, ...upstream.counts(), entries: cache.size });

  const count = (outcome: Outcome): void => {
    if (outcome === 'hit') tally.hits += 1;
    else if (outcome === 'miss' || outcome === 'expired') tally.misses += 1;
    else tally[outcome] += 1;
  };

  const sendServed = (request: IncomingMessage, response: ServerResponse, entry: Known, served: Served, times: Times): void => {
    if (!response.destroyed) {
      const { head, body } = answers.make(served, entry);
      response.writeHead(served.reply.status, head as string[]);
      response.end(body);
    }
    // Also where the caller went away: the provider was asked all the same.
    record?.(request, entry.asked, served.outcome, served.reply, times, served.leftMs);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse, body: Buffer, times: Times): Promise<void> => {
    const { authorization = '', 'content-type': contentType = '', accept = '' } = request.headers;
    const query = (request.url ?? '').includes('?') ? (request.url ?? '').slice((request.url ?? '').indexOf('?')) : '';
    const text = body.toString('utf8');
    const bytesId = mac([authorization, contentType, accept, query, text].map((part) => `${part.length}:${part}`).join());
    let asked: TokenRequest | undefined;
    let askedAt: Times = times;
    const fetch = (): Promise<Reply> => {
      askedAt = [Date.now(), performance.now()];
      return upstream.ask(request.method ?? 'POST', request.rawHeaders, body, query);
    };
    const onUnseen = (reply: Reply): void => {
      tally.refreshes += 1;
      record?.(request, asked, 'refresh', reply, askedAt);
    };
    // Not by bytes alone: a DPoP proof, or a coded body, is in a header.
    const seen =
      request.headers.dpop === undefined && request.headers['content-encoding'] === undefined ? known.get(bytesId) : undefined;
    if (seen !== undefined) {
      asked = seen.asked;
      const hit = cache.hit(seen.id, fetch, onUnseen);
      if (hit !== undefined) {
        count('hit');
        return sendServed(request, response, seen, hit, times);
      }
    }
    const parsed = seen?.asked ?? parseTokenRequest(text, contentType, authorization);
    const { clientId, clientSecret, scope, audience, others } = parsed;
    // What is kept for the log has no secret.
    asked = { ...parsed, clientSecret: undefined, others: '' };
    if (!mayCache(parsed, request) && seen === undefined) {
      tally.bypassed += 1;
      const reply = await fetch().catch(() => generated(502, 'the provider did not answer'));
      const head = headOf(reply, reply.body.length, `token-tax; fwd=bypass; fwd-status=${reply.status}`, true);
      if (!response.destroyed) response.writeHead(reply.status, head).end(reply.body);
      return record?.(request, asked, 'bypass', reply, times, reply.lifetimeMs);
    }
    // The secret is part of the identity, so that another secret is another slot, which only the provider can fill.
    const id = seen?.id ?? mac(JSON.stringify([clientId, clientSecret, scope, audience, others, accept, query]));
    const entry: Known = seen ?? { id, asked };
    const served = await cache.get(id, fetch, onUnseen);
    count(served.outcome);
    if (served.reply.isToken && seen === undefined) {
      if (known.size >= maxEntries * 4) known.clear();
      known.set(bytesId, entry);
    }
    sendServed(request, response, entry, served, times);
  };

  const refuse = (response: ServerResponse, status: number, description: string): void => {
    tally.refused += 1;
    const reply = generated(status, description);
    response
      .writeHead(status, [...headOf(reply, reply.body.length, 'token-tax; fwd=miss; detail=refused'), 'connection', 'close'])
      .end(reply.body);
  };

  /** Whatever is no token request: the counters, for this machine only, or nothing. */
  const answerOther = (request: IncomingMessage, response: ServerResponse, isKnownPath: boolean): void => {
    request.resume();
    const isNear = /^(?:::1|127\.|::ffff:127\.)/.test(request.socket.remoteAddress ?? '');
    if (request.method === 'GET' && pathOf(request.url) === '/metrics' && isNear) {
      response
        .writeHead(200, { 'content-type': 'application/openmetrics-text; version=1.0.0; charset=utf-8' })
        .end(metricsText(counts()));
    } else response.writeHead(isKnownPath ? 405 : 404, { 'content-type': 'application/json' }).end('{"error":"invalid_request"}');
  };

  const paths = new Set([endpoint.pathname, '/', '/token']);
  const server = createServer({ requestTimeout: 30_000, keepAliveTimeout: 30_000 }, (request, response) => {
    const times = [Date.now(), performance.now()] as const;
    response.on('error', () => {});
    const isKnownPath = paths.has(pathOf(request.url));
    if (request.method !== 'POST' || !isKnownPath) return answerOther(request, response, isKnownPath);
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
        // Fetches of its own that were under way end with their lines.
        await new Promise((resolve) => setImmediate(resolve));
        answers.clear();
        log?.close();
      })();
      return closing;
    },
  };
};
