/** The recording proxy changes nothing on the way, whatever passes through it. */
import { randomBytes } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { type ExchangeRecord, startIdentityProvider } from '../src/idp/index.js';
import { selfMadeCertificate } from './support/certificate.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const listening = async (server: Server & { closeAllConnections(): void }): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return (server.address() as AddressInfo).port;
};

const proxyOf = async (upstream: string, more: object = {}) => {
  const records: ExchangeRecord[] = [];
  const proxy = await startIdentityProvider({ upstream, onRecord: (record) => records.push(record), ...more });
  closers.push(proxy.close);
  return { proxy, records };
};
const behind = async (answer: RequestListener, more: object = {}) =>
  await proxyOf(`http://127.0.0.1:${await listening(createServer(answer))}`, more);

interface Raw {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}
/** Nothing is decoded, followed or added. */
const ask = (url: string, method = 'GET', headers: Record<string, string> = {}, body?: Buffer): Promise<Raw> =>
  new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers }, async (response) => {
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of response) chunks.push(chunk as Buffer);
      } catch (error) {
        return reject(error);
      }
      const { statusCode = 0, headers: got, rawHeaders } = response;
      resolve({ status: statusCode, headers: got, rawHeaders, body: Buffer.concat(chunks) });
    });
    request.on('error', reject);
    request.end(body);
  });
const tokenForm = Buffer.from('grant_type=client_credentials&client_id=orders-gw&client_secret=S3CRET-of-orders');
const form = { 'content-type': 'application/x-www-form-urlencoded' };
/** Its record comes with the end of the exchange on the other side. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 30));

test('20 MB there and back are the same bytes, in pieces', async () => {
  const sent = randomBytes(20 << 20);
  const { proxy, records } = await behind((request, response) => {
    response.writeHead(201, { 'content-type': 'application/octet-stream' });
    request.pipe(response);
  });
  const { status, body, headers } = await ask(`${proxy.url}/echo`, 'PUT', {}, sent);
  expect([status, headers['transfer-encoding'], body.equals(sent)]).toEqual([201, 'chunked', true]);
  await settled();
  expect(records).toMatchObject([{ status: 201, bytes: sent.length, method: 'PUT' }]);
});

test('a gzip answer stays as it is, and its lifetime is read all the same', async () => {
  const packed = gzipSync('{"access_token":"A-TOKEN-nobody-may-see","expires_in":1234}');
  const { proxy, records } = await behind((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json', etag: '"x"' }).end(packed);
  });
  const { body, headers } = await ask(`${proxy.url}/connect/token`, 'POST', { ...form, 'accept-encoding': 'gzip' }, tokenForm);
  expect([body.equals(packed), headers['content-encoding'], headers.etag]).toEqual([true, 'gzip', '"x"']);
  await settled();
  expect(records).toMatchObject([{ clientId: 'orders-gw', expiresIn: 1234 }]);
  expect(JSON.stringify(records)).not.toMatch(/S3CRET|A-TOKEN/);
});

test('headers of a hop end there, all others arrive, repeated ones too', async () => {
  let got: string[] = [];
  const { proxy } = await behind((request, response) => {
    got = request.rawHeaders;
    response
      .writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Connection', 'X-Hop', 'X-Hop', '1', 'Keep-Alive', 'timeout=9'])
      .end();
  });
  const hop = { connection: 'keep-alive, X-Mine', 'x-mine': 'hop', te: 'trailers', 'X-Kept': 'yes', 'proxy-connection': 'close' };
  const { headers } = await ask(`${proxy.url}/`, 'GET', { ...hop, authorization: 'Basic eDp5' });
  const names = got.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  expect(names).toEqual(expect.arrayContaining(['x-kept', 'authorization']));
  expect(names.filter((name) => /^(x-mine|te|proxy-connection)$/.test(name))).toEqual([]);
  expect([headers['set-cookie'], headers['x-hop']]).toEqual([['a=1', 'b=2'], undefined]);
});

test('redirects and refusals are the provider’s own', async () => {
  const { proxy, records } = await behind((request, response) => {
    request.resume();
    if (request.url === '/moved') response.writeHead(302, { location: 'https://other.example/' }).end();
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="theirs"' }).end('{"error":"invalid_client"}');
  });
  expect((await ask(`${proxy.url}/moved`)).headers.location).toBe('https://other.example/');
  expect((await ask(`${proxy.url}/t`, 'POST', form, tokenForm)).headers['www-authenticate']).toBe('Basic realm="theirs"');
  await settled();
  expect(records.map(({ status }) => status)).toEqual([302, 401]);
});

test('TLS is verified; --insecure is what it takes for a certificate that nobody signed', async () => {
  const server = createTlsServer(selfMadeCertificate(), (request, response) => {
    request.resume();
    response.end('{"access_token":"x","expires_in":60}');
  });
  const url = `https://127.0.0.1:${await listening(server)}`;
  const strict = await proxyOf(url);
  expect((await ask(`${strict.proxy.url}/t`, 'POST', form, tokenForm)).status).toBe(502);
  const loose = await proxyOf(url, { insecure: true });
  expect((await ask(`${loose.proxy.url}/t`, 'POST', form, tokenForm)).status).toBe(200);
  await settled();
  expect([strict.proxy.counts().failed, loose.proxy.counts().ok]).toEqual([1, 1]);
});

test.each([
  ['down', undefined, 502],
  ['hangs', (): void => {}, 504],
  ['breaks within its head', (request: IncomingMessage): void => void request.socket.destroy(), 502],
])('a provider that is %s is a failed fetch, and bounded', async (_, answer, status) => {
  const { proxy, records } =
    answer === undefined ? await proxyOf('http://127.0.0.1:1') : await behind(answer, { timeoutMs: 300 });
  const reply = await ask(`${proxy.url}/t`, 'POST', form, tokenForm);
  expect(reply.status).toBe(status);
  expect(JSON.parse(reply.body.toString())).toMatchObject({ error: 'server_error' });
  await settled();
  expect(proxy.counts()).toMatchObject({ all: 1, failed: 1, failedByStatus: { [status]: 1 } });
  expect(records[0]?.clientId).toBe('orders-gw');
});

test('an answer that breaks in its middle breaks here too, instead of looking whole', async () => {
  const { proxy } = await behind((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  });
  await expect(ask(`${proxy.url}/`)).rejects.toThrow();
});
