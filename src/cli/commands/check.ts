import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { Analysis } from '../../analysis/result.js';
import { openConfig } from '../../config/load.js';
import { type Compared, compareBaseline, conditionsOf, toBaseline } from '../../diagnosis/baseline.js';
import { decide, decideCode, undecidable } from '../../diagnosis/budgets.js';
import { applyIgnores } from '../../diagnosis/ignores.js';
import { presetNames } from '../../diagnosis/limits.js';
import { TokenTaxError } from '../../errors.js';
import { shown } from '../../report/cells.js';
import { checkText } from '../../report/check.js';
import { errorText } from '../../report/error.js';
import { page } from '../../report/page.js';
import { plain } from '../../report/paint.js';
import { plural } from '../../report/words.js';
import { baselineLines, commitOf, readBaseline, refuseMismatch } from '../check-baseline.js';
import { type BudgetFlags, wantedBudgets } from '../check-budgets.js';
import { type CiHost, type CiWish, ciHost, ciWishes } from '../ci-host.js';
import { configHints } from '../config-hints.js';
import { checkExitCode } from '../exit-code.js';
import { commandPage, type Example } from '../help-page.js';
import { several } from '../input-options.js';
import { print } from '../io.js';
import { checkOutput, parseOutput, refuseToOverwrite, rendered, writeOutput } from '../outputs.js';
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
  ['token-tax check logs/ --max-redundant 5%', 'exit 1 if more is redundant'],
  ['token-tax check logs/ --preset strict', 'budgets of a clean service'],
  ['token-tax check logs/ --fail-on TT101,TT103', 'no cause of these'],
];

interface Flags extends AnalyzeFlags, BudgetFlags {
  readonly updateBaseline?: boolean;
  readonly commit?: string;
  readonly fail: boolean;
  readonly inconclusive?: 'fail' | 'pass';
  readonly onError?: 'fail' | 'warn';
  readonly today?: string;
  readonly ci: CiWish;
  readonly strictConfig?: boolean;
  readonly replay?: boolean;
  readonly gatewayCommand?: string;
  readonly within?: string;
  readonly tokenLifetime?: string;
}

/** The options that are not those of analyze. */
const onlyAnalyze = (flags: Flags): AnalyzeFlags => {
  const {
    updateBaseline,
    commit,
    fail,
    inconclusive,
    onError,
    today,
    ci,
    strictConfig,
    replay,
    gatewayCommand,
    within,
    tokenLifetime,
    maxRedundant,
    maxFetchesPer1000,
    minHitRatio,
    maxAddedP95,
    maxCost,
    preset,
    failOn,
    baseline,
    ...rest
  } = flags;
  return rest;
};

const dayOf = (text: string | undefined): string => {
  if (text === undefined) return new Date().toISOString().slice(0, 10);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new TokenTaxError('BAD_OPTION', `--today cannot be "${text}"`, { help: 'Write a day such as 2026-09-01.' });
  return text;
};

/** What changes the count, so that a baseline of other options is not taken for one of these. */
const askedOf = (flags: Flags): Record<string, string | undefined> => ({
  lifetime: flags.lifetime?.join(' '),
  margin: flags.margin,
  'max hidden': flags.maxHidden === undefined ? undefined : String(flags.maxHidden),
  grant: flags.grant,
  where: flags.where,
  'token endpoints': flags.tokenEndpoint?.join(' '),
  'token routes': flags.tokenRoutes?.join(' '),
});

const act = async (inputs: readonly string[], flags: Flags, context: Context): Promise<void> => {
  const { io } = context;
  const kinds = (flags.output ?? []).map((output) => output.slice(0, output.indexOf('=')));
  const host = ciHost(io, flags.ci, { format: flags.format, outputs: kinds, quiet: flags.quiet === true });
  await host?.begin();
  try {
    await judge(inputs, flags, context, host);
  } finally {
    await host?.end();
  }
};

