/** Reads one line with the real scanner and writes down what it found in the words of the samples (`Expected`). */
import { cacheWords, methods, NO_ID, type RequestBatch } from '../../src/events/request-batch.js';
import { compile, compileJson } from '../../src/formats/compile.js';
import { type Expected, type Format, type Slot, slotIndex } from '../../src/formats/define.js';
import { jsonFields } from '../../src/formats/json-fields.js';
import type { Program } from '../../src/formats/program.js';
import type { Capture } from '../../src/scan/capture.js';
import { Dictionary } from '../../src/scan/dictionary.js';
import * as door from '../../src/scan/door.js';
import { FileScanner } from '../../src/scan/file-scanner.js';
import { isMissing } from '../../src/scan/numbers.js';

/** The program for a line of this format. The map of `json` is made from the keys that the line has. */
const programOf = (format: Format, line: string): { program: Program; stamped: Format['stamped'] } => {
  if (format.id !== 'json') return { program: compile(format.layout), stamped: format.stamped };
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line);
  } catch {
    record = {};
  }
  const { fields, stamped } = jsonFields([record], []);
  return { program: compileJson(fields), stamped };
};

/** What the columns and the captured spans say. A key is absent where the record says nothing. */
export const read = (format: Format, line: string): Expected => {
  const { program, stamped } = programOf(format, line);
  const bytes = new TextEncoder().encode(line);
  let found: Expected = { skip: 'invalid' };
  const scanner = new FileScanner({ program, stamped }, new Dictionary([], []), (batch) => {
    found = record(batch, scanner.capture, bytes, program, stamped);
  });
  scanner.scan(bytes, 0, bytes.length, 0);
  return scanner.counts.notRequests === 1 ? { skip: 'no-request' } : found;
};

const record = (
  batch: RequestBatch,
  capture: Capture,
  bytes: Uint8Array,
  program: Program,
  stamped: Format['stamped'],
): Expected => {
  const escapes = program.kind === 'text' ? 'text' : 'json';
  const text = (slot: Slot): string | undefined => {
    const at = slotIndex[slot];
    const [from, to] = [capture.from[at]!, capture.to[at]!];
    return capture.field[at]! < 0 || isMissing(bytes, from, to) ? undefined : door.rawText(bytes, from, to, escapes);
  };
  const target = (text('request')
    ?.replace(/^\S+ /, '')
    .replace(/ HTTP\/[\d.]+$/, '') ??
    text('target') ??
    text('path'))!;
  const { path, query, host } = door.cutQuery(target);
  const [startUs, durationUs, upstreamUs] = [batch.startUs[0]!, batch.durationUs[0]!, batch.upstreamUs[0]!];
  const endUs = stamped !== 'start' && durationUs > 0 ? startUs + durationUs : startUs;
  const [status, sent, node] = [batch.status[0]!, batch.bytes[0]!, batch.node[0]!];
  const cache = cacheWords[batch.cache[0]!]!;
  return withoutHoles({
    time: endUs / 1000,
    timeAt: stamped === 'unknown' ? undefined : stamped,
    method: methods[batch.method[0]!],
    path,
    query: query || text('query'),
    host: (text('host') ?? host)?.toLowerCase(),
    status: status === 0 ? undefined : status,
    bytes: sent < 0 ? undefined : sent,
    durationMs: durationUs < 0 ? undefined : durationUs / 1000,
    upstreamMs: upstreamUs < 0 ? undefined : upstreamUs / 1000,
    upstreamAddr: text('upstreamAddr')
      ?.split(/, | : /)
      .at(-1),
    client: text('client')?.replace(/^\[([^\]]+)\](?::\d+)?$/, '$1'),
    identity: text('clientId') ?? text('identity'),
    userAgent: text('userAgent'),
    requestId: text('requestId'),
    traceId: text('traceId'),
    cache: cache === 'none' ? undefined : cache,
    node: node === NO_ID ? undefined : batch.names.nodes[node],
  });
};

const withoutHoles = (found: { [K in keyof Expected]: Expected[K] | undefined }): Expected =>
  Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as Expected;
