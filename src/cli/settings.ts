/** Options that were not typed: from `TOKEN_TAX_*` variables, then from the configuration. What was typed wins, then the variable. */
import { type Command, CommanderError, type Option } from 'commander';
import { type OpenConfig, openConfig } from '../config/load.js';
import { inputSettings, type Setting, settings } from '../config/settings.js';
import { TokenTaxError } from '../errors.js';
import type { Io } from './io.js';
import { PREFIX } from './settings-needed.js';

/** What sends requests, starts programs or writes over something has to be typed by whoever runs it. */
const typedOnly = new Set([
  'send',
  'yesProduction',
  'allowHost',
  'insecure',
  'gatewayCommand',
  'force',
  'updateBaseline',
  'config',
  'help',
]);

/** `--max-added-p95`: `TOKEN_TAX_MAX_ADDED_P95`. */
export const variableOf = ({ long, short }: Option): string =>
  PREFIX +
  (long ?? short ?? '')
    .replace(/^--?(?:no-)?/, '')
    .replaceAll('-', '_')
    .toUpperCase();

const isTyped = (command: Command, name: string): boolean => command.getOptionValueSource(name) === 'cli';
const isOpen = (command: Command, name: string): boolean => ['default', undefined].includes(command.getOptionValueSource(name));

/** As if it had been typed, but for where it came from. */
const give = (
  command: Command,
  option: Option,
  values: readonly string[] | true,
  source: 'env' | 'config',
  from: string,
): void => {
  const attribute = option.attributeName();
  let value: unknown = !option.negate;
  if (values !== true)
    for (const [index, text] of values.entries())
      try {
        value = option.parseArg === undefined ? text : option.parseArg(text, index === 0 ? undefined : value);
      } catch (cause) {
        // Thrown by choices and by readers of numbers.
        if (!(cause instanceof CommanderError)) throw cause;
        throw new TokenTaxError('BAD_OPTION', `${from} cannot be ${JSON.stringify(text).slice(0, 80)}`, {
          help: cause.message,
          cause,
        });
      }
  command.setOptionValueWithSource(attribute, value, source);
};

const booleans: Readonly<Record<string, boolean>> = {
  '1': true,
  true: true,
  yes: true,
  on: true,
  '0': false,
  false: false,
  no: false,
  off: false,
};

const fromVariable = (command: Command, option: Option, name: string, text: string): void => {
  const takesValue = option.required || option.optional;
  if (!takesValue) {
    const on = booleans[text.trim().toLowerCase()];
    if (on === undefined)
      throw new TokenTaxError('BAD_OPTION', `${name} cannot be ${JSON.stringify(text).slice(0, 80)}`, {
        help: 'Write true or false.',
      });
    // `--no-progress` is what false of TOKEN_TAX_PROGRESS means.
    if (on !== option.negate) give(command, option, true, 'env', name);
    else if (!option.negate) command.setOptionValueWithSource(option.attributeName(), undefined, 'env');
    return;
  }
  // An option that may be repeated: one value a line.
  const several =
    command.getOptionValue(option.attributeName()) === undefined &&
    option.parseArg !== undefined &&
    /repeatable/.test(option.description);
  give(command, option, several ? text.split(/\r?\n/).filter((line) => line.trim() !== '') : [text], 'env', name);
};

const applyVariables = (command: Command, { env }: Io): void => {
  for (const option of command.options) {
    const attribute = option.attributeName();
    const name = variableOf(option);
    const text = env[name];
    if (text === undefined || text === '' || typedOnly.has(attribute) || !isOpen(command, attribute)) continue;
    // Of --progress and --no-progress, the one that takes a value is given a value.
    const other = command.options.find((each) => each !== option && each.attributeName() === attribute);
    if (other !== undefined && option.negate !== (booleans[text.trim().toLowerCase()] === false)) continue;
    fromVariable(command, option, name, text);
  }
};

const applyConfig = (command: Command, { data, name }: OpenConfig): void => {
  const apply = ({ option: attribute, path, typed }: Setting): void => {
    const values = typed(data);
    const option = command.options.find((each) => each.attributeName() === attribute && !each.negate);
    if (values === undefined || option === undefined || !isOpen(command, attribute)) return;
    give(command, option, values, 'config', `${path.join('.')} of ${name}`);
  };
  const conflict = (one: string, other: string): boolean => !isOpen(command, one) || !isOpen(command, other);
  for (const setting of settings) {
    if (['quiet', 'verbose'].includes(setting.option) && conflict('quiet', 'verbose')) continue;
    apply(setting);
  }
  const takesInputs = command.registeredArguments.some((argument) => argument.name() === 'inputs');
  if (!takesInputs || command.args.length > 0 || inputSettings.some(({ option }) => isTyped(command, option))) return;
  for (const setting of inputSettings.slice(1)) apply(setting);
  // The array that the action gets.
  const files = data.input?.files;
  if (files !== undefined && Array.isArray(command.processedArgs[0])) (command.processedArgs[0] as string[]).push(...files);
};

/** Before the action of a command: fills in what was not typed. */
export const applySettings = async (command: Command, io: Io): Promise<void> => {
  applyVariables(command, io);
  if (!command.options.some(({ long, required }) => long === '--config' && required)) return;
  const named = command.getOptionValue('config') as string | boolean | undefined;
  const config = await openConfig(io.cwd, named === true ? undefined : named);
  if (config !== undefined) applyConfig(command, config);
};

/** Options of a command in the order of its help page, with what they are and why. */
export const origins = async (
  command: Command,
  io: Io,
): Promise<readonly { readonly name: string; readonly value: unknown; readonly from: string }[]> => {
  const named = command.getOptionValue('config') as string | boolean | undefined;
  const config = await openConfig(io.cwd, named === true ? undefined : named);
  return command.options
    .filter((option) => !option.negate && !typedOnly.has(option.attributeName()))
    .map((option) => {
      const attribute = option.attributeName();
      const source = command.getOptionValueSource(attribute);
      const setting = [...settings, ...inputSettings].find((each) => each.option === attribute);
      const place = setting === undefined || source !== 'config' ? undefined : config?.placeOf(setting.path);
      const from =
        source === 'cli'
          ? `flag ${option.long}`
          : source === 'env'
            ? variableOf(option)
            : place !== undefined
              ? `${place.file}${place.line === undefined ? '' : `:${place.line}`}`
              : 'default';
      return { name: setting?.path.join('.') ?? attribute, value: command.getOptionValue(attribute), from };
    });
};
