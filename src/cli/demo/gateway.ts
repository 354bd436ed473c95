/** The smallest gateway with the disease: it fetches a token for every request that it passes on. Logs like nginx. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { Agent, createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Running {
  readonly url: string;
  close(): Promise<void>;
}

const clientOf = (url: string): string => `${url.split('/')[1] ?? 'orders'}-gateway`;

const text = async (response: IncomingMessage): Promise<string> => {
  let whole = '';
  for await (const chunk of response.setEncoding('utf8')) whole += chunk as string;
  return whole;
};

interface Call {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

const call = (agent: Agent, { url, method, headers, body }: Call): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent }, (response) => {
      text(response).then((whole) => resolve({ status: response.statusCode ?? 0, text: whole }), reject);
    });
    request.setTimeout(5000, () => request.destroy(new Error('no answer in time')));
    request.on('error', reject);
    request.end(body);
  });

const listening = async (server: ReturnType<typeof createServer>, more: () => void): Promise<Running> => {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          more();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
};

/** @param secretOf the secret of a client at the provider */
export const startGateway = async (
  tokenEndpoint: string,
  backEnd: string,
  log: string,
  secretOf: (client: string) => string,
): Promise<Running> => {
  const file = openSync(log, 'a', 0o600);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const token = async (client: string): Promise<string> => {
    const { status, text: body } = await call(agent, {
      url: tokenEndpoint,
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${client}:${secretOf(client)}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials',
    });
    if (status !== 200) throw new Error(`the provider said ${status}`);
    return (JSON.parse(body) as { access_token: string }).access_token;
  };
  const server = createServer((request, response) => {
    const started = performance.now();
    const url = request.url ?? '/';
    request.resume();
    const pass = async (): Promise<number> => {
      const authorization = `Bearer ${await token(clientOf(url))}`;
      const answer = await call(agent, { url: backEnd + url, method: request.method ?? 'GET', headers: { authorization } });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text);
      return answer.status;
    };
    pass()
      .catch(() => {
        response.writeHead(502).end();
        return 502;
      })
      .then((status) => {
        const line = {
          time: new Date().toISOString(),
          remote_addr: '127.0.0.1',
          remote_user: clientOf(url),
          request_method: request.method,
          request_uri: url,
          status,
          request_time: Number(((performance.now() - started) / 1000).toFixed(3)),
        };
        writeSync(file, `${JSON.stringify(line)}\n`);
      });
  });
  return await listening(server, () => {
    agent.destroy();
    closeSync(file);
  });
};

export const startBackEnd = async (): Promise<Running> =>
  await listening(
    createServer((request, response) => {
      request.resume();
      const known = request.headers.authorization?.startsWith('Bearer ') === true;
      // A service that does some work.
      setTimeout(() => response.writeHead(known ? 200 : 401).end('{"ok":true}\n'), 4);
    }),
    () => {},
  );
