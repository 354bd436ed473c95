import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { TokenTaxError } from '../../errors.js';
import { behaviours } from '../../generate/behaviours.js';
import { generateLogs, printableFormats } from '../../generate/generate.js';
import {
  type Arrivals,
  arrivals,
  type GenerateOptions,
  type Hideable,
  hideable,
  type PerSide,
  type Side,
  sides,
} from '../../generate/options.js';
import type { Truth } from '../../generate/truth.js';
import { wraps } from '../../generate/wrap.js';
import { shown } from '../../report/cells.js';
import { count, plural } from '../../report/words.js';
import { parseDuration } from '../duration.js';
import { commandPage, type Example } from '../help-page.js';
import { print } from '../io.js';
import type { Context } from './index.js';

const examples: readonly Example[] = [
  ['token-tax generate --cause TT106 --out try', 'workers that cache alone'],
  ['token-tax generate --mix TT101,TT111,at-expiry --seed 7 --out try', 'a fleet of three clients'],
  ['token-tax generate --healthy refresh-ahead --wrapper cri --out try', 'Envoy in Kubernetes'],
];

type Texts = Readonly<
  Partial<
    Record<
      | 'cause'
      | 'healthy'
      | 'mix'
      | 'format'
      | 'issuerFormat'
      | 'wrapper'
      | 'seed'
      | 'out'
      | 'duration'
      | 'rate'
      | 'arrivals'
      | 'lifetime'
      | 'nodes'
      | 'workers'
      | 'users'
      | 'clients'
      | 'start'
      | 'warmUp'
      | 'skew'
      | 'hide'
      | 'resolution'
      | 'rotate',
      string
    >
  >
>;
interface Flags extends Texts {
  readonly list?: boolean;
  readonly gzip?: boolean;
  readonly nat?: boolean;
  readonly sharedIds?: boolean;
  readonly clientField: boolean;
  readonly scope: boolean;
  readonly lose?: readonly string[];
  readonly sample?: readonly string[];
  readonly force?: boolean;
}

const bad = (flag: string, text: string, help: string): TokenTaxError =>
  new TokenTaxError('BAD_OPTION', `${flag} cannot be ${text}`, { help });

const whole = (flag: string, text: string, from: number, to: number): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < from || value > to) throw bad(flag, text, `Write a whole number from ${from} to ${to}.`);
  return value;
};

const ms = (flag: string, text: string): number => Math.max(1, Math.round(parseDuration(flag, text)));

const perSecond = (text: string): number => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(?:\/(s|m|h))?$/.exec(text) ?? [];
  const rate = Number(amount) / { s: 1, m: 60, h: 3600 }[unit === 'm' || unit === 'h' ? unit : 's'];
  if (!(rate > 0 && rate <= 100_000)) throw bad('--rate', text, 'Write how many in which time: --rate 20/s');
  return rate;
};

const percent = (text: string): number => {
  const value = Number(/^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]) / 100;
  if (!(value >= 0 && value <= 1)) throw bad('--lose', text, 'Write a share: --lose 1%');
  return value;
};

