/** Caching policies as they are written on the command line: `node,single-flight,margin=10%`. Data only; `play.ts` plays them. */
import { parseDurationMs, parseMargin } from '../analysis/options.js';
import type { Margin } from '../analysis/perfect-cache.js';
import { TokenTaxError } from '../errors.js';

/** When the issuer answers nothing but errors. */
export type Outage =
  | { readonly kind: 'span'; readonly fromMs: number; readonly toMs: number }
  /** In the middle of the window. */
  | { readonly kind: 'middle'; readonly ms: number };

export interface Policy {
  /** The canonical text: parts in one order, defaults left out. */
  readonly id: string;
  readonly title: string;
  readonly cache: 'none' | 'worker' | 'node' | 'shared';
  /** Caches of a node; undefined: not said, and not `worker`. */
  readonly workers: number | undefined;
  /** At most one fetch of a cache at a time; who comes meanwhile waits for it. */
  readonly singleFlight: boolean;
  /** undefined: the margin of the run. */
  readonly margin: Margin | undefined;
  /** Share of the life after which a request starts a fetch in the background. */
  readonly refreshAhead: number | undefined;
  /** Share of the life by which a token is renewed earlier, at most. */
  readonly jitter: number | undefined;
  /** A token is used this long, whatever its life. */
  readonly ttlMs: number | undefined;
  /** The issuer gives every token this life. */
  readonly lifetimeMs: number | undefined;
  /** How long a failed fetch is remembered. */
  readonly failureCacheMs: number | undefined;
  readonly outage: Outage | undefined;
}

type Values = Record<string, string>;

const caches = ['none', 'worker', 'node', 'shared'] as const;
const settings = ['workers', 'margin', 'refresh-ahead', 'jitter', 'ttl', 'lifetime', 'failure-cache', 'outage'] as const;
const words: readonly string[] = [...caches, 'single-flight', ...settings];

export const WORKERS_IF_NOT_SAID = 2;

/** The name that was probably meant. */
export type Nearest = (wanted: string, names: readonly string[]) => string | undefined;

const bad = (text: string, why: string, help?: string): TokenTaxError =>
  new TokenTaxError('BAD_OPTION', `--policy cannot be "${text}"`, {
    why,
    help: help ?? 'Write one of none, worker, node, shared, then what it does: node,single-flight,margin=10%.',
  });

/** Throws BAD_OPTION with what was meant. */
export function parsePolicy(text: string, nearest: Nearest = () => undefined): Policy {
  const values: Values = {};
  for (const part of text.split(',').map((each) => each.trim())) {
    if (part === '') throw bad(text, 'a part between two commas is empty');
    const cut = part.indexOf('=');
    const name = cut < 0 ? part : part.slice(0, cut).trim();
    if (!words.includes(name)) {
      const close = nearest(name, words);
      throw bad(
        text,
        `"${name}" is no part of a policy`,
        close === undefined ? `Its parts are ${words.join(', ')}.` : `Did you mean "${close}"?`,
      );
    }
    const takesValue = (settings as readonly string[]).includes(name);
    if (takesValue && (cut < 0 || part.slice(cut + 1).trim() === ''))
      throw bad(text, `"${name}" needs a value`, `Write ${name}=${samples[name]!}.`);
    if (!takesValue && cut >= 0) throw bad(text, `"${name}" takes no value`, `Write ${name} alone.`);
    if (values[name] !== undefined) throw bad(text, `"${name}" is there twice`);
    values[name] = takesValue ? part.slice(cut + 1).trim() : '';
  }
  const named = caches.filter((cache) => values[cache] !== undefined);
  if (named.length > 1) throw bad(text, `"${named.join('" and "')}" exclude each other: a token is kept in one place`);
  const [cache] = named;
  if (cache === undefined) throw bad(text, 'it does not say who keeps the token', 'Add one of none, worker, node, shared.');
  return build(text, cache, values);
}

const samples: Values = {
  workers: '4',
  margin: '10%',
  'refresh-ahead': '80%',
  jitter: '10%',
  ttl: '300s',
  lifetime: '1h',
  'failure-cache': '5s',
  outage: '10m, or outage=2026-03-02T10:00Z..2026-03-02T10:10Z',
};

