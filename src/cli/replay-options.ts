/** The flags of `replay` as what the engine takes. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { TokenTaxError } from '../errors.js';
import {
  type Authorize,
  type BodyTemplate,
  CONNECTIONS,
  cachedAuthorization,
  checkTarget,
  fetchToken,
  fixedAuthorization,
  type Plan,
  type PlanOptions,
  type RunOptions,
  type Target,
} from '../replay/index.js';
import { shareOf } from '../replay/random.js';
import { version } from '../version.js';
import { parseDuration } from './duration.js';
import type { InputFlags } from './input-options.js';
import type { Io } from './io.js';

export interface ReplayFlags extends InputFlags {
  readonly since?: string;
  readonly until?: string;
  readonly where?: string;
  readonly sample?: string;
  readonly limit?: string;
  readonly target?: string;
  readonly a?: string;
  readonly b?: string;
  readonly send?: boolean;
  readonly allowHost?: readonly string[];
  readonly yesProduction?: boolean;
  readonly model?: 'open' | 'closed';
  readonly connections?: string;
  readonly speed?: string;
  readonly rate?: string;
  readonly maxGap?: string;
  readonly warmUp?: string;
  readonly block?: string;
  readonly repeats?: string;
  readonly fifo?: boolean;
  readonly allowMethod?: readonly string[];
  readonly body?: readonly string[];
  readonly header?: readonly string[];
  readonly host?: string;
  readonly authEnv?: string;
  readonly authFile?: string;
  readonly oauthTokenEndpoint?: string;
  readonly oauthClientIdEnv?: string;
  readonly oauthClientSecretEnv?: string;
  readonly oauthScope?: string;
  readonly http2?: boolean;
  readonly insecure?: boolean;
  readonly timeout?: string;
  readonly maxBody?: string;
  readonly stopErrorRate?: string;
  readonly stop429?: string;
  readonly stopP99?: string;
  readonly idpLog?: readonly string[];
  readonly hermetic?: boolean;
  readonly gatewayCommand?: string;
  readonly within?: string;
  readonly tokenLifetime?: string;
  readonly maxFetchesPer1000?: string;
  readonly maxFetches?: string;
  readonly format?: 'text' | 'json';
  readonly raw?: string;
  readonly manifest?: string;
  readonly fromManifest?: string;
  readonly seed?: string;
  readonly progress?: boolean;
  readonly debug?: boolean;
}

const bad = (flag: string, text: string, help: string): never => {
  throw new TokenTaxError('BAD_OPTION', `${flag} ${text} cannot be read`, { help });
};

const number = (flag: string, text: string, pattern: RegExp, example: string, least = 0): number => {
  const value = Number(pattern.exec(text)?.[1] ?? Number.NaN);
  return Number.isFinite(value) && value > least ? value : bad(flag, text, `Write ${flag} ${example}`);
};

const whole = (flag: string, text: string): number => number(flag, text, /^(\d{1,9})$/, '10');
const share = (flag: string, text: string): number => {
  const value = text.endsWith('%')
    ? number(flag, text, /^(\d+(?:\.\d+)?)%$/, '10%') / 100
    : number(flag, text, /^(\d*\.?\d+)$/, '10%');
  return value <= 1 ? value : bad(flag, text, `A share is at most 100%: ${flag} 10%`);
};

const sizeUnits = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9 } as const;

const size = (flag: string, text: string): number => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(B|kB|KB|MB|GB)$/.exec(text) ?? [];
  return amount === undefined
    ? bad(flag, text, `Write ${flag} 64MB`)
    : Number(amount) * sizeUnits[unit as keyof typeof sizeUnits];
};

const readNamed = (flag: string, name: string, cwd: string): string => {
  try {
    return readFileSync(resolve(cwd, name), 'utf8');
  } catch (cause) {
    throw new TokenTaxError('NO_INPUT', `${flag}: cannot read ${name} (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
};

const bodyTemplate = (text: string, cwd: string): BodyTemplate => {
  const [, method, path, file] = /^([A-Za-z]{1,20}) +(\/[^=]*)=(.+)$/.exec(text) ?? [];
  if (method === undefined || path === undefined || file === undefined)
    return bad('--body', text, "Write --body 'POST /orders/*=order.json'");
  return { method, path, text: readNamed('--body', file, cwd) };
};

/** These say how a message is framed or where it goes; a replay sets them itself. */
const framing = /^(content-length|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|proxy-.*)$/;

const headersOf = (flags: ReplayFlags, runId: string): Record<string, string> => {
  const headers: Record<string, string> = { 'user-agent': `token-tax/${version} (replay)`, accept: '*/*' };
  for (const text of flags.header ?? []) {
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+): *([\x20-\x7e]*)$/.exec(text) ?? [];
    if (name === undefined || value === undefined) return bad('--header', text, "Write --header 'Accept: application/json'");
    const lower = name.toLowerCase();
    if (framing.test(lower)) return bad('--header', text, 'Headers of the connection are set by the replay itself.');
    if (lower === 'authorization' || lower === 'cookie')
      return bad('--header', `${name}: ...`, 'Credentials go in by --auth-env NAME or --auth-file FILE, not as arguments.');
    headers[lower] = value;
  }
  if (flags.host !== undefined) {
    if (!/^[\w.:[\]-]+$/.test(flags.host)) return bad('--host', flags.host, 'Write --host orders.example');
    headers.host = flags.host;
  }
  headers['token-tax-replay'] = runId;
  return headers;
};

