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
  const ofBoth = printableFormats();
  const ofIssuers = formats.filter((format) => !ofBoth.includes(format)).map(({ id }) => id);
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

/** What both logs are to say when everything is in them. */
const whole = { behaviours: ['TT106', 'at-expiry', 'scopes'], gatewayFormat: 'json', issuerFormat: 'json' } as const;

describe('what logs do not show', () => {
  test('everything shown: each fetch, holder and life', async () => {
    const { truth, result } = await play(whole, { lifetime: [] });
    const { ok, failed, necessary, ahead, redundant } = truth.totals.fetches;
    expect(result.totals.fetches).toMatchObject({ ok, failed, necessary, ahead, redundant, unknown: 0 });
    expect(result.keys.map(({ client }) => client).sort()).toEqual(truth.keys.map(({ client }) => client).sort());
    expect(result.totals.demand).toBe(truth.totals.demand);
  });
  test('--lose and --sample of the issuer: the fetches that are logged', async () => {
    for (const options of [{ lose: { issuer: 0.2 } }, { sample: { issuer: 2 } }]) {
      const { truth, result } = await play({ ...whole, behaviours: ['TT101'], ...options });
      const { all, ok, failed } = truth.totals.logged;
      expect(ok).toBeLessThan(truth.totals.fetches.ok * 0.9);
      expect(result.totals.fetches).toMatchObject({ all, ok, failed });
    }
  });
  test('--lose of the gateway: all fetches, less demand', async () => {
    const { truth, result } = await play({ ...whole, lose: { gateway: 0.2 } });
    expect(result.totals.fetches.ok).toBe(truth.totals.fetches.ok);
    expect(result.totals.requests).toBe(truth.lines.gateway.written + truth.lines.issuer.written);
  });
  test('--nat hides the holders', async () => {
    const { truth, result } = await play({ ...whole, nat: true });
    expect(truth.shows.issuer).not.toContain('client');
    expect(truth.shows.issuer).not.toContain('node');
    expect(result.totals.fetches.ok).toBe(truth.totals.fetches.ok);
    expect(result.keys.every(({ holders }) => holders === 1)).toBe(true);
    expect(result.totals.fetches.necessary).toBe(truth.totals.shared.necessary);
  });
  test('--no-client-field hides the clients', async () => {
    const { truth, result } = await play({ ...whole, clientField: false, hide: ['scope'] });
    expect(truth.shows.issuer).not.toContain('clientId');
    expect(result.totals.fetches.ok).toBe(truth.totals.fetches.ok);
    expect(result.keys.some(({ client }) => truth.keys.some((key) => key.client === client))).toBe(false);
  });
  test('--warm-up fills the caches: fewer first fetches', async () => {
    const cold = await play({ ...whole, behaviours: ['at-expiry'], lifetimeMs: 3_600_000 });
    const warm = await play({ ...whole, behaviours: ['at-expiry'], lifetimeMs: 3_600_000, warmUpMs: 600_000 });
    expect(cold.truth.totals.fetches.ok).toBe(3);
    expect(warm.truth.totals.fetches.ok).toBe(0);
    expect(warm.truth.totals.demand).toBeGreaterThan(8000);
    expect(warm.result.totals.fetches.ok).toBe(0);
  });
  test('--skew moves the issuer', async () => {
    const { truth, result } = await play({ ...whole, behaviours: ['TT101'], skewMs: 90_000 });
    expect(truth.skewMs).toBe(90_000);
    expect(Math.abs(result.join!.skewMs! - 90_000)).toBeLessThan(100);
  });
  test('--resolution 1s: the counts stay', async () => {
    const { truth, result, files } = await play({ ...whole, resolutionMs: 1000 });
    expect([...files.values()].join('')).not.toMatch(/"ts":"[^"]*\.(?!000Z)/);
    expect(result.totals.fetches).toMatchObject({ ok: truth.totals.fetches.ok, failed: 0 });
  });
  test('--shared-ids: the join is by them, and all of it', async () => {
    const { truth, result } = await play({ ...whole, sharedIds: true });
    const waited = truth.fetches!.filter(({ request }) => request !== null).length;
    expect(result.join).toMatchObject({ by: 'id', matched: waited, ambiguous: 0, unmatchedIssuer: 0 });
  });
  test('--users: an end user has an address of its own', async () => {
    const { files } = await play({ ...whole, users: 3, durationMs: 60_000 });
    const logs = [...files].filter(([name]) => name.startsWith('gateway/')).map(([, text]) => text);
    const addresses = new Set(logs.join('').match(/"client_ip":"[^"]*"/g));
    expect(addresses.size).toBe(3);
  });
});

describe('captures and traces show what a gateway asks', () => {
  test('traces of both sides: each fetch stands below its request', async () => {
    const { truth, result } = await play({ behaviours: ['TT106', 'refresh-ahead'], gatewayFormat: 'otlp', issuerFormat: 'otlp' });
    const waited = truth.fetches!.filter(({ request }) => request !== null).length;
    expect(result.totals.fetches.ok).toBe(truth.totals.fetches.ok);
    expect(result.join).toMatchObject({ by: 'trace', matched: waited, ambiguous: 0 });
  });
  test.each(['otlp', 'har'])('%s of the gateway alone has all fetches', async (gatewayFormat) => {
    const { truth, result } = await play({ behaviours: ['TT106', 'TT111'], gatewayFormat }, { only: 'gateway' });
    expect(result.totals.fetches.ok).toBe(truth.totals.fetches.ok);
    expect(truth.lines.gateway.made).toBe(truth.totals.requests + truth.totals.fetches.all);
  });
  test.each(['otlp', 'har'])('rotated parts of %s are whole documents', async (id) => {
    const { truth, result, files } = await play({ behaviours: ['TT111'], gatewayFormat: id, issuerFormat: id, rotate: 3 });
    expect([...files.keys()]).toContain('issuer/issuer.log.2');
    for (const text of files.values())
      for (const document of id === 'har' ? [text] : text.trimEnd().split('\n')) expect(() => JSON.parse(document)).not.toThrow();
    expect(result.totals.fetches.ok).toBe(truth.totals.fetches.ok);
  });
});

test('rows under a header survive rotation and a collector', async () => {
  const options = { behaviours: ['TT111'], gatewayFormat: 'w3c', issuerFormat: 'w3c', rotate: 3, wrapper: 'syslog-5424' };
  const { truth, result, files } = await play(options);
  for (const text of files.values()) expect(text.match(/#Fields:/g)).toHaveLength(1);
  expect(result.input.lines.rejected).toBe(0);
  expect(result.totals.fetches.ok).toBe(truth.totals.fetches.ok);
});
