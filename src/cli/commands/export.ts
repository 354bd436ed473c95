import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { shown } from '../../report/cells.js';
import { errorText } from '../../report/error.js';
import { count, plural } from '../../report/words.js';
import type { FileReport } from '../../scan/read-records.js';
import { commandPage, type Example } from '../help-page.js';
import { addInputOptions, type InputFlags, ownFormatsOf, stdinFor } from '../input-options.js';
import { print, send } from '../io.js';
import { checkOutput, openOutput, refuseToOverwrite } from '../outputs.js';
import { headOf, type RecordFormat, recordFormats, textOf } from '../record-lines.js';
import { startRejects } from '../rejects.js';
import type { Context } from './index.js';

const examples: readonly Example[] = [
  ['token-tax export gw.log > gw.ndjson', 'one JSON object a line'],
  ['token-tax export logs/ --format csv --output requests.csv', 'for a spreadsheet, or SQL'],
  ['token-tax export app.log --map client=svc', 'see what a mapping reads'],
];

interface Flags extends InputFlags {
  readonly format: RecordFormat;
  readonly output?: string;
  readonly rejects?: string | boolean;
  readonly debug?: boolean;
}

/** `gw.log: 3 of 763 lines could not be read (2 shape, first in line 12; ...)` */
const rejectText = ({ name, counts }: FileReport): string => {
  if (counts === undefined || counts.rejected === 0) return '';
  const reasons = [...counts.rejects.values()]
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))
    .map(({ reason, count: many, firstLine }) => `${count(many)} ${reason}, first in line ${firstLine + 1}`);
  return `${shown(name)}: ${count(counts.rejected)} of ${plural(counts.read, 'line')} could not be read (${reasons.join('; ')}; see --rejects)\n`;
};

const passedOverText = (reports: readonly FileReport[]): string => {
  const names = reports.filter(({ passedOver }) => passedOver).map(({ name }) => shown(name));
  return names.length === 0
    ? ''
    : `passed over, not an access log: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}\n`;
};

const act = async (inputs: readonly string[], flags: Flags, context: Context): Promise<void> => {
  const { io } = context;
  const named = inputs.length === 0 ? ['-'] : inputs;
  const { format, output, debug = false, config, rejects: rejected, ...asked } = flags;
  const stdin = stdinFor(io, named);
  const file = output === undefined ? undefined : { name: output, path: resolve(io.cwd, output) };
  if (file !== undefined) {
    refuseToOverwrite(named, [file], io.cwd);
    await checkOutput(file);
  }
  const rejects = await startRejects(io, rejected);
  const { readRecords } = await import('../../scan/read-records.js');
  const reports: FileReport[] = [];
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort());
  const stream = file === undefined ? undefined : await openOutput(file);
  try {
    // The next records are read when these have left: a slow reader slows the reading, and nothing piles up.
    const write = async (text: string): Promise<boolean> => {
      if (stream === undefined) return await send(io.stdout, text);
      await stream.write(text);
      return true;
    };
    let head = headOf(format);
    const options = {
      ...asked,
      ...stdin,
      inputs: named,
      cwd: io.cwd,
      own: ownFormatsOf(io, flags),
      onRejected: rejects?.onRejected,
      signal: abort.signal,
    };
    for await (const records of readRecords(options, (report) => reports.push(report))) {
      if (!(await write(head + textOf(format, records)))) return;
      head = '';
    }
    if (head !== '') await write(head);
    await stream?.commit();
  } catch (error) {
    await stream?.discard();
    throw error;
  } finally {
    stopListening();
  }
  await rejects?.finish();
  await print(io.stderr, reports.map(rejectText).join('') + passedOverText(reports));
  for (const { error } of reports)
    if (error !== undefined) await print(io.stderr, errorText(error, { debug, version: context.version }));
  if (reports.some(({ error }) => error !== undefined)) context.end(3);
};

export const command = (context: Context): Command =>
  addInputOptions(
    new Command('export')
      .description('every request as read, one line each, without secrets')
      .argument('[inputs...]')
      .configureHelp({ formatHelp: (self) => commandPage(self, examples) })
      .optionsGroup('Input'),
  )
    .optionsGroup('Output')
    .addOption(new Option('--format <format>', 'ndjson (default) or csv').choices(recordFormats).default('ndjson'))
    .option('--rejects [file]', 'lines that could not be read: to stderr, or a file')
    .option('--output <file>', 'write a file, whole or not at all; standard output if not given')
    .option('--debug', 'add the stack to an error')
    .action(async (inputs: string[], flags: Flags) => await act(inputs, flags, context));
