/** Takes the wrappers off the lines of an input, block by block, and keeps where each inner line stands in the input. */

import { TokenTaxError } from '../../errors.js';
import { NO_ID, type RequestSink } from '../../events/request-batch.js';
import { formatById, formats } from '../../formats/index.js';
import { jsonFields, meets } from '../../formats/json-fields.js';
import { type Head, type LineBlock, type OpenInput, openInput, PADDING } from '../../input/index.js';
import { redactText } from '../../redact/index.js';
import type { Dictionary } from '../dictionary.js';
import type { FileScanner, ScanCounts } from '../file-scanner.js';
import type { OwnFormat } from '../own-formats.js';
import type { Reject } from '../rejected.js';
import { type DocumentKind, DocumentReader, documentKind } from './documents.js';
import { parseObject } from './json-object.js';
import { LONGEST } from './plain-events.js';
import { isW3cHeader, w3cRows } from './rows.js';
import { usualHeader, type W3cLog, W3cRows, w3cLog } from './w3c.js';
import { type Piece, rows, type Wrapper, wrappers } from './wrappers.js';

/** A deeper stack is no log. */
const MAX_WRAPPERS = 8;
const SAMPLE_LINES = 200;
/** The longest line that is joined of parts. */
const MAX_JOINED = 1 << 20;
/** The longest line of a JSON document. */
const MAX_DOCUMENT = 256 << 20;
const BLOCK_BYTES = 1 << 20;
/** What is handed on: behind it there is room for any line but the longest. */
const FULL_BYTES = BLOCK_BYTES - 4 * LONGEST;
/** More names of hosts and pods than this are looked up each time. */
const MOST_WRITERS = 10_000;
const NEWLINE = 10;
const RETURN = 13;

/** Where the lines of a block stand in the input: line from 0, byte, and where they start in the block. */
export interface Places {
  readonly starts: number[];
  readonly lines: number[];
  readonly offsets: number[];
  /** Who wrote each line, where a wrapper says so; shorter than the others where none does from there on. */
  readonly writers?: (string | undefined)[];
  /** Lines that were put together with one that is not in this list. */
  joined: number;
}

export interface InnerBlock extends LineBlock {
  readonly places?: Places;
}

const noPlaces = (): Required<Places> => ({ starts: [], lines: [], offsets: [], writers: [], joined: 0 });

/** Whole lines [from, to) of bytes, without their ends. */
function* linesOf(bytes: Buffer, start: number, end: number): Generator<Piece> {
  for (let at = start; at < end; ) {
    let next = bytes.indexOf(NEWLINE, at);
    if (next < 0 || next > end) next = end;
    yield { bytes, from: at, to: next > at && bytes[next - 1] === RETURN ? next - 1 : next };
    at = next + 1;
  }
}

/** A record of a known format, or any request: the text it holds is not another record. */
const hasSignature = (line: Piece, own: readonly OwnFormat[]): boolean => {
  const record = parseObject(line);
  if (record === undefined) return false;
  const claimed = [...own.map(({ format }) => format), ...formats].some(
    ({ id, layout }) =>
      layout.kind === 'json' && id !== 'json' && layout.needs.every((group) => group.some((need) => meets(record, need))),
  );
  if (claimed) return true;
  const slots = new Set(Object.values(jsonFields([record], []).fields).map(({ slot }) => slot));
  return (slots.has('method') && (slots.has('target') || slots.has('path'))) || slots.has('request');
};

