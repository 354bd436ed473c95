/** Finds the format of an input from its first lines: every format reads them for real, the one that reads most of them wins. */
import { type ErrorPlace, TokenTaxError } from '../errors.js';
import { compiled, compileJson } from '../formats/compile.js';
import { type Field, type Format, type JsonLayout, type Layout, slotIndex } from '../formats/define.js';
import { formatById, formats } from '../formats/index.js';
import { jsonFields, type MapRule, meets, recordKeys, valueAt } from '../formats/json-fields.js';
import { logfmtRecord } from '../formats/logfmt-pairs.js';
import { compilePasted } from '../formats/pasted.js';
import type { Program } from '../formats/program.js';
import { Dictionary } from './dictionary.js';
import * as door from './door.js';
import { FileScanner } from './file-scanner.js';
import { isObject } from './framing/json-object.js';
import { isW3cHeader } from './framing/rows.js';
import { w3cLog } from './framing/w3c.js';
import { Glance, SAMPLE_ROWS, type Span } from './glance.js';
import { misreading } from './misread.js';
import type { OwnFormat } from './own-formats.js';
import { type Sampling, sampledBy } from './sampling.js';
import { strangerIn } from './strangers.js';
import { unknownFormat } from './unknown-format.js';
import { whyUnreadable } from './unreadable.js';

/** Below this share of the lines a format does not fit. */
export const MIN_MATCH = 0.9;
const SAMPLE_LINES = 1000;
const JSON_SAMPLE_RECORDS = 200;
const MAX_PAIRS_BYTES = 16_384;
const MISREAD_LINES = 200;
/** The start of a line tells which log it is of. */
const STRANGER_BYTES = 1024;
const HASH = 35;

export interface Detected {
  readonly format: string;
  readonly detected: boolean;
  readonly program: Program;
  readonly stamped: Format['stamped'];
  readonly matchRate: number;
  readonly runnerUp: { readonly format: string; readonly matchRate: number } | null;
  /** The durations are ms because logs of this shape usually are, not because anything says so. */
  readonly guessesUnit: boolean;
  /** What stands behind the words that all such logs have was not read: it is told by no format. */
  readonly readsPart: boolean;
  /** The log has lost its header: its columns are the usual ones, since the rows look like it. */
  readonly guessesColumns: boolean;
  /** Names of `--map` that are in the first records; undefined for a format that takes none. */
  readonly mapped: readonly string[] | undefined;
  /** The log says itself that it holds a part of the requests. */
  readonly sampling: Sampling | undefined;
}

export interface DetectOptions {
  /** Id of a format, or a pasted log_format string. */
  readonly logFormat: string | undefined;
  readonly map: readonly MapRule[];
  readonly timeStamps: 'start' | 'end' | undefined;
  /** Formats of the user: they come before all others. */
  readonly own?: readonly OwnFormat[];
}

interface Candidate {
  readonly id: string;
  readonly program: Program;
  readonly stamped: Format['stamped'];
  /** Of one that need not be compiled to see that it fits no line. */
  readonly layout?: Layout;
  readonly bareTimes?: true;
  /** Records that look like this format and no other; undefined where any may. */
  readonly claims?: number;
}

interface Scored {
  readonly candidate: Candidate;
  readonly matchRate: number;
  /** Requests in the first records: what a format understands of a log that holds other things too. */
  readonly requests: number;
  /** In a log of few lines a single bad one is a bad line, although it is more than a tenth. */
  readonly isOneOff: boolean;
  /** Why a format that reads the lines still does not fit; then the match rate is 0. */
  readonly why?: string;
}

/** All formats read the same lines, and the files of a run hold the same names: they are made once, until they are many. */
let names = new Dictionary([], []);
const MANY_NAMES = 4096;

