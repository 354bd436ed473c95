/**
 * What the fuzzer runs, and what must hold of each: nothing but a TokenTaxError is thrown, lines add up, both engines of the scanner
 * say the same, and no secret comes out. Bundled by scripts/fuzz.mjs.
 */
import { isDeepStrictEqual } from 'node:util';
import { TokenTaxError } from '../src/errors.ts';
import { parseTimeBound } from '../src/events/time-bound.ts';
import { parseWhere } from '../src/events/where.ts';
import { compile } from '../src/formats/compile.ts';
import { formats } from '../src/formats/index.ts';
import { parseMapRule } from '../src/formats/json-fields.ts';
import { compilePasted } from '../src/formats/pasted.ts';
import { expand, parsePattern } from '../src/formats/pattern.ts';
import { redactPath, redactText } from '../src/redact/index.ts';
import { detect } from '../src/scan/detect.ts';
import { Dictionary } from '../src/scan/dictionary.ts';
import { FileScanner } from '../src/scan/file-scanner.ts';
import { DocumentReader, documentKind } from '../src/scan/framing/documents.ts';
import { Unwrapper, wrappersOf } from '../src/scan/framing/unwrap.ts';
import { Kernel } from '../src/scan/kernel/kernel.ts';
import { RecordReader } from '../src/scan/record.ts';
import { rejectedText } from '../src/scan/rejected.ts';
import { zoneShift } from '../src/scan/zones.ts';

export { formats };
export const SECRET = 'zq9MARKERzq9zq9zq9zq9zq9';

const kernel = new Kernel();
const columns = [
  ...['startUs', 'durationUs', 'upstreamUs', 'status', 'bytes', 'method', 'cache', 'route', 'node', 'agent', 'caller'],
  ...['lifetimeMs', 'offset', 'line'],
];

class Broken extends Error {}
const must = (holds, what) => {
  if (!holds) throw new Broken(what);
};
const noSecret = (where, value) =>
  must(!JSON.stringify(value ?? '').includes('MARKER'), `a secret left by ${where}: ${JSON.stringify(value).slice(0, 400)}`);

/** What a user did wrong is told as such. */
const expected = (work, ...args) => {
  try {
    return work(...args);
  } catch (error) {
    if (error instanceof TokenTaxError && error.code !== 'INTERNAL') {
      noSecret('an error', [error.place, error.why]);
      return undefined;
    }
    throw error;
  }
};

/** At 0 of its own memory, with room behind it, as the readers of files hand it over. */
const padded = (bytes) => {
  const all = Buffer.from(new ArrayBuffer((bytes.length + 64 + 7) & ~7));
  bytes.copy(all);
  return all;
};

const linesIn = (bytes) => {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1;
  return lines + (bytes.length > 0 && bytes.at(-1) !== 10 ? 1 : 0);
};

function scan(program, stamped, bytes, engine) {
  const names = new Dictionary([], []);
  const rows = [];
  const excerpts = [];
  const onReject = (reject) => excerpts.push([reject.line, reject.offset, reject.reason, rejectedText(reject)]);
  const scanner = new FileScanner({ program, stamped, kernel: engine, onReject }, names, (batch) => {
    for (let row = 0; row < batch.rows; row += 1) rows.push(columns.map((column) => batch[column][row]));
  });
  scanner.scan(padded(bytes), 0, bytes.length, 0);
  const { rejects, ...counts } = scanner.counts;
  must(counts.read === counts.parsed + counts.rejected + counts.blank, 'lines do not add up');
  must(counts.read === linesIn(bytes), `${counts.read} lines were read of ${linesIn(bytes)}`);
  must(counts.rejected === excerpts.length, 'rejected lines are not told');
  return {
    counts,
    rejects: [...rejects.values()],
    rows,
    excerpts,
    names: [names.routes, names.nodes, names.agents, names.callers],
  };
}

const programs = new Map();
const programOf = (format) => {
  if (!programs.has(format.id)) programs.set(format.id, compile(format.layout));
  return programs.get(format.id);
};

