import { Command, InvalidArgumentError, Option } from 'commander';
import type { Analysis } from '../../analysis/result.js';
import { TokenTaxError } from '../../errors.js';
import type { AnalyzeOptions } from '../../pipeline.js';
import { shown } from '../../report/cells.js';
import { bytes, count, duration, plural, short } from '../../report/words.js';
import { parseDuration } from '../duration.js';
import { exitCode } from '../exit-code.js';
import { commandPage, type Example, mainPage } from '../help-page.js';
import { addInputOptions, ownFormatsOf, pricesOf, several, stdinFor } from '../input-options.js';
import { type Io, print } from '../io.js';
import { nextCommands } from '../next.js';
import {
  checkOutput,
  type OutputFormat,
  outputFormats,
  parseOutput,
  refuseToOverwrite,
  rendered,
  writeOutput,
} from '../outputs.js';
import { PLAIN_LINES_MS, startProgress } from '../progress.js';
import { startRejects } from '../rejects.js';
import { type ColorWish, type Terminal, terminal } from '../terminal.js';
import { type Context, commands } from './index.js';

const examples: readonly Example[] = [
  ['token-tax analyze logs/', 'files, folders, quoted globs'],
  ['token-tax analyze gw.log --idp idp.log', 'say which log is whose'],
  ['token-tax analyze logs/ --lifetime 3600s --output json=tax.json', 'if the log tells no lifetime'],
];

/** The options as commander hands them over; names as in AnalyzeOptions where they go there. */
export interface Flags
  extends Omit<AnalyzeOptions, 'inputs' | 'cwd' | 'own' | 'prices' | 'onRejected' | 'stdin' | 'onProgress' | 'signal'> {
  readonly format: OutputFormat;
  readonly output?: readonly string[];
  readonly progress?: string | boolean;
  readonly color: ColorWish;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly details?: boolean;
  readonly finding?: number;
  readonly debug?: boolean;
  readonly config?: string;
  readonly rejects?: string | boolean;
  readonly prices?: string;
}

const wholeNumber = (value: string): number => {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('Write a whole number.');
  return Number(value);
};

/** What is read and how: for all commands that analyze. */
export const withInputs = (command: Command): Command =>
  addInputOptions(
    command
      .argument('[inputs...]')
      .optionsGroup('Input')
      .option('--gateway <file>', 'a log of the gateway; the role of inputs is found otherwise (repeatable)', several)
      .option('--idp <file>', 'a log of the identity provider (repeatable)', several)
      .option('--loopback <file>', 'a log of an endpoint that serves tokens from a cache (repeatable)', several),
  );

/** What counts, for the same commands. */
export const withCounting = (command: Command): Command =>
  withJudging(
    command
      .optionsGroup('What counts')
      .option('--since <time>', 'requests from this time on: 2026-03-02T10:00Z, 2026-03-02, or -24h from the end of the log')
      .option('--until <time>', 'requests up to this time, in the same forms'),
  );

/** The same without bounds in time, for a command that sets its own. */
export const withJudging = (command: Command): Command =>
  command
    .optionsGroup('What counts')
    .option('--where <expression>', `requests like this: 'client == "orders" and status < 500'`)
    .option('--token-endpoint <pattern>', 'one more token endpoint (repeatable)', several)
    .option('--token-routes <pattern>', 'routes that need a token (repeatable)', several)
    .option('--lifetime <life>', 'how long tokens live: 3600s, ENDPOINT=300s, CLIENT=1h (repeatable)', several)
    .option('--margin <life>', 'how long before its end a token is left alone: 60s, 10% (the smaller one of both if not given)')
    .option(
      '--sibling-ttl <kind=life>',
      'how long answers beside tokens may be kept: jwks=10m, introspection=30s (repeatable)',
      several,
    )
    .addOption(
      new Option('--holder <who>', 'who can keep a token: each node (default), or all share one').choices(['node', 'shared']),
    )
    .addOption(new Option('--grant <kind>', 'whose tokens they are, where the log does not tell').choices(['service', 'user']))
    .option('--sampled <share>', 'the logs hold this share of the requests: 1/10, 10%')
    .option('--price <price>', 'for token responses: 2.25/1000, or USD 2.25/1000')
    .option('--price-model <id>', 'a price list by name: cognito-m2m, aws-apigw-rest (repeatable)', several)
    .option('--prices <file>', 'price lists of your own, as JSON')
    .option('--force-month', 'the cost of a month also from less than an hour of log')
    .option('--rate-limit <rate>', 'fetches that the issuer allows: 10/s, 600/m');

