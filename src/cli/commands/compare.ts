import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { Analysis } from '../../analysis/result.js';
import { TokenTaxError } from '../../errors.js';
import { comparisonText } from '../../report/comparison.js';
import { inert } from '../../report/json.js';
import { page } from '../../report/page.js';
import { plain } from '../../report/paint.js';
import { compare } from '../../simulation/compare.js';
import { commandPage, type Example } from '../help-page.js';
import { addInputOptions, several } from '../input-options.js';
import { print } from '../io.js';
import { checkOutput, parseOutputOf, refuseToOverwrite, writeOutput } from '../outputs.js';
import { readResult } from '../saved-result.js';
import { type Terminal, terminal } from '../terminal.js';
import { type Flags as AnalyzeFlags, onFile, toAnalyzeOptions, warningLines, withCounting } from './analyze.js';
import type { Context } from './index.js';

const examples: readonly Example[] = [
  ['token-tax compare before.json after.json', 'two saved results'],
  ['token-tax compare monday.log tuesday.log', 'two logs'],
  ['token-tax compare before.json after.json --output html=change.html', 'a page to show'],
];

const formats = ['text', 'json', 'html'] as const;
type Format = (typeof formats)[number];

interface Flags extends Omit<AnalyzeFlags, 'format'> {
  readonly format: Format;
  readonly failOnWorse?: boolean;
}

/** A saved result begins with a brace and its version; a log of JSON lines does not. */
const isResult = async (path: string): Promise<boolean> => {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
      return /^\s*\{\s*"schemaVersion"/.test(buffer.subarray(0, bytesRead).toString('latin1'));
    } finally {
      await file.close();
    }
  } catch {
    // A folder, a glob, or nothing: whoever reads it says so.
    return false;
  }
};

const act = async (names: readonly [string, string], flags: Flags, context: Context): Promise<void> => {
  const { io } = context;
  const outputs = (flags.output ?? []).map((output) => parseOutputOf(formats, output, io.cwd));
  refuseToOverwrite(names, outputs, io.cwd);
  for (const output of outputs) await checkOutput(output);
  const sides: Analysis[] = [];
  for (const name of names) {
    if (await isResult(resolve(io.cwd, name))) sides.push(await readResult(name, io.cwd));
    else {
      const analysis = await context.analyze(toAnalyzeOptions([name], context, { ...flags, format: 'text' }));
      await print(io.stderr, warningLines(analysis));
      sides.push(analysis);
    }
  }
  const [before, after] = sides;
  if (before === undefined || after === undefined) throw new TokenTaxError('USAGE', 'compare needs two results or two logs');
  const comparison = compare(before, after);
  const rendered = async (format: Format, { width, unicode, color }: Terminal): Promise<string> => {
    if (format === 'json') return `${inert(JSON.stringify(comparison, undefined, 2))}\n`;
    if (format === 'html') return (await import('../../report/html-comparison.js')).comparisonHtml(comparison, before, after);
    const paint = color ? (await import('../../report/colors.js')).colors : plain;
    return comparisonText(page({ width, unicode, paint }), comparison);
  };
  for (const output of outputs) await writeOutput(output, await rendered(output.format, onFile));
  await print(io.stdout, await rendered(flags.format, terminal(io, flags.color)));
  if (!before.complete || !after.complete) context.end(3);
  else if (comparison.verdict === 'inconclusive') context.end(4);
  else if (comparison.verdict === 'worse' && flags.failOnWorse === true) context.end(1);
};

export const command = (context: Context): Command =>
  withCounting(
    addInputOptions(
      new Command('compare')
        .description('two results or two logs: better, same, worse, or not to be told')
        .argument('<before>')
        .argument('<after>')
        .configureHelp({ formatHelp: (self) => commandPage(self, examples) })
        .optionsGroup('Input'),
    ),
  )
    .optionsGroup('Output')
    .addOption(new Option('--format <format>', formats.join(', ')).choices(formats).default('text'))
    .option('--output <format=file>', 'also write a file: html=change.html (repeatable)', several)
    .addOption(new Option('--color <when>', 'auto (default), always, never').choices(['auto', 'always', 'never']).default('auto'))
    .option('--fail-on-worse', 'exit 1 when the second is worse')
    .action((before: string, after: string, flags: Flags) => act([before, after], flags, context));
