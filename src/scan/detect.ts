/** Finds the format of an input from its first lines: every format reads them for real, the one that reads most of them wins. */
import { TokenTaxError } from '../errors.js';
import { compile, compileJson } from '../formats/compile.js';
import type { Format } from '../formats/define.js';
import { formatById, formats } from '../formats/index.js';
import { jsonFields, type MapRule, meets, recordKeys } from '../formats/json-fields.js';
import { compilePasted } from '../formats/pasted.js';
import type { Program } from '../formats/program.js';
import { Dictionary } from './dictionary.js';
import * as door from './door.js';
import { FileScanner } from './file-scanner.js';
import { unknownFormat } from './unknown-format.js';

/** Below this share of the lines a format does not fit. */
export const MIN_MATCH = 0.9;
const SAMPLE_LINES = 1000;
const JSON_SAMPLE_RECORDS = 200;

export interface Detected {
  readonly format: string;
  readonly detected: boolean;
  readonly program: Program;
  readonly stamped: Format['stamped'];
  readonly matchRate: number;
  readonly runnerUp: { readonly format: string; readonly matchRate: number } | null;
}

export interface DetectOptions {
  /** Id of a format, or a pasted log_format string. */
  readonly logFormat: string | undefined;
  readonly map: readonly MapRule[];
  readonly timeStamps: 'start' | 'end' | undefined;
}

interface Candidate {
  readonly id: string;
  readonly program: Program;
  readonly stamped: Format['stamped'];
  /** Records that look like this format and no other; undefined where any may. */
  readonly claims?: number;
}

interface Scored {
  readonly candidate: Candidate;
  readonly matchRate: number;
  /** Requests in the first records: what a format understands of a log that holds other things too. */
  readonly requests: number;
}

/** undefined: no line to judge by. Throws FORMAT_MISMATCH or NO_FORMAT_FITS with the first line that does not fit. */
export function detect(name: string, head: Uint8Array, options: DetectOptions): Detected | undefined {
  const lines = sampleLines(head);
  if (lines.length === 0) return undefined;
  const records = jsonRecords(head, lines);
  const forced = options.logFormat === undefined ? undefined : forcedFormat(options.logFormat, records, options);
  const candidates = candidateFormats(records, options).filter(({ id }) => id !== forced?.id);
  const scored = (forced === undefined ? candidates : [forced, ...candidates]).map((candidate) => ({
    candidate,
    ...matchRate(candidate.program, head, lines),
  }));
  const understood = records.length === 0 ? scored : understanding(scored);
  const ranked = [...understood].sort((a, b) => b.matchRate - a.matchRate);
  const best = forced === undefined ? ranked[0] : scored[0];
  if (best === undefined || best.matchRate < MIN_MATCH) throw misfit(name, head, lines, records, best, ranked, options);
  const second = ranked.find(({ candidate, matchRate }) => candidate.id !== best.candidate.id && matchRate > 0);
  return {
    format: best.candidate.id,
    detected: forced === undefined,
    program: best.candidate.program,
    stamped: options.timeStamps ?? best.candidate.stamped,
    matchRate: best.matchRate,
    runnerUp: second === undefined ? null : { format: second.candidate.id, matchRate: Math.round(second.matchRate * 1e6) / 1e6 },
  };
}

type Span = readonly [from: number, to: number];

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
      if (value !== null && typeof value === 'object' && !Array.isArray(value)) records.push(value as Record<string, unknown>);
    } catch {
      // A bad line is data: the scanner counts it.
    }
  }
  return records;
}

function candidateFormats(records: readonly Record<string, unknown>[], options: DetectOptions): Candidate[] {
  if (records.length > 0) return jsonCandidates(records, options);
  return formats.flatMap((format): Candidate[] =>
    format.layout.kind === 'json' ? [] : [{ id: format.id, program: compile(format.layout), stamped: format.stamped }],
  );
}

