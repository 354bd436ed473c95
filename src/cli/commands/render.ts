import { Command, Option } from 'commander';
import { text } from '../../report/text.js';
import { commandPage } from '../help-page.js';
import { several } from '../input-options.js';
import { print } from '../io.js';
import {
  checkOutput,
  type OutputFormat,
  outputFormats,
  parseOutput,
  refuseToOverwrite,
  rendered,
  writeOutput,
} from '../outputs.js';
import { readResult } from '../saved-result.js';
import { type ColorWish, type Terminal, terminal } from '../terminal.js';
import { onFile } from './analyze.js';
import type { Context } from './index.js';

interface Flags {
  readonly format: OutputFormat;
  readonly output?: readonly string[];
  readonly color: ColorWish;
  readonly details?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

const act = async (result: string, flags: Flags, context: Context): Promise<void> => {
  const { io } = context;
  const outputs = (flags.output ?? []).map((output) => parseOutput(output, io.cwd));
  refuseToOverwrite([result], outputs, io.cwd);
  for (const output of outputs) await checkOutput(output);
  const analysis = await readResult(result, io.cwd);
  const toText = async (on: Terminal): Promise<string> => {
    const paint = on.color ? { paint: (await import('../../report/colors.js')).colors } : {};
    const { verbose = false, quiet = false, details = false } = flags;
    const { width, unicode } = on;
    return text(analysis, {
      width,
      unicode,
      ...paint,
      verbose,
      quiet,
      details,
      version: analysis.tool.version,
      nextCommands: [],
    });
  };
  for (const output of outputs) await writeOutput(output, await rendered(analysis, output.format, () => toText(onFile)));
  await print(io.stdout, await rendered(analysis, flags.format, () => toText(terminal(io, flags.color))));
};

export const command = (context: Context): Command =>
  new Command('render')
    .description('a saved result in another format, the same as if it had been asked for at once')
    .argument('<result>', 'what analyze --output json=FILE has written')
    .configureHelp({
      formatHelp: (self) =>
        commandPage(self, [
          ['token-tax render tax.json --format md', 'for a pull request'],
          ['token-tax render tax.json --output sarif=tax.sarif', 'for code scanning'],
          ['token-tax render tax.json --details', 'each finding in full'],
        ]),
    })
    .optionsGroup('Output')
    .addOption(new Option('--format <format>', outputFormats.join(', ')).choices(outputFormats).default('text'))
    .option('--output <format=file>', 'also write a file: md=tax.md (repeatable)', several)
    .addOption(new Option('--color <when>', 'auto (default), always, never').choices(['auto', 'always', 'never']).default('auto'))
    .option('--details', 'text: add each finding in full')
    .addOption(new Option('-q, --quiet', 'text: the verdict line alone').conflicts('verbose'))
    .option('-v, --verbose', 'text: add how files were read, what was assumed, all warnings')
    .action((result: string, flags: Flags) => act(result, flags, context));
