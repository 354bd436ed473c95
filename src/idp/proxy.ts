/** The recording proxy: stands in front of a real provider, forwards what it gets as it is, and notes who asked for what. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { TokenTaxError } from '../errors.js';
import type { IdentityProviderOptions, RunningIdentityProvider } from './options.js';
import { type Answer, type Seen, startRecording } from './server.js';
import { parseTokenRequest } from './token-request.js';

/** As much of a body is looked at; all of it is forwarded. */
const MAX_PEEK_BYTES = 1 << 16;

/** RFC 9110, 7.6.1, and what the client of this side writes itself. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

/** Name, value, name, value..., as they came, without those of this hop. */
export const endToEnd = (raw: readonly string[], alsoDrop: readonly string[] = []): string[] => {
  const drop = new Set([...hopByHop, ...alsoDrop]);
  for (let at = 0; at < raw.length; at += 2)
    if (raw[at]?.toLowerCase() === 'connection')
      for (const name of (raw[at + 1] ?? '').split(',')) drop.add(name.trim().toLowerCase());
  return raw.flatMap((text, at) => (at % 2 === 0 && !drop.has(text.toLowerCase()) ? [text, raw[at + 1] ?? ''] : []));
};

/** `http` or `https`, without credentials. */
export const parseUpstream = (flag: string, text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new TokenTaxError('BAD_OPTION', `${flag} is not an http or https URL without credentials`, {
      help: `Write ${flag} https://auth.example.com`,
    });
  return url;
};

const peeker = () => {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    add(chunk: Buffer) {
      if (size < MAX_PEEK_BYTES) chunks.push(chunk);
      size += chunk.length;
    },
    /** undefined: too long to be looked at. */
    bytes: () => (size > MAX_PEEK_BYTES ? undefined : Buffer.concat(chunks)),
    size: () => size,
  };
};

/** Resolves when it takes more; rejects when its reader went away. */
const writable = (response: ServerResponse): Promise<void> =>
  new Promise((resolve, reject) => {
    const gone = (): void => {
      response.off('drain', drained);
      reject(new Error('the caller went away'));
    };
    const drained = (): void => {
      response.off('close', gone);
      resolve();
    };
    response.once('drain', drained).once('close', gone);
  });

/** So long the rest of a request may take that the provider was not there for, ms. */
const REST_MS = 1000;

const restOf = (request: IncomingMessage): Promise<void> =>
  new Promise((resolve) => {
    if (request.complete || request.destroyed) return resolve();
    const timer = setTimeout(resolve, REST_MS);
    request.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    request.once('end', () => {
      clearTimeout(timer);
      resolve();
    });
    request.resume();
  });

/** expires_in of a token response, in s. */
const lifetimeOf = (body: Buffer, encoding: string | undefined): number | undefined => {
  try {
    const text = encoding === 'gzip' ? gunzipSync(body, { maxOutputLength: 1 << 20 }) : body;
    const value: unknown = JSON.parse(text.toString('utf8'));
    const seconds = typeof value === 'object' && value !== null && 'expires_in' in value ? Number(value.expires_in) : Number.NaN;
    return Number.isFinite(seconds) ? seconds : undefined;
  } catch {
    return undefined;
  }
};

export const startProxy = async (options: IdentityProviderOptions, upstream: URL): Promise<RunningIdentityProvider> => {
  const { insecure = false, timeoutMs = 30_000, tokenPath } = options;
  const undici = await import('undici');
  // Bundled, the module has its names under `default` only.
  const { Agent } = undici.default ?? undici;
  const agent = new Agent({
    connections: 256,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { rejectUnauthorized: !insecure, timeout: Math.min(timeoutMs, 10_000) },
  });
  const base = upstream.pathname.replace(/\/$/, '');

  const note = (seen: Seen, body: Buffer | undefined, contentType: string, authorization: string | undefined): void => {
    const asked = parseTokenRequest(body?.toString('utf8') ?? '', contentType, authorization);
    if (asked.clientId !== undefined) seen.clientId = asked.clientId;
    if (asked.grantType === undefined) return;
    Object.assign(seen, { fetch: true, grantType: asked.grantType, scope: asked.scope, audience: asked.audience });
  };

  const answer: Answer = async (request, response, seen) => {
    const sent = peeker();
    request.on('data', (chunk: Buffer) => sent.add(chunk));
    request.pause();
    // Not the request itself: the client destroys what it was given when it fails, and who asked would not be known.
    const body = new PassThrough();
    body.on('error', () => {});
    const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
    const aborted = new AbortController();
    response.once('close', () => aborted.abort());
    const { authorization, 'content-type': contentType = '' } = request.headers;
    if (tokenPath !== undefined && request.url?.split('?', 1)[0] === tokenPath && request.method === 'POST') seen.fetch = true;
    if (hasBody) request.pipe(body);
    else request.resume();
    try {
      const reply = await agent.request({
        origin: upstream.origin,
        path: base + (request.url ?? '/'),
        method: (request.method ?? 'GET') as 'GET',
        headers: [...endToEnd(request.rawHeaders, ['host']), 'host', upstream.host],
        body: hasBody ? body : null,
        signal: aborted.signal,
        responseHeaders: 'raw',
      });
      note(seen, sent.bytes(), contentType, authorization);
      const raw = (reply.headers as unknown as (Buffer | string)[]).map((text) => text.toString('latin1'));
      response.writeHead(reply.statusCode, endToEnd(raw));
      const got = peeker();
      for await (const chunk of reply.body as AsyncIterable<Buffer>) {
        got.add(chunk);
        seen.bytes = got.size();
        if (!response.write(chunk)) await writable(response);
      }
      const bytes = got.bytes();
      const encoding = raw[raw.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === 'content-encoding') + 1];
      if (seen.fetch && reply.statusCode === 200 && bytes !== undefined) seen.expiresIn = lifetimeOf(bytes, encoding);
      response.end();
    } catch (cause) {
      await restOf(request);
      note(seen, sent.bytes(), contentType, authorization);
      request.resume();
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
      const status = /TIMEOUT/.test(code) ? 504 : 502;
      const body = `{"error":"server_error","error_description":"the provider did not answer"}`;
      seen.bytes = body.length;
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(body);
    }
  };
  return await startRecording(
    options,
    () => answer,
    async () => await agent.destroy(),
  );
};
