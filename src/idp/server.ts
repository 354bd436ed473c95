/** What the stand-in and the proxy share: a server that says what it saw of each exchange, when it is over. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { callerText, listen, parseListen, stop } from './listen.js';
import type { IdentityProviderOptions, RunningIdentityProvider } from './options.js';
import { type ExchangeRecord, openLog, recordLine, startCounting } from './records.js';

/** What only the answering side knows of an exchange; filled in while it runs. */
export interface Seen {
  clientId?: string | undefined;
  grantType?: string | undefined;
  scope?: string | undefined;
  audience?: string | undefined;
  expiresIn?: number | undefined;
  /** It asked for a token. */
  fetch: boolean;
  bytes: number;
}

export type Answer = (request: IncomingMessage, response: ServerResponse, seen: Seen) => Promise<void>;

const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};

export const pathOf = (url: string | undefined): string => (url ?? '/').split(/[?#]/, 1)[0] ?? '/';

/** Listens, counts and records; `answer` gets the base URL when it is known. */
export const startRecording = async (
  options: IdentityProviderOptions,
  answerAt: (url: () => string) => Answer,
  finish: () => Promise<void> = async () => {},
): Promise<RunningIdentityProvider> => {
  const { listen: address = '127.0.0.1:0', allowRemote = false, tokenPath = '/oauth2/token', onRecord } = options;
  const at = parseListen(address, allowRemote);
  const log = options.log === undefined ? undefined : openLog(options.log);
  const counting = startCounting();
  let url = '';
  const answer = answerAt(() => url);
  const connections = new WeakMap<object, number>();
  let connectionCount = 0;

  const server = createServer({ requestTimeout: 60_000, keepAliveTimeout: 30_000 }, (request, response) => {
    const began = performance.now();
    const time = Date.now();
    const { socket } = request;
    const remote = callerText(socket.remoteAddress, socket.remotePort);
    const seen: Seen = { fetch: false, bytes: 0 };
    response.once('close', () => {
      const record: ExchangeRecord = {
        time,
        method: request.method ?? 'GET',
        host: header(request, 'host'),
        path: pathOf(request.url),
        // A head that was not sent: the caller went away, or there was no answer.
        status: response.headersSent ? response.statusCode : 0,
        durationMs: performance.now() - began,
        bytes: seen.bytes,
        remote,
        connection: connections.get(socket) ?? 0,
        clientId: seen.clientId,
        grantType: seen.grantType,
        scope: seen.scope,
        audience: seen.audience,
        expiresIn: seen.expiresIn,
        requestId: header(request, 'x-request-id') ?? header(request, 'x-correlation-id'),
        traceparent: header(request, 'traceparent'),
        userAgent: header(request, 'user-agent'),
      };
      counting.add(record, seen.fetch);
      log?.write(recordLine('token-tax-idp', record));
      onRecord?.(record);
    });
    response.on('error', () => {});
    answer(request, response, seen).catch(() => {
      if (response.headersSent || response.destroyed) response.destroy();
      else response.writeHead(500, { 'content-type': 'application/json' }).end('{"error":"server_error"}');
    });
  });
  server.on('connection', (socket) => {
    connectionCount += 1;
    connections.set(socket, connectionCount);
  });
  try {
    url = await listen(server, at);
  } catch (error) {
    log?.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    url,
    tokenEndpoint: url + tokenPath,
    counts: counting.counts,
    close() {
      closing ??= (async () => {
        await stop(server);
        await finish();
        // The records of connections that were cut come with their close events.
        await new Promise((resolve) => setImmediate(resolve));
        log?.close();
      })();
      return closing;
    },
  };
};
