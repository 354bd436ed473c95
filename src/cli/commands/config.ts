import { Command } from 'commander';
import { openConfig } from '../../config/load.js';
import { measures } from '../../diagnosis/limits.js';
import { pad, shown } from '../../report/cells.js';
import { commandPage } from '../help-page.js';
import { print } from '../io.js';
import { origins } from '../settings.js';
import { command as checkCommand } from './check.js';
import type { Context } from './index.js';

const valueText = (value: unknown): string =>
  value === undefined
    ? '-'
    : Array.isArray(value)
      ? value.map(String).join(', ')
      : typeof value === 'string'
        ? value
        : String(value);

/** Budgets as they stand in the configuration, each with its line. */
const budgetRows = async (
  cwd: string,
  named: string | false | undefined,
  taken: ReadonlySet<string>,
): Promise<[string, string, string][]> => {
  const config = await openConfig(cwd, named);
  if (config === undefined) return [];
  const { budgets, ignore } = config.data;
  const rows: [string, string, string][] = [];
  const row = (path: readonly (string | number)[], value: unknown): void => {
    const { file, line } = config.placeOf(path);
    rows.push([
      path.join('.'),
      Array.isArray(value) ? value.join(', ') : String(value),
      `${file}${line === undefined ? '' : `:${line}`}`,
    ]);
  };
  for (const measure of measures)
    if (budgets?.[measure] !== undefined && !taken.has(measure)) row(['budgets', measure], budgets[measure]);
  for (const kind of ['clients', 'routes'] as const)
    for (const [pattern, some] of Object.entries(budgets?.[kind] ?? {}))
      for (const measure of measures) if (some[measure] !== undefined) row(['budgets', kind, pattern, measure], some[measure]);
  for (const [index, one] of (ignore ?? []).entries())
    row(
      ['ignore', index],
      [one.id, one.code, one.client, one.endpoint, one.until === undefined ? undefined : `until ${one.until}`, one.reason].filter(
        (part) => part !== undefined,
      ),
    );
  return rows;
};

/** `config print`: all options of `check`, as they would be without a command line. */
export const command = (context: Context): Command => {
  const page = (command: Command): Command =>
    command.configureHelp({
      formatHelp: (self) =>
        commandPage(self, [
          ['token-tax config print', 'each value and its origin'],
          ['token-tax config print --no-config', 'without the configuration file'],
        ]),
    });
  const { io } = context;
  // The options of check, without their action: they say what there is, and take what the variables and the file give.
  const printing = checkCommand(context)
    .name('print')
    .description('each value and where it comes from')
    .action(async (_: string[], flags: { readonly config?: string | false }, self: Command) => {
      const found = await origins(self, io);
      const taken = new Set<string>(found.filter(({ from }) => from !== 'default').map(({ name }) => name));
      const rows = [
        ...found
          .filter(({ name, from }) => from !== 'default' || !(measures as readonly string[]).includes(name))
          .map(({ name, value, from }): [string, string, string] => [
            (measures as readonly string[]).includes(name) ? `budgets.${name}` : name,
            valueText(value),
            from,
          ]),
        ...(await budgetRows(io.cwd, flags.config, taken)),
      ];
      const { redactText } = await import('../../redact/index.js');
      const safe = rows.map((row) => row.map((text) => shown(redactText(text))) as [string, string, string]);
      const width = (column: 0 | 1): number => Math.min(40, Math.max(...safe.map((row) => row[column].length)));
      await print(
        io.stdout,
        safe.map(([name, value, from]) => `${pad(name, width(0))}  ${pad(value, width(1))}  ${from}\n`).join(''),
      );
    });
  return page(new Command('config').description('what is configured, and where').helpCommand(false)).addCommand(page(printing));
};