interface NamedTarget {
  readonly name: string;
  readonly flag: string;
  readonly url: string;
}

const targetsOf = ({ target, a, b, hermetic, gatewayCommand }: ReplayFlags): readonly NamedTarget[] => {
  if (hermetic === true && gatewayCommand !== undefined && target === undefined) return [];
  if (target !== undefined && a === undefined && b === undefined) return [{ name: 'target', flag: '--target', url: target }];
  if (target === undefined && a !== undefined && b !== undefined)
    return [
      { name: 'A', flag: '--a', url: a },
      { name: 'B', flag: '--b', url: b },
    ];
  throw new TokenTaxError('USAGE', 'a replay goes to one --target, or to --a and --b', {
    help: 'Write --target http://localhost:8080',
  });
};

/** Longer than programs keep lines before they write them to a log. */
const LOG_SETTLE_MS = 400;

/** How many token fetches the log of a provider holds by now, whatever its format. */
const fetchesIn = async (files: readonly string[], cwd: string): Promise<number> => {
  const { analyze } = await import('../pipeline.js');
  const { statSync } = await import('node:fs');
  const filled = files.filter((file) => statSync(resolve(cwd, file), { throwIfNoEntry: false })?.size);
  if (filled.length === 0) return 0;
  return (await analyze({ inputs: [], idp: filled, cwd })).totals.fetches.all;
};

export interface Settings {
  readonly plan: PlanOptions;
  readonly run: Omit<RunOptions, 'plan' | 'arms'>;
  readonly targets: readonly NamedTarget[];
  readonly model: 'open' | 'closed';
  readonly connections: number;
  readonly speed: number;
  readonly ratePerSecond: number | undefined;
  readonly repeats: number;
  readonly insecure: boolean;
  readonly markerText: string;
  readonly fetches: (() => Promise<number>) | undefined;
  readonly planJson: (plan: Plan) => object;
}

/** Budgets and times of a hermetic replay. */
export const hermeticOf = (flags: ReplayFlags) => {
  const { gatewayCommand, target, within, tokenLifetime, maxFetchesPer1000, maxFetches } = flags;
  const amount = (flag: string, text: string): number => number(flag, text, /^(\d+(?:\.\d+)?)$/, '10', -1);
  return {
    ...(gatewayCommand === undefined ? {} : { gatewayCommand }),
    ...(target === undefined ? {} : { gatewayUrl: target }),
    ...(within === undefined ? {} : { withinMs: parseDuration('--within', within) }),
    ...(tokenLifetime === undefined ? {} : { idp: { lifetimeMs: parseDuration('--token-lifetime', tokenLifetime) } }),
    ...(maxFetchesPer1000 === undefined ? {} : { maxFetchesPer1000: amount('--max-fetches-per-1000', maxFetchesPer1000) }),
    ...(maxFetches === undefined ? {} : { maxFetches: amount('--max-fetches', maxFetches) }),
  };
};

