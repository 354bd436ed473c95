/** Every record of some inputs, in the order of files and lines, a few at a time: memory does not grow with the input. */
import { TokenTaxError } from '../errors.js';
import { type MapRule, parseMapRule } from '../formats/json-fields.js';
import { findInputs, type InputSource, openInput } from '../input/index.js';
import { redactText } from '../redact/index.js';
import { type Detected, type DetectOptions, detect, looksLikeAccessLog } from './detect.js';
import type { ScanCounts } from './file-scanner.js';
import { countJoined, UnwrappedInput } from './framing/unwrap.js';
import type { OwnFormat } from './own-formats.js';
import { type FilledRecord, RecordReader } from './record.js';
import { type Reject, type RejectedLine, rejectedText } from './rejected.js';
import { zoneShift } from './zones.js';

export interface ReadOptions {
  /** Files, folders, globs, `-`. */
  readonly inputs: readonly string[];
  readonly cwd: string;
  readonly logFormat?: string | undefined;
  readonly map?: readonly string[] | undefined;
  readonly timeStamps?: 'start' | 'end' | undefined;
  readonly tz?: string | undefined;
  /** Formats of the user, besides ours. */
  readonly own?: readonly OwnFormat[] | (() => Promise<readonly OwnFormat[]>) | undefined;
  /** Is told of lines that could not be read. */
  readonly onRejected?: ((line: RejectedLine) => void) | undefined;
  readonly stdin?: NodeJS.ReadableStream | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of one input. */
export interface FileReport {
  readonly name: string;
  readonly counts: ScanCounts | undefined;
  /** The file could not be read, or not to its end. */
  readonly error: TokenTaxError | undefined;
  /** Found in a folder, and no access log. */
  readonly passedOver: boolean;
}

const HEAD_BYTES = 256 * 1024;
/** So many records are handed on at once. */
const CHUNK = 256;

export const detectOptionsOf = async ({ logFormat, map, timeStamps, own = [] }: ReadOptions): Promise<DetectOptions> => ({
  logFormat,
  map: (map ?? []).map((text): MapRule => parseMapRule(text)),
  timeStamps,
  own: typeof own === 'function' ? await own() : own,
});

export const recordReader = (
  { program, stamped }: Detected,
  file: string,
  tz: string | undefined,
  onReject?: (reject: Reject) => void,
): RecordReader =>
  new RecordReader({ program, stamped, file, onReject, ...(tz === undefined ? {} : { zoneShift: zoneShift(tz) }) });

/** A format that was forced and does not fit is a wrong request, not a bad file. */
const isWrongRequest = ({ code }: TokenTaxError): boolean =>
  code === 'FORMAT_MISMATCH' || code === 'UNKNOWN_FORMAT' || code === 'BAD_TEMPLATE' || code === 'BAD_OPTION';

const isMisfit = ({ code }: TokenTaxError): boolean => code === 'NO_FORMAT_FITS' || code === 'FORMAT_MISMATCH';

/**
 * Yields the records of all inputs and tells of each file when it is done. Throws where the request is wrong, or nothing at all could
 * be read; a file that fails among good ones is told of in its report.
 */
export async function* readRecords(
  options: ReadOptions,
  onFile: (report: FileReport) => void,
): AsyncGenerator<readonly FilledRecord[]> {
  const detectOptions = await detectOptionsOf(options);
  if (options.tz !== undefined) zoneShift(options.tz);
  const { sources, problems } = await findInputs(options.inputs, options.cwd);
  let firstError: TokenTaxError | undefined;
  let readable = 0;
  const done = (report: FileReport): void => {
    firstError ??= report.error;
    if (report.error === undefined || (report.counts?.parsed ?? 0) > 0) readable += 1;
    onFile(report);
  };
  for (const { name, error } of problems) done({ name, counts: undefined, error, passedOver: false });
  for (const source of sources) yield* readSource(source, detectOptions, options, done);
  if (readable === 0 && firstError !== undefined) throw firstError;
}

async function* readSource(
  source: InputSource,
  detectOptions: DetectOptions,
  { tz, stdin, signal, onRejected }: ReadOptions,
  done: (report: FileReport) => void,
): AsyncGenerator<readonly FilledRecord[]> {
  const { name } = source;
  const opened = openInput(source, {
    ...(signal === undefined ? {} : { signal }),
    ...(stdin === undefined ? {} : { stdin: stdin as never }),
  });
  const input = new UnwrappedInput(opened, detectOptions);
  let reader: RecordReader | undefined;
  let records: FilledRecord[] = [];
  let line: number | undefined;
  let offset: number | undefined;
  const rejected = (reject: Reject): void => {
    const where = { file: name, line: line ?? reject.line + 1, byte: offset ?? reject.offset };
    onRejected?.({ ...where, reason: reject.reason, text: rejectedText(reject) });
  };
  let writer: string | undefined;
  const add = (record: FilledRecord): void => {
    if (line === undefined) records.push(record);
    else records.push({ ...record, line, node: record.node ?? (writer === undefined ? undefined : redactText(writer)) });
  };
  try {
    const head = await input.head(HEAD_BYTES);
    const detected = detectOrPassOver(source, head.bytes, detectOptions);
    if (detected === 'no log') return done({ name, counts: undefined, error: undefined, passedOver: true });
    if (detected === undefined) {
      const error = new TokenTaxError('NO_FORMAT_FITS', `no line of ${name} could be judged`, { place: { file: name } });
      return done({ name, counts: undefined, error: head.complete ? undefined : error, passedOver: false });
    }
    reader = recordReader(detected, name, tz, onRejected === undefined ? undefined : rejected);
    for await (const block of input.blocks()) {
      const { bytes, start, end, offset: blockOffset, overlongBytes } = block;
      const places = input.placesOf(block, reader.counts.read);
      line = places === undefined ? undefined : (places.lines[0] ?? 0) + 1;
      offset = places?.offsets[0];
      if (overlongBytes > 0) reader.tooLong(blockOffset);
      for (let at = start, row = 0; at < end; row += 1) {
        if (places !== undefined) [line, offset, writer] = [places.lines[row]! + 1, places.offsets[row], places.writers?.[row]];
        at = reader.line(bytes, at, end, blockOffset + at - start, add);
        if (records.length < CHUNK) continue;
        yield records;
        records = [];
      }
      if (places !== undefined) countJoined(reader.counts, places);
    }
    if (records.length > 0) yield records;
    done({ name, counts: reader.counts, error: undefined, passedOver: false });
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof TokenTaxError) || isWrongRequest(error)) throw error;
    if (records.length > 0) yield records;
    done({ name, counts: reader?.counts, error, passedOver: false });
  } finally {
    input.close();
  }
}

function detectOrPassOver(source: InputSource, head: Uint8Array, options: DetectOptions): Detected | 'no log' | undefined {
  try {
    return detect(source.name, head, options);
  } catch (error) {
    if (!source.named && error instanceof TokenTaxError && isMisfit(error) && !looksLikeAccessLog(head)) return 'no log';
    throw error;
  }
}
