import { Command } from 'commander';
import { TokenTaxError } from '../../errors.js';
import { nearest } from '../../input/near.js';
import { shown } from '../../report/cells.js';
import { page } from '../../report/page.js';
import { plain } from '../../report/paint.js';
import { commandPage } from '../help-page.js';
import { print } from '../io.js';
import { readResult } from '../saved-result.js';
import { terminal } from '../terminal.js';
import type { Context } from './index.js';

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
