/** The whole command line as data: for `help --json`, completion, and other programs. */
import type { Command } from 'commander';
import { type Context, commands } from './commands/index.js';

export interface OptionEntry {
  /** `-q`, `--quiet` */
  readonly names: readonly string[];
  readonly description: string;
  /** `<file>`, `[file]`, or null for a switch. */
  readonly argument: string | null;
  readonly repeatable: boolean;
  /** What it can be, where that is a list. */
  readonly choices: readonly string[];
  readonly default: string | number | boolean | null;
}

export interface CommandTree {
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly { readonly name: string; readonly required: boolean; readonly repeatable: boolean }[];
  readonly options: readonly OptionEntry[];
  readonly commands: readonly CommandTree[];
}

const plainValue = (value: unknown): string | number | boolean | null =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;

const treeOf = (command: Command, summary: string): CommandTree => ({
  name: command.name(),
  summary,
  arguments: command.registeredArguments.map((argument) => ({
    name: argument.name(),
    required: argument.required,
    repeatable: argument.variadic,
  })),
  options: command.options.map((option) => ({
    names: [option.short, option.long].filter((name) => name !== undefined && name !== null),
    description: option.description,
    argument: /[<[][^\]>]+[\]>]$/.exec(option.flags)?.[0] ?? null,
    repeatable: option.variadic || option.description.includes('(repeatable)'),
    choices: option.argChoices ?? [],
    default: plainValue(option.defaultValue),
  })),
  commands: command.commands.map((sub) => treeOf(sub, sub.description())),
});

export const commandTree = async (context: Context): Promise<CommandTree[]> =>
  await Promise.all(
    commands.map(async ({ name, summary, load }) => {
      const { command } = await load();
      const made = command(context);
      return { ...treeOf(made, summary), name };
    }),
  );

/** What each status of the program means. */
export const exitStatuses = [
  { status: 0, means: 'ran, complete, nothing over budget' },
  { status: 1, means: 'ran, complete, a budget or --fail-on rule was broken' },
  { status: 2, means: 'the request was wrong' },
  { status: 3, means: 'the run failed or is incomplete' },
  { status: 4, means: 'inconclusive' },
  { status: 130, means: 'interrupted' },
] as const;