/** undefined: no line to judge by. Throws FORMAT_MISMATCH or NO_FORMAT_FITS with the first line that does not fit. */
export function detect(name: string, head: Uint8Array, options: DetectOptions): Detected | undefined {
  if (names.routes.length + names.callers.length + names.agents.length > MANY_NAMES) names = new Dictionary([], []);
  const lines = sampleLines(head);
  if (lines.length === 0) return undefined;
  const json = jsonRecords(head, lines);
  const records = json.length > 0 ? json : logfmtRecords(head, lines);
  const written = json.length > 0 ? undefined : 'logfmt';
  const columns = ownColumns(head, options);
  const forced = options.logFormat === undefined ? undefined : forcedFormat(options.logFormat, records, columns, options);
  const sample = { head, lines, glance: new Glance(head, lines, names) };
  const scored: Scored[] = forced === undefined ? [] : [score(forced, sample, true)];
  for (const candidate of candidateFormats(records, written, columns, options)) {
    if (candidate.id === forced?.id) continue;
    scored.push(score(candidate, sample, false));
    if (records.length === 0 && isDecided(scored, forced !== undefined)) break;
  }
  if (records.length === 0 && forced === undefined) scored.push(...lastResort(scored, sample));
  const understood = records.length === 0 ? scored : understanding(scored);
  const ranked = [...understood].sort((a, b) => b.matchRate - a.matchRate);
  const best = forced === undefined ? ranked[0] : scored[0];
  if (best === undefined || !fits(best)) throw misfit(name, head, lines, records, best, ranked, options);
  const guesses = forced === undefined && formatById(best.candidate.id)?.guessesUnit === true;
  const isWrong = guesses && isWrongUnit(best.candidate.program, head, lines);
  const second = ranked.find(({ candidate, matchRate }) => candidate.id !== best.candidate.id && matchRate > 0);
  return {
    format: best.candidate.id,
    detected: forced === undefined,
    program: isWrong ? withoutUnit(best.candidate.program) : best.candidate.program,
    guessesUnit: guesses && !isWrong,
    readsPart: formatById(best.candidate.id)?.lastResort === true,
    guessesColumns: forced === undefined && best.candidate === columns && head[lines[0]![0]] !== HASH,
    stamped: options.timeStamps ?? best.candidate.stamped,
    matchRate: best.matchRate,
    runnerUp: second === undefined ? null : { format: second.candidate.id, matchRate: Math.round(second.matchRate * 1e6) / 1e6 },
    mapped: isGeneral(best.candidate.id) ? namesIn(records, options.map) : undefined,
    sampling: sampledBy(records),
  };
}

const fits = ({ matchRate, isOneOff }: Scored): boolean => matchRate >= MIN_MATCH || (isOneOff && matchRate > 0);

/** Two that read every line cannot be passed by any that comes after them: the winner and the runner-up are known. */
function isDecided(scored: readonly Scored[], isForced: boolean): boolean {
  if (isForced && scored[0]!.matchRate < MIN_MATCH) return false;
  return (
    scored.at(-1)!.matchRate === 1 &&
    (isForced ? scored.length > 1 : scored.filter(({ matchRate }) => matchRate === 1).length > 1)
  );
}

const namesIn = (records: readonly Record<string, unknown>[], map: readonly MapRule[]): string[] =>
  map.flatMap(({ names }) => names).filter((name) => records.some((record) => valueAt(record, name) !== undefined));

interface Sample {
  readonly head: Uint8Array;
  readonly lines: readonly Span[];
  readonly glance: Glance;
}

function sampleLines(head: Uint8Array): Span[] {
  const spans: Span[] = [];
  let from = 0;
  while (from < head.length && spans.length < SAMPLE_LINES) {
    let to = head.indexOf(10, from);
    if (to < 0) to = head.length;
    const end = to > from && head[to - 1] === 13 ? to - 1 : to;
    let at = from;
    while (at < end && (head[at] === 32 || head[at] === 9 || head[at] === 0)) at += 1;
    if (at < end) spans.push([at, end]);
    from = to + 1;
  }
  return spans;
}

/** The sample as objects, when it looks like JSON lines. */
function jsonRecords(head: Uint8Array, lines: readonly Span[]): Record<string, unknown>[] {
  const braces = lines.filter(([from]) => head[from] === 123);
  if (braces.length * 2 < lines.length) return [];
  const records: Record<string, unknown>[] = [];
  for (const [from, to] of braces.slice(0, JSON_SAMPLE_RECORDS)) {
    try {
      const value: unknown = JSON.parse(new TextDecoder().decode(head.subarray(from, to)));
      if (isObject(value)) records.push(value);
    } catch {
      // A bad line is data: the scanner counts it.
    }
  }
  return records;
}

/** The same for `key=value` lines. */
function logfmtRecords(head: Uint8Array, lines: readonly Span[]): Record<string, unknown>[] {
  const decoder = new TextDecoder();
  const records: Record<string, unknown>[] = [];
  const some = lines.slice(0, JSON_SAMPLE_RECORDS);
  for (const [from, to] of some) {
    const record = logfmtRecord(decoder.decode(head.subarray(from, Math.min(to, from + MAX_PAIRS_BYTES))));
    if (record !== undefined) records.push(record);
  }
  return records.length * 2 < some.length ? [] : records;
}

/** Formats whose field map is made from the keys that the records have. */
const isGeneral = (id: string): boolean => id === 'json' || id === 'logfmt';

type Written = JsonLayout['written'];

