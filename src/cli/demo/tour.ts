/** The demo: traffic on a gateway that fetches a token for each request, and the same with a token cache in between. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Analysis } from '../../analysis/result.js';
import { TokenTaxError } from '../../errors.js';
import { startIdentityProvider, startLoopback } from '../../idp/index.js';
import type { AnalyzeOptions } from '../../pipeline.js';
import { checkTarget, makePlan, type Plan, type ReplayResult, runReplay } from '../../replay/index.js';
import { readReplay } from '../replay-inputs.js';
import { startBackEnd, startGateway } from './gateway.js';
import { demoLog, SERVICES } from './traffic.js';

export const REQUESTS = 480;
export const PER_SECOND = 120;
/** What a fetch takes at the stand-in provider, ms. */
const FETCH_MS = 25;

export interface Leg {
  readonly name: 'before' | 'after';
  /** As the provider counted them. */
  readonly fetches: number;
  readonly replay: ReplayResult;
  readonly analysis: Analysis;
  readonly gatewayLog: string;
  readonly idpLog: string;
  readonly json: string;
  /** The report as a page. */
  readonly html: string;
}

export interface TourOptions {
  readonly folder: string;
  readonly analyze: (options: AnalyzeOptions) => Promise<Analysis>;
  readonly write: (analysis: Analysis, format: 'json' | 'html') => Promise<string>;
  readonly say: (line: string) => Promise<void>;
  readonly signal: AbortSignal;
  readonly requests?: number;
}

const secretOf = (client: string): string => `demo-secret-of-${client}`;

const leg = async (name: Leg['name'], plan: Plan, { folder, analyze, write, signal }: TourOptions): Promise<Leg> => {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  const [gatewayLog, idpLog] = [join(path, 'gateway.log'), join(path, 'idp.log')];
  const [json, html] = [join(path, 'result.json'), join(path, 'report.html')];
  const open: { close(): Promise<void> }[] = [];
  const opened = <T extends { close(): Promise<void> }>(each: T): T => {
    open.unshift(each);
    return each;
  };
  let replay: ReplayResult;
  let fetches: number;
  try {
    const idp = opened(await startIdentityProvider({ log: idpLog, lifetimeMs: 300_000, latency: [[1, FETCH_MS]] }));
    const endpoint =
      name === 'before' ? idp.tokenEndpoint : opened(await startLoopback({ tokenEndpoint: idp.tokenEndpoint })).tokenEndpoint;
    const backEnd = opened(await startBackEnd());
    const gateway = opened(await startGateway(endpoint, backEnd.url, gatewayLog, secretOf));
    replay = await runReplay({
      plan,
      arms: [{ name, target: await checkTarget('--target', gateway.url, {}) }],
      fetches: () => idp.counts().all,
      timeoutMs: 5000,
      signal,
    });
    fetches = idp.counts().all;
  } finally {
    for (const each of open) await each.close();
  }
  signal.throwIfAborted();
  const analysis = await analyze({ inputs: [], gateway: [gatewayLog], idp: [idpLog], cwd: folder, signal });
  await writeFile(json, await write(analysis, 'json'), { mode: 0o600 });
  await writeFile(html, await write(analysis, 'html'), { mode: 0o600 });
  return { name, fetches, replay, analysis, gatewayLog, idpLog, json, html };
};

/** What has to hold for the demo to have shown anything. */
const check = (before: Leg, after: Leg, requests: number): void => {
  const wrong: string[] = [];
  const want = (holds: boolean, what: string): void => {
    if (!holds) wrong.push(what);
  };
  for (const { name, replay, analysis, fetches } of [before, after]) {
    const arm = replay.arms[0]!;
    want(
      arm.answered === requests && arm.statuses['200'] === requests,
      `${name}: ${arm.answered} of ${requests} requests were answered`,
    );
    want(replay.stopped === null, `${name}: the replay stopped early`);
    want(analysis.totals.fetches.all === fetches, `${name}: analyze found ${analysis.totals.fetches.all} of ${fetches} fetches`);
  }
  want(before.fetches === requests, `before: ${before.fetches} fetches for ${requests} requests`);
  want(after.fetches === SERVICES, `after: ${after.fetches} fetches where ${SERVICES} are enough`);
  if (wrong.length > 0)
    throw new TokenTaxError('INTERNAL', `the demo did not do what it should: ${wrong.join('; ')}`, {
      why: 'its figures would mean nothing',
    });
};

export const tour = async (options: TourOptions): Promise<{ readonly before: Leg; readonly after: Leg }> => {
  const { folder, say, signal, requests = REQUESTS } = options;
  const traffic = join(folder, 'traffic.log');
  await writeFile(traffic, demoLog(requests, PER_SECOND), { mode: 0o600 });
  const plan = makePlan(await readReplay({ inputs: [traffic], cwd: folder, signal }, () => {}));
  await say(`1/3  ${plan.requests.length} requests of 8 users to a gateway that fetches a token for each of them`);
  const before = await leg('before', plan, options);
  await say('2/3  the same requests, with the loopback token cache between gateway and provider');
  const after = await leg('after', plan, options);
  await say('3/3  the logs of both, analysed');
  check(before, after, plan.requests.length);
  return { before, after };
};