const judge = async (inputs: readonly string[], flags: Flags, context: Context, host: CiHost | undefined): Promise<void> => {
  const { io } = context;
  const config = await openConfig(io.cwd, flags.config);
  const wanted = wantedBudgets(flags, config);
  const ignores = config?.data.ignore ?? [];
  const today = dayOf(flags.today);
  const commit = commitOf(flags.commit, io);
  if (flags.updateBaseline === true && flags.baseline === undefined)
    throw new TokenTaxError('USAGE', '--update-baseline has no file to write', {
      help: 'Name it: --baseline FILE --update-baseline',
    });
  const before = flags.baseline === undefined ? undefined : await readBaseline(flags.baseline, io.cwd);
  if (flags.baseline !== undefined && before === undefined && flags.updateBaseline !== true)
    throw new TokenTaxError('BAD_BASELINE', `there is no baseline ${shown(flags.baseline)}`);
  const baselineFile = flags.baseline === undefined ? undefined : { name: flags.baseline, path: resolve(io.cwd, flags.baseline) };
  if (flags.updateBaseline === true && baselineFile !== undefined) await checkOutput(baselineFile);

  const options = toAnalyzeOptions(inputs, context, onlyAnalyze(flags));
  const shape = terminal(io, flags.color);
  const outputs = (flags.output ?? []).map((output) => parseOutput(output, io.cwd));
  const targets = baselineFile === undefined ? outputs : [...outputs, baselineFile];
  refuseToOverwrite([...inputs, ...(flags.gateway ?? []), ...(flags.idp ?? []), ...(flags.loopback ?? [])], targets, io.cwd);
  for (const output of outputs) await checkOutput(output);
  const progress = startProgress(io, progressSettings(flags, shape));
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort());
  let found: Analysis;
  try {
    found = await context.analyze({ ...options, signal: abort.signal, onProgress: progress.report });
  } finally {
    stopListening();
    progress.stop();
  }

  const conditions = conditionsOf(found, askedOf(flags));
  if (before !== undefined && undecidable(found) === undefined)
    refuseMismatch(flags.baseline!, before, { tool: found.tool.version, conditions });
  const applied = applyIgnores(found, ignores, today);
  const own = wanted.limits.map((limit) => decide(found, limit, applied.redundant));
  const coded = wanted.codes.map((code) => decideCode(found, code, applied.findings));
  let compared: Compared | undefined;
  if (before !== undefined) compared = compareBaseline(found, applied.findings, own, before, commit);
  const fresh = flags.updateBaseline === true && before === undefined;
  const first = fresh ? toBaseline(found, applied.findings, own, { commit, conditions }) : undefined;
  const kept =
    compared?.budgets ?? (first === undefined ? own : compareBaseline(found, applied.findings, own, first, commit).budgets);
  const analysis: Analysis = { ...found, budgets: [...kept, ...coded, ...applied.expired] };
  const interrupted = abort.signal.aborted;
  const wishes = { fail: flags.fail, inconclusivePasses: flags.inconclusive === 'pass' };
  const status = checkExitCode(analysis, interrupted, wishes);
  context.end(status);

  const about: string[] = [];
  if (wanted.byDefault) about.push('no budgets are configured: these are of the preset "recommended"');
  if (before !== undefined && compared !== undefined) about.push(...baselineLines(found, before, compared));
  for (const { finding, ignore } of applied.hidden)
    about.push(
      `ignored    ${shown(finding.code)}, ${plural(finding.redundant, 'redundant fetch', 'redundant fetches')}: ${shown(ignore.reason)}${ignore.owner === undefined ? '' : ` (${shown(ignore.owner)})`}${ignore.until === undefined ? '' : `, until ${ignore.until}`}`,
    );
  const end: string[] = [];
  const next = first ?? compared?.next;
  if (flags.updateBaseline === true && baselineFile !== undefined && next !== undefined) {
    if (!found.complete || interrupted || undecidable(found) !== undefined)
      end.push(`The baseline is left as it is: ${interrupted || !found.complete ? 'not all was read' : 'nothing was decided'}.`);
    else {
      await writeOutput(baselineFile, `${JSON.stringify(next, null, 2)}\n`);
      const removed = compared === undefined ? 0 : compared.gone.length;
      const many = plural(Object.keys(next.findings).length, 'finding');
      end.push(`Wrote ${shown(baselineFile.name)}: ${many}${removed === 0 ? '' : `, ${removed} no longer there and removed`}.`);
    }
  }
  const strict = checkExitCode(analysis, interrupted, { fail: true, inconclusivePasses: false });
  if (strict === 1 && status === 0) end.push('--no-fail: this ends with 0 all the same.');
  if (strict === 4 && status === 0) end.push('--inconclusive=pass: not decided, and this ends with 0 all the same.');

  const toText = async (as: Terminal): Promise<string> => {
    const paint = as.color ? (await import('../../report/colors.js')).colors : plain;
    const on = page({ width: as.width, unicode: as.unicode, paint });
    return checkText(on, analysis, { quiet: flags.quiet === true, about, end });
  };
  for (const output of outputs) await writeOutput(output, await rendered(analysis, output.format, () => toText(onFile)));
  if (flags.quiet !== true) await print(io.stderr, warningLines(analysis));
  await print(io.stdout, await rendered(analysis, flags.format, () => toText(shape)));
  await host?.publish(analysis);

  const hints = config === undefined ? [] : configHints(config, analysis, applied.unused);
  if (flags.strictConfig === true && hints.length > 0 && (status === 0 || status === 4)) {
    const [first, ...also] = hints.map(
      ({ says, place }) => new TokenTaxError('BAD_CONFIG', says, { place, help: 'take it out, or correct it' }),
    );
    throw new TokenTaxError('BAD_CONFIG', first!.message, { place: first!.place!, help: first!.help, why: STRICT, also });
  }
  for (const { says, place } of hints)
    await print(io.stderr, `hint: ${says} (${place.file}${place.line === undefined ? '' : `:${place.line}`})\n`);
};

