/** The module that `fix --for aws-apigw` gives, run as it stands against an issuer of our own: single flight, margin, rest after a failure. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { awsApigw } from '../src/remedy/aws-apigw.js';
import { context } from './support/remedy-contexts.js';

const run = promisify(execFile);
let folder: string;
let server: Server;
let fails = false;
let asked: { readonly authorization: string | undefined; readonly body: string }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'token-mjs-'));
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      asked.push({ authorization: request.headers.authorization, body });
      response.writeHead(fails ? 500 : 200, { 'content-type': 'application/json' });
      // Slowly enough for others to come meanwhile.
      setTimeout(() => response.end(fails ? '{}' : JSON.stringify({ access_token: `t${asked.length}`, expires_in: 3600 })), 50);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const [file] = awsApigw.files(
    context({ clientId: `it's "x"`, tokenEndpoint: { scheme: 'http', host: '127.0.0.1', port, path: '/oauth2/token' } }),
  );
  writeFileSync(join(folder, 'token.mjs'), file!.text);
});
afterAll(async () => {
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  asked = [];
  fails = false;
});

/** Its own process, with a clock that the script moves. */
const play = async (script: string): Promise<unknown> => {
  writeFileSync(
    join(folder, 'main.mjs'),
    `import { serviceToken, refused } from './token.mjs';
const real = Date.now; let ahead = 0; Date.now = () => real() + ahead;
const pass = (ms) => { ahead += ms; };
const out = []; const ask = () => serviceToken().catch(() => 'none');
${script}
console.log(JSON.stringify(out));`,
  );
  const { stdout } = await run(process.execPath, [join(folder, 'main.mjs')], {
    env: { TOKEN_TAX_CLIENT_SECRET: 's/e c' },
  });
  return JSON.parse(stdout);
};

test('who comes while a token is fetched shares it, and it is kept to its margin', async () => {
  const out = await play(`out.push(...await Promise.all(Array.from({ length: 20 }, ask)));
pass(3_530_000); out.push(await ask());
pass(20_000); out.push(await ask());`);
  expect(out).toEqual([...Array.from({ length: 21 }, () => 't1'), 't2']);
  expect(asked).toHaveLength(2);
});

test('client id and secret are encoded for Basic; the body asks for the scope', async () => {
  await play('out.push(await ask());');
  const [{ authorization, body } = { authorization: '', body: '' }] = asked;
  const [id, secret] = Buffer.from(authorization!.slice(6), 'base64').toString().split(':').map(decodeURIComponent);
  expect([id, secret]).toEqual([`it's "x"`, 's/e c']);
  expect(new URLSearchParams(body).get('scope')).toBe('orders.read orders.write');
});

test('after a failure it rests for 2 s; a refused token is forgotten, a newer one is not', async () => {
  fails = true;
  expect(await play('out.push(...await Promise.all([ask(), ask()]), await ask()); pass(2001); out.push(await ask());')).toEqual([
    'none',
    'none',
    'none',
    'none',
  ]);
  expect(asked).toHaveLength(2);
  fails = false;
  asked = [];
  expect(
    await play(`out.push(await ask()); refused('older'); out.push(await ask()); refused(out[0]); out.push(await ask());`),
  ).toEqual(['t1', 't1', 't2']);
});
