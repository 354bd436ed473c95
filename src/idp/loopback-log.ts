/** The log of the loopback: a line for each request, and one for each fetch that it made of its own accord. */
import type { IncomingMessage } from 'node:http';
import { callerText } from './listen.js';
import { type ExchangeRecord, type LogFile, recordLine } from './records.js';
import { pathOf } from './server.js';
import type { Outcome, Reply } from './token-cache.js';
import type { TokenRequest } from './token-request.js';

/** `refresh`: the provider was asked, and no request waited for the answer to the end. */
export type LoggedWord = Outcome | 'bypass' | 'refresh';

/** Of the day and monotonic, ms. */
export type Times = readonly [wall: number, monotonic: number];

export type LoopbackLog = (
  request: IncomingMessage,
  asked: TokenRequest | undefined,
  word: LoggedWord,
  reply: Reply,
  times: Times,
  /** Life left, ms. */
  leftMs?: number,
) => void;

const fromProvider: ReadonlySet<LoggedWord> = new Set(['miss', 'expired', 'refresh']);

/** undefined where nobody reads it. */
export const loopbackLog = (
  log: LogFile | undefined,
  onRecord: ((record: ExchangeRecord) => void) | undefined,
): LoopbackLog | undefined => {
  if (log === undefined && onRecord === undefined) return undefined;
  return (request, asked, word, reply, times, leftMs) => {
    const { socket, headers } = request;
    const one = (name: string): string | undefined => (typeof headers[name] === 'string' ? headers[name] : undefined);
    // A line's time is when it was asked: there, what the provider handed out was whole.
    const lifeMs = fromProvider.has(word) && reply.isToken ? reply.lifetimeMs : leftMs;
    const entry: ExchangeRecord = {
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
      expiresIn: lifeMs === undefined ? undefined : Math.max(0, Math.floor(lifeMs / 1000)),
      // The id of a request is of that request alone.
      requestId: word === 'refresh' ? undefined : one('x-request-id'),
      traceparent: word === 'refresh' ? undefined : one('traceparent'),
      userAgent: one('user-agent'),
      cache: word,
    };
    log?.write(recordLine('token-tax-loopback', entry));
    onRecord?.(entry);
  };
};
