/** `--metrics PORT`: the newest result for Prometheus, on the loopback interface alone. */
import type { AddressInfo } from 'node:net';
import { TokenTaxError } from '../errors.js';

export interface MetricsServer {
  /** `http://127.0.0.1:9464/metrics` */
  readonly url: string;
  close(): Promise<void>;
}

const TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
/** A page of another site must not read this through a name that it lets point here. */
const LOCAL = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;

/** Serves what `metrics` returns at that moment. Throws BAD_OPTION where the port is taken. */
export const serveMetrics = async (port: number, metrics: () => string): Promise<MetricsServer> => {
  const { createServer } = await import('node:http');
  const server = createServer((request, response) => {
    const answer = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => {
      const body = Buffer.from(text);
      response.writeHead(status, { 'content-type': type, 'content-length': body.length, 'cache-control': 'no-store' });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    if (!LOCAL.test(request.headers.host ?? '')) answer(403, 'this is served to this machine alone\n');
    else if (request.method !== 'GET' && request.method !== 'HEAD') answer(405, 'GET /metrics\n');
    else if (request.url?.split('?')[0] === '/metrics') answer(200, metrics(), TYPE);
    else answer(404, 'GET /metrics\n');
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new TokenTaxError('BAD_OPTION', `--metrics ${port} cannot be served: ${cause.code ?? cause.message}`, {
          cause,
          help: 'Name another port; 0 is any that is free.',
        }),
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
