/**
 * Reads inputs into a part: what the main thread and a worker thread do alike. The unit is a range of a file, in every run and whatever
 * its threads: each is read by a scanner that knows nothing of the one before it, and what is said of a file is put together from its
 * ranges in their order. So the same lines give the same result, whoever reads them.
 */
import { JoinLog, MAX_JOINED } from './analysis/join-log.js';
import type { ReadPart } from './analysis/merge.js';
import { AnalysisPart } from './analysis/part.js';
import { TokenTaxError } from './errors.js';
import { parseEndpointPattern } from './events/pattern.js';
import type { RequestBatch } from './events/request-batch.js';
import { RowFilter } from './events/row-filter.js';
import { parseWhere } from './events/where.js';
import type { Format } from './formats/define.js';
import type { Program } from './formats/program.js';
import { type InputSource, type LineBlock, openInput, rangeBlocks } from './input/index.js';
import { redactText } from './redact/index.js';
import { CredentialSearch, type CredentialTally } from './scan/credentials.js';
import { Dictionary } from './scan/dictionary.js';
import { FileScanner, type ScanCounts } from './scan/file-scanner.js';
import { type InnerLines, RangeLines, UnwrappedInput, type Unwrapper } from './scan/framing/unwrap.js';
import type { Kernel } from './scan/kernel/kernel.js';
import type { LateRows } from './scan/late.js';
import type { Reject } from './scan/rejected.js';
import { zoneShift } from './scan/zones.js';

/** How much of a file one range holds. */
export const RANGE_BYTES = 16 << 20;
/** Requests of each log whose users are read where it can be joined: enough to see whether fetches follow them, too few to cost time. */
const USER_ROWS = 30_000;
/** Lines of the first range of a log that are looked at for credentials, and of each other one. */
const FIRST_LOOKS = 10_000;
const LATER_LOOKS = 160;
/** How much of an input tells its format and its wrappers. */
export const HEAD_BYTES = 256 * 1024;
const NEWLINE = 10;

/** Of the run. Plain data, so that it can be handed to a thread. */
export interface ReadSettings {
  readonly logFormat: string | undefined;
  readonly tz: string | undefined;
  readonly tokenEndpoints: readonly string[];
  readonly tokenRoutes: readonly string[];
  readonly ids: boolean;
  readonly users: boolean;
  readonly join: boolean;
  /** There are too many of them: what would be kept of each is not. */
  readonly tooManyToJoin: boolean;
  readonly filter: { readonly sinceUs: number; readonly untilUs: number; readonly where: string | undefined } | undefined;
  readonly rangeBytes: number;
  /** undefined: as many as there is room for in any run. */
  readonly maxCallers: number | undefined;
}

/** One file, and how its lines are read. Plain data. */
export interface FileToRead {
  /** Index in the run. */
  readonly file: number;
  readonly source: Omit<InputSource, 'open'>;
  readonly program: Program;
  readonly stamped: Format['stamped'];
  /** Of an input that can be read in ranges: the wrappers that are on each line, from the outside in. Left out: there are none. */
  readonly wrapperIds?: readonly string[];
}

/** What is known of a range besides its requests. Lines count from its start. Plain data. */
export interface RangeFacts {
  readonly file: number;
  readonly range: number;
  readonly counts: ScanCounts;
  /** Requests that do not count. */
  readonly filtered: number;
  readonly late: Pick<LateRows, keyof LateRows>;
  readonly sawZoneless: boolean;
  readonly sawUnitless: boolean;
  readonly resolutionMs: number;
  readonly credentials: { readonly isPart: boolean; readonly found: readonly CredentialTally[] };
  readonly failure: Failure | 'interrupted' | undefined;
}

/** What an error of an input says, without what cannot be handed from thread to thread. */
export interface Failure {
  readonly code: TokenTaxError['code'];
  readonly message: string;
  readonly why: string | undefined;
  readonly help: string;
  readonly place: TokenTaxError['place'];
}

export interface ReadHooks {
  /** Ends the reading between two blocks: true when the run was interrupted. */
  readonly stopped: () => boolean;
  /** After each block: bytes of the input as it is on disk, lines and token requests, since the last time. */
  readonly onBlock?: (bytes: number, lines: number, fetches: number) => void;
  readonly onReject?: (file: FileToRead, linesBefore: number, reject: Reject) => void;
}

/** What was read before it still counts. */
class Interrupted extends Error {}

/** An input that is open, and how many of its bytes have been read so far. */
export interface OpenFile {
  readonly input: UnwrappedInput;
  readonly bytesRead: () => number;
}

interface Job {
  readonly file: FileToRead;
  readonly kernel: Kernel | undefined;
  /** undefined: ranges of a plain file. */
  readonly input: InnerLines | undefined;
}

/** Gives the lines of a block to whoever counts them, with how many bytes were read for it. */
type Scan = (block: LineBlock, bytes: number) => void;

