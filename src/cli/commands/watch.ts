import process from 'node:process';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Analysis } from '../../analysis/result.js';
import { TokenTaxError } from '../../errors.js';
import { parseMapRule } from '../../formats/json-fields.js';
import { shown } from '../../report/cells.js';
import { count, duration, plural } from '../../report/words.js';
import { zoneShift } from '../../scan/zones.js';
import { parseDuration } from '../duration.js';
import { exitCode, INTERRUPTED } from '../exit-code.js';
import { commandPage, type Example } from '../help-page.js';
import { ownFormatsOf, several, stdinFor } from '../input-options.js';
import { type Io, print, send } from '../io.js';
import type { MetricsServer } from '../metrics-server.js';
import { checkOutput, type OutputTarget, parseOutput, refuseToOverwrite, rendered, writeOutput } from '../outputs.js';
import { wholeOf } from '../serving.js';
import { type Terminal, terminal } from '../terminal.js';
import { type Look, Watcher } from '../watching.js';
import { type Flags as AnalyzeFlags, onFile, toAnalyzeOptions, withInputs, withJudging } from './analyze.js';
import type { Context } from './index.js';

const examples: readonly Example[] = [
  ['token-tax watch logs/', 'the last hour, redrawn every 10 s'],
  ['token-tax watch logs/ --window 15m --metrics 9464', 'for Prometheus, on this machine'],
  ['kubectl logs -f deploy/gw | token-tax watch -', 'what a pipe brings'],
];

interface Flags extends Omit<AnalyzeFlags, 'format'> {
  readonly format: 'text' | 'json';
  readonly window: string;
  readonly every: string;
  readonly refreshes?: number;
  readonly metrics?: string;
}

const DAY_MS = 86_400_000;
/** A stream cannot be read twice, so that its window stands in memory. */
const MOST_STREAM_BYTES = 256 << 20;
/** The processor belongs to the gateway: at most this share of one goes into looking. */
const BUSY_SHARE = 0.2;

const wholeNumber = (value: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('Write a whole number from 1.');
  return Number(value);
};