/** How the result is printed, and what is tried. */
export const withOutputs = (command: Command): Command =>
  command
    .optionsGroup('Output')
    .addOption(new Option('--format <format>', `${outputFormats.join(', ')}`).choices(outputFormats).default('text'))
    .option('--output <format=file>', 'also write a file: json=tax.json, md=tax.md (repeatable)', several)
    .addOption(new Option('--color <when>', 'auto (default), always, never').choices(['auto', 'always', 'never']).default('auto'))
    .option('--no-progress', 'no progress on stderr')
    .option('--progress <duration>', 'a plain line of progress this often: 10s')
    .addOption(new Option('-q, --quiet', 'the verdict line alone').conflicts('verbose'))
    .option('-v, --verbose', 'add how files were read, what was assumed, all warnings')
    .option('--debug', 'add the stack to an error')
    .optionsGroup('Limits')
    .option('--max-hidden <n>', 'how many holders may hide behind one address (32)', wholeNumber)
    .option('--max-memory <size>', 'of the process, however many fetches: 256M; those beyond go to a temporary file')
    .option('--workers <n>', 'threads that read; as many as there are cores if not given', wholeNumber);

const define = (): Command =>
  withOutputs(
    withCounting(
      withInputs(
        new Command('analyze')
          .description('which token fetches were redundant, by whom, at what cost')
          .configureHelp({ formatHelp: (self) => commandPage(self, examples) }),
      ),
    ),
  )
    .optionsGroup('Output')
    .option('--rejects [file]', 'lines that could not be read: to stderr, or a file')
    .option('--details', 'add each finding in full, and what other policies would do')
    .option('--finding <n>', 'one finding in full, by its number in the table', wholeNumber)
    .option('--owner <pattern=name>', 'whose clients or endpoints these are: orders-*=team-orders (repeatable)', several);

/** What the pipeline is asked for: the options that were given, no others. */
export const toAnalyzeOptions = (inputs: readonly string[], { io }: Context, flags: Flags): AnalyzeOptions => {
  const { format, output, progress, color, quiet, verbose, details, finding, debug, config, rejects, prices, ...asked } = flags;
  const named = [...inputs, ...(flags.gateway ?? []), ...(flags.idp ?? []), ...(flags.loopback ?? [])];
  const stdin = stdinFor(io, named.length === 0 ? ['-'] : named);
  const own = ownFormatsOf(io, flags);
  const table = prices === undefined ? {} : { prices: pricesOf(io, prices) };
  return { ...asked, inputs: named.length === 0 ? ['-'] : inputs, cwd: io.cwd, own, ...table, ...stdin };
};

export const progressSettings = ({ progress, quiet, format }: Flags, { progress: mode }: Terminal) => {
  if (progress === false || (quiet === true && format === 'text')) return { mode: 'off', everyMs: PLAIN_LINES_MS } as const;
  if (typeof progress === 'string') return { mode: 'lines', everyMs: parseDuration('--progress', progress) } as const;
  return { mode, everyMs: PLAIN_LINES_MS };
};

const MOST_WARNINGS = 5;

export const warningLines = ({ warnings }: Analysis): string => {
  const lines = warnings.slice(0, MOST_WARNINGS).map(({ message }) => `warning: ${shown(message)}\n`);
  return (
    lines.join('') +
    (warnings.length > MOST_WARNINGS ? `and ${plural(warnings.length - MOST_WARNINGS, 'more warning')} (-v)\n` : '')
  );
};

