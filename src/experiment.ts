/**
 * Joins replay and provider: logged traffic on a gateway whose token fetches go to a stand-in provider that counts them. Nothing leaves
 * the machine. For CI, and for `replay --hermetic`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { TokenTaxError } from './errors.js';
import { type IdentityProviderOptions, startIdentityProvider } from './idp/index.js';
import { redactText } from './redact/index.js';
import {
  checkTarget,
  makePlan,
  type PlanOptions,
  type ReplayRecord,
  type ReplayResult,
  type RunOptions,
  runReplay,
} from './replay/index.js';

export interface HermeticOptions {
  readonly records: readonly ReplayRecord[];
  /**
   * Starts the gateway, in a shell. It gets PORT (where to listen on 127.0.0.1), TOKEN_ENDPOINT, ISSUER_URL and BACKEND_URL in its
   * environment, and is ended with all it started.
   */
  readonly gatewayCommand?: string;
  /** A gateway that runs already, on this machine, and whose provider listens where `idp.listen` says. */
  readonly gatewayUrl?: string;
  readonly plan?: PlanOptions;
  readonly run?: Omit<RunOptions, 'plan' | 'arms' | 'fetches'>;
  readonly idp?: IdentityProviderOptions;
  /** How long the gateway may take to listen, ms. */
  readonly startMs?: number;
  /** The schedule is sped up to fit into this, ms. */
  readonly withinMs?: number;
  readonly maxFetchesPer1000?: number;
  readonly maxFetches?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

export interface Budget {
  readonly id: 'maxFetchesPer1000' | 'maxFetches';
  readonly found: number;
  readonly limit: number;
  readonly result: 'pass' | 'fail';
}

export interface HermeticResult {
  readonly requests: number;
  readonly fetches: number;
  readonly fetchesPer1000: number;
  readonly speed: number;
  readonly budgets: readonly Budget[];
  /** pass and fail are only said of a whole run that was answered. */
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly replay: ReplayResult;
}

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const freePort = async (): Promise<number> => {
  const server = createServer();
  const url = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return Number(new URL(url).port);
};

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** The service behind the gateway: says yes to everything. */
const backEnd = (): Server =>
  createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end('{"ok":true}\n');
  });

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    void import('node:net').then(({ connect }) => {
      const socket = connect({ port, host: '127.0.0.1' });
      const end = (is: boolean): void => {
        socket.destroy();
        resolve(is);
      };
      socket.setTimeout(1000, () => end(false));
      socket.once('connect', () => end(true));
      socket.once('error', () => end(false));
    });
  });

/** Ends the group that the shell leads, politely first. */
const endGroup = async (child: ChildProcess): Promise<void> => {
  const { pid } = child;
  if (pid === undefined) return;
  const kill = (signal: NodeJS.Signals): boolean => {
    try {
      return process.kill(-pid, signal);
    } catch {
      return false;
    }
  };
  const gone = new Promise<void>((resolve) =>
    child.exitCode === null && child.signalCode === null ? child.once('exit', () => resolve()) : resolve(),
  );
  if (!kill('SIGTERM')) return;
  await Promise.race([gone, pause(2000)]);
  kill('SIGKILL');
};

const MOST_SAID = 400;

/** Of what a gateway says the last line is kept, for the case that it does not start; gateways print secrets too. */
const lastLine = (text: string): string => {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  return redactText((lines.at(-1) ?? '').trim()).slice(0, MOST_SAID);
};

const startGateway = async (
  command: string,
  env: Readonly<Record<string, string | undefined>>,
  port: number,
  startMs: number,
): Promise<ChildProcess> => {
  const child = spawn(command, {
    shell: true,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: env as NodeJS.ProcessEnv,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      // Longer than a token, so that none is cut to where it looks like none.
      said = (said + chunk.toString('utf8')).slice(-16_384);
    });
  const until = performance.now() + startMs;
  while (performance.now() < until && child.exitCode === null && child.signalCode === null) {
    if (await accepts(port)) return child;
    await pause(50);
  }
  const ended = child.exitCode ?? child.signalCode;
  await endGroup(child);
  const last = lastLine(said);
  const words = last === '' ? 'it said nothing' : `its last line: ${last}`;
  throw new TokenTaxError(
    'TARGET_UNREACHABLE',
    ended === null
      ? `the gateway did not listen on 127.0.0.1:${port} within ${Math.round(startMs / 1000)} s`
      : `the gateway ended (${ended}) before it listened on 127.0.0.1:${port}`,
    {
      why: ended === null ? `nothing accepted a connection there; ${words}` : words,
      help: 'It must listen on 127.0.0.1 at the port that the variable PORT holds.',
    },
  );
};

