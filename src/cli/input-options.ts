/** Options that say how inputs are read, for all commands that read them. */
import { type Command, Option } from 'commander';
import type { PriceTable } from '../analysis/price-model.js';
import { TokenTaxError } from '../errors.js';
import type { OwnFormat } from '../scan/own-formats.js';
import type { Io } from './io.js';

/** As commander hands them over. */
export interface InputFlags {
  readonly logFormat?: string;
  readonly map?: readonly string[];
  readonly timeStamps?: 'start' | 'end';
  readonly tz?: string;
  readonly config?: string | false;
}

/** For an option that may be given several times. */
export const several = (value: string, before: readonly string[] = []): string[] => [...before, value];

export const addInputOptions = (command: Command): Command =>
  command
    .option('--log-format <format>', 'id of a format, or a log_format string, pasted in quotes')
    .option('--map <field=name>', 'fields of an unknown JSON log: client=azp,sub (repeatable)', several)
    .addOption(
      new Option('--time-stamps <when>', 'lines are stamped at the start or the end of a request').choices(['start', 'end']),
    )
    .option('--tz <zone>', 'zone of time stamps without one: UTC, +02:00, Europe/Paris')
    .option('--config <file>', 'configuration (token-tax.config.json)')
    .option('--no-config', 'no configuration file');

/** The formats of the configuration, read when they are needed. */
export const ownFormatsOf =
  (io: Io, { config }: Pick<InputFlags, 'config'>) =>
  async (): Promise<readonly OwnFormat[]> =>
    await (await import('../config/load.js')).loadOwnFormats(io.cwd, config);

/** The price lists of a file, read when the run starts. */
export const pricesOf = (io: Io, name: string) => async (): Promise<PriceTable> =>
  await (await import('../config/prices.js')).openPrices(io.cwd, name);

/** Standard input where it is asked for. A terminal has no log to give: nobody shall wait for one. */
export const stdinFor = (io: Io, inputs: readonly string[]): { readonly stdin?: NodeJS.ReadableStream } => {
  if (!inputs.includes('-')) return {};
  if (io.stdinIsTTY) throw new TokenTaxError('NO_INPUT', 'standard input is a terminal: there is no log to read');
  return { stdin: io.stdin };
};