function build(text: string, cache: Policy['cache'], values: Values): Policy {
  const ms = (name: string): number | undefined =>
    values[name] === undefined ? undefined : parseDurationMs(values[name], `--policy ${name}`);
  const share = (name: string): number | undefined => {
    const value = values[name];
    if (value === undefined) return undefined;
    const match = /^(\d+(?:\.\d+)?)\s*%$/.exec(value);
    const percent = Number(match?.[1]);
    if (match === null || !(percent > 0 && percent < 100))
      throw bad(
        text,
        `${name}=${value} is not a share of a life`,
        `Write a percentage above 0 and below 100: ${name}=${samples[name]}.`,
      );
    return percent / 100;
  };
  if (cache === 'none') {
    const idle = ['workers', 'margin', 'refresh-ahead', 'jitter', 'ttl', 'failure-cache'].find(
      (name) => values[name] !== undefined,
    );
    if (idle !== undefined) throw bad(text, `"${idle}" needs a cache, and this policy has none`);
  }
  let workers: number | undefined;
  if (values.workers !== undefined) {
    if (cache !== 'worker') throw bad(text, '"workers" goes with "worker" alone', `Write worker,workers=${values.workers}.`);
    workers = /^\d{1,5}$/.test(values.workers) ? Number(values.workers) : 0;
    if (workers < 1)
      throw bad(text, `workers=${values.workers} is not a number of workers`, 'Write a whole number from 1: workers=4.');
  }
  if (values.ttl !== undefined && values.margin !== undefined)
    throw bad(
      text,
      'with a fixed "ttl" the life of a token is not looked at, so "margin" changes nothing',
      'Leave one of them out.',
    );
  const policy = {
    cache,
    workers,
    singleFlight: values['single-flight'] !== undefined,
    margin: values.margin === undefined ? undefined : parseMargin(values.margin),
    refreshAhead: share('refresh-ahead'),
    jitter: share('jitter'),
    ttlMs: ms('ttl'),
    lifetimeMs: ms('lifetime'),
    failureCacheMs: ms('failure-cache'),
    outage: values.outage === undefined ? undefined : parseOutage(text, values.outage),
  };
  const parts = [
    cache,
    ...(policy.singleFlight ? ['single-flight'] : []),
    ...settings.flatMap((name) => (values[name] === undefined ? [] : [`${name}=${values[name].replace(/\s+/g, '')}`])),
  ];
  return { ...policy, id: parts.join(','), title: titleOf(policy, values) };
}

function parseOutage(text: string, value: string): Outage {
  const cut = value.indexOf('..');
  if (cut < 0) return { kind: 'middle', ms: parseDurationMs(value, '--policy outage') };
  const moment = (part: string): number => {
    const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/.test(part)
      ? Date.parse(part)
      : Number.NaN;
    if (Number.isNaN(at))
      throw bad(text, `"${part}" is not a moment with its zone`, `Write outage=${samples.outage!.split('=')[1]}.`);
    return at;
  };
  const fromMs = moment(value.slice(0, cut).trim());
  const toMs = moment(value.slice(cut + 2).trim());
  if (toMs <= fromMs) throw bad(text, 'the outage ends before it begins');
  return { kind: 'span', fromMs, toMs };
}

const titles = { none: 'no cache', worker: 'per worker', node: 'per node', shared: 'shared' } as const;

function titleOf(policy: Pick<Policy, 'cache' | 'workers' | 'singleFlight'>, values: Values): string {
  const more = settings.flatMap((name) =>
    values[name] === undefined || name === 'workers' ? [] : [`${name.replace('-', ' ')} ${values[name].replace(/\s+/g, '')}`],
  );
  const many = policy.cache === 'worker' ? ` (${policy.workers ?? WORKERS_IF_NOT_SAID} a node)` : '';
  return [`${titles[policy.cache]}${many}`, ...(policy.singleFlight ? ['single flight'] : []), ...more].join(', ');
}

/** Spans the frontier from no cache to the bound. */
export const defaultPolicies = (): readonly Policy[] =>
  [
    'none',
    'node',
    'node,single-flight,ttl=60s',
    'node,single-flight,ttl=300s',
    'node,single-flight',
    'node,single-flight,refresh-ahead=80%,jitter=10%',
    'shared,single-flight',
  ].map((text) => parsePolicy(text));