const STRICT = '--strict-config: a setting that changes nothing is a mistake';

/** The logged traffic on a gateway that is started here, with a provider that counts its fetches. */
const actReplay = async (inputs: readonly string[], flags: Flags, context: Context): Promise<void> => {
  const { io } = context;
  const config = await openConfig(io.cwd, flags.config);
  const { limits } = wantedBudgets(flags, config);
  const limit = limits.find(({ measure, scope }) => measure === 'maxFetchesPer1000' && scope.kind === 'all');
  if (limit === undefined)
    throw new TokenTaxError('USAGE', 'a check by replay counts fetches, and no budget says how many there may be', {
      help: 'Add --max-fetches-per-1000 10, or budgets.maxFetchesPer1000 to the configuration.',
    });
  const [{ hermetic }, { settingsOf }, { readReplay }, { ownFormatsOf, stdinFor }] = await Promise.all([
    import('../replay-hermetic.js'),
    import('../replay-options.js'),
    import('../replay-inputs.js'),
    import('../input-options.js'),
  ]);
  const { gatewayCommand, within, tokenLifetime, format, since, until, where } = flags;
  const asked = {
    hermetic: true,
    maxFetchesPer1000: String(limit.limit),
    ...(gatewayCommand === undefined ? {} : { gatewayCommand }),
    ...(within === undefined ? {} : { within }),
    ...(tokenLifetime === undefined ? {} : { tokenLifetime }),
    ...(format === 'json' ? { format } : {}),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(where === undefined ? {} : { where }),
  } as Parameters<typeof hermetic>[1];
  const settings = await settingsOf(asked, io);
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort());
  try {
    let unreadable = false;
    const problems: string[] = [];
    const reading = {
      ...onlyAnalyze(flags),
      ...stdinFor(io, inputs),
      inputs,
      cwd: io.cwd,
      own: ownFormatsOf(io, flags),
      signal: abort.signal,
    };
    const records = await readReplay(reading as Parameters<typeof readReplay>[0], ({ error }) => {
      if (error === undefined) return;
      unreadable = true;
      problems.push(errorText(error, { debug: flags.debug === true, version: context.version }));
    });
    await print(io.stderr, problems.join(''));
    const status = await hermetic(records, asked, settings, io, abort.signal);
    const softened =
      status === 1 && (!flags.fail || limit.level === 'warn') ? 0 : status === 4 && flags.inconclusive === 'pass' ? 0 : status;
    context.end(unreadable ? 3 : softened);
  } finally {
    stopListening();
  }
};

