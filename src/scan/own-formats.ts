/** Formats of a user, compiled and held to their own samples: one that does not read them is refused before any log is read. */
import { TokenTaxError } from '../errors.js';
import { compile } from '../formats/compile.js';
import type { Format } from '../formats/define.js';
import { formatById } from '../formats/index.js';
import { expectedOf, type GroupReader, type OwnFormatDefinition, type OwnSample, ownFormat, ownRow } from '../formats/own.js';
import { isObject } from './framing/json-object.js';
import { plainPattern } from './plain-pattern.js';
import { type LogRecord, RecordReader, withoutHoles } from './record.js';

export interface OwnFormat {
  readonly format: Format;
  /** For a pattern: a line as the JSON that the format reads. */
  readonly row: ((line: string) => string | undefined) | undefined;
}

/** What is wrong with a definition, and where in it: `[0, 'samples', 1, 'gives', 'path']`. */
export class OwnFormatError extends TokenTaxError {
  constructor(
    readonly at: readonly (string | number)[],
    message: string,
    details: { readonly why?: string; readonly help?: string } = {},
  ) {
    super('BAD_CONFIG', message, details);
  }
}

/** Loads the engine of patterns only where there is one. It takes time linear in the line, whatever the pattern. */
export async function ownFormats(definitions: readonly OwnFormatDefinition[]): Promise<readonly OwnFormat[]> {
  const compiled: OwnFormat[] = [];
  for (const [index, definition] of definitions.entries()) compiled.push(await compileOwn(definition, index));
  return compiled;
}

async function compileOwn(definition: OwnFormatDefinition, index: number): Promise<OwnFormat> {
  const { id, pattern, samples } = definition;
  if (formatById(id) !== undefined)
    throw new OwnFormatError([index, 'id'], `there is a format "${id}" already`, { help: 'Give yours another id.' });
  const row = pattern === undefined ? undefined : ownRow(id, await groupReader(pattern, index));
  const lines = samples.map(({ line }) => (row === undefined ? line : row(line)));
  const records = lines.map((line, sample) => recordOf(line, samples[sample]!, [index, 'samples', sample, 'line'], id));
  const format = formatOf(definition, records, index);
  const { layout } = format;
  if (layout.kind === 'json' && layout.needs.length === 0)
    throw new OwnFormatError([index, 'map'], `no key in the map of format "${id}" is in all of its samples`, {
      help: 'A format is told by its keys: map one that every record has.',
    });
  for (const [sample, { gives }] of samples.entries()) prove(format, lines[sample] ?? '', gives, [index, 'samples', sample]);
  return { format, row };
}

function formatOf(
  definition: OwnFormatDefinition,
  records: readonly (Record<string, unknown> | undefined)[],
  index: number,
): Format {
  try {
    return ownFormat(
      definition,
      records.filter((record) => record !== undefined),
    );
  } catch (error) {
    if (!(error instanceof TokenTaxError)) throw error;
    const why = error.why === undefined ? {} : { why: error.why };
    throw new OwnFormatError([index, 'map'], `the map of format "${definition.id}" is wrong`, { ...why, help: error.help });
  }
}

async function groupReader(pattern: string, index: number): Promise<GroupReader> {
  const { RE2JS, RE2JSException } = await import('re2js');
  const at = [index, 'pattern'];
  let compiled: InstanceType<typeof RE2JS>;
  try {
    compiled = RE2JS.compile(pattern, RE2JS.DOTALL);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new OwnFormatError(at, 'the pattern is no regular expression that can be read in linear time', {
      why: error.message,
      help: 'RE2 syntax: named groups are (?<name>...); there is no looking ahead or behind and no back reference.',
    });
  }
  const names = Object.keys(compiled.namedGroups());
  if (names.length === 0)
    throw new OwnFormatError(at, 'the pattern has no named group', { help: 'Write (?<time>\\S+) and the like.' });
  const others: GroupReader = (line) => {
    const matcher = compiled.matcher(line);
    if (!matcher.matches()) return undefined;
    const groups: Record<string, string> = {};
    for (const name of names) {
      const value = matcher.group(name);
      if (typeof value === 'string') groups[name] = value;
    }
    return groups;
  };
  const plain = plainPattern(pattern);
  if (plain === undefined) return others;
  const order = names.map((name) => plain.names.indexOf(name));
  return (line) => {
    const places = plain.match(line);
    if (places === 'unsure') return others(line);
    if (places === 'none') return undefined;
    const groups: Record<string, string> = {};
    names.forEach((name, at) => {
      groups[name] = line.slice(places[order[at]! * 2], places[order[at]! * 2 + 1]);
    });
    return groups;
  };
}

/** A sample that shall be refused has no record. */
function recordOf(
  line: string | undefined,
  { gives }: OwnSample,
  at: readonly (string | number)[],
  id: string,
): Record<string, unknown> | undefined {
  if (gives.skip === 'invalid') return undefined;
  const what = `sample ${Number(at[2]) + 1} of format "${id}"`;
  if (line === undefined)
    throw new OwnFormatError(at, `${what} does not match its pattern`, { help: 'The pattern must take the whole line.' });
  try {
    const record: unknown = JSON.parse(line);
    if (isObject(record)) return record;
  } catch {
    // Said below.
  }
  throw new OwnFormatError(at, `${what} is no JSON object`, { help: 'A format with a map and no pattern reads JSON lines.' });
}

/** Reads a sample as a log would be read, and compares what comes out with what shall. */
function prove(format: Format, line: string, gives: OwnSample['gives'], at: readonly (string | number)[]): void {
  const what = `sample ${Number(at.at(-1)) + 1} of format "${format.id}"`;
  const reader = new RecordReader({ program: compile(format.layout), stamped: format.stamped });
  const bytes = Buffer.from(`${line}\n`);
  let read: LogRecord = { skip: 'invalid' };
  reader.line(bytes, 0, bytes.length, 0, (record) => {
    read = withoutHoles(record);
  });
  if (gives.skip !== undefined || read.skip !== undefined) {
    if (gives.skip === read.skip) return;
    const found =
      read.skip === undefined ? 'is read as a request' : read.skip === 'invalid' ? 'cannot be read' : 'is read as no request';
    throw new OwnFormatError([...at, 'line'], `${what} ${found}`, {
      why: `of a request, ${missingOf(format)}`,
      help: 'A request needs a time, a method and a path (or a request line), and a status that is one.',
    });
  }
  for (const [key, wanted] of Object.entries(expectedOf(gives))) {
    const found = read[key as keyof LogRecord];
    if (wanted === undefined || found === wanted) continue;
    throw new OwnFormatError([...at, 'gives', key], `${what} does not give ${key} ${JSON.stringify(wanted)}`, {
      why: found === undefined ? `it gives no ${key}` : `it gives ${JSON.stringify(found)}`,
      help: 'Change the pattern or the map, or what the sample says. Fields are named as with --map; durations need a unit (took:ms).',
    });
  }
}

function missingOf({ layout }: Format): string {
  const found = new Set(
    layout.kind === 'json' ? Object.values(layout.fields).flatMap((field) => [field].flat().map(({ slot }) => slot)) : [],
  );
  const has = (...slots: Parameters<typeof found.has>[0][]): boolean => slots.some((slot) => found.has(slot));
  const missing = [
    ...(has('time') ? [] : ['the time']),
    ...(has('method', 'request') ? [] : ['the method']),
    ...(has('path', 'target', 'request') ? [] : ['the path']),
  ];
  return missing.length === 0 ? 'time, method and path are known' : `${missing.join(' and ')} is not known`;
}
