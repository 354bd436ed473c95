import { Command } from 'commander';
import { TokenTaxError } from '../../errors.js';
import { classifyEndpoint } from '../../events/endpoints.js';
import type { Format } from '../../formats/define.js';
import { formatById, formats } from '../../formats/index.js';
import { errorText } from '../../report/error.js';
import { detect } from '../../scan/detect.js';
import { type LogRecord, withoutHoles } from '../../scan/record.js';
import { unknownFormat } from '../../scan/unknown-format.js';
import { adviceOf, adviceText, listText, showText, type Tested, testText } from '../formats-text.js';
import { commandPage, type Example } from '../help-page.js';
import { addInputOptions, type InputFlags, ownFormatsOf, stdinFor } from '../input-options.js';
import { print } from '../io.js';
import type { Context } from './index.js';

const pages: Readonly<Record<string, readonly Example[]>> = {
  formats: [
    ['token-tax formats test gw.log', 'how it is read, what it proves'],
    ['token-tax formats list', 'the formats it knows'],
    ['token-tax formats show nginx-timing', 'fields and samples of one'],
  ],
  list: [['token-tax formats list', 'ids for --log-format']],
  show: [['token-tax formats show nginx-timing', 'fields, template, samples']],
  test: [
    ['token-tax formats test gw.log idp.log', 'what is found in each'],
    ['token-tax formats test app.log --map client=svc', 'see what a mapping does'],
    ['token-tax formats test gw.log --log-format \'$msec $host "$request"\'', 'try a log_format string'],
  ],
};

const page = (command: Command): Command =>
  command.configureHelp({ formatHelp: (self) => commandPage(self, pages[self.name()] ?? []) });

const SAMPLE_LINES = 1000;
const SHOWN = 3;

const isTokenRequest = ({ method, path, query, host }: LogRecord): boolean =>
  path !== undefined &&
  classifyEndpoint(
    {
      method: method === 'GET' ? 'GET' : 'POST',
      path,
      ...(host === undefined ? {} : { host }),
      ...(query === undefined ? {} : { query }),
    },
    [],
  ).kind !== 'api';

/** The first requests, and a token request among them if the sample has one. */
const pick = (requests: readonly LogRecord[]): LogRecord[] => {
  const first = requests.slice(0, SHOWN);
  if (first.some(isTokenRequest)) return first;
  const token = requests.slice(SHOWN).find(isTokenRequest);
  return token === undefined ? first : [...first.slice(0, SHOWN - 1), token];
};

const test = async (inputs: readonly string[], flags: InputFlags, context: Context): Promise<void> => {
  const { io } = context;
  const [{ findInputs, openInput }, { detectOptionsOf, recordReader }, { UnwrappedInput }] = await Promise.all([
    import('../../input/index.js'),
    import('../../scan/read-records.js'),
    import('../../scan/framing/unwrap.js'),
  ]);
  const options = { ...flags, inputs, cwd: io.cwd, own: ownFormatsOf(io, flags), ...stdinFor(io, inputs) };
  const detectOptions = await detectOptionsOf(options);
  const { sources, problems } = await findInputs(inputs, io.cwd);
  const failures: TokenTaxError[] = [];
  const advice = new Map<string, string>();
  let parts = 0;
  const show = async (text: string): Promise<void> => {
    await print(io.stdout, parts === 0 ? text : `\n${text}`);
    parts += 1;
  };

  const testOne = async (source: (typeof sources)[number]): Promise<void> => {
    const input = new UnwrappedInput(
      openInput(source, options.stdin === undefined ? {} : { stdin: options.stdin as never }),
      detectOptions,
    );
    try {
      const { bytes } = await input.head(256 * 1024);
      const detected = detect(source.name, bytes, detectOptions);
      if (detected === undefined) return await show(`${source.name}   it has no lines\n`);
      const reader = recordReader(detected, source.name, flags.tz);
      const requests: LogRecord[] = [];
      for (let at = 0; at < bytes.length && reader.counts.read - reader.counts.blank < SAMPLE_LINES; )
        at = reader.line(bytes, at, bytes.length, at, (record) => {
          if (record.skip === undefined) requests.push(withoutHoles(record));
        });
      const tested: Tested = {
        name: source.name,
        format: detected.format,
        runnerUp: detected.runnerUp,
        stamped: detected.stamped,
        parsed: reader.counts.parsed,
        rejected: reader.counts.rejected,
        notRequests: reader.counts.notRequests,
        zoneless: reader.sawZoneless,
        tz: flags.tz,
        picked: pick(requests),
        facts: {
          fields: new Set(requests.flatMap(Object.keys)),
          clientInQuery: requests.some(({ query }) => /(?:^|&)client_id=[^&]/.test(query ?? '')),
          resolutionMs: reader.resolutionMs,
        },
      };
      for (const one of adviceOf(tested)) advice.set(one.id, adviceText(one));
      await show(testText(tested));
    } finally {
      input.close();
    }
  };

  for (const { error } of problems) failures.push(error);
  for (const source of sources) {
    try {
      await testOne(source);
    } catch (error) {
      if (!(error instanceof TokenTaxError)) throw error;
      failures.push(error);
    }
  }
  for (const text of advice.values()) await show(text);
  const [only] = failures;
  if (only === undefined) return;
  // One error, one message, in the voice of all commands.
  if (failures.length === 1 && parts === 0) throw only;
  for (const error of failures) await print(io.stderr, errorText(error, { debug: false, version: context.version }));
  context.end(Math.max(...failures.map(({ exit }) => exit)));
};

export const command = (context: Context): Command => {
  const formatsCommand = page(new Command('formats').description('list, show and test log formats').helpCommand(false));
  const configOption = (command: Command): Command =>
    command.option('--config <file>', 'your own formats (token-tax.config.json)');
  const own = async (flags: InputFlags): Promise<Format[]> =>
    (await ownFormatsOf(context.io, flags)()).map(({ format }) => format);
  const list = configOption(page(new Command('list').description('ids, other names, and where time stamps stand'))).action(
    async (flags: InputFlags) => {
      await print(context.io.stdout, listText([...(await own(flags)), ...formats]));
    },
  );
  const show = configOption(
    page(new Command('show').description('fields, template or keys, and samples of a format').argument('<id>')),
  ).action(async (id: string, flags: InputFlags) => {
    const mine = await own(flags);
    const format = mine.find((one) => one.id === id) ?? formatById(id);
    if (format === undefined) throw unknownFormat(id, mine);
    await print(context.io.stdout, showText(format));
  });
  const tests = addInputOptions(
    page(
      new Command('test').description('how logs are read, and what they can and cannot prove').argument('<files...>'),
    ).optionsGroup('Input'),
  ).action(async (files: string[], flags: InputFlags) => await test(files, flags, context));
  for (const sub of [list, show, tests]) formatsCommand.addCommand(sub);
  return formatsCommand;
};