function jsonCandidates(records: readonly Record<string, unknown>[], { map }: DetectOptions): Candidate[] {
  return formats.flatMap((format): Candidate[] => {
    if (format.layout.kind !== 'json') return [];
    if (format.id === 'json') {
      const { fields, stamped } = jsonFields(records, map);
      return [{ id: 'json', program: compileJson(fields), stamped }];
    }
    // A mapped field is the user's word: only the general format takes it.
    const { layout } = format;
    const claims = map.length > 0 ? 0 : records.filter((record) => claimed(record, layout.needs)).length;
    return claims > 0 ? [{ id: format.id, program: compile(layout), stamped: format.stamped, claims }] : [];
  });
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

function forcedFormat(logFormat: string, records: readonly Record<string, unknown>[], options: DetectOptions): Candidate {
  const format = formatById(logFormat);
  if (format !== undefined) {
    if (format.id !== 'json') return { id: format.id, program: compile(format.layout), stamped: format.stamped };
    const { fields, stamped } = jsonFields(records, options.map);
    return { id: 'json', program: compileJson(fields), stamped };
  }
  const pasted = compilePasted(logFormat);
  if (pasted === undefined) throw unknownFormat(logFormat);
  return { id: 'pasted', ...pasted };
}

/** Share of the sample lines that are read, and the requests among the first of them. */
function matchRate(program: Program, head: Uint8Array, lines: readonly Span[]): { matchRate: number; requests: number } {
  const scanner = new FileScanner({ program, stamped: 'unknown' }, new Dictionary([], []), () => undefined);
  const { counts } = scanner;
  scanner.scan(head, lines[0]![0], lines[Math.min(lines.length, JSON_SAMPLE_RECORDS) - 1]![1], 0);
  const requests = counts.parsed - counts.notRequests;
  const rest = lines[JSON_SAMPLE_RECORDS];
  if (rest !== undefined) scanner.scan(head, rest[0], lines.at(-1)![1], 0);
  const { parsed, rejected } = counts;
  return { matchRate: parsed + rejected === 0 ? 0 : parsed / (parsed + rejected), requests };
}

function firstFailure(
  program: Program,
  head: Uint8Array,
  lines: readonly Span[],
): { line: number; at: number; span: Span; expected: string } {
  const scanner = new FileScanner({ program, stamped: 'unknown' }, new Dictionary([], []), () => undefined);
  let failed = lines[0]!;
  for (const span of lines) {
    const before = scanner.counts.rejected;
    scanner.scan(head, span[0], span[1], 0);
    if (scanner.counts.rejected > before) {
      failed = span;
      break;
    }
  }
  const shape = scanner.counts.rejects.has('shape');
  let line = 1;
  for (let at = 0; at < failed[0]; at += 1) if (head[at] === 10) line += 1;
  return {
    line,
    at: shape ? scanner.capture.failedAt : failed[0],
    span: failed,
    expected: shape
      ? scanner.capture.expected
      : scanner.counts.rejects.has('time')
        ? 'has no time that can be read'
        : 'has a status that is no number',
  };
}

function misfit(
  name: string,
  head: Uint8Array,
  lines: readonly Span[],
  records: readonly Record<string, unknown>[],
  best: Scored | undefined,
  ranked: readonly Scored[],
  { logFormat }: DetectOptions,
): TokenTaxError {
  const tried = best?.candidate ?? ranked[0]?.candidate;
  const failure = tried === undefined ? undefined : firstFailure(tried.program, head, lines);
  const shown = failure === undefined ? undefined : door.excerpt(head, failure.span[0], failure.span[1], failure.at);
  const place =
    failure === undefined || shown === undefined
      ? { file: name }
      : { file: name, line: failure.line, text: shown.text, column: shown.column, expected: failure.expected };
  const percent = (rate: number): string => `${Math.floor(rate * 1000) / 10}%`;
  const winner = ranked.find(({ matchRate }) => matchRate >= MIN_MATCH);
  if (logFormat !== undefined) {
    return new TokenTaxError('FORMAT_MISMATCH', `cannot read ${name} as "${tried?.id ?? logFormat}"`, {
      place,
      why:
        winner === undefined
          ? `it fits ${percent(best?.matchRate ?? 0)} of the first ${lines.length} lines, and no other format fits either`
          : `${percent(winner.matchRate)} of the first ${lines.length} lines match "${winner.candidate.id}" instead`,
      ...(winner === undefined ? {} : { help: `Drop --log-format, or use --log-format ${winner.candidate.id}.` }),
    });
  }
  const keys = [...recordKeys(records).keys()].slice(0, 24);
  return new TokenTaxError('NO_FORMAT_FITS', `no known log format fits ${name}`, {
    place,
    why:
      best === undefined || best.matchRate === 0
        ? records.length > 0
          ? 'its JSON records have no fields with usual names for time, method, path and status'
          : 'no line of it could be read'
        : `the nearest, "${best.candidate.id}", reads ${percent(best.matchRate)} of the first ${lines.length} lines; 90% are needed`,
    ...(keys.length > 0
      ? {
          help: `Map its fields: --map time=NAME --map method=NAME --map path=NAME --map status=NAME. Fields here: ${keys.join(', ')}.`,
        }
      : {}),
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