const LOG_LINE = /^\s*[{<[]|HTTP\/\d|\b(?:GET|POST|PUT|HEAD|DELETE|PATCH|OPTIONS) [/h]|realmId=|^\d{4}-\d\d-\d\dT|^\d{9}/;
const mayBeLog = ({ bytes, from, to }: Piece): boolean =>
  LOG_LINE.test(bytes.toString('latin1', from, Math.min(to, from + 4096)));

/** What a run says of how its inputs are read. */
export interface UnwrapOptions {
  readonly logFormat?: string | undefined;
  /** Formats of the user. */
  readonly own?: readonly OwnFormat[];
}

/** As a format of the logs: below this share of the lines a pattern of the user does not fit. */
const MIN_OWN = 0.9;

/** A pattern of the user takes the lines that it reads before anything of ours; another format that was asked for is left alone. */
function ownWrapper(lines: readonly Piece[], { logFormat, own = [] }: UnwrapOptions): Wrapper | undefined {
  for (const { format, row } of own) {
    if (row === undefined || (logFormat !== undefined && logFormat !== format.id)) continue;
    const text = ({ bytes, from, to }: Piece): string | undefined => row(bytes.toString('utf8', from, to));
    const read = lines.filter((line) => text(line) !== undefined).length;
    if (read >= lines.length * MIN_OWN) return rows(`own:${format.id}`, () => ({ read: text }));
  }
  return undefined;
}

/** The wrappers that most lines have, from the outside in. */
export function wrappersOf(head: Buffer, options: UnwrapOptions = {}): Wrapper[] {
  const { own = [] } = options;
  const stack: Wrapper[] = [];
  let lines: Piece[] = [];
  for (const line of linesOf(head, 0, head.length)) {
    if (line.to > line.from) lines.push(line);
    if (lines.length === SAMPLE_LINES) break;
  }
  while (stack.length < MAX_WRAPPERS && lines.length > 0) {
    const mine = ownWrapper(lines, options);
    if (mine !== undefined) {
      stack.push(mine);
      break;
    }
    let found: Wrapper | undefined;
    for (const one of wrappers) {
      const wrapper = one.fresh?.() ?? one;
      const inner = lines.map((line) => wrapper.peel(line));
      const peeled = inner.filter((piece) => piece !== undefined);
      if (peeled.length === 0 || (one.isOnSomeLines !== true && peeled.length * 2 < lines.length)) continue;
      if (one.fits?.(head) === false) continue;
      if (wrapper.id.startsWith('json:')) {
        if (lines.filter((line) => hasSignature(line, own)).length * 2 >= lines.length || !peeled.some(mayBeLog)) continue;
      }
      found = wrapper;
      lines = inner.map((piece, at) => piece ?? lines[at]!).filter(({ from, to }) => to > from);
      break;
    }
    if (found === undefined) break;
    stack.push(found);
  }
  const { logFormat } = options;
  const header = logFormat !== undefined && isW3cHeader(logFormat) ? logFormat.trim() : lostHeader(head, stack, logFormat);
  if (header !== undefined && !stack.some(({ id }) => id === 'w3c')) stack.push(rows('w3c', () => w3cRows(header)));
  return stack;
}

/** Of a log whose rows say by themselves what they are. */
const lostHeader = (head: Buffer, stack: readonly Wrapper[], logFormat: string | undefined): string | undefined =>
  stack.length === 0 && (logFormat === undefined || formatById(logFormat)?.id === 'w3c') ? usualHeader(head) : undefined;

/** A line of which only parts have come. */
interface Pending {
  readonly line: number;
  readonly offset: number;
  readonly writer: string | undefined;
  text: Buffer;
  bytes: number;
  count: number;
}

/** Many small parts cost no more than one large one; what is too long is only counted. */
function append(pending: Pending, { bytes, from, to }: Piece): void {
  const end = pending.bytes + to - from;
  if (end > MAX_JOINED) pending.text = Buffer.alloc(0);
  else {
    if (end > pending.text.length) {
      const larger = Buffer.alloc(end * 2);
      pending.text.copy(larger, 0, 0, pending.bytes);
      pending.text = larger;
    }
    bytes.copy(pending.text, pending.bytes, from, to);
  }
  pending.bytes = end;
}

export class Unwrapper {
  private readonly pending: Map<string, Pending>[];
  private readonly ready: InnerBlock[] = [];
  private bytes = Buffer.from(new ArrayBuffer(BLOCK_BYTES + PADDING));
  private length = 0;
  private places = noPlaces();
  /** Of the line that is being read. */
  private line = 0;

  private readonly stack: readonly Wrapper[];
  private readonly only: Wrapper['write'];

  constructor(stack: readonly Wrapper[]) {
    this.stack = stack.map((wrapper) => wrapper.fresh?.() ?? wrapper);
    this.pending = stack.map(() => new Map());
    this.only = stack.length === 1 ? this.stack[0]!.write : undefined;
  }

  /** The inner lines of a block. Each is valid until the next is asked for. */
  *block(block: LineBlock): Generator<InnerBlock> {
    if (block.overlongBytes > 0) {
      yield* this.flush();
      yield this.overlong(this.line, block.offset, block.overlongBytes);
      this.line += 1;
      return;
    }
    const { bytes, start, end } = block;
    for (let from = start; from < end; ) {
      let next = bytes.indexOf(NEWLINE, from);
      if (next < 0 || next > end) next = end;
      const to = next > from && bytes[next - 1] === RETURN ? next - 1 : next;
      const offset = block.offset + from - start;
      if (!this.straight(bytes, from, to, offset)) this.peel({ bytes, from, to }, 0, this.line, offset, 0, undefined);
      this.line += 1;
      from = next + 1;
      if (this.ready.length > 0 || this.length >= FULL_BYTES) yield* this.flush();
    }
    yield* this.flush();
  }

  /** Lines count from here: nothing is left of the blocks before. */
  restart(): void {
    this.line = 0;
  }

  /** What was cut off at the end. */
  *end(): Generator<InnerBlock> {
    for (let depth = 0; depth < this.stack.length; depth += 1) {
      const left = [...this.pending[depth]!.values()];
      this.pending[depth]!.clear();
      for (const one of left) this.joined(one, depth);
    }
    yield* this.flush();
  }

  /** Writes a line where it has to stand, if its wrapper can. */
  private straight(bytes: Buffer, from: number, to: number, offset: number): boolean {
    const { only } = this;
    const end = only === undefined ? -1 : only(bytes, from, to, this.bytes, this.length);
    if (end < 0) return false;
    const { starts, lines, offsets } = this.places;
    starts.push(this.length);
    lines.push(this.line);
    offsets.push(offset);
    this.bytes[end] = NEWLINE;
    this.length = end + 1;
    return true;
  }

  private peel(piece: Piece, depth: number, line: number, offset: number, joined: number, outer: string | undefined): void {
    const { stack } = this;
    let inner = piece;
    let writer = outer;
    for (let at = depth; at < stack.length; at += 1) {
      const peeled = stack[at]!.peel(inner);
      if (peeled === undefined) continue;
      // The wrapper nearest to the line knows best: a pod before the host that collected it.
      writer = peeled.writer ?? writer;
      const { isPart, stream } = peeled;
      const known = this.pending[at]!.get(stream);
      if (!isPart && known === undefined) {
        inner = peeled;
        continue;
      }
      const pending = known ?? { line, offset, writer, text: Buffer.alloc(0), bytes: 0, count: joined };
      if (known === undefined) this.pending[at]!.set(stream, pending);
      else pending.count += 1 + joined;
      append(pending, peeled);
      if (isPart) return;
      this.pending[at]!.delete(stream);
      this.joined(pending, at);
      return;
    }
    this.write(inner, line, offset, joined, writer);
  }

  private joined({ line, offset, writer, text, bytes, count }: Pending, depth: number): void {
    if (bytes <= MAX_JOINED) {
      this.peel({ bytes: text, from: 0, to: bytes }, depth + 1, line, offset, count, writer);
      return;
    }
    this.cut();
    const block = this.overlong(line, offset, bytes);
    block.places!.joined = count;
    this.ready.push(block);
  }

  private write({ bytes, from, to }: Piece, line: number, offset: number, joined: number, writer: string | undefined): void {
    const need = this.length + to - from + 1 + PADDING;
    if (need > this.bytes.length) {
      const larger = Buffer.from(new ArrayBuffer((need * 2 + 7) & ~7));
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    const { places } = this;
    places.starts.push(this.length);
    places.lines.push(line);
    places.offsets.push(offset);
    if (writer !== undefined) places.writers[places.starts.length - 1] = writer;
    places.joined += joined;
    bytes.copy(this.bytes, this.length, from, to);
    this.length += to - from;
    this.bytes[this.length] = NEWLINE;
    this.length += 1;
  }

  private overlong(line: number, offset: number, overlongBytes: number): InnerBlock {
    const places: Places = { starts: [offset], lines: [line], offsets: [offset], joined: 0 };
    return { bytes: this.bytes, start: 0, end: 0, offset, overlongBytes, places };
  }

  /** Ends the block that is being written, so that another may follow it. */
  private cut(): void {
    if (this.length === 0) return;
    this.ready.push({ bytes: this.bytes, start: 0, end: this.length, offset: 0, overlongBytes: 0, places: this.places });
    this.bytes = Buffer.from(new ArrayBuffer(BLOCK_BYTES + PADDING));
    this.length = 0;
    this.places = noPlaces();
  }

  private *flush(): Generator<InnerBlock> {
    yield* this.ready.splice(0);
    if (this.length === 0) return;
    yield { bytes: this.bytes, start: 0, end: this.length, offset: 0, overlongBytes: 0, places: this.places };
    this.length = 0;
    this.places = noPlaces();
  }
}

const tooLarge = (name: string): TokenTaxError =>
  new TokenTaxError('UNREADABLE_INPUT', `cannot read ${name}: it holds a line too long for a document`, {
    help: 'Up to 256 MiB of a file are read as one line, and 1 MiB of a pipe. Lay it out in lines first: jq . FILE > LINES.',
  });

/** What is read of inner lines is told of the lines of the input. */
export abstract class InnerLines {
  private current: Places | undefined;

  /** The lines are those of the input, each a record by itself. */
  abstract get isLines(): boolean;
  /** A W3C log whose rows need no wrapper. */
  protected get isW3c(): boolean {
    return false;
  }

  /**
   * A sink whose rows stand where their lines stand in the input. With `names`, rows without a node of their own are of the host or pod
   * that the wrapper names.
   */
  sink(sink: RequestSink, names?: Pick<Dictionary, 'nodeOf'>): RequestSink {
    const nodes = new Map<string, number>();
    const nodeOf = (writer: string | undefined): number => {
      if (writer === undefined || names === undefined) return NO_ID;
      let id = nodes.get(writer);
      if (id === undefined) {
        id = names.nodeOf(redactText(writer));
        if (nodes.size < MOST_WRITERS) nodes.set(writer, id);
      }
      return id;
    };
    return (batch) => {
      const { current } = this;
      if (current !== undefined) {
        const { line, offset, rows, node } = batch;
        const { writers = [] } = current;
        let at = 0;
        for (let row = 0; row < rows; row += 1) {
          at = placeAt(current, offset[row]!, at);
          line[row] = current.lines[at]!;
          offset[row] = current.offsets[at]!;
          if (node[row] === NO_ID && writers.length > 0) node[row] = nodeOf(writers[at]);
        }
      }
      sink(batch);
    };
  }

  /** Where the lines of a block stand, of which so many came before it. */
  placesOf({ places }: InnerBlock, linesRead: number): Places | undefined {
    // Of the blocks that are read as they are nobody has counted the lines.
    if (places === undefined || !this.isW3c) return places;
    for (let at = 0; at < places.lines.length; at += 1) places.lines[at] = linesRead + at;
    return places;
  }

  /** Where a line of the block at hand stands in the input. */
  placeOf(line: number, offset: number): { readonly line: number; readonly offset: number } {
    const { current } = this;
    if (current === undefined) return { line, offset };
    const at = placeAt(current, offset, 0);
    return { line: current.lines[at]!, offset: current.offsets[at]! };
  }

  /** Rejected lines as they stand in the input. */
  rejects(told: (reject: Reject) => void): (reject: Reject) => void {
    return (reject) => {
      const { current } = this;
      if (current === undefined) return told(reject);
      const at = placeAt(current, reject.offset, 0);
      told({ ...reject, line: current.lines[at]!, offset: current.offsets[at]! });
    };
  }

  /** Reads a block. All that is counted and told is of the lines as they are in the input. */
  scan(scanner: FileScanner, block: InnerBlock): void {
    const { counts } = scanner;
    const places = this.placesOf(block, counts.read);
    const known = places === undefined ? undefined : new Set(counts.rejects.keys());
    this.current = places;
    if (block.overlongBytes > 0) scanner.tooLong(block.offset);
    else scanner.scan(block.bytes, block.start, block.end, block.offset);
    this.current = undefined;
    if (places === undefined) return;
    for (const [reason, rejects] of counts.rejects) {
      if (known?.has(reason) === true) continue;
      const at = placeAt(places, rejects.firstByte, 0);
      counts.rejects.set(reason, { ...rejects, firstLine: places.lines[at]!, firstByte: places.offsets[at]! });
    }
    countJoined(counts, places);
  }
}

/** The lines of ranges of an input: those that `cutBy` of the whole names. */
export class RangeLines extends InnerLines {
  readonly isLines = false;

  constructor(private readonly wrapperIds: readonly string[]) {
    super();
  }

  private known: Unwrapper | undefined;

  /** Takes the wrappers off the blocks of one range, one range after the other. */
  unwrapper(): Unwrapper {
    this.known ??= new Unwrapper(this.wrapperIds.map((id) => wrappers.find((one) => one.id === id)!));
    this.known.restart();
    return this.known;
  }
}

/**
 * Of these, and of shippers' JSON, each line is peeled by itself. Not of the others: it may be a part of another (CRI, Docker), or its columns
 * were named before it (W3C, CSV).
 */
const BY_LINE: ReadonlySet<string> = new Set([
  'ansi',
  'syslog-5424',
  'syslog-3164',
  'collected',
  'logger',
  'tagged',
  'stern',
  'logcli',
  'worker',
  'pod',
  'compose',
  'keycloak-json',
  'azure-appgw',
  'cloudfront-json',
  'timed-record',
  'caddy-console',
  'prefix',
  'keycloak',
]);
const isByLine = (id: string): boolean => BY_LINE.has(id) || (id.startsWith('json:') && id !== 'json:log');

/** An input without its wrappers. One that has none is handed on as it is. */
export class UnwrappedInput extends InnerLines {
  private stack: Wrapper[] = [];
  /** A W3C log whose rows need no wrapper. */
  private w3c: W3cLog | undefined;
  private document: DocumentKind | undefined;
  private input: OpenInput;

  constructor(
    input: OpenInput,
    private readonly options: UnwrapOptions = {},
  ) {
    super();
    this.input = input;
  }

  protected override get isW3c(): boolean {
    return this.w3c !== undefined;
  }

  get source(): OpenInput['source'] {
    return this.input.source;
  }

  /** Its lines are those of the input, each a record by itself. To be asked for after the head. */
  get isLines(): boolean {
    return this.document === undefined && this.stack.length === 0 && this.w3c === undefined;
  }

  /**
   * The wrappers of an input whose lines can be read in ranges, since none of them says what another is; undefined where that cannot be.
   * To be asked for after the head.
   */
  get cutBy(): readonly string[] | undefined {
    if (this.isLines) return [];
    const ids = this.stack.map(({ id }) => id);
    return this.document === undefined && this.w3c === undefined && ids.every(isByLine) ? ids : undefined;
  }

  async head(maxBytes?: number): Promise<Head> {
    let head = await this.input.head(maxBytes);
    const { path } = this.source;
    if (head.bytes.length === 0 && !head.complete && path !== undefined) {
      // A document may be one line of any length.
      const whole = openInput(this.source, { maxLineBytes: MAX_DOCUMENT });
      const first = await whole.head(maxBytes);
      if (documentKind(first.bytes) !== undefined) [head, this.input] = [first, whole];
    }
    this.document = documentKind(head.bytes);
    if (this.document !== undefined) {
      const { bytes } = head;
      const read = (reader: DocumentReader): Buffer => {
        const { bytes: lines, end } = reader.block({ bytes, start: 0, end: bytes.length, offset: 0, overlongBytes: 0 });
        return Buffer.from(lines.subarray(0, end));
      };
      const lines = read(new DocumentReader(this.document));
      this.stack = wrappersOf(lines, this.options);
      return { ...head, bytes: this.stack.length === 0 ? lines : read(this.documentReader(this.document)) };
    }
    this.stack = wrappersOf(head.bytes, this.options);
    if (this.stack.length === 0) return head;
    if (this.stack.length === 1 && this.stack[0]!.id === 'w3c') {
      const { logFormat } = this.options;
      this.w3c = w3cLog(head.bytes, logFormat !== undefined && isW3cHeader(logFormat) ? logFormat.trim() : undefined);
      if (this.w3c !== undefined) {
        this.stack = [];
        return head;
      }
    }
    const unwrapper = new Unwrapper(this.stack);
    const { bytes } = head;
    const parts: Buffer[] = [];
    const block = { bytes, start: 0, end: bytes.length, offset: 0, overlongBytes: 0 };
    for (const inner of unwrapper.block(block)) parts.push(Buffer.from(inner.bytes.subarray(inner.start, inner.end)));
    // Parts of a line whose rest is not in the head would be taken for a bad line.
    if (head.complete) for (const inner of unwrapper.end()) parts.push(Buffer.from(inner.bytes.subarray(inner.start, inner.end)));
    return { ...head, bytes: Buffer.concat(parts) };
  }

  /** With the wrappers on: for who cuts them into ranges. */
  wrappedBlocks(): AsyncIterable<LineBlock> {
    return this.input.blocks();
  }

  /** To be asked for after the head. */
  async *blocks(): AsyncGenerator<InnerBlock, void, undefined> {
    if (this.document !== undefined) {
      const reader = this.documentReader(this.document);
      for await (const block of this.input.blocks()) {
        if (block.overlongBytes > 0) throw tooLarge(this.source.name);
        yield reader.block(block);
      }
      yield reader.end();
      return;
    }
    if (this.w3c !== undefined) {
      const rows = new W3cRows(this.w3c);
      const unwrapper = new Unwrapper([rows.wrapper]);
      for await (const block of this.input.blocks()) {
        if (block.overlongBytes > 0 || rows.isPlain(block)) yield block;
        else yield* unwrapper.block(block);
      }
      return;
    }
    if (this.stack.length === 0) {
      yield* this.input.blocks();
      return;
    }
    const unwrapper = new Unwrapper(this.stack);
    for await (const block of this.input.blocks()) yield* unwrapper.block(block);
    yield* unwrapper.end();
  }

  close(): void {
    this.input.close();
  }

  private documentReader(kind: DocumentKind): DocumentReader {
    const stack = this.stack.map((wrapper) => wrapper.fresh?.() ?? wrapper);
    if (stack.length === 0) return new DocumentReader(kind);
    return new DocumentReader(kind, (text) => {
      let line: Piece = { bytes: Buffer.from(text), from: 0, to: Buffer.byteLength(text) };
      let writer: string | undefined;
      for (const wrapper of stack) {
        const peeled = wrapper.peel(line);
        if (peeled === undefined) continue;
        line = peeled;
        writer = peeled.writer ?? writer;
      }
      return { text: line.bytes.toString('utf8', line.from, line.to), writer };
    });
  }
}

/** Lines that were put together with another are read, and are no requests of their own. */
export function countJoined(counts: ScanCounts, { joined }: Places): void {
  counts.read += joined;
  counts.parsed += joined;
  counts.notRequests += joined;
}

/** Index of the line that starts at this byte of a block, looked for from a place before it. */
function placeAt({ starts }: Places, start: number, from: number): number {
  let low = from < starts.length && starts[from]! <= start ? from : 0;
  if (low + 1 < starts.length && starts[low + 1]! === start) return low + 1;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= start) low = middle;
    else high = middle - 1;
  }
  return low;
}
