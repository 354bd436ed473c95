/**
 * The configurations of src/remedy on the real servers, in front of a real provider and a back end that accepts its living tokens alone:
 * cold and crowded, across expiries, idle for longer than a token lives, with the issuer down for longer than that, and back. All run side
 * by side; the same traffic through a gateway without a cache is the log that `simulate` foretells from.
 *
 * REMEDIES_TABLE=docs/remedies-measured.md writes what was promised and measured.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gateways } from '../../fixtures/gateways/gateways.mjs';
import { versionOf } from '../../fixtures/servers/process.mjs';
import { percent } from '../../src/remedy/escape.js';
import { through } from '../support/remedy-load.js';
import {
  BUSY_AGAIN_MS,
  calm,
  DOWN_MS,
  foretold,
  LIFE_MS,
  MARGIN_MS,
  type Outcome,
  openRemedy,
  runThrough,
} from '../support/remedy-run.js';
import { contextFor, type RemedyName, remedies, remedyOf, SECRET } from '../support/remedy-servers.js';
import { measuredPage, type Row } from '../support/remedy-table.js';
import { type Issuer, mostAtOnce, openWorld } from '../support/remedy-world.js';

const names = Object.keys(remedies) as RemedyName[];
const outcomes = new Map<string, Outcome>();
const promised = new Map<string, { readonly low: number; readonly high: number }>();
let rejected: number;
let tokens: readonly string[];
let world: Awaited<ReturnType<typeof openWorld>>;
/** A provider of its own for the traffic without a remedy, which does not fail. */
let other: typeof world;
let beforeIssuer: Issuer;
const rows: Row[] = [];

/** Runs of a machine that had no time for them say nothing of remedies: how late a timer of 20 ms was at most, and the slowest fetch. */
const QUIET = { timerLateMs: 500, fetchMs: 1000 };

const close = async (): Promise<void> => {
  await world?.close();
  await other?.close();
};

/** All at once through all stretches; false: the machine was too busy. */
async function runAll(): Promise<boolean> {
  const opened: Awaited<ReturnType<typeof openRemedy>>[] = [];
  world = await openWorld(LIFE_MS / 1000, SECRET);
  other = await openWorld(LIFE_MS / 1000, SECRET);
  // All are done before one's failure ends the run: what was started is stopped.
  await Promise.allSettled(names.map(async (name) => opened.push(await openRemedy(world, name))));
  expect(opened.map(({ name }) => name).sort()).toEqual([...names].sort());
  const issuer = await other.issuer('before');
  beforeIssuer = issuer;
  const patient = await gateways.nginx({
    folder: other.folderOf('before'),
    tokenEndpoint: issuer.tokenEndpoint,
    backendPort: other.backendPort,
    secret: percent(SECRET),
    keeps: false,
  });
  other.closing(() => patient.stop());
  const load = through(patient.url);
  other.closing(load.close);
  let lateMs = 0;
  let ticked = Date.now();
  const ticks = setInterval(() => {
    lateMs = Math.max(lateMs, Date.now() - ticked - 20);
    ticked = Date.now();
  }, 20);
  other.closing(async () => clearInterval(ticks));
  const beginMs = Date.now() + 200;
  const running = { stop: patient.stop, logged: () => '' };
  const before = runThrough(other, { name: 'before', issuer, running, send: load.send }, beginMs, false);
  const runs = opened.map((one) => runThrough(world, one, beginMs, true));
  await sleep(Math.max(0, beginMs + DOWN_MS.from - Date.now()));
  world.outage(true);
  await sleep(Math.max(0, beginMs + DOWN_MS.to - Date.now()));
  world.outage(false);
  outcomes.clear();
  for (const outcome of await Promise.all([before, ...runs])) outcomes.set(outcome.name, outcome);
  clearInterval(ticks);
  const slowest = Math.max(...names.flatMap((name) => outcomes.get(name)!.fetches.map(({ durationMs }) => durationMs)));
  return lateMs <= QUIET.timerLateMs && slowest <= QUIET.fetchMs;
}

beforeAll(async () => {
  if (!(await runAll())) {
    await close();
    await runAll();
  }
  rejected = (await world.report()).backend.rejected401;
  tokens = await world.tokens();
  for (const { running } of outcomes.values()) await running?.stop();
  // Its log is whole when it is closed.
  await beforeIssuer.close();
  const context = await contextFor({ ...wantedHere, folder: world.folderOf('context') });
  const policies = new Map(names.map((name) => [name, remedyOf[name].policy(context).id]));
  const { gatewayLog, idpLog } = outcomes.get('before')!;
  const found = await foretold(gatewayLog, idpLog, [...new Set(policies.values())]);
  for (const [name, policy] of policies) {
    const { low, high } = found[policy]!;
    promised.set(name, { low, high: (high ?? Number.NaN) + remedyOf[name].overshootPerStretch * calm.length });
  }
}, 240_000);
afterAll(async () => {
  const path = process.env.REMEDIES_TABLE;
  if (path !== undefined && rows.length === names.length) writeFileSync(path, measuredPage(rows, versions()));
  await close();
});

