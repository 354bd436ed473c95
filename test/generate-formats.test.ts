/** What `generate` prints in each format says what it was to say, and is read by the real pipeline as what happened. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { formats } from '../src/formats/index.js';
import { generateLogs, printableFormats } from '../src/generate/generate.js';
import type { GenerateOptions } from '../src/generate/options.js';
import { printerOf } from '../src/generate/print.js';
import type { Truth } from '../src/generate/truth.js';
import { analyze } from '../src/pipeline.js';
import { read } from './support/read.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'token-tax-generate-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const play = async (
  options: GenerateOptions,
  { lifetime = ['300s'], only }: { lifetime?: string[]; only?: string } = {},
): Promise<{ truth: Truth; result: Analysis; files: Map<string, string> }> => {
  const files = new Map<string, string>();
  const logs = generateLogs(options);
  let step = logs.next();
  for (; step.done !== true; step = logs.next()) files.set(step.value.file, (files.get(step.value.file) ?? '') + step.value.text);
  const cwd = mkdtempSync(join(root, 'run-'));
  for (const [name, text] of files) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  const inputs = readdirSync(cwd).filter((side) => only === undefined || side === only);
  return { truth: step.value, result: await analyze({ inputs, lifetime, cwd }), files };
};

const record = {
  startMs: 1772446530120,
  durationMs: 212,
  upstreamMs: 91,
  host: 'api.example.com',
  bytes: 512,
  address: '10.20.0.7',
  clientId: 'orders-gw',
  userAgent: 'orders-gw/4.2',
  requestId: '5f0c2d3ae9b14c6d8e7f00112233aabb',
  traceId: '8e7f00112233aabb5f0c2d3ae9b14c6d',
  node: 'gw-1',
  writer: 'gw-1',
  scope: 'orders.read',
  audience: 'https://api.example.com',
  grantType: 'client_credentials',
  expiresInS: 299,
  cache: 'MISS',
  query: '',
};

test('every format can be printed', () => {
  expect(printableFormats('issuer')).toEqual(formats);
  const ofIssuers = formats.filter((format) => !printableFormats().includes(format)).map(({ id }) => id);
  expect(ofIssuers).toEqual(['cloudtrail', 'entra', 'okta', 'auth0', 'keycloak']);
});

/** Those that `read` takes line by line; the others have something around their records. */
const FRAMED = new Set(['w3c', 'w3c-aspnet', 'cloudfront', 'har', 'otlp', 'keycloak']);
const lined = printableFormats('issuer').filter(({ id }) => !FRAMED.has(id));

describe.each(lined.map((format) => [format.id, format] as const))('a line of %s', (_id, format) => {
  test.each([
    ['GET', '/api/orders/list', 200],
    ['POST', '/oauth2/token', 503],
    ['POST', '/oauth2/token', 200],
  ] as const)('%s %s %i reads back', (method, path, status) => {
    const printer = printerOf(format)!;
    if (printer.isOfIssuer && method === 'GET') return;
    const found = read(format, printer.print({ ...record, method, path, status })!);
    if (printer.isOfIssuer) expect(found.status! < 300).toBe(status < 300);
    else expect(found).toMatchObject({ method, path, status });
    const said = {
      client: ['client', record.address],
      scope: ['scope', record.scope],
      audience: ['audience', record.audience],
      grantType: ['grantType', record.grantType],
      expiresIn: ['expiresIn', record.expiresInS],
      duration: ['durationMs', record.durationMs],
      upstream: ['upstreamMs', record.upstreamMs],
      bytes: ['bytes', record.bytes],
      userAgent: ['userAgent', record.userAgent],
      node: ['node', record.node],
      clientId: ['identity', record.clientId],
    } as const;
    for (const [slot, [name, value]] of Object.entries(said))
      if (printer.shows.has(slot as 'client')) expect({ [name]: found[name] }).toEqual({ [name]: value });
    if (printer.shows.has('requestId')) expect(found.requestId).toBeDefined();
    if (printer.shows.has('traceId')) expect(found.traceId).toBeDefined();
  });
});

describe.each(printableFormats().map(({ id }) => [id]))('logs in %s', (id) => {
  test('are read as they were', async () => {
    const options = { behaviours: ['TT106', 'scopes'], gatewayFormat: id, issuerFormat: id, durationMs: 120_000 };
    const { truth, result } = await play(options);
    expect(result.input.lines.rejected).toBe(0);
    expect(result.totals.fetches).toMatchObject({ ok: truth.totals.fetches.ok, failed: 0 });
    expect(result.totals.requests).toBeGreaterThanOrEqual(truth.totals.requests);
  });
});

describe.each(['keycloak', 'auth0', 'okta', 'entra', 'cloudtrail', 'hydra'])('events of %s', (id) => {
  test('are read as they were', async () => {
    const { truth, result } = await play({
      behaviours: ['TT106', 'TT110', 'scopes', 'user-grants'],
      issuerFormat: id,
      durationMs: 300_000,
    });
    expect(result.input.lines.rejected).toBe(0);
    const { ok, failed } = truth.totals.logged;
    expect(result.totals.fetches).toMatchObject({ ok, failed });
  });
  test('what is no event is said not to be in the log', async () => {
    const { truth } = await play({ behaviours: ['TT116'], issuerFormat: id, durationMs: 60_000 });
    expect(truth.totals.siblings.jwks).toBeGreaterThan(0);
    expect(truth.lines.issuer.notLogged).toBe(id === 'hydra' ? 0 : truth.totals.siblings.jwks);
  });
  test('a gateway writes none', () => {
    if (id === 'hydra') return;
    expect(() => generateLogs({ behaviours: ['TT101'], gatewayFormat: id }).next()).toThrow(/cannot be printed/);
  });
});