/** @throws {TokenTaxError} BAD_OPTION, USAGE, NO_INPUT */
export const settingsOf = async (flags: ReplayFlags, io: Io): Promise<Settings> => {
  const optional = <T>(text: string | undefined, read: (text: string) => T): T | undefined =>
    text === undefined ? undefined : read(text);
  const duration = (flag: string, text: string | undefined): number | undefined =>
    optional(text, (each) => parseDuration(flag, each));
  const given = <T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
  const targets = targetsOf(flags);
  const model = flags.model ?? 'open';
  if (flags.rate !== undefined && flags.speed !== undefined)
    throw new TokenTaxError('USAGE', '--rate and --speed say the same thing in two ways', { help: 'Keep one of them.' });
  const speed = optional(flags.speed, (text) => number('--speed', text, /^(\d+(?:\.\d+)?)x?$/, '4x')) ?? 1;
  const ratePerSecond = optional(flags.rate, (text) => number('--rate', text, /^(\d+(?:\.\d+)?)(?:\/s)?$/, '50/s'));
  const connections = optional(flags.connections, (text) => whole('--connections', text)) ?? CONNECTIONS[model];
  if (connections > 10_000) bad('--connections', String(connections), 'At most 10000.');
  const seed = optional(flags.seed, (text) => number('--seed', text, /^(\d{1,9})$/, '1', -1)) ?? 1;
  const repeats = optional(flags.repeats, (text) => whole('--repeats', text)) ?? 1;
  const plan: PlanOptions = given({
    speed,
    ratePerSecond,
    maxGapMs: duration('--max-gap', flags.maxGap),
    sample: optional(flags.sample, (text) => share('--sample', text)),
    seed,
    allowMethods: (flags.allowMethod ?? []).flatMap((text) => text.split(',').map((each) => each.trim().replace(/^\+/, ''))),
    bodies: (flags.body ?? []).map((text) => bodyTemplate(text, io.cwd)),
    limit: optional(flags.limit, (text) => whole('--limit', text)),
  }) as PlanOptions;
  // The same experiment has the same id, so that its traffic is found in the logs of the gateway.
  const runId = Math.floor(shareOf(targets.map(({ url }) => url).join(' '), seed) * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
  const off = (text: string | undefined): boolean => text === 'off';
  const stop = {
    errorRate: off(flags.stopErrorRate)
      ? undefined
      : (optional(flags.stopErrorRate, (text) => share('--stop-error-rate', text)) ?? 0.5),
    tooMany: off(flags.stop429) ? undefined : (optional(flags.stop429, (text) => whole('--stop-429', text)) ?? 20),
    p99Ms: duration('--stop-p99', flags.stopP99),
  };
  const idpLog = flags.idpLog;
  return {
    plan,
    run: given({
      model,
      connections,
      repeats,
      fifo: flags.fifo,
      warmUpMs: duration('--warm-up', flags.warmUp),
      blockMs: duration('--block', flags.block),
      timeoutMs: duration('--timeout', flags.timeout),
      maxBodyBytes: optional(flags.maxBody, (text) => size('--max-body', text)),
      http2: flags.http2,
      insecure: flags.insecure,
      headers: headersOf(flags, runId),
      settleMs: idpLog === undefined ? undefined : LOG_SETTLE_MS,
      stop,
    }) as Settings['run'],
    targets,
    model,
    connections,
    speed,
    ratePerSecond,
    repeats,
    insecure: flags.insecure === true,
    markerText: `token-tax-replay: ${runId}`,
    fetches: idpLog === undefined ? undefined : () => fetchesIn(idpLog, io.cwd),
    planJson: (made) => ({
      plan: {
        records: made.records,
        clients: made.clients,
        sampledClients: made.sampledClients,
        willSend: made.requests.length,
        methods: Object.fromEntries(made.methods),
        withheld: Object.fromEntries(made.withheld),
        withheldMethods: Object.fromEntries(made.withheldMethods),
        reordered: made.reordered,
        durationMs: made.durationMs,
        peakPerSecond: made.peakPerSecond,
        model,
        connections,
        speed,
        ratePerSecond: ratePerSecond ?? null,
        repeats,
        targets: targets.map(({ name, url }) => ({ name, url })),
      },
    }),
  };
};

const fromEnv = (flag: string, name: string, io: Io): string => {
  const value = io.env[name];
  if (value === undefined || value === '')
    throw new TokenTaxError('BAD_OPTION', `${flag}: the variable ${name} is not set`, { help: `export ${name}=... first` });
  return value;
};

/** Own credentials, and the words for them. */
export const authOf = async (
  flags: ReplayFlags,
  io: Io,
  targets: readonly Target[],
): Promise<{ readonly authorize: Authorize | undefined; readonly words: string }> => {
  const ways = [flags.authEnv, flags.authFile, flags.oauthTokenEndpoint].filter((each) => each !== undefined);
  if (ways.length > 1) throw new TokenTaxError('USAGE', 'there are several kinds of credentials', { help: 'Keep one of them.' });
  if (flags.authEnv !== undefined)
    return {
      authorize: fixedAuthorization(fromEnv('--auth-env', flags.authEnv, io)),
      words: `Authorization from $${flags.authEnv}; none from the log`,
    };
  if (flags.authFile !== undefined)
    return {
      authorize: fixedAuthorization(readNamed('--auth-file', flags.authFile, io.cwd)),
      words: `Authorization from ${flags.authFile}; none from the log`,
    };
  if (flags.oauthTokenEndpoint === undefined) return { authorize: undefined, words: 'none; none from the log' };
  const allowHosts = [
    ...(flags.allowHost ?? []),
    ...targets.filter(({ standing }) => standing === '--allow-host').map(({ url }) => url.hostname),
  ];
  const { url } = await checkTarget('--oauth-token-endpoint', flags.oauthTokenEndpoint, { allowHosts });
  const idName = flags.oauthClientIdEnv ?? 'TT_CLIENT_ID';
  const secretName = flags.oauthClientSecretEnv ?? 'TT_CLIENT_SECRET';
  const credentials = {
    endpoint: url,
    clientId: fromEnv('--oauth-client-id-env', idName, io),
    clientSecret: fromEnv('--oauth-client-secret-env', secretName, io),
    timeoutMs: flags.timeout === undefined ? 10_000 : parseDuration('--timeout', flags.timeout),
    ...(flags.oauthScope === undefined ? {} : { scope: flags.oauthScope }),
  };
  return {
    authorize: cachedAuthorization({ fetch: () => fetchToken(credentials), now: () => performance.now() }),
    words: `client-credentials from env ${idName}; none from the log`,
  };
};