const ownOf = ({ own = [] }: DetectOptions): Format[] => own.map(({ format }) => format);

/** A log that names its columns itself. */
const ownColumns = (head: Uint8Array, { logFormat }: DetectOptions): Candidate | undefined =>
  w3cLog(head, logFormat !== undefined && isW3cHeader(logFormat) ? logFormat.trim() : undefined)?.format;

/** A text format is compiled when it has to read a line: most logs can be told from most formats before. */
function* candidateFormats(
  records: readonly Record<string, unknown>[],
  written: Written,
  columns: Candidate | undefined,
  options: DetectOptions,
): Iterable<Candidate> {
  if (columns !== undefined) yield columns;
  if (records.length > 0) yield* jsonCandidates(records, written, options);
  else for (const format of formats) if (format.layout.kind !== 'json' && format.lastResort !== true) yield textCandidate(format);
}

/** Formats that say less of a line than others would: asked where none of those fits, and not named where they do not fit either. */
function lastResort(scored: readonly Scored[], sample: Sample): Scored[] {
  if (scored.some(({ matchRate }) => matchRate >= MIN_MATCH)) return [];
  return formats
    .filter((format) => format.lastResort === true)
    .map((format) => score(textCandidate(format), sample, false))
    .filter(({ matchRate }) => matchRate >= MIN_MATCH);
}

const textCandidate = ({ id, layout, stamped, bareTimes }: Format): Candidate => ({
  id,
  stamped,
  layout,
  ...(bareTimes === undefined ? {} : { bareTimes }),
  get program() {
    return compiled(layout);
  },
});

function jsonCandidates(records: readonly Record<string, unknown>[], written: Written, options: DetectOptions): Candidate[] {
  const { map } = options;
  return [...ownOf(options), ...formats].flatMap((format): Candidate[] => {
    const { layout } = format;
    if (layout.kind !== 'json' || layout.written !== written) return [];
    if (isGeneral(format.id)) return [generalFormat(format.id, layout, records, map)];
    // A mapped field is the user's word: only the general format takes it.
    const claims = map.length > 0 ? 0 : records.filter((record) => claimed(record, layout.needs)).length;
    return claims > 0 ? [{ id: format.id, program: compiled(layout), stamped: format.stamped, claims }] : [];
  });
}

function generalFormat(
  id: string,
  layout: JsonLayout,
  records: readonly Record<string, unknown>[],
  map: readonly MapRule[],
): Candidate {
  const { fields, stamped } = jsonFields(records, map);
  return { id, program: compileJson(fields, layout), stamped };
}

const claimed = (record: Record<string, unknown>, needs: readonly (readonly string[])[]): boolean =>
  needs.every((group) => group.some((need) => meets(record, need)));

/** Every JSON format reads every object. Those are left that claim what they read, and read as much as any other. */
function understanding(scored: readonly Scored[]): Scored[] {
  const honest = scored.filter(
    ({ candidate, requests }) => candidate.claims === undefined || candidate.claims * 10 >= requests * 9,
  );
  const most = Math.max(...honest.map(({ requests }) => requests));
  return honest.filter(({ requests }) => requests * 10 >= most * 9);
}

function forcedFormat(
  logFormat: string,
  records: readonly Record<string, unknown>[],
  columns: Candidate | undefined,
  options: DetectOptions,
): Candidate {
  const format = ownOf(options).find(({ id }) => id === logFormat) ?? formatById(logFormat);
  if (columns !== undefined && (isW3cHeader(logFormat) || format?.id === columns.id)) return columns;
  if (format !== undefined) {
    const { id, layout, stamped } = format;
    return isGeneral(id) && layout.kind === 'json'
      ? generalFormat(id, layout, records, options.map)
      : { id, program: compiled(layout), stamped };
  }
  if (isW3cHeader(logFormat))
    return forcedFormat(logFormat.includes('x-edge-location') ? 'cloudfront' : 'w3c', records, columns, options);
  const pasted = compilePasted(logFormat);
  if (pasted === undefined) throw unknownFormat(logFormat, ownOf(options));
  return { id: 'pasted', ...pasted };
}

/** A format that reads the lines as something else than they are does not fit, however many it reads. */
function score(candidate: Candidate, sample: Sample, isForced: boolean): Scored {
  const scored = { candidate, ...matchRate(candidate, sample) };
  if (!fits(scored)) return scored;
  const { program } = candidate;
  const { head, lines } = sample;
  if (program.kind === 'json') {
    return scored.requests === 0 && !canBeRequest(program) ? { ...scored, matchRate: 0 } : scored;
  }
  const why = isForced
    ? undefined
    : misreading(program, head, lines.slice(0, MISREAD_LINES), names, candidate.bareTimes === true);
  return why === undefined ? scored : { ...scored, matchRate: 0, why: `"${candidate.id}" would read it, but ${why}` };
}