const wantedHere = {
  tokenEndpoint: 'http://127.0.0.1:1/oauth2/token',
  backendPort: 1,
  marginMs: MARGIN_MS,
  ttlMs: LIFE_MS - MARGIN_MS,
};

const versions = (): readonly string[] =>
  (
    [
      ['nginx', versionOf('nginx', '-v', 'nginx')],
      ['HAProxy', versionOf('haproxy', '-v', 'haproxy')],
      ['Apache', versionOf('apache2', '-v', 'apache2')],
      ['Varnish', versionOf('varnishd', '-V', 'varnish')],
      ['oidc-provider', readFileSync('node_modules/oidc-provider/package.json', 'utf8').split('"version":')[1] ?? ''],
    ] as const
  ).map(([name, said]) => `${name} ${/\d+(?:\.\d+)+/.exec(said)?.[0]}`);

const count = (sent: Outcome['calm'], status: number): number => sent.filter((one) => one.status === status).length;

test('without a remedy each request fetches', () => {
  const { calm: sent, fetches } = outcomes.get('before')!;
  expect(count(sent, 200)).toBe(sent.length);
  expect(sent.length).toBeGreaterThan(1500);
  expect(fetches.length).toBe(sent.length);
});

describe.each(names)('%s', (name) => {
  const of = (): Outcome => outcomes.get(name)!;
  const between = (fromMs: number, toMs: number): Outcome['fetches'] =>
    of().fetches.filter(({ time }) => time >= of().beginMs + fromMs && time < of().beginMs + toMs);

  test('every request gets a token that is valid, and no other', () => {
    const { calm: sent } = of();
    expect(sent.length).toBeGreaterThan(1500);
    expect(sent.filter(({ status }) => status !== 200)).toEqual([]);
    expect(rejected).toBe(0);
  });

  test('fetches as often as simulate foretold', () => {
    const { low, high } = promised.get(name)!;
    const made = between(0, DOWN_MS.from);
    expect(made.every(({ status }) => status === 200)).toBe(true);
    expect(made.length).toBeGreaterThanOrEqual(low);
    expect(made.length).toBeLessThanOrEqual(high);
  });

  test('a cold and crowded start is one fetch, and no expiry is a stampede', () => {
    expect(between(0, 1000).length).toBeLessThanOrEqual(1 + remedyOf[name].overshootPerStretch);
    // A fetch of the next slot may begin before a slow one of the last slot is done.
    expect(mostAtOnce(of().fetches)).toBeLessThanOrEqual(1 + remedyOf[name].overshootPerStretch);
  });

  test('idle for longer than a token lives: one fetch', () => {
    const made = between(BUSY_AGAIN_MS, DOWN_MS.from).length;
    expect(made).toBeGreaterThanOrEqual(1);
    expect(made).toBeLessThanOrEqual(1 + remedyOf[name].overshootPerStretch);
  });

  test('the issuer is down for longer than a token lives: 503, few attempts, no dead token; then it recovers by itself', () => {
    const { storm, beginMs } = of();
    expect(count(storm, 200) + count(storm, 503)).toBe(storm.length);
    // From the end of the last token to the end of the outage nobody has one.
    const dead = storm.filter(
      ({ startMs }) => startMs > beginMs + DOWN_MS.from + LIFE_MS && startMs < beginMs + DOWN_MS.to - 500,
    );
    expect(dead.length).toBeGreaterThan(20);
    expect(count(dead, 503)).toBe(dead.length);
    const failed = of().fetches.filter(({ status }) => status !== 200).length;
    expect(failed).toBeGreaterThanOrEqual(1);
    expect(failed).toBeLessThanOrEqual(Math.ceil((DOWN_MS.to - DOWN_MS.from) / 1000));
    const late = storm.filter(({ startMs }) => startMs > beginMs + DOWN_MS.to + 6500);
    expect(late.length).toBeGreaterThan(20);
    expect(count(late, 200)).toBe(late.length);
    const back = between(DOWN_MS.to, Number.POSITIVE_INFINITY).filter(({ status }) => status === 200).length;
    expect(back).toBeGreaterThanOrEqual(1);
    expect(back).toBeLessThanOrEqual(2 + remedyOf[name].overshootPerStretch);
  });

  test('neither the secret nor a token is in any log', () => {
    const logged = of().running!.logged();
    expect(logged.length).toBeGreaterThan(1000);
    expect(tokens.length).toBeGreaterThan(20);
    const basic = Buffer.from(`orders-gw:${percent(SECRET)}`).toString('base64');
    const hidden = [SECRET, percent(SECRET), basic, encodeURIComponent(SECRET)];
    expect([...hidden, ...tokens].filter((one) => logged.includes(one))).toEqual([]);
  });

  test('what was measured', () => {
    const before = outcomes.get('before')!;
    const row: Row = {
      title: remedyOf[name].title,
      requests: of().calm.length,
      before: before.fetches.length,
      promised: promised.get(name)!,
      after: between(0, DOWN_MS.from).length,
      invalid: of().calm.length - count(of().calm, 200),
      mostAtOnce: mostAtOnce(of().fetches),
      failed: of().fetches.filter(({ status }) => status !== 200).length,
    };
    rows.push(row);
    expect(row.before - row.after).toBeGreaterThan(0.99 * row.before);
  });
});