const timingLine = ({ input }: Analysis, elapsedMs: number, io: Io): string => {
  const speed = elapsedMs >= 1 ? [`${short(Math.round((input.lines.read * 1000) / elapsedMs))} lines/s`] : [];
  const peak = io.peakBytes === undefined ? [] : [`${bytes(io.peakBytes())} peak`];
  const more = [...speed, ...peak].join(', ');
  return `${count(input.lines.read)} lines in ${duration(elapsedMs)}${more === '' ? '' : ` (${more})`}\n`;
};

const toText = async (analysis: Analysis, context: Context, flags: Flags, shape: Terminal): Promise<string> => {
  const [{ text, oneFinding }, { colors }] = await Promise.all([
    import('../../report/text.js'),
    shape.color ? import('../../report/colors.js') : { colors: undefined },
  ]);
  const verbose = flags.verbose === true;
  const options = {
    width: shape.width,
    unicode: shape.unicode,
    ...(colors === undefined ? {} : { paint: colors }),
    verbose,
    quiet: flags.quiet === true,
    details: flags.details === true,
    version: context.version,
    nextCommands: nextCommands(analysis, { args: context.args, verbose, width: Math.max(80, shape.width) }),
  };
  if (flags.finding === undefined || flags.quiet === true) return text(analysis, options);
  const one = oneFinding(analysis, flags.finding, options);
  if (one !== undefined) return one;
  const many = analysis.inconclusive === null ? analysis.findings.length : 0;
  throw new TokenTaxError('BAD_OPTION', `there is no finding ${flags.finding}`, {
    why: many === 0 ? 'nothing was found in these logs' : `the findings are numbered from 1 to ${many}`,
    ...(many === 0 ? {} : { help: 'token-tax analyze without --finding shows them by number' }),
  });
};

/** A file is not a terminal: no colour, ASCII, 80 columns. */
export const onFile: Terminal = { color: false, errorColor: false, unicode: false, width: 80, progress: 'lines' };

const act = async (inputs: readonly string[], flags: Flags, context: Context): Promise<void> => {
  const { io } = context;
  const options = toAnalyzeOptions(inputs, context, flags);
  const shape = terminal(io, flags.color);
  const outputs = (flags.output ?? []).map((output) => parseOutput(output, io.cwd));
  refuseToOverwrite([...inputs, ...(flags.gateway ?? []), ...(flags.idp ?? []), ...(flags.loopback ?? [])], outputs, io.cwd);
  for (const output of outputs) await checkOutput(output);
  const rejects = await startRejects(io, flags.rejects);
  const progress = startProgress(io, progressSettings(flags, shape));

  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort());
  const start = io.now();
  let analysis: Analysis;
  try {
    analysis = await context.analyze({
      ...options,
      ...(rejects === undefined ? {} : { onRejected: rejects.onRejected }),
      signal: abort.signal,
      onProgress: progress.report,
    });
  } finally {
    stopListening();
    progress.stop();
  }
  await rejects?.finish();

  context.end(exitCode(analysis, abort.signal.aborted));
  for (const output of outputs)
    await writeOutput(output, await rendered(analysis, output.format, () => toText(analysis, context, flags, onFile)));
  if (flags.quiet !== true && !(flags.verbose === true && flags.format === 'text'))
    await print(io.stderr, warningLines(analysis));
  await print(io.stdout, await rendered(analysis, flags.format, () => toText(analysis, context, flags, shape)));
  if (flags.verbose === true) await print(io.stderr, timingLine(analysis, io.now() - start, io));
};

export const command = (context: Context): Command =>
  define().action(async (inputs: string[], flags: Flags) => {
    try {
      await act(inputs, flags, context);
    } catch (cause) {
      // Someone typed the bare command to see what it does.
      if (cause instanceof TokenTaxError && cause.code === 'NO_INPUT' && context.io.stdinIsTTY)
        await print(context.io.stderr, `${mainPage(commands)}\n`);
      throw cause;
    }
  });
