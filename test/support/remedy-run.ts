/** One remedy through the life of a token and beyond: cold and crowded, across expiries, idle, with the issuer down, and back. */
import { join } from 'node:path';
import { gateways } from '../../fixtures/gateways/gateways.mjs';
import { main } from '../../src/cli/main.js';
import type { ExchangeRecord } from '../../src/idp/records.js';
import { percent } from '../../src/remedy/escape.js';
import { fakeIo } from './fake-io.js';
import { drive, type Sent, type Stretch, through, writeGatewayLog } from './remedy-load.js';
import { type RemedyName, type Running, remedies, SECRET } from './remedy-servers.js';
import type { Issuer, openWorld } from './remedy-world.js';

type World = Awaited<ReturnType<typeof openWorld>>;

/**
 * Tokens live this long. `expires_in` counts whole seconds of the clock, so that one may be dead up to a second earlier; the rest of the
 * margin is for the way of the response on a busy machine.
 */
export const LIFE_MS = 8000;
export const MARGIN_MS = 1500;
export const RATE = 100;

const BURST = 60;
/** Crowded at once, then steady across three expiries; idle for longer than a life; then busy again. */
export const calm: readonly Stretch[] = [
  { fromMs: 0, toMs: 23_000, perSecond: RATE, burst: BURST },
  { fromMs: 32_000, toMs: 34_000, perSecond: RATE },
];
export const BUSY_AGAIN_MS = 28_000;
export const DOWN_MS = { from: 34_100, to: 45_100 };
/** The issuer is down for longer than a life, then back. */
const storm: readonly Stretch[] = [{ fromMs: 34_100, toMs: 53_100, perSecond: 40 }];

export interface Outcome {
  readonly name: string;
  readonly beginMs: number;
  readonly calm: readonly Sent[];
  readonly storm: readonly Sent[];
  /** That the issuer recorded, in the order of their starts. */
  readonly fetches: readonly ExchangeRecord[];
  readonly running: Running | undefined;
  /** Its own files of the calm part. */
  readonly gatewayLog: string;
  readonly idpLog: string;
}

export interface Opened {
  readonly name: string;
  readonly issuer: Issuer;
  readonly running: Running;
  readonly send: (n: number) => Promise<number>;
}

export async function openRemedy(world: World, name: RemedyName): Promise<Opened> {
  const issuer = await world.issuer(name);
  const started = await remedies[name]({
    folder: world.folderOf(name),
    tokenEndpoint: issuer.tokenEndpoint,
    backendPort: world.backendPort,
    marginMs: MARGIN_MS,
    ttlMs: LIFE_MS - MARGIN_MS,
  });
  let stopped: Promise<void> | undefined;
  const running = {
    ...started,
    stop: (): Promise<void> => {
      stopped ??= started.stop();
      return stopped;
    },
  };
  world.closing(running.stop);
  let { origin } = running;
  if (origin === undefined) {
    // The caller of an internal endpoint: a gateway that asks for a token for each request and keeps none.
    const caller = await gateways.haproxy({
      folder: world.folderOf(`${name}-caller`),
      tokenEndpoint: running.tokenUrl!,
      backendPort: world.backendPort,
      secret: percent(SECRET),
      keeps: false,
    });
    world.closing(() => caller.stop());
    origin = caller.url;
  }
  const load = through(origin);
  world.closing(load.close);
  return { name, issuer, running, send: load.send };
}

/** Drives one through the calm stretches, and through the storm if it is to. The outage itself is the caller's. */
export async function runThrough(world: World, opened: Opened, beginMs: number, stormy: boolean): Promise<Outcome> {
  const { name, issuer, running, send } = opened;
  const quiet = await drive(send, calm, beginMs);
  const gatewayLog = join(world.folder, `${name}-gateway.log`);
  writeGatewayLog(gatewayLog, quiet);
  const rough = stormy ? await drive(send, storm, beginMs) : [];
  const fetches = [...issuer.fetches].sort((a, b) => a.time - b.time);
  return { name, beginMs, calm: quiet, storm: rough, fetches, running, gatewayLog, idpLog: issuer.log };
}

/** What `simulate` says of these logs under these policies, by policy: fetches. */
export async function foretold(
  gatewayLog: string,
  idpLog: string,
  policies: readonly string[],
): Promise<Readonly<Record<string, { readonly low: number; readonly high: number | null }>>> {
  const io = fakeIo({ cwd: '.' });
  const args = ['simulate', '--gateway', gatewayLog, '--idp', idpLog, '--margin', `${MARGIN_MS / 1000}s`];
  const status = await main([...args, ...policies.flatMap((one) => ['--policy', one]), '--format', 'json', '--no-progress'], io);
  if (io.out() === '') throw new Error(`simulate ended with ${status}: ${io.err()}`);
  const { simulation } = JSON.parse(io.out()) as {
    simulation: { policy: string; fetches: { low: number; high: number | null } }[];
  };
  return Object.fromEntries(simulation.map(({ policy, fetches }) => [policy, fetches]));
}
