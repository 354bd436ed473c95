import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { configNames } from '../../config/load.js';
import { decide, undecidable } from '../../diagnosis/budgets.js';
import { measures } from '../../diagnosis/limits.js';
import { TokenTaxError } from '../../errors.js';
import { shown } from '../../report/cells.js';
import { proposalText } from '../../report/proposal.js';
import { count, span } from '../../report/words.js';
import { commandPage, type Example } from '../help-page.js';
import { addInputOptions } from '../input-options.js';
import { print } from '../io.js';
import { checkOutput, writeOutput } from '../outputs.js';
import { type Flags as AnalyzeFlags, toAnalyzeOptions, withCounting } from './analyze.js';
import type { Context } from './index.js';

const examples: readonly Example[] = [
  ['token-tax init --from-log logs/', 'budgets from the values of today'],
  ['token-tax init --from-log logs/ --file tax.jsonc', 'into another file'],
];

interface Flags extends AnalyzeFlags {
  readonly fromLog?: readonly string[];
  readonly file?: string;
  readonly force?: boolean;
  readonly maxHidden?: number;
}

/** What was said on the command line, so that a check counts the same. */
const sectionsOf = (flags: Flags): Record<string, unknown> => {
  const given = (values: Record<string, unknown>): Record<string, unknown> | undefined => {
    const some = Object.entries(values).filter(([, value]) => value !== undefined);
    return some.length === 0 ? undefined : Object.fromEntries(some);
  };
  const {
    logFormat,
    map,
    timeStamps,
    tz,
    where,
    tokenEndpoint,
    tokenRoutes,
    margin,
    holder,
    grant,
    price,
    priceModel,
    prices,
    rateLimit,
    maxHidden,
    lifetime,
  } = flags;
  const fields = map?.map((rule): [string, string] => [rule.slice(0, rule.indexOf('=')), rule.slice(rule.indexOf('=') + 1)]);
  const issuers = lifetime?.map((text) => {
    const cut = text.lastIndexOf('=');
    return { match: cut < 0 ? '*' : text.slice(0, cut), lifetime: text.slice(cut + 1) };
  });
  const input = given({
    logFormat,
    map: fields === undefined ? undefined : Object.fromEntries(fields),
    timeStamps,
    tz,
    where,
    tokenEndpoints: tokenEndpoint,
    tokenRoutes,
  });
  const analysis = given({ margin, holder, grant, price, priceModels: priceModel, prices, rateLimit, maxHidden });
  return given({ input, issuers, analysis }) ?? {};
};

const act = async (flags: Flags, context: Context): Promise<void> => {
  const { io } = context;
  if (flags.fromLog === undefined)
    throw new TokenTaxError('USAGE', 'init needs logs to propose budgets from', { help: 'token-tax init --from-log logs/' });
  const name = flags.file ?? configNames[1];
  const file = { name, path: resolve(io.cwd, name) };
  const there = [name, ...(flags.file === undefined ? configNames : [])].find((each) => existsSync(resolve(io.cwd, each)));
  if (there !== undefined && flags.force !== true)
    throw new TokenTaxError('USAGE', `${shown(there)} is there already`, {
      help: 'Write over it with --force, or to another file with --file.',
    });
  await checkOutput(file);
  const { fromLog, file: _, force, ...counting } = flags;
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort());
  const analysis = await context
    .analyze({ ...toAnalyzeOptions(fromLog, context, counting), signal: abort.signal })
    .finally(stopListening);
  if (abort.signal.aborted) return context.end(130);
  const why = undecidable(analysis);
  if (!analysis.complete || why !== undefined) {
    await print(io.stderr, `nothing was written: ${shown(why ?? 'not all of the input was read')}\n`);
    return context.end(analysis.complete ? 4 : 3);
  }
  const today = measures
    .filter((measure) => measure !== 'maxCost' || analysis.cost !== null)
    .map((measure) => decide(analysis, { measure, scope: { kind: 'all', pattern: null }, level: 'error', limit: 0 }));
  const { window, totals } = analysis;
  const when = window === null ? '' : `, ${span(window.from, window.to)}`;
  const text = proposalText({
    today,
    currency: analysis.cost?.currency ?? '',
    sections: sectionsOf(flags),
    from: `From ${count(totals.fetches.ok)} token fetches and ${count(totals.requests)} requests${when}, with a quarter more room.`,
  });
  await writeOutput(file, text);
  await print(
    io.stdout,
    `wrote ${shown(name)}\nNext: token-tax check ${fromLog.map(shown).join(' ')}${flags.file === undefined ? '' : ` --config ${shown(name)}`}\n`,
  );
};

export const command = (context: Context): Command =>
  withCounting(
    addInputOptions(
      new Command('init')
        .description('write a configuration: budgets from the values of today, with a comment for each line')
        .configureHelp({ formatHelp: (self) => commandPage(self, examples) })
        .option('--from-log <inputs...>', 'logs, as analyze takes them')
        .option('--file <file>', 'where to write it (token-tax.config.jsonc)')
        .option('--force', 'write over a file that is there')
        .optionsGroup('Input'),
    ),
  )
    .option('--max-hidden <n>', 'how many holders may hide behind one address (32)', Number)
    .action(async (flags: Flags) => await act(flags, context));