const budgetsOf = (options: HermeticOptions, fetches: number, per1000: number): readonly Budget[] => {
  const { maxFetches, maxFetchesPer1000 } = options;
  const budget = (id: Budget['id'], found: number, limit: number | undefined): readonly Budget[] =>
    limit === undefined ? [] : [{ id, found, limit, result: found <= limit ? 'pass' : 'fail' }];
  return [...budget('maxFetchesPer1000', per1000, maxFetchesPer1000), ...budget('maxFetches', fetches, maxFetches)];
};

/** @throws {TokenTaxError} USAGE, TARGET_REFUSED, TARGET_UNREACHABLE */
export const runHermetic = async (options: HermeticOptions): Promise<HermeticResult> => {
  const { gatewayCommand, gatewayUrl, withinMs = 20_000, startMs = 10_000 } = options;
  if ((gatewayCommand === undefined) === (gatewayUrl === undefined))
    throw new TokenTaxError('USAGE', 'a gateway is either started by a command or has a URL', {
      help: "Write --gateway-command 'npm start'",
    });
  const first = makePlan(options.records, options.plan ?? {});
  const faster = Math.max(1, first.durationMs / withinMs);
  const speed = (options.plan?.speed ?? 1) * faster;
  const { ratePerSecond, ...timed } = options.plan ?? {};
  const plan = makePlan(options.records, {
    ...timed,
    speed,
    ...(ratePerSecond === undefined ? {} : { ratePerSecond: ratePerSecond * faster }),
  });
  const idp = await startIdentityProvider({ timeScale: speed, ...options.idp });
  const service = backEnd();
  let gateway: ChildProcess | undefined;
  try {
    const backend = await listen(service);
    const port = gatewayCommand === undefined ? 0 : await freePort();
    if (gatewayCommand !== undefined)
      gateway = await startGateway(
        gatewayCommand,
        {
          ...(options.env ?? process.env),
          PORT: String(port),
          TOKEN_ENDPOINT: idp.tokenEndpoint,
          ISSUER_URL: idp.url,
          BACKEND_URL: backend,
        },
        port,
        startMs,
      );
    const target = await checkTarget('--target', gatewayUrl ?? `http://127.0.0.1:${port}`, {});
    if (target.standing !== 'loopback')
      throw new TokenTaxError('TARGET_REFUSED', 'a hermetic replay stays on this machine', {
        help: 'Use a gateway on 127.0.0.1.',
      });
    const replay = await runReplay({
      timeoutMs: 10_000,
      settleMs: 200,
      ...options.run,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      plan,
      arms: [{ name: 'gateway', target }],
      fetches: () => idp.counts().all,
    });
    const arm = replay.arms[0]!;
    const fetches = arm.fetches ?? 0;
    const fetchesPer1000 = arm.fetchesFor === 0 ? 0 : (fetches * 1000) / arm.fetchesFor;
    const budgets = budgetsOf(options, fetches, fetchesPer1000);
    const failed = Object.entries(arm.statuses).reduce((sum, [status, many]) => sum + (Number(status) >= 500 ? many : 0), 0);
    const whole = arm.sent > 0 && arm.answered - failed >= arm.sent * 0.99 && arm.notSent + arm.dropped === 0;
    // No fetch at all: the gateway may use another provider, or none.
    const evidence = whole && fetches > 0 && !replay.selfCheck.saturated && replay.stopped === null && !replay.interrupted;
    const verdict = !evidence ? 'inconclusive' : budgets.some(({ result }) => result === 'fail') ? 'fail' : 'pass';
    return { requests: arm.sent, fetches, fetchesPer1000, speed, budgets, verdict, replay };
  } finally {
    if (gateway !== undefined) await endGroup(gateway);
    await closeServer(service);
    await idp.close();
  }
};
