/** Help: what it is for, what to type, then the options by purpose. 80 columns. */
import type { Argument, Command, Option } from 'commander';
import { wrap } from '../report/cells.js';
import type { CommandEntry } from './commands/index.js';

export type Example = readonly [command: string, does: string];

const WIDTH = 80;
const EXAMPLE = 46;
const TERM = 28;

const example = ([command, does]: Example): string[] => {
  const left = `  ${command}`;
  return left.length < EXAMPLE - 1 ? [left.padEnd(EXAMPLE) + does] : [left, ' '.repeat(EXAMPLE) + does];
};

const examples: readonly Example[] = [
  ['token-tax analyze logs/', 'find the tax in access logs'],
  ['token-tax analyze gw.log --idp idp.json.gz', 'join gateway and identity provider'],
  ['zcat gw.log.gz | token-tax analyze -', 'read standard input'],
  ['token-tax analyze logs/ --format json', 'the result for programs'],
];

export const mainPage = (commands: readonly CommandEntry[]): string =>
  [
    'token-tax - find service tokens fetched again while the last one still works',
    '',
    ...examples.flatMap(example),
    '',
    'Commands',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`),
    '',
    'Run "token-tax help analyze" for its options, "token-tax --version" for the',
    'version. Exit status: 0 done, 1 over budget, 2 wrong request, 3 failed or',
    'incomplete, 4 inconclusive, 130 interrupted.',
    '',
  ].join('\n');

const optionLines = ({ flags, description }: Option): string[] => {
  const term = `  ${flags}`;
  const [first = '', ...rest] = wrap(description, WIDTH - TERM);
  const hanging = rest.map((line) => ' '.repeat(TERM) + line);
  return term.length < TERM - 1 ? [term.padEnd(TERM) + first, ...hanging] : [term, ' '.repeat(TERM) + first, ...hanging];
};

const ancestors = ({ parent }: Command): string[] => (parent === null ? [] : [...ancestors(parent), parent.name()]);

const argumentText = (argument: Argument): string => {
  const text = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${text}>` : `[${text}]`;
};

export const commandPage = (command: Command, own: readonly Example[]): string => {
  const groups = new Map<string, Option[]>();
  for (const option of command.options) {
    const group = option.helpGroupHeading ?? 'Options';
    groups.set(group, [...(groups.get(group) ?? []), option]);
  }
  const args = command.registeredArguments.map(argumentText);
  const name = [...ancestors(command), command.name()].join(' ');
  const subs = command.commands.length > 0 ? ['<command>'] : [];
  const usage = ['token-tax', name, ...subs, ...args, ...(groups.size > 0 ? ['[options]'] : [])].join(' ');
  return [
    ...wrap(`token-tax ${name} - ${command.description()}`, WIDTH),
    '',
    ...own.flatMap(example),
    '',
    `Usage: ${usage}`,
    ...(command.commands.length > 0 ? ['', 'Commands'] : []),
    ...command.commands.map((sub) => `  ${sub.name().padEnd(10)} ${sub.description()}`),
    ...[...groups].flatMap(([title, options]) => ['', title, ...options.flatMap(optionLines)]),
    '',
  ].join('\n');
};
