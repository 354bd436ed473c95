import { accessSync, constants } from 'node:fs';
import process from 'node:process';
import { Command } from 'commander';
import { TokenTaxError } from '../../errors.js';
import { findTool } from '../../input/tools.js';
import { shown } from '../../report/cells.js';
import { plural } from '../../report/words.js';
import { commandPage } from '../help-page.js';
import { type Io, print } from '../io.js';
import type { Context } from './index.js';

type Health = 'ok' | 'warn' | 'failed';

interface Check {
  readonly health: Health;
  readonly what: string;
  readonly found: string;
  /** What to do about it. */
  readonly fix?: string;
}

const OLDEST: readonly [number, number] = [20, 19];

const node = (): Check => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  const found = `${process.versions.node} on ${process.platform} ${process.arch}`;
  return isOld
    ? { health: 'failed', what: 'Node', found, fix: `install Node ${OLDEST.join('.')} or later` }
    : { health: 'ok', what: 'Node', found };
};

const kernel = async (): Promise<Check> => {
  const { Kernel } = await import('../../scan/kernel/kernel.js');
  try {
    new Kernel();
    return { health: 'ok', what: 'fast reader', found: 'WebAssembly with SIMD' };
  } catch {
    return {
      health: 'warn',
      what: 'fast reader',
      found: 'no WebAssembly with SIMD here: logs are read all the same, two to three times slower',
    };
  }
};

const tool = (name: string, packages: string, path: string): Check =>
  findTool(name, path) === undefined
    ? { health: 'warn', what: name, found: 'not on PATH', fix: `to read such archives: install ${packages}` }
    : { health: 'ok', what: name, found: 'on PATH' };

const folder = ({ cwd }: Io): Check => {
  try {
    accessSync(cwd, constants.W_OK);
    return { health: 'ok', what: 'this folder', found: 'can be written to' };
  } catch {
    return { health: 'warn', what: 'this folder', found: 'cannot be written to', fix: 'name a file elsewhere with --output' };
  }
};

/** Every format reads its own samples: what is shipped is what was tested. */
const formats = async (): Promise<Check> => {
  const [{ formats: all }, { compile }] = await Promise.all([
    import('../../formats/index.js'),
    import('../../formats/compile.js'),
  ]);
  const broken = all.filter(({ layout }) => {
    try {
      compile(layout);
      return false;
    } catch {
      return true;
    }
  });
  return broken.length === 0
    ? { health: 'ok', what: 'log formats', found: `${all.length} compile` }
    : {
        health: 'failed',
        what: 'log formats',
        found: `${broken.map(({ id }) => id).join(', ')} do not compile`,
        fix: 'install token-tax anew',
      };
};

const config = async ({ io }: Context): Promise<Check> => {
  const { openConfig } = await import('../../config/load.js');
  try {
    const found = await openConfig(io.cwd, undefined);
    return { health: 'ok', what: 'configuration', found: found === undefined ? 'none here' : 'valid' };
  } catch (cause) {
    if (!(cause instanceof TokenTaxError)) throw cause;
    return {
      health: 'failed',
      what: 'configuration',
      found: shown(cause.message),
      fix: 'token-tax config print shows each mistake with its place',
    };
  }
};

const logs = async (inputs: readonly string[], { io }: Context): Promise<Check[]> => {
  const { readRecords } = await import('../../scan/read-records.js');
  const checks: Check[] = [];
  for (const input of inputs) {
    let records = 0;
    try {
      const options = { inputs: [input], cwd: io.cwd };
      for await (const some of readRecords(options, ({ name, error, passedOver }) => {
        if (error !== undefined)
          checks.push({ health: 'failed', what: shown(name), found: shown(error.message), fix: 'token-tax formats test FILE' });
        else if (passedOver) checks.push({ health: 'warn', what: shown(name), found: 'no access log: it is passed over' });
      })) {
        records += some.length;
        // A few hundred tell whether it can be read.
        if (records >= 512) break;
      }
      if (records > 0)
        checks.push({ health: 'ok', what: shown(input), found: `can be read (${plural(records, 'record')} tried)` });
    } catch (cause) {
      if (!(cause instanceof TokenTaxError)) throw cause;
      // What is wrong with a file has been told already.
      if (checks.some(({ found }) => found === shown(cause.message))) continue;
      checks.push({ health: 'failed', what: shown(input), found: shown(cause.message), fix: 'token-tax formats test FILE' });
    }
  }
  return checks;
};

const act = async (inputs: readonly string[], context: Context): Promise<void> => {
  const { io } = context;
  const path = io.env.PATH ?? '';
  const checks: Check[] = [
    node(),
    await kernel(),
    await formats(),
    await config(context),
    folder(io),
    tool('zstd', 'zstd (without it a slower reader is used)', path),
    tool('bzip2', 'bzip2', path),
    tool('xz', 'xz-utils', path),
    tool('lz4', 'lz4', path),
    ...(await logs(inputs, context)),
  ];
  const width = Math.max(...checks.map(({ what }) => what.length));
  const lines = checks.flatMap(({ health, what, found, fix }) => [
    `  ${health.padEnd(6)}  ${what.padEnd(width)}  ${found}`,
    ...(fix === undefined ? [] : [`  ${''.padEnd(6)}  ${''.padEnd(width)}  ${fix}`]),
  ]);
  const failed = checks.filter(({ health }) => health === 'failed').length;
  await print(
    io.stdout,
    `token-tax ${context.version}\n${lines.join('\n')}\n${failed === 0 ? 'All that is needed is there.' : `${plural(failed, 'check')} failed.`}\n`,
  );
  if (failed > 0) context.end(3);
};

export const command = (context: Context): Command =>
  new Command('doctor')
    .description('checks this machine, the configuration, and whether logs can be read')
    .argument('[inputs...]', 'logs to try')
    .configureHelp({
      formatHelp: (self) =>
        commandPage(self, [
          ['token-tax doctor', 'one line for each check'],
          ['token-tax doctor logs/', 'and whether these logs can be read'],
        ]),
    })
    .action((inputs: string[]) => act(inputs, context));