export class Reader {
  readonly dictionary: Dictionary;
  readonly part: AnalysisPart;
  readonly facts: RangeFacts[] = [];
  private readonly filter: RowFilter | undefined;
  private readonly sinceMs: number;
  private filtered = 0;
  /** Of the file in wrappers that was read last. */
  private ranges: { readonly file: number; readonly lines: RangeLines } | undefined;

  constructor(
    private readonly settings: ReadSettings,
    private readonly hooks: ReadHooks,
  ) {
    const { tokenEndpoints, tokenRoutes, filter, join, tooManyToJoin } = settings;
    this.dictionary = new Dictionary(
      tokenEndpoints.map(parseEndpointPattern),
      tokenRoutes.map(parseEndpointPattern),
      settings.maxCallers,
    );
    this.part = new AnalysisPart(this.dictionary);
    if (join) this.part.joinLog = new JoinLog(tooManyToJoin ? 0 : MAX_JOINED);
    this.filter =
      filter === undefined
        ? undefined
        : new RowFilter({ ...filter, where: filter.where === undefined ? undefined : parseWhere(filter.where) });
    this.sinceMs = filter === undefined ? -Infinity : Math.ceil(filter.sinceUs / 1000);
  }

  get read(): ReadPart {
    return { part: this.part, limits: this.dictionary.limits };
  }

  /** The lines that start in one range of a file that is not compressed. */
  async readRange(file: FileToRead, kernel: Kernel | undefined, range: number): Promise<void> {
    const { rangeBytes } = this.settings;
    const { name, path, sizeBytes = 0 } = file.source;
    const from = range * rangeBytes;
    let bytes = 0;
    const onRead = (count: number): void => {
      bytes += count;
    };
    const input = this.linesOf(file);
    await this.readBlocks({ file, kernel, input }, range, async (scan) => {
      const to = Math.min(sizeBytes, from + rangeBytes);
      const unwrapper = input?.unwrapper();
      for await (const block of rangeBlocks({ name, path: path!, from, to, sizeBytes }, { onRead })) {
        this.checkStop();
        scanLines(block, unwrapper, scan, bytes);
        bytes = 0;
      }
    });
  }

  /** A whole file, in one go, whose head was looked at; a thread opens it anew. */
  /** Without `open` it is one of several threads that do. */
  async readWhole(file: FileToRead, kernel: Kernel | undefined, open?: OpenFile): Promise<void> {
    const { input, bytesRead } = open ?? (await this.open(file));
    const { cutBy } = input;
    try {
      if (cutBy === undefined) {
        await this.readBlocks({ file, kernel, input }, 0, async (scan) => {
          let counted = 0;
          for await (const block of input.blocks()) {
            this.checkStop();
            scan(block, bytesRead() - counted);
            counted = bytesRead();
          }
        });
        return;
      }
      const lines = cutBy.length === 0 ? undefined : new RangeLines(cutBy);
      await this.readBlocks({ file, kernel, input: lines ?? input }, 0, async (scan, next) => {
        const { rangeBytes } = this.settings;
        let range = 0;
        let counted = 0;
        let unwrapper = lines?.unwrapper();
        for await (const block of input.wrappedBlocks()) {
          this.checkStop();
          let rest: LineBlock | undefined = block;
          while (rest !== undefined) {
            const of = Math.floor(rest.offset / rangeBytes);
            if (of !== range) {
              range = of;
              next(range);
              unwrapper = lines?.unwrapper();
            }
            const [now, later]: readonly [LineBlock, LineBlock | undefined] = cut(rest, (range + 1) * rangeBytes);
            scanLines(now, unwrapper, scan, later === undefined ? bytesRead() - counted : 0);
            rest = later;
          }
          counted = bytesRead();
        }
      });
    } finally {
      input.close();
    }
  }

  private async open({ source }: FileToRead): Promise<OpenFile> {
    let bytes = 0;
    const onProgress = (count: number): void => {
      bytes = count;
    };
    const input = new UnwrappedInput(openInput(source, { onProgress, unpackHere: true }), { logFormat: this.settings.logFormat });
    await input.head(HEAD_BYTES);
    return { input, bytesRead: () => bytes };
  }

  /** undefined: they are in no wrapper. Ranges of a file mostly come one after the other, and need no buffers of their own. */
  private linesOf({ file, wrapperIds = [] }: FileToRead): RangeLines | undefined {
    if (wrapperIds.length === 0) return undefined;
    if (this.ranges?.file !== file) this.ranges = { file, lines: new RangeLines(wrapperIds) };
    return this.ranges.lines;
  }

  private checkStop(): void {
    if (this.hooks.stopped()) throw new Interrupted();
  }