const define = (): Command =>
  withJudging(
    withInputs(
      new Command('watch')
        .description('the same as analyze, over a rolling window of logs that are being written')
        .configureHelp({ formatHelp: (self) => commandPage(self, examples) }),
    ),
  )
    .optionsGroup('Watching')
    .option('--window <duration>', 'how far back counts', '1h')
    .option('--every <duration>', 'between two looks; longer where a look takes long', '10s')
    .option('--refreshes <n>', 'end after so many looks', wholeNumber)
    .option('--metrics <port>', 'serve OpenMetrics at http://127.0.0.1:PORT/metrics; 0 is any free port')
    .optionsGroup('Output')
    .addOption(
      new Option('--format <format>', 'text: redrawn on a terminal, else a line a look; json: a result a line')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('--output <format=file>', 'write a file anew at each look: openmetrics=tax.prom (repeatable)', several)
    .addOption(new Option('--color <when>', 'auto (default), always, never').choices(['auto', 'always', 'never']).default('auto'))
    .addOption(new Option('-q, --quiet', 'nothing on stdout: metrics and files alone').conflicts('verbose'))
    .option('-v, --verbose', 'add how files were read, what was assumed, all warnings')
    .option('--debug', 'add the stack to an error')
    .optionsGroup('Limits')
    .option('--max-hidden <n>', 'how many holders may hide behind one address (32)', wholeNumber);

/** Sleeps, or wakes at once when it is told to end. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', wake);
  });

/** The figures that only a watch has, before those of the result. */
const watchMetrics = ({ files, notes }: Look, lookedAtMs: number, looks: number, tookMs: number): string =>
  [
    '# TYPE token_tax_watch_looks counter\n# HELP token_tax_watch_looks Results made since the watch began.',
    `token_tax_watch_looks_total ${looks}`,
    '# TYPE token_tax_watch_files gauge\n# HELP token_tax_watch_files Logs that are followed.',
    `token_tax_watch_files ${files}`,
    '# TYPE token_tax_watch_notes gauge\n# HELP token_tax_watch_notes What was lost or could not be followed.',
    `token_tax_watch_notes ${notes.length}`,
    '# TYPE token_tax_watch_look_time_seconds gauge\n# UNIT token_tax_watch_look_time_seconds seconds\n# HELP token_tax_watch_look_time_seconds When the last result was made.',
    `token_tax_watch_look_time_seconds ${(lookedAtMs / 1000).toFixed(3)}`,
    '# TYPE token_tax_watch_look_duration_seconds gauge\n# UNIT token_tax_watch_look_duration_seconds seconds\n# HELP token_tax_watch_look_duration_seconds How long it took.',
    `token_tax_watch_look_duration_seconds ${(tookMs / 1000).toFixed(3)}`,
    '',
  ].join('\n');

const NO_METRICS = '# EOF\n';

interface Drawing {
  readonly io: Io;
  readonly flags: Flags;
  readonly shape: Terminal;
  readonly version: string;
  readonly windowMs: number;
}

const textOf = async (analysis: Analysis, { flags, version }: Drawing, shape: Terminal): Promise<string> => {
  const [{ text }, { colors }] = await Promise.all([
    import('../../report/text.js'),
    shape.color ? import('../../report/colors.js') : { colors: undefined },
  ]);
  return text(analysis, {
    width: shape.width,
    unicode: shape.unicode,
    ...(colors === undefined ? {} : { paint: colors }),
    verbose: flags.verbose === true,
    quiet: false,
    version,
    nextCommands: [],
  });
};

const WAITING = 'no request yet';

/** What stands on a terminal after a look: the report, no higher than the terminal. */
const frame = async (look: Look, drawing: Drawing, atMs: number): Promise<string> => {
  const { io, shape, windowMs } = drawing;
  const clock = `${new Date(atMs).toISOString().slice(11, 19)}Z`;
  const head = `watching ${plural(look.files, 'log')}, the last ${duration(windowMs)}, ${clock}   (Ctrl-C ends)`;
  const body = look.analysis === null ? `${WAITING}\n` : await textOf(look.analysis, drawing, shape);
  const lines = [head, ...look.notes.map((note) => `warning: ${shown(note)}`), '', ...body.trimEnd().split('\n')];
  const rows = io.stdout.rows ?? Number.POSITIVE_INFINITY;
  const cut = lines.length < rows ? lines : [...lines.slice(0, Math.max(1, rows - 2)), '...'];
  // Each line is written over the old one, and what is left of that is cleared: nothing flickers.
  // A line that is wider than the terminal is cut by it: wrapped, it would push the first ones out.
  return `\x1b[?7l\x1b[H${cut.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J\x1b[?7h`;
};

/** One line a look, for a file or a pipe. */
const plainLine = async (look: Look, atMs: number): Promise<string> => {
  const stamp = `${new Date(atMs).toISOString().slice(0, 19)}Z`;
  if (look.analysis === null) return `${stamp}  ${WAITING}\n`;
  const { verdictLine } = await import('../../report/verdict.js');
  const { requests } = look.analysis.totals;
  return `${stamp}  ${verdictLine(look.analysis)}  (${count(requests)} requests of ${plural(look.files, 'log')})\n`;
};

const jsonLine = async (analysis: Analysis): Promise<string> =>
  `${JSON.stringify(JSON.parse(await rendered(analysis, 'json', async () => '')))}\n`;

class Watch {
  private looks = 0;
  private said = new Set<string>();
  private metrics = NO_METRICS;
  private drawn = false;
  status = 0;

  constructor(
    private readonly watcher: Watcher,
    private readonly drawing: Drawing,
    private readonly outputs: readonly OutputTarget[],
    private readonly wantsMetrics: boolean,
  ) {}

  readonly metricsNow = (): string => this.metrics;

  /** One look, shown and written; false when nobody reads what is printed any more, or nothing more can come. */
  async look(signal: AbortSignal): Promise<{ readonly goesOn: boolean; readonly tookMs: number }> {
    const { io, flags } = this.drawing;
    const atMs = Date.now();
    const start = io.now();
    const look = await this.watcher.look(atMs);
    const tookMs = io.now() - start;
    if (signal.aborted) return { goesOn: false, tookMs };
    this.looks += 1;
    const { analysis } = look;
    this.status = analysis === null ? 4 : exitCode(analysis, false);
    if (analysis !== null) {
      for (const output of this.outputs)
        await writeOutput(output, await rendered(analysis, output.format, () => textOf(analysis, this.drawing, onFile)));
    }
    if (this.wantsMetrics) {
      const own = watchMetrics(look, atMs, this.looks, tookMs);
      const result = analysis === null ? NO_METRICS : await rendered(analysis, 'openmetrics', async () => '');
      this.metrics = own + result;
    }
    const isRedrawn = flags.format === 'text' && flags.quiet !== true && io.stdout.isTTY;
    if (!isRedrawn) await this.say(look);
    const text = flags.quiet === true ? '' : await this.textOf(look, atMs);
    return { goesOn: (await send(io.stdout, text)) && !look.ended, tookMs };
  }

  private async textOf(look: Look, atMs: number): Promise<string> {
    const { io, flags } = this.drawing;
    if (flags.format === 'json') return look.analysis === null ? '' : await jsonLine(look.analysis);
    if (!io.stdout.isTTY) return await plainLine(look, atMs);
    const first = this.drawn ? '' : '\x1b[2J';
    this.drawn = true;
    return first + (await frame(look, this.drawing, atMs));
  }

  private async say({ notes }: Look): Promise<void> {
    for (const note of notes) {
      if (this.said.has(note)) continue;
      this.said.add(note);
      await print(this.drawing.io.stderr, `warning: ${shown(note)}\n`);
    }
  }
}

const act = async (inputs: readonly string[], flags: Flags, context: Context): Promise<void> => {
  const { io } = context;
  const windowMs = parseDuration('--window', flags.window);
  const everyMs = parseDuration('--every', flags.every);
  if (windowMs > 7 * DAY_MS) {
    throw new TokenTaxError('BAD_OPTION', `--window ${flags.window} is longer than 7 days`, {
      help: 'For that much, run analyze now and then.',
    });
  }
  const port = flags.metrics === undefined ? undefined : wholeOf('--metrics', flags.metrics, 0, 65_535);
  const shape = terminal(io, flags.color);
  const outputs = (flags.output ?? []).map((output) => parseOutput(output, io.cwd));
  const roles = { gateway: flags.gateway ?? [], idp: flags.idp ?? [], loopback: flags.loopback ?? [] };
  const named = [...inputs, ...roles.gateway, ...roles.idp, ...roles.loopback];
  refuseToOverwrite(named, outputs, io.cwd);
  for (const output of outputs) await checkOutput(output);

  const { window, every, refreshes, metrics, gateway, idp, loopback, ...asked } = flags;
  const {
    inputs: _,
    stdin: __,
    own,
    ...options
  } = toAnalyzeOptions(['.'], context, { ...asked, progress: false } as unknown as AnalyzeFlags);
  const { stdin } = stdinFor(io, named.length === 0 ? ['-'] : named);
  const abort = new AbortController();
  const ownFormats = typeof own === 'function' ? await own() : (own ?? (await ownFormatsOf(io, flags)()));
  const watcher = new Watcher({
    inputs: named.length === 0 ? ['-'] : inputs,
    ...roles,
    cwd: io.cwd,
    stdin,
    windowMs,
    detect: {
      logFormat: flags.logFormat,
      map: (flags.map ?? []).map(parseMapRule),
      timeStamps: flags.timeStamps,
      own: ownFormats,
    },
    zoneShift: zoneShift(flags.tz ?? 'UTC'),
    mostStreamBytes: MOST_STREAM_BYTES,
    analyze: (some) => context.analyze({ ...options, ...some, own: ownFormats, signal: abort.signal }),
  });
  const drawing = { io, flags, shape, version: context.version, windowMs };
  const watch = new Watch(watcher, drawing, outputs, port !== undefined);
  let server: MetricsServer | undefined;
  let interrupted = false;
  const stopListening = io.onInterrupt(() => {
    interrupted = true;
    abort.abort();
  });
  const terminated = (): void => abort.abort();
  process.on('SIGTERM', terminated);
  try {
    await watcher.start(Date.now());
    if (port !== undefined) {
      server = await (await import('../metrics-server.js')).serveMetrics(port, watch.metricsNow);
      await print(io.stderr, `metrics  ${server.url}\n`);
    }
    for (let looks = 0; ; ) {
      const { goesOn, tookMs } = await watch.look(abort.signal);
      looks += 1;
      if (!goesOn || abort.signal.aborted || looks === refreshes) break;
      await pause(Math.max(everyMs, tookMs / BUSY_SHARE), abort.signal);
      if (abort.signal.aborted) break;
    }
  } catch (cause) {
    // A look that was stopped in the middle has no result, and that is what was asked for.
    if (!abort.signal.aborted) throw cause;
  } finally {
    stopListening();
    process.off('SIGTERM', terminated);
    watcher.close();
    await server?.close();
  }
  context.end(interrupted ? INTERRUPTED : abort.signal.aborted ? 0 : watch.status);
};

export const command = (context: Context): Command =>
  define().action(async (inputs: string[], flags: Flags) => await act(inputs, flags, context));
