/** A server on loopback: where it listens, and how it ends. */
import type { Server } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { TokenTaxError } from '../errors.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** `127.0.0.1:9000`, `[::1]:0`, `localhost:0`. What is not loopback is refused unless `allowRemote`: tokens are handed out here. */
export const parseListen = (text: string, allowRemote = false): Address => {
  const [, six, plain = '', digits = ''] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const host = (six ?? plain).toLowerCase();
  const port = Number(digits);
  if (host === '' || digits === '' || port > 65_535)
    throw new TokenTaxError('BAD_OPTION', '--listen is not an address with a port', { help: 'Write --listen 127.0.0.1:9000' });
  if (!allowRemote && !isLoopback(host))
    throw new TokenTaxError('BAD_OPTION', `--listen ${host} can be reached from other machines`, {
      why: 'whoever reaches this port is handed tokens',
      help: 'Listen on 127.0.0.1, or add --allow-remote.',
    });
  return { host, port };
};

/** Starts to listen; resolves with the base URL, without a slash at its end. */
export const listen = (server: Server, { host, port }: Address): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new TokenTaxError('BAD_OPTION', `cannot listen on port ${port}: ${cause.code ?? 'failed'}`, {
          cause,
          help: 'Name another port, or 0 for any that is free.',
        }),
      ),
    );
    server.listen(port, host, () => {
      const bound = (server.address() as AddressInfo).port;
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${bound}`);
    });
  });

/** No new connections; those that answer get `graceMs` to end. */
export const stop = (server: Server, graceMs = 2000): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });

/** As the address stands in a log: no IPv4 dressed as IPv6. */
export const callerText = (address: string | undefined, port: number | undefined): string => {
  const host = (address ?? '-').replace(/^::ffff:(?=\d+\.)/, '');
  return host.includes(':') ? `[${host}]:${port ?? 0}` : `${host}:${port ?? 0}`;
};
