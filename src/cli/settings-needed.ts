/** Asked before every command, so it loads nothing. */
import type { Command } from 'commander';
import type { Io } from './io.js';

export const PREFIX = 'TOKEN_TAX_';

/** Whether anything but the command line may have something to say: a variable, or a command that looks for a configuration. */
export const needsSettings = (command: Command, { env }: Pick<Io, 'env'>): boolean =>
  command.options.some(({ long, required }) => long === '--config' && required) ||
  Object.keys(env).some((name) => name.startsWith(PREFIX));