/** A minute in ms is an eternity, and in us a usual time; nothing but zeros are seconds. */
const LONGEST_MEDIAN_US = 60_000_000;

function isWrongUnit(program: Program, head: Uint8Array, lines: readonly Span[]): boolean {
  const durations: number[] = [];
  const scanner = new FileScanner({ program, stamped: 'start', batchRows: SAMPLE_ROWS }, names, ({ durationUs, rows }) => {
    durations.push(...durationUs.subarray(0, rows).filter((duration) => duration >= 0));
  });
  scanner.scan(head, lines[0]![0], lines.at(-1)![1], 0);
  durations.sort((a, b) => a - b);
  const zeros = durations.filter((duration) => duration === 0).length;
  return (durations[durations.length >> 1] ?? 0) > LONGEST_MEDIAN_US || zeros * 10 > durations.length * 9;
}

const withoutUnit = (program: Program): Program => ({
  ...program,
  fields: program.fields.map((field) => (field.slot === 'duration' ? { ...field, as: 'duration-unit' } : field)),
});

const canBeRequest = ({ fields }: Program): boolean => {
  const has = (slot: Field['slot']): boolean => fields.some((field) => field.slot === slot);
  return has('time') && (has('request') || (has('method') && (has('target') || has('path'))));
};

/** Share of the sample lines that are read, and the requests among the first of them. */
function matchRate(candidate: Candidate, { head, lines, glance }: Sample): Pick<Scored, 'matchRate' | 'requests' | 'isOneOff'> {
  if (glance.readsNothing(candidate)) return { matchRate: 0, requests: 0, isOneOff: false };
  const { program } = candidate;
  const scanner = new FileScanner({ program, stamped: 'unknown', batchRows: SAMPLE_ROWS }, names, () => undefined);
  const { counts } = scanner;
  scanner.scan(head, lines[0]![0], lines[Math.min(lines.length, JSON_SAMPLE_RECORDS) - 1]![1], 0);
  const requests = counts.parsed - counts.notRequests;
  const rest = lines[JSON_SAMPLE_RECORDS];
  if (rest !== undefined) scanner.scan(head, rest[0], lines.at(-1)![1], 0);
  const { parsed, rejected } = counts;
  // Nothing but the lines of another log that may stand among the requests: then it is that other log.
  const isOneOff = rejected === 1 && requests >= 2;
  return { matchRate: parsed === scanner.otherLogLines ? 0 : parsed / (parsed + rejected), requests, isOneOff };
}

interface Failure {
  readonly at: number;
  readonly span: Span;
  readonly expected: string;
}

/** The first line that a format does not read, and where; undefined when it reads all. */
function firstFailure(program: Program, head: Uint8Array, lines: readonly Span[]): Failure | undefined {
  const scanner = new FileScanner({ program, stamped: 'unknown', batchRows: SAMPLE_ROWS }, names, () => undefined);
  const { counts, capture } = scanner;
  const span = lines.find(([from, to]) => {
    const before = counts.rejected;
    scanner.scan(head, from, to, 0);
    return counts.rejected > before;
  });
  if (span === undefined) return undefined;
  if (counts.rejects.has('shape')) return { at: capture.failedAt, span, expected: capture.expected };
  const [slot, expected] = counts.rejects.has('time')
    ? [slotIndex.time, 'expected a time']
    : [slotIndex.status, 'expected a status of three digits'];
  return { at: capture.field[slot]! < 0 || capture.source !== undefined ? span[0] : capture.from[slot]!, span, expected };
}

/** When nothing is read, the format that comes furthest into its first bad line is the likeliest. */
function likeliest(ranked: readonly Scored[], head: Uint8Array, lines: readonly Span[]): Scored | undefined {
  const reach = ({ candidate }: Scored): number => {
    const failure = firstFailure(candidate.program, head, lines.slice(0, 1));
    return failure === undefined ? 0 : failure.at - failure.span[0];
  };
  const reached = ranked.map((one) => ({ one, bytes: reach(one) }));
  return reached.sort((a, b) => b.bytes - a.bytes)[0]?.one;
}

