import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Analysis } from '../../analysis/result.js';
import { TokenTaxError } from '../../errors.js';
import { nearest } from '../../input/near.js';
import { shown } from '../../report/cells.js';
import { page } from '../../report/page.js';
import { plain } from '../../report/paint.js';
import { commandPage } from '../help-page.js';
import { print } from '../io.js';
import { terminal } from '../terminal.js';
import type { Context } from './index.js';

const LARGEST_RESULT = 400_000_000;

const refused = (name: string, why: string, help?: string): TokenTaxError =>
  new TokenTaxError('BAD_RESULT', `${shown(name)} is not a result that this version can explain`, {
    why,
    ...(help === undefined ? {} : { help }),
  });

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** A saved result, held against the schema. */
export const readResult = async (name: string, cwd: string): Promise<Analysis> => {
  const path = resolve(cwd, name);
  let text: string;
  try {
    if ((await stat(path)).size > LARGEST_RESULT) throw refused(name, 'it is larger than 400 MB');
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof TokenTaxError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new TokenTaxError(
      'BAD_RESULT',
      `cannot read ${shown(name)}: ${code === 'ENOENT' ? 'there is no such file' : (code ?? 'it failed')}`,
      {
        cause,
      },
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused(name, 'it is not JSON');
  }
  const version = member(value, 'schemaVersion');
  if (version === undefined) throw refused(name, 'it has no schemaVersion');
  if (version !== '1') {
    const newer = typeof version === 'string' && Number(version) > 1;
    const help = newer ? 'use the version of token-tax that wrote it, or a newer one' : undefined;
    throw refused(name, `its schemaVersion is ${shown(JSON.stringify(version).slice(0, 40))}, and this version knows "1"`, help);
  }
  const { resultSchema } = await import('../../report/options.schema.js');
  const checked = resultSchema.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const more = checked.error.issues.length - 1;
  const where = issue?.path.map(String).join('.') ?? '';
  throw refused(name, shown(`${where === '' ? '' : `${where}: `}${issue?.message ?? ''}${more > 0 ? `, and ${more} more` : ''}`));
};

const explain = async (wanted: string | undefined, flags: { readonly result?: string }, context: Context): Promise<void> => {
  const { io } = context;
  const { width, unicode, color } = terminal(io, 'auto');
  const paint = color ? (await import('../../report/colors.js')).colors : plain;
  // A page is read, not scanned: long lines are hard to come back from.
  const on = page({ width: Math.min(width, 100), unicode, paint });
  const [{ rulePages }, { rulePageText }] = await Promise.all([
    import('../../report/rule-pages.generated.js'),
    import('../../report/rule-page.js'),
  ]);
  const rule = rulePages.find(({ code }) => code === wanted?.toUpperCase());
  if (rule !== undefined) return print(io.stdout, rulePageText(on, rule));
  const codes = rulePages.map(({ code }) => code);
  const [{ figureIds, explainFigure }, { figures, shortNames }] = await Promise.all([
    import('../../report/explain-figure.js'),
    import('../../report/figure-list.js'),
  ]);
  const analysis = flags.result === undefined ? undefined : await readResult(flags.result, io.cwd);
  if (wanted === undefined) {
    const ids = analysis === undefined ? [...Object.keys(shortNames), ...figures.keys()] : figureIds(analysis);
    const lines = [
      'Causes',
      ...rulePages.map(({ code, title }) => `  ${code}  ${title}`),
      '',
      analysis === undefined
        ? 'Figures of a saved result ([] is one of a list: keys[ID], or its number; {} a name)'
        : 'Figures of this result',
      ...ids.map((id) => `  ${shown(id)}`),
      '',
    ];
    return print(io.stdout, lines.join('\n'));
  }
  if (/^tt\d*$/i.test(wanted) || (analysis === undefined && nearest(wanted, codes) !== undefined)) {
    const near = nearest(wanted, codes);
    throw new TokenTaxError('USAGE', `there is no cause "${shown(wanted)}"`, {
      help: near === undefined ? 'token-tax explain' : `did you mean "${near}"?   token-tax explain`,
    });
  }
  if (analysis === undefined) {
    throw new TokenTaxError('USAGE', `explain ${shown(wanted)} needs the result that the figure stands in`, {
      why: 'it is no code of a cause; figures are explained with their values',
      help: `token-tax explain ${/^[\w.]+$/.test(wanted) ? wanted : 'FIGURE'} --result result.json (written by analyze --output json=result.json)`,
    });
  }
  const text = explainFigure(on, analysis, wanted);
  if (text !== undefined) return print(io.stdout, text);
  const near = nearest(wanted, figureIds(analysis));
  throw new TokenTaxError('USAGE', `the result has no figure "${shown(wanted)}"`, {
    help: `${near === undefined ? '' : `did you mean "${shown(near)}"?   `}token-tax explain --result ${/^[\w./-]+$/.test(flags.result!) ? flags.result! : 'FILE'}`,
  });
};

export const command = (context: Context): Command =>
  new Command('explain')
    .description('a cause, or any figure of a saved result')
    .argument('[code or figure]')
    .configureHelp({
      formatHelp: (self) =>
        commandPage(self, [
          ['token-tax explain TT101', 'what it is, how it looks, the fix'],
          ['token-tax explain totals.redundantShare --result tax.json', 'formula, inputs, assumptions'],
          ['token-tax explain', 'all codes and figures'],
        ]),
    })
    .option('--result <file>', 'the saved result that the figure stands in (analyze --output json=FILE)')
    .action((wanted: string | undefined, flags: { readonly result?: string }) => explain(wanted, flags, context));