function records(program, stamped, bytes) {
  const reader = new RecordReader({ program, stamped, file: 'a.log' });
  const all = padded(bytes);
  for (let at = 0; at < bytes.length; ) {
    const next = reader.line(all, at, bytes.length, at, (record) => noSecret('a record', record));
    must(next > at, 'reading does not go on');
    at = next;
  }
  return reader.counts;
}

/** One format reads lines, with both engines and as records. */
function scanner(bytes, format) {
  const program = programOf(format);
  const slow = scan(program, format.stamped, bytes, undefined);
  const fast = scan(program, format.stamped, bytes, kernel);
  must(
    isDeepStrictEqual(slow, fast),
    `the engines differ for ${format.id}: ${JSON.stringify(slow).slice(0, 600)} and ${JSON.stringify(fast).slice(0, 600)}`,
  );
  noSecret('a name', slow.names);
  noSecret('an excerpt', slow.excerpts);
  const { parsed, rejected } = records(program, format.stamped, bytes);
  must(parsed === slow.counts.parsed && rejected === slow.counts.rejected, 'records are counted in another way');
}

/** Wrappers, documents and detection, as a file goes through them. */
function file(bytes) {
  const head = padded(bytes).subarray(0, bytes.length);
  const kind = documentKind(head);
  const block = { bytes: padded(bytes), start: 0, end: bytes.length, offset: 0, overlongBytes: 0 };
  const inner = [];
  if (kind !== undefined) {
    const reader = new DocumentReader(kind);
    for (const one of [reader.block(block), reader.end()]) inner.push(Buffer.from(one.bytes.subarray(0, one.end)));
  } else {
    const unwrapper = new Unwrapper(wrappersOf(head));
    let joined = 0;
    const take = (one) => {
      joined += one.places.joined + (one.overlongBytes > 0 ? 1 : 0);
      inner.push(Buffer.from(one.bytes.subarray(one.start, one.end)));
    };
    for (const one of unwrapper.block(block)) take(one);
    for (const one of unwrapper.end()) take(one);
    const seen = inner.reduce((sum, part) => sum + linesIn(part), 0);
    must(seen + joined === linesIn(bytes), `${seen} inner lines and ${joined} joined ones of ${linesIn(bytes)}`);
  }
  const lines = Buffer.concat(inner);
  const detected = expected(detect, 'a.log', lines, { logFormat: undefined, map: [], timeStamps: undefined });
  if (detected !== undefined) records(detected.program, detected.stamped, lines);
}

const utc = zoneShift('UTC');
const settings = (text) => {
  expected(parseWhere, text);
  expected(compilePasted, text);
  expected(parseTimeBound, '--since', text, utc);
  expected(parseMapRule, text);
  expected(zoneShift, text);
};

function redactor(text) {
  for (const redact of [redactText, redactPath]) {
    const once = redact(text);
    noSecret(redact.name, once);
    const twice = redact(once);
    noSecret(`${redact.name} twice`, twice);
  }
}

export const targets = {
  scanner: { run: (input, format) => scanner(input, format), hasSecret: true },
  file: { run: (input) => file(input), hasSecret: true },
  settings: { run: (input) => settings(input.toString('utf8')), hasSecret: false },
  redactor: { run: (input) => redactor(input.toString('utf8')), hasSecret: true },
};

/** Lines from the definition of a format: its words, and any value in the place of each field. */
export function grammarLine(format, random, value) {
  const { layout } = format;
  const patterns = layout.kind === 'patterns' ? layout.patterns : layout.kind === 'template' ? [layout.template] : [];
  if (patterns.length === 0) return undefined;
  const ways = expand(parsePattern(patterns[random(patterns.length)], layout.fields ?? {}));
  const parts = Array.isArray(ways[0]) ? ways[random(ways.length)] : ways;
  return parts.map((part) => (part.kind === 'text' ? part.text : value(part))).join('');
}
