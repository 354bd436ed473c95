/** The command line: finds the command, runs it, and turns whatever happens into text and a status. */
import { type Command, CommanderError } from 'commander';
import { jsonError } from '../report/json.js';
import { version as builtVersion } from '../version.js';
import { type Context, commands } from './commands/index.js';
import { INTERRUPTED } from './exit-code.js';
import { mainPage } from './help-page.js';
import { type Io, print, processIo } from './io.js';
import { refuseSecrets } from './secrets.js';
import { needsSettings } from './settings-needed.js';
import { terminal } from './terminal.js';
import { unknownCommand, usageError } from './usage.js';

/** What a test may put in place of the real thing. */
export interface Dependencies {
  readonly analyze?: Context['analyze'];
  readonly version?: string;
}

const run = async (command: Command, args: readonly string[], io: Io): Promise<void> => {
  let written = '';
  const write = (text: string): void => {
    written += text;
  };
  const settle = (each: Command): void => {
    each.exitOverride().configureOutput({ writeOut: write, writeErr: () => {}, outputError: () => {} });
    each.commands.forEach(settle);
  };
  settle(command);
  command.hook('preAction', async (_, action) => {
    if (needsSettings(action, io)) await (await import('./settings.js')).applySettings(action, io);
  });
  try {
    await command.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // A command of commands without the second word.
    if (error.code === 'commander.help') written = command.helpInformation();
    else if (error.exitCode !== 0) throw usageError(error, command.name());
  }
  await print(io.stdout, written);
};

const dispatch = async (argv: readonly string[], io: Io, version: string, analyze: Context['analyze']): Promise<number> => {
  const [name, ...args] = argv;
  if (name === undefined || name === '--help' || name === '-h') await print(io.stdout, mainPage(commands));
  else if (name === '--version' || name === '-V') await print(io.stdout, `token-tax ${version}\n`);
  else {
    const entry = commands.find((each) => each.name === name);
    if (entry === undefined) throw unknownCommand(name, commands);
    const { command } = await entry.load();
    let status = 0;
    const end = (value: number): void => {
      status = value;
    };
    await run(command({ io, args, version, analyze, end }), args, io);
    return status;
  }
  return 0;
};

/** Before the flags are read, since they may be what is wrong. */
const wantsJson = (argv: readonly string[]): boolean =>
  argv.some((argument, index) => argument === '--format=json' || (argument === '--format' && argv[index + 1] === 'json'));

const wantedColor = (argv: readonly string[]): 'auto' | 'always' | 'never' => {
  const value = argv
    .map((argument, index) => (argument === '--color' ? argv[index + 1] : argument.match(/^--color=(.*)$/)?.[1]))
    .find((word) => word !== undefined);
  return value === 'always' || value === 'never' ? value : 'auto';
};

const fail = async (cause: unknown, argv: readonly string[], io: Io, version: string): Promise<number> => {
  if (cause instanceof Error && cause.name === 'AbortError') {
    await print(io.stderr, 'interrupted: there is no result\n');
    return INTERRUPTED;
  }
  const [{ asTokenTaxError, errorText }, { redactText }] = await Promise.all([
    import('../report/error.js'),
    import('../redact/index.js'),
  ]);
  const error = asTokenTaxError(cause);
  const { errorColor } = terminal(io, wantedColor(argv));
  const paint = errorColor ? { paint: (await import('../report/colors.js')).colors } : {};
  await print(io.stderr, errorText(error, { ...paint, debug: argv.includes('--debug'), version }));
  if (wantsJson(argv))
    await print(io.stdout, jsonError({ id: error.id, message: redactText(error.message), help: redactText(error.help) }));
  return error.exit;
};

/** Runs one command line and resolves with the exit status when all output has left. Never rejects and never ends the process. */
export const main = async (argv: readonly string[], io: Io = processIo(), dependencies: Dependencies = {}): Promise<number> => {
  const version = dependencies.version ?? builtVersion;
  const analyze = dependencies.analyze ?? (async (options) => (await import('../pipeline.js')).analyze(options));
  try {
    refuseSecrets(argv);
    return await dispatch(argv, io, version, analyze);
  } catch (cause) {
    // If not even the failure can be written, the status is all that is left.
    return await fail(cause, argv, io, version).catch(() => 3);
  } finally {
    io.release?.();
  }
};