/** The first line that is not read; the first of all where that is none, since something else is wrong with them. */
function placeOf(name: string, program: Program | undefined, head: Uint8Array, lines: readonly Span[]): ErrorPlace {
  const failure = program === undefined ? undefined : firstFailure(program, head, lines);
  if (failure === undefined)
    return { file: name, line: 1, text: door.excerpt(head, lines[0]![0], lines[0]![1], lines[0]![0]).text };
  const { span, at, expected } = failure;
  const { text, column } = door.excerpt(head, span[0], span[1], at);
  let line = 1;
  for (let byte = 0; byte < span[0]; byte += 1) if (head[byte] === 10) line += 1;
  return { file: name, line, text, column, expected };
}

const USUAL: readonly (readonly [string, readonly Field['slot'][]])[] = [
  ['time', ['time']],
  ['method', ['method', 'request']],
  ['path', ['target', 'path', 'request']],
];

/** What a request needs and no field of the records seems to hold. */
function missingFields(records: readonly Record<string, unknown>[], map: readonly MapRule[]): string {
  const found = new Set(Object.values(jsonFields(records, map).fields).map(({ slot }) => slot));
  const missing = USUAL.filter(([, slots]) => !slots.some((slot) => found.has(slot))).map(([word]) => word);
  if (missing.length === 0) return 'none of its JSON records could be read as a request';
  return `none of its JSON records has a usual name for ${missing.join(', ').replace(/, (\w+)$/, ' and $1')}`;
}

const mapHelp = (records: readonly Record<string, unknown>[]): { help?: string } => {
  const keys = door.fieldNames(recordKeys(records).keys()).slice(0, 24);
  if (keys.length === 0) return {};
  return {
    help: `Map its fields: --map time=NAME --map method=NAME --map path=NAME --map status=NAME. Fields here: ${keys.join(', ')}.`,
  };
};

function misfit(
  name: string,
  head: Uint8Array,
  lines: readonly Span[],
  records: readonly Record<string, unknown>[],
  best: Scored | undefined,
  ranked: readonly Scored[],
  { logFormat, map }: DetectOptions,
): TokenTaxError {
  const percent = (rate: number): string => `${Math.floor(rate * 1000) / 10}%`;
  if (logFormat !== undefined) {
    const winner = ranked.find(({ matchRate }) => matchRate >= MIN_MATCH);
    const isJson = isGeneral(best?.candidate.id ?? '') && best?.matchRate === 0;
    return new TokenTaxError('FORMAT_MISMATCH', `cannot read ${name} as "${best?.candidate.id ?? logFormat}"`, {
      place: placeOf(name, best?.candidate.program, head, lines),
      why:
        winner !== undefined
          ? `${percent(winner.matchRate)} of the first ${lines.length} lines match "${winner.candidate.id}" instead`
          : isJson && records.length > 0
            ? missingFields(records, map)
            : `it fits ${percent(best?.matchRate ?? 0)} of the first ${lines.length} lines, and no other format fits either`,
      ...(winner !== undefined
        ? { help: `Drop --log-format, or use --log-format ${winner.candidate.id}.` }
        : isJson
          ? mapHelp(records)
          : {}),
    });
  }
  const misread = ranked.find(({ why }) => why !== undefined);
  const texts = lines.map(([from, to]) => new TextDecoder().decode(head.subarray(from, Math.min(to, from + STRANGER_BYTES))));
  const stranger = strangerIn(texts, records);
  if (stranger !== undefined)
    return new TokenTaxError('NO_FORMAT_FITS', `no known log format fits ${name}`, {
      place: placeOf(name, undefined, head, lines),
      why: stranger,
    });
  const reads = best !== undefined && best.matchRate > 0;
  const refused = reads || records.length > 0 || misread !== undefined ? undefined : whyUnreadable(texts);
  const nearest = reads ? best : (misread ?? likeliest(ranked, head, lines));
  return new TokenTaxError('NO_FORMAT_FITS', `no known log format fits ${name}`, {
    place: placeOf(name, nearest?.candidate.program, head, lines),
    why: reads
      ? `the nearest, "${best.candidate.id}", reads ${percent(best.matchRate)} of the first ${lines.length} lines; 90% are needed`
      : records.length > 0
        ? missingFields(records, map)
        : (misread?.why ?? refused?.why ?? 'no line of it could be read'),
    ...(refused === undefined ? mapHelp(records) : { help: refused.help }),
  });
}

/** True when the sample holds requests that a format should have read, so that passing the file over would lose something. */
export function looksLikeAccessLog(head: Uint8Array): boolean {
  const text = new TextDecoder().decode(head.subarray(0, 64 * 1024));
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[\w+\] /.test(line)).length;
  if (errors * 2 > lines.length) return false;
  return lines.some((line) => /\bHTTP\/\d|"(?:method|request_method|verb)"\s*:|\b(?:GET|POST) \//.test(line));
}