const oneIn = (text: string): number => whole('--sample', text.replace(/^1\//, ''), 1, 1_000_000);

/** `1%` for all logs, or `gateway=1%` for those of one side; both may be repeated. */
const perSide = (flag: string, texts: readonly string[], read: (text: string) => number): PerSide => {
  const found: Partial<Record<Side, number>> = {};
  for (const text of texts.flatMap(split)) {
    const [, name, value = ''] = /^(?:(\w+)=)?(.*)$/.exec(text) ?? [];
    const known = sides.filter((side) => name === undefined || side === name);
    if (known.length === 0)
      throw bad(flag, text, `Sides: ${sides.join(', ')}. Example: ${flag} issuer=${flag === '--lose' ? '1%' : '1/10'}`);
    for (const side of known) found[side] = read(value);
  }
  return found;
};

const hidden = (text: string): readonly Hideable[] =>
  split(text).map((name) => {
    const field = hideable.find((one) => one.toLowerCase() === name.toLowerCase());
    if (field === undefined) throw bad('--hide', shown(name), `Fields: ${hideable.join(', ')}.`);
    return field;
  });

const moment = (text: string): number => {
  const at = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(at)) throw bad('--start', text, 'Write a time with its zone: --start 2026-03-02T10:00:00Z');
  return at;
};

const split = (text: string): string[] => text.split(/[,\s]+/).filter((word) => word !== '');

/** The ids of `--mix`: a list, or a file with one or more of them on each line. */
const mixOf = (text: string, cwd: string): string[] => {
  const path = resolve(cwd, text);
  return split(existsSync(path) && statSync(path).isFile() ? readFileSync(path, 'utf8').replace(/#.*$/gm, '') : text);
};

const behavioursOf = ({ cause, healthy, mix }: Flags, cwd: string): string[] => {
  for (const [flag, text, isHealthy] of [
    ['--cause', cause, false],
    ['--healthy', healthy, true],
  ] as const)
    for (const id of split(text ?? '')) {
      const known = behaviours.find((one) => one.id.toLowerCase() === id.toLowerCase());
      if (known !== undefined && (known.healthy === true) === isHealthy) continue;
      throw new TokenTaxError('BAD_OPTION', `${flag} ${shown(id)} is not known`, {
        help: 'Run `token-tax generate --list` to see the causes and healthy patterns.',
      });
    }
  const ids = [...split(cause ?? ''), ...split(healthy ?? ''), ...(mix === undefined ? [] : mixOf(mix, cwd))];
  if (ids.length === 0)
    throw new TokenTaxError('USAGE', 'generate needs to know what the clients do', {
      help: 'Add --cause TT101, --healthy refresh-ahead or --mix TT101,at-expiry.',
    });
  return ids;
};

const optionsOf = (flags: Flags, cwd: string): GenerateOptions => {
  const read = <T>(text: string | undefined, how: (text: string) => T, key: keyof GenerateOptions): Partial<Record<string, T>> =>
    text === undefined ? {} : { [key]: how(text) };
  const number = (flag: string, from: number, to: number) => (text: string) => whole(flag, text, from, to);
  const options = {
    behaviours: behavioursOf(flags, cwd),
    ...read(flags.seed, number('--seed', 0, Number.MAX_SAFE_INTEGER), 'seed'),
    ...read(flags.nodes, number('--nodes', 1, 1000), 'nodes'),
    ...read(flags.workers, number('--workers', 1, 1000), 'workers'),
    ...read(flags.users, number('--users', 1, 100_000), 'users'),
    ...read(flags.clients, number('--clients', 1, 100_000), 'clients'),
    ...read(flags.rotate, number('--rotate', 1, 1000), 'rotate'),
    ...(flags.sample === undefined ? {} : { sample: perSide('--sample', flags.sample, oneIn) }),
    ...(flags.lose === undefined ? {} : { lose: perSide('--lose', flags.lose, percent) }),
    ...read(flags.duration, (text) => ms('--duration', text), 'durationMs'),
    ...read(flags.lifetime, (text) => ms('--lifetime', text), 'lifetimeMs'),
    ...read(flags.warmUp, (text) => ms('--warm-up', text), 'warmUpMs'),
    ...read(flags.resolution, (text) => ms('--resolution', text), 'resolutionMs'),
    ...read(flags.skew, (text) => (text.startsWith('-') ? -ms('--skew', text.slice(1)) : ms('--skew', text)), 'skewMs'),
    ...read(flags.rate, perSecond, 'rate'),
    ...read(flags.start, moment, 'startMs'),
    ...read(flags.arrivals, (text) => text as Arrivals, 'arrivals'),
    ...read(flags.format, (text) => text, 'gatewayFormat'),
    ...read(flags.issuerFormat ?? flags.format, (text) => text, 'issuerFormat'),
    ...read(flags.wrapper, (text) => text, 'wrapper'),
    gzip: flags.gzip === true,
    nat: flags.nat === true,
    sharedIds: flags.sharedIds === true,
    clientField: flags.clientField,
    hide: [...(flags.hide === undefined ? [] : hidden(flags.hide)), ...(flags.scope ? [] : (['scope'] as const))],
  };
  return options;
};

const listText = (): string => {
  const width = Math.max(...behaviours.map(({ id }) => id.length));
  const rows = (isHealthy: boolean): string =>
    behaviours
      .filter(({ healthy }) => (healthy === true) === isHealthy)
      .map(({ id, title }) => `  ${id.padEnd(width)}  ${title}\n`)
      .join('');
  const ofBoth = printableFormats();
  const ids = (list: typeof ofBoth): string => list.map(({ id }) => id).join(' ');
  const ofIssuers = printableFormats('issuer').filter((format) => !ofBoth.includes(format));
  return `Causes (--cause):\n${rows(false)}\nHealthy (--healthy):\n${rows(true)}\nFormats (--format):\n  ${ids(ofBoth)}\n\nOf issuers only (--issuer-format):\n  ${ids(ofIssuers)}\n\nWrappers (--wrapper):\n  ${Object.keys(wraps).join(' ')}\n`;
};

/** Every machine writes the same header: byte 9 names the system otherwise. */
const compressed = (gzipSync: (text: string) => Buffer, text: string): Buffer => {
  const bytes = gzipSync(text);
  bytes[9] = 255;
  return bytes;
};

const isEmptyOrNew = (path: string): boolean =>
  !existsSync(path) || (statSync(path).isDirectory() && readdirSync(path).length === 0);

/** Puts a finished folder in the place of one that may be there. */
const settle = (made: string, out: string): void => {
  if (existsSync(out) && !isEmptyOrNew(out)) {
    const old = `${made}.old`;
    renameSync(out, old);
    renameSync(made, out);
    rmSync(old, { recursive: true });
    return;
  }
  if (existsSync(out)) rmdirSync(out);
  renameSync(made, out);
};

const writeAll = async (
  options: GenerateOptions,
  folder: string,
  signal: AbortSignal,
): Promise<{ truth: Truth; files: number }> => {
  const open = new Map<string, number>();
  const { gzipSync } = options.gzip === true ? await import('node:zlib') : { gzipSync: undefined };
  try {
    const logs = generateLogs(options);
    let step = logs.next();
    for (let chunks = 1; step.done !== true; step = logs.next(), chunks += 1) {
      const { file, text, gzip } = step.value;
      let descriptor = open.get(file);
      if (descriptor === undefined) {
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        descriptor = openSync(join(folder, file), 'wx');
        open.set(file, descriptor);
      }
      const bytes = gzip && gzipSync !== undefined ? compressed(gzipSync, text) : Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
      if (chunks % 32 === 0) await setImmediate();
      if (signal.aborted) break;
    }
    if (step.done !== true)
      throw new TokenTaxError('UNWRITABLE_OUTPUT', 'interrupted: nothing was written', { help: 'Run it again.' });
    writeFileSync(join(folder, 'truth.json'), `${JSON.stringify(step.value, null, 1)}\n`);
    return { truth: step.value, files: open.size };
  } finally {
    for (const descriptor of open.values()) closeSync(descriptor);
  }
};

const doneText = (out: string, { totals, lines }: Truth, files: number): string => {
  const { ok, failed, necessary, ahead, redundant, excluded } = totals.fetches;
  const made = lines.gateway.written + lines.issuer.written + lines.loopback.written;
  const others = [
    failed === 0 ? '' : `, ${count(failed)} failed`,
    excluded === 0 ? '' : `, ${count(excluded)} of people and devices`,
  ].join('');
  return `wrote ${plural(files, 'log')} with ${plural(made, 'line')}, and truth.json, to ${shown(out)}
truth: ${count(ok)} fetches: ${count(necessary)} necessary, ${count(ahead)} ahead, ${count(redundant)} redundant${others}; ${plural(totals.demand, 'request')} needed a token
next: token-tax analyze ${shown(out)}
`;
};

const act = async (flags: Flags, context: Context): Promise<void> => {
  const { io } = context;
  if (flags.list === true) return await print(io.stdout, listText());
  const options = optionsOf(flags, io.cwd);
  if (flags.out === undefined)
    throw new TokenTaxError('USAGE', 'generate needs a folder to write to', { help: 'Add --out DIR.' });
  const out = resolve(io.cwd, flags.out);
  if (!isEmptyOrNew(out) && flags.force !== true)
    throw new TokenTaxError('USAGE', `--out ${shown(flags.out)} is there already, and not empty`, {
      help: 'Name another folder, or add --force to replace it.',
    });
  if (!isEmptyOrNew(out) && !existsSync(join(out, 'truth.json')))
    throw new TokenTaxError('USAGE', `--force replaces only what generate has made, and ${shown(flags.out)} has no truth.json`, {
      help: 'Name another folder.',
    });
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort());
  let folder: string | undefined;
  try {
    mkdirSync(dirname(out), { recursive: true });
    folder = mkdtempSync(join(dirname(out), `.${basename(out)}-`));
    const { truth, files } = await writeAll(options, folder, abort.signal);
    settle(folder, out);
    await print(io.stdout, doneText(flags.out, truth, files));
  } catch (error) {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    if (abort.signal.aborted) return context.end(130);
    if (error instanceof TokenTaxError || !(error instanceof Error) || !('code' in error)) throw error;
    throw new TokenTaxError('UNWRITABLE_OUTPUT', `cannot write to ${shown(flags.out)}: ${String(error.code)}`, { cause: error });
  } finally {
    stopListening();
  }
};

export const command = (context: Context): Command =>
  new Command('generate')
    .description('logs with the truth about them, to try the tool and to test what reads its results')
    .configureHelp({ formatHelp: (self) => commandPage(self, examples) })
    .optionsGroup('What the clients do')
    .option('--cause <codes>', 'one client for each cause: TT101,TT106')
    .option('--healthy <names>', 'one client for each healthy pattern')
    .option('--mix <list>', 'causes and patterns together, or a file with them')
    .option('--list', 'print the causes, patterns, formats and wrappers')
    .option('--clients <n>', 'more clients than named: from the first again')
    .option('--lifetime <dur>', 'of a token; 300s if not given')
    .option('--nodes <n>', 'gateways; 3 if not given')
    .option('--workers <n>', 'in each gateway; 2 if not given')
    .option('--users <n>', 'end users; 40 if not given')
    .optionsGroup('Traffic')
    .option('--seed <n>', 'another seed, another run; 1 if not given')
    .option('--duration <dur>', 'of the logs; 15m if not given')
    .option('--rate <n/s>', 'requests of all clients; 10/s if not given')
    .addOption(new Option('--arrivals <shape>', 'how requests come').choices(arrivals))
    .option('--start <time>', 'when the logs begin')
    .option('--warm-up <dur>', 'traffic before the logs begin')
    .optionsGroup('What the logs show')
    .option('--format <id>', 'of the logs; nginx-timing if not given')
    .option('--issuer-format <id>', 'of the issuer, where it is another')
    .option('--wrapper <id>', 'what a collector put around each line')
    .option('--skew <dur>', 'how far the clock of the issuer is ahead')
    .option('--lose <percent...>', 'share of lines that got lost: 1%, or issuer=1%')
    .option('--sample <1/n...>', 'one line in n is logged: 1/10, or gateway=1/10')
    .option('--resolution <dur>', 'stamps are rounded down to this')
    .option('--rotate <n>', 'files per log')
    .option('--gzip', 'the older of them are compressed')
    .option('--nat', 'all callers of the issuer have one address')
    .option('--no-client-field', 'the issuer does not log who called')
    .option('--no-scope', 'nor which scopes were asked for')
    .option('--hide <fields>', 'both sides log none of these: scope,expiresIn')
    .option('--shared-ids', 'both sides log the id of the request')
    .optionsGroup('Output')
    .option('--out <dir>', 'folder to write')
    .option('--force', 'replace a folder that is not empty')
    .option('--debug', 'add the stack to an error')
    .action(async (flags: Flags) => await act(flags, context));