const define = (): Command =>
  withOutputs(
    withCounting(
      withInputs(
        new Command('check')
          .description('the same as analyze, held against budgets: exit 1 if one is broken')
          .configureHelp({ formatHelp: (self) => commandPage(self, examples) }),
      ),
    ),
  )
    .optionsGroup('Output')
    .option('--owner <pattern=name>', 'whose clients or endpoints these are: orders-*=team-orders (repeatable)', several)
    .optionsGroup('Budgets')
    .option('--max-redundant <share>', 'redundant fetches of all, at most: 5%')
    .option('--max-fetches-per-1000 <n>', 'token fetches for 1,000 requests, at most')
    .option('--min-hit-ratio <share>', 'requests that found a token in the cache, at least: 95%')
    .option('--max-added-p95 <duration>', 'wait for tokens, p95 of all requests, at most: 50ms')
    .option('--max-cost <amount>', 'of redundant fetches in a month, at most: USD 100')
    .addOption(new Option('--preset <name>', `budgets to start from: ${presetNames.join(', ')}`))
    .option('--fail-on <codes>', 'causes that fail the check: TT101,TT103 (repeatable)', several)
    .option('--baseline <file>', 'only what is new or worse than this fails')
    .option('--update-baseline', 'write it; later ones only ever lower it')
    .option('--commit <hash>', 'for the baseline (default: that of the CI host)')
    .optionsGroup('How it ends')
    .option('--no-fail', 'a broken budget ends with 0')
    .addOption(
      new Option('--inconclusive <how>', 'not decided ends with 4 (fail, default) or 0 (pass)').choices(['fail', 'pass']),
    )
    .addOption(
      new Option('--on-error <how>', 'a failure of the check itself ends with 3 (fail, default) or 0 (warn)').choices([
        'fail',
        'warn',
      ]),
    )
    .option('--today <date>', 'the day that ignores are held against (today)')
    .option('--strict-config', 'settings that change nothing are mistakes: 2, not a hint')
    .addOption(
      new Option('--ci <host>', 'annotations and summary (github), code quality (gitlab): auto (default), none')
        .choices(ciWishes)
        .default('auto'),
    )
    .optionsGroup('By replay, on this machine alone')
    .option('--replay', 'send the requests to a gateway, and count its token fetches')
    .option('--gateway-command <command>', 'starts it; reads PORT, TOKEN_ENDPOINT, ISSUER_URL, BACKEND_URL')
    .option('--within <duration>', 'speed the log up to fit into this (20s)')
    .option('--token-lifetime <duration>', 'of the tokens of the stand-in provider, in time of the log');

export const command = (context: Context): Command =>
  define().action(async (inputs: string[], flags: Flags) => {
    try {
      await (flags.replay === true ? actReplay : act)(inputs, flags, context);
    } catch (cause) {
      const isFailure =
        cause instanceof TokenTaxError ? cause.exit === 3 : !(cause instanceof Error && cause.name === 'AbortError');
      if (flags.onError !== 'warn' || !isFailure) throw cause;
      await print(context.io.stderr, errorText(cause, { debug: flags.debug === true, version: context.version }));
      await print(
        context.io.stderr,
        '\nNOT CHECKED: token-tax failed, and --on-error=warn lets this pass. No budget was held.\n',
      );
      context.end(0);
    }
  });