  private async readBlocks(
    job: Job,
    first: number,
    read: (scan: Scan, next: (range: number) => void) => Promise<void>,
  ): Promise<void> {
    const { file, input } = job;
    let linesBefore = 0;
    let range = first;
    let scan = this.begin(job, range, linesBefore);
    const end = (failure?: RangeFacts['failure']): void => {
      this.facts.push({ ...scan.facts(), file: file.file, range, failure });
      linesBefore += scan.scanner.counts.read;
    };
    const next = (to: number): void => {
      if (scan.scanner.counts.read > 0 || range > first) end();
      range = to;
      scan = this.begin(job, range, linesBefore);
    };
    try {
      await read((block, bytes) => {
        const { counts } = scan.scanner;
        const lines = counts.read;
        const fetches = this.tokenRequests(file);
        if (input !== undefined) input.scan(scan.scanner, block);
        else if (block.overlongBytes > 0) scan.scanner.tooLong(block.offset);
        else scan.scanner.scan(block.bytes, block.start, block.end, block.offset);
        this.hooks.onBlock?.(bytes, counts.read - lines, this.tokenRequests(file) - fetches);
      }, next);
      end();
    } catch (error) {
      const failure = failureOf(error, this.hooks.stopped());
      if (failure === undefined) throw error;
      end(failure);
    }
  }

  private tokenRequests({ file }: FileToRead): number {
    return this.part.tokenRequests(file);
  }

  private begin(
    { file, kernel, input }: Job,
    range: number,
    linesBefore: number,
  ): { readonly scanner: FileScanner; readonly facts: () => Omit<RangeFacts, 'file' | 'range' | 'failure'> } {
    const { settings, dictionary, part, hooks } = this;
    const { tz, ids, users } = settings;
    const { onReject } = hooks;
    const placeOf: CredentialSearch['placeOf'] = (line, offset) => input?.placeOf(line, offset) ?? { line, offset };
    const credentials = new CredentialSearch(
      placeOf,
      range === 0 ? FIRST_LOOKS : LATER_LOOKS,
      kernel === undefined ? undefined : (block, from, to) => kernel.needleLines(block, from, to),
    );
    const told = onReject === undefined ? undefined : (reject: Reject) => onReject(file, linesBefore, reject);
    const add = (batch: RequestBatch): void => this.add(batch);
    part.begin(file.file, range);
    this.filtered = 0;
    const scanner = new FileScanner(
      {
        program: file.program,
        stamped: file.stamped,
        // With --token-routes each row is asked for its raw path, which only the TypeScript scanner hands out.
        kernel: dictionary.hasTokenRoutes ? undefined : kernel,
        ids,
        userRows: users && range === 0 ? USER_ROWS : 0,
        onReject: told === undefined ? undefined : (input?.rejects(told) ?? told),
        credentials,
        // Rows are needed where a filter looks at them, and where the wrapper of a line says more of them.
        ...(this.filter === undefined && input?.isLines !== false ? { counting: part.counting } : {}),
        ...(tz === undefined ? {} : { zoneShift: zoneShift(tz) }),
      },
      dictionary,
      input?.sink(add, dictionary) ?? add,
    );
    const facts = () => {
      const { rows, count, maxUs, oldestUs, newestUs, steps } = scanner.late;
      return {
        counts: scanner.counts,
        filtered: this.filtered,
        late: { rows, count, maxUs, oldestUs, newestUs, steps },
        sawZoneless: scanner.sawZoneless,
        sawUnitless: scanner.sawUnitlessDuration,
        resolutionMs: scanner.resolutionMs,
        credentials: { isPart: credentials.isPart, found: credentials.found },
      };
    };
    return { scanner, facts };
  }

  private add(batch: RequestBatch): void {
    if (this.filter !== undefined)
      this.filtered += this.filter.apply(batch, (row) => this.part.addBefore(batch, row, this.sinceMs));
    this.part.add(batch);
  }
}

function scanLines(block: LineBlock, unwrapper: Unwrapper | undefined, scan: Scan, bytes: number): void {
  if (unwrapper === undefined) {
    scan(block, bytes);
    return;
  }
  let left = bytes;
  for (const inner of unwrapper.block(block)) {
    scan(inner, left);
    left = 0;
  }
}

/** The lines of a block that start before a place of the stream, and the others. */
function cut(block: LineBlock, place: number): readonly [LineBlock, LineBlock | undefined] {
  const { bytes, start, end, offset, overlongBytes } = block;
  if (overlongBytes > 0 || offset + end - start <= place) return [block, undefined];
  const newline = bytes.indexOf(NEWLINE, start + place - offset - 1);
  const at = newline < 0 ? end : newline + 1;
  if (at >= end) return [block, undefined];
  return [
    { bytes, start, end: at, offset, overlongBytes: 0 },
    { bytes, start: at, end, offset: offset + at - start, overlongBytes: 0 },
  ];
}

/** undefined: not of the file, but of the program. */
function failureOf(error: unknown, stopped: boolean): RangeFacts['failure'] {
  if (error instanceof Interrupted || stopped) return 'interrupted';
  if (!(error instanceof TokenTaxError)) return undefined;
  // No fault of the input: what --max-memory has no room for could not be written.
  if (error.code === 'UNWRITABLE_OUTPUT') return undefined;
  const { code, message, why, help, place } = error;
  return { code, message: redactText(message), why, help, place };
}
