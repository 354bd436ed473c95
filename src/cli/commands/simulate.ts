import { Command } from 'commander';
import type { Analysis } from '../../analysis/result.js';
import { TokenTaxError } from '../../errors.js';
import { exitCode } from '../exit-code.js';
import { commandPage, type Example } from '../help-page.js';
import { several } from '../input-options.js';
import { print } from '../io.js';
import { checkOutput, parseOutput, rendered, writeOutput } from '../outputs.js';
import { startProgress } from '../progress.js';
import { type Terminal, terminal } from '../terminal.js';
import {
  type Flags as AnalyzeFlags,
  onFile,
  progressSettings,
  toAnalyzeOptions,
  warningLines,
  withCounting,
  withInputs,
  withOutputs,
} from './analyze.js';
import type { Context } from './index.js';

const examples: readonly Example[] = [
  ['token-tax simulate logs/', 'from no cache to the bound'],
  ['token-tax simulate logs/ --policy node,single-flight,margin=10%', 'one of your own'],
  ['token-tax simulate logs/ --policy shared,single-flight,outage=10m', 'if the issuer were down'],
];

interface Flags extends AnalyzeFlags {
  readonly policy?: readonly string[];
  readonly seed?: string;
  readonly client?: string;
  readonly key?: string;
}

const seedOf = (text: string): number => {
  if (!/^\d{1,9}$/.test(text))
    throw new TokenTaxError('BAD_OPTION', `--seed cannot be "${text}"`, { help: 'Write a whole number, such as 7.' });
  return Number(text);
};

const define = (): Command =>
  withOutputs(
    withCounting(
      withInputs(
        new Command('simulate')
          .description('the same traffic under other caching policies')
          .configureHelp({ formatHelp: (self) => commandPage(self, examples) }),
      )
        .optionsGroup('Policies')
        .option(
          '--policy <policy>',
          'none, worker, node or shared, then any of single-flight, workers=N, margin=10%, refresh-ahead=80%, jitter=10%, ttl=300s, lifetime=1h, failure-cache=5s, outage=10m, all parted by commas (repeatable)',
          several,
        )
        .option('--seed <n>', 'of jitter (1)')
        .option('--client <pattern>', "only clients like this: 'orders-*'")
        .option('--key <id>', 'only the key with this id, as in keys[].id'),
    ),
  );

/** A result in which no policy says more than what was logged decides nothing. */
const decided = (analysis: Analysis, chosen: boolean): Analysis => {
  const { simulation, inconclusive } = analysis;
  const some = simulation?.some(({ standing }) => standing !== 'unknown' && standing !== 'measured') ?? false;
  const lines = simulation?.filter(({ policy }) => policy !== 'as-logged' && policy !== 'bound') ?? [];
  if (inconclusive !== null || (some && lines.some(({ standing }) => standing !== 'unknown'))) return analysis;
  return {
    ...analysis,
    inconclusive:
      simulation === null
        ? `there is no token fetch to play through${chosen ? ' that --client and --key let pass' : ''}`
        : 'nothing bounds the fetches of these policies: the requests are not known',
  };
};

const act = async (inputs: readonly string[], flags: Flags, context: Context): Promise<void> => {
  const { io } = context;
  const { policy, seed, client, key, ...rest } = flags;
  const options = toAnalyzeOptions(inputs, context, rest);
  const simulate = {
    ...(policy === undefined ? {} : { policies: policy }),
    ...(seed === undefined ? {} : { seed: seedOf(seed) }),
    ...(client === undefined ? {} : { client }),
    ...(key === undefined ? {} : { key }),
  };
  const shape = terminal(io, flags.color);
  const outputs = (flags.output ?? []).map((output) => parseOutput(output, io.cwd));
  const progress = startProgress(io, progressSettings(flags, shape));
  for (const output of outputs) await checkOutput(output);
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort());
  let analysis: Analysis;
  try {
    analysis = decided(
      await context.analyze({ ...options, simulate, signal: abort.signal, onProgress: progress.report }),
      client !== undefined || key !== undefined,
    );
  } finally {
    stopListening();
    progress.stop();
  }
  context.end(exitCode(analysis, abort.signal.aborted));

  const toText = async (on: Terminal): Promise<string> => {
    const [{ simulationText }, paint] = await Promise.all([
      import('../../report/simulation.js'),
      on.color ? import('../../report/colors.js').then(({ colors }) => ({ paint: colors })) : {},
    ]);
    const { quiet = false, verbose = false } = flags;
    const { width, unicode } = on;
    return simulationText(analysis, { width, unicode, ...paint, verbose, quiet, version: context.version, nextCommands: [] });
  };
  for (const output of outputs) await writeOutput(output, await rendered(analysis, output.format, () => toText(onFile)));
  if (flags.quiet !== true) await print(io.stderr, warningLines(analysis));
  await print(io.stdout, await rendered(analysis, flags.format, () => toText(shape)));
};

export const command = (context: Context): Command =>
  define().action(async (inputs: string[], flags: Flags) => await act(inputs, flags, context));
