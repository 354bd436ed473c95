/** Wrong requests, in our own words. */
import { Command, CommanderError } from 'commander';
import { TokenTaxError } from '../errors.js';
import type { CommandEntry } from './commands/index.js';

const suggestion = (message: string): string[] => {
  const [, names] = /\(Did you mean (?:one of )?(.+)\?\)/.exec(message) ?? [];
  return names === undefined ? [] : names.split(', ');
};

/** What commander says, with its suggestion as help. */
export const usageError = (error: CommanderError, command: string | undefined): TokenTaxError => {
  const [first = ''] = error.message.split('\n');
  const message = first
    .replace(/^error: /, '')
    .replace(/'([^']*)'/g, '"$1"')
    .replace(/\.$/, '');
  const page = command === undefined ? 'token-tax help' : `token-tax help ${command}`;
  const meant = suggestion(error.message).map((name) => `"${name}"`);
  return new TokenTaxError('USAGE', message, {
    help: meant.length === 0 ? page : `did you mean ${meant.join(' or ')}?   ${page}`,
  });
};

const looksLikeInput = /[/\\.*]/;

export const unknownCommand = (name: string, commands: readonly CommandEntry[]): TokenTaxError => {
  if (!name.startsWith('-') && looksLikeInput.test(name)) {
    return new TokenTaxError('USAGE', `unknown command "${name}"`, { help: `to read it: token-tax analyze ${name}` });
  }
  const program = new Command('token-tax')
    .exitOverride()
    .helpCommand(false)
    .option('--version')
    .configureOutput({ writeErr: () => {}, writeOut: () => {} });
  for (const entry of commands) program.command(entry.name);
  try {
    program.parse([name], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return usageError(error, undefined);
    throw error;
  }
  return new TokenTaxError('USAGE', `unknown command "${name}"`);
};
