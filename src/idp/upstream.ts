/** The side of the loopback that asks the provider: bounded in time and size, and counted. */
import type { LoopbackOptions } from './options.js';
import { endToEnd } from './proxy.js';
import type { Reply } from './token-cache.js';
import { readToken } from './token-reply.js';

const MAX_AT_ONCE = 1000;

/** Not for the provider: what is about this hop, and what would make the answer another than the one that is kept. */
const dropped = [
  'host',
  'content-length',
  'accept-encoding',
  'if-none-match',
  'if-modified-since',
  'range',
  'x-token-tax-loopback',
];

/** Seconds or a date (RFC 9110, 10.2.3), in ms. */
export const retryAfterMs = (text: string | undefined, wallMs: number): number | undefined => {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - wallMs);
};

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

export const upstreamClient = async (endpoint: URL, options: LoopbackOptions) => {
  const { insecure = false, timeoutMs = 10_000, maxResponseBytes = 1 << 20, defaultLifetimeMs } = options;
  const undici = await import('undici');
  // Bundled, the module has its names under `default` only.
  const { Agent } = undici.default ?? undici;
  const agent = new Agent({
    connections: 64,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { rejectUnauthorized: !insecure, timeout: timeoutMs },
  });
  const tally = { upstream: 0, upstreamFailed: 0 };
  let active = 0;
  const exchange = async (method: string, rawHeaders: readonly string[], body: Buffer, query: string): Promise<Reply> => {
    const signal = AbortSignal.timeout(timeoutMs);
    const reply = await agent.request({
      origin: endpoint.origin,
      path: endpoint.pathname + (query === '' ? endpoint.search : query),
      method: method as 'POST',
      headers: [...endToEnd(rawHeaders, dropped), 'x-token-tax-loopback', '1'],
      body,
      signal,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of reply.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxResponseBytes) {
        reply.body.on('error', () => {});
        reply.body.destroy();
        throw new Error('the answer is too long');
      }
      chunks.push(chunk);
    }
    const bytes = Buffer.concat(chunks);
    const raw = Object.entries(reply.headers).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).flatMap((each) => (each === undefined ? [] : [name, each])),
    );
    const { isToken, lifetimeMs } = readToken(reply.statusCode, bytes, Date.now(), defaultLifetimeMs);
    return {
      status: reply.statusCode,
      contentType: one(reply.headers['content-type']),
      body: bytes,
      isToken,
      // An answer that is coded cannot be counted down.
      lifetimeMs: reply.headers['content-encoding'] === undefined ? lifetimeMs : undefined,
      headers: endToEnd(raw),
      retryAfterMs: retryAfterMs(one(reply.headers['retry-after']), Date.now()),
    };
  };
  return {
    /** Rejects where the provider does not answer in time, or answers more than it may. */
    async ask(method: string, rawHeaders: readonly string[], body: Buffer, query: string): Promise<Reply> {
      if (active >= MAX_AT_ONCE) throw new Error('too many requests to the provider at once');
      active += 1;
      tally.upstream += 1;
      try {
        const reply = await exchange(method, rawHeaders, body, query);
        if (!reply.isToken) tally.upstreamFailed += 1;
        return reply;
      } catch (error) {
        tally.upstreamFailed += 1;
        throw error;
      } finally {
        active -= 1;
      }
    },
    counts: () => ({ ...tally }),
    close: async () => await agent.destroy(),
  };
};
