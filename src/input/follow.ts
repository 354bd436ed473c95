/**
 * Logs that are still being written: what stands in them from some time on can be read again and again, through rotation by renaming and by
 * copying. Nothing is copied: a part of a log that was renamed or deleted stays readable through the descriptor that is held open.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { TokenTaxError } from '../errors.js';
import { compressionOf, MAGIC_BYTES } from './compression.js';
import { printable, unreadable } from './failures.js';
import type { InputSource } from './find.js';
import type { ByteReader, OnRead } from './readers.js';
import { rotationOf } from './rotation.js';

/** A range of bytes that holds whole lines. */
interface Span {
  readonly fd: number;
  readonly from: number;
  readonly to: number;
}

/** Something that grows and is looked at now and then. */
export interface Followed {
  /** Looks how far it has grown; true if something new can be read. Times are ms of any one clock that does not go back. */
  poll(nowMs: number): boolean;
  /** Forgets what was there before this time. */
  forget(beforeMs: number): void;
  /** What is kept now, as an input; undefined while that is nothing. */
  source(): InputSource | undefined;
  /** The end of it, where the newest lines stand. */
  tail(): InputSource | undefined;
  /** What happened to it that loses lines, in words; empty if nothing did. */
  readonly losses: readonly string[];
  close(): void;
}

const PROBE_BYTES = 1024;
const TAIL_BYTES = 64 * 1024;

class SpanReader implements ByteReader {
  #at = 0;
  #position: number;

  constructor(
    private readonly name: string,
    private readonly spans: readonly Span[],
    private readonly onRead: OnRead,
  ) {
    this.#position = spans[0]?.from ?? 0;
  }

  read(target: Uint8Array, at: number, max: number): number {
    for (;;) {
      const span = this.spans[this.#at];
      if (span === undefined || max === 0) return 0;
      const bytes = readAt(this.name, span.fd, target, at, Math.min(max, span.to - this.#position), this.#position);
      if (bytes > 0) {
        this.#position += bytes;
        this.onRead(bytes);
        return bytes;
      }
      // Read to its end, or cut short since it was measured: the next poll sees that.
      this.#at += 1;
      this.#position = this.spans[this.#at]?.from ?? 0;
    }
  }

  close(): void {}
}

const readAt = (name: string, fd: number, target: Uint8Array, at: number, max: number, position: number): number => {
  if (max <= 0) return 0;
  try {
    return readSync(fd, target, at, max, position);
  } catch (cause) {
    throw unreadable(name, cause);
  }
};

/** One file as long as it is the same file: after a rotation there is another one with the old name. */
class Generation {
  from = 0;
  /** Behind the last whole line. */
  to = 0;
  size = 0;
  /** Lines before the first request that say what the columns are (W3C): they stand for all that follow. */
  private headerTo = 0;
  private probe: Buffer = Buffer.alloc(0);
  private readonly marks: { readonly atMs: number; readonly to: number }[] = [];

  constructor(
    readonly name: string,
    public fd: number,
    readonly stats: Stats,
  ) {}

  /** False if the file is no longer what it was: it was emptied, or written anew. */
  poll(nowMs: number): boolean {
    const { size } = fstatSync(this.fd);
    if (size < this.size || !this.isSame(this.fd)) return false;
    if (size > this.size) {
      // Only what stands before the first request is a header, and it may come bit by bit.
      const isHeader = this.to === this.headerTo;
      const seen = this.size;
      this.size = size;
      this.to = this.wholeLines(size, seen);
      if (isHeader) this.findHeader();
      if (this.probe.length < PROBE_BYTES) this.takeProbe();
      this.marks.push({ atMs: nowMs, to: this.to });
    }
    return true;
  }

  /** Whether another file begins with what was kept of this one. */
  isSame(fd: number): boolean {
    if (this.probe.length === 0) return true;
    const found = Buffer.alloc(this.probe.length);
    return readAt(this.name, fd, found, 0, found.length, this.from) === found.length && found.equals(this.probe);
  }

  forget(beforeMs: number): void {
    let from = this.from;
    while (this.marks.length > 0 && this.marks[0]!.atMs < beforeMs) from = Math.max(from, this.marks.shift()!.to);
    this.startAt(from);
  }

  /** Leaves out what stands before a line start. */
  startAt(from: number): void {
    if (from === this.from) return;
    this.from = Math.max(from, this.headerTo);
    this.takeProbe();
  }

  spans(): Span[] {
    const { fd, from, to } = this;
    return to <= from ? [] : [...(from > 0 ? this.header() : []), { fd, from, to }];
  }

  /** The lines before the first request, if the log has such. */
  header(): Span[] {
    return this.headerTo === 0 ? [] : [{ fd: this.fd, from: 0, to: this.headerTo }];
  }

  private takeProbe(): void {
    const probe = Buffer.alloc(Math.min(PROBE_BYTES, this.size - this.from));
    this.probe = probe.subarray(0, readAt(this.name, this.fd, probe, 0, probe.length, this.from));
  }

  /** The end of the last line that is whole: behind it somebody is writing. No line ends between the last such end and what was `seen`. */
  private wholeLines(size: number, seen: number): number {
    const least = Math.max(this.to, seen);
    const buffer = Buffer.alloc(TAIL_BYTES);
    for (let to = size; to > least; to -= TAIL_BYTES) {
      const from = Math.max(least, to - TAIL_BYTES);
      const bytes = readAt(this.name, this.fd, buffer, 0, to - from, from);
      const newline = buffer.subarray(0, bytes).lastIndexOf(10);
      if (newline >= 0) return from + newline + 1;
    }
    return this.to;
  }

  private findHeader(): void {
    const head = Buffer.alloc(Math.min(TAIL_BYTES, this.to));
    readAt(this.name, this.fd, head, 0, head.length, 0);
    let at = 0;
    while (head[at] === 35) {
      const newline = head.indexOf(10, at);
      if (newline < 0) break;
      at = newline + 1;
    }
    this.headerTo = at;
  }
}

/** Where a line starts, at or behind a place; the end of what is there if none does. */
export const lineStart = (name: string, fd: number, at: number, to: number): number => {
  if (at <= 0) return 0;
  const buffer = Buffer.alloc(TAIL_BYTES);
  for (let from = at - 1; from < to; from += TAIL_BYTES) {
    const bytes = readAt(name, fd, buffer, 0, Math.min(TAIL_BYTES, to - from), from);
    const newline = buffer.subarray(0, bytes).indexOf(10);
    if (newline >= 0) return from + newline + 1;
    if (bytes === 0) break;
  }
  return to;
};

/** A file that is followed by name, as `tail -F` does. */
export class FollowedFile implements Followed {
  readonly losses: string[] = [];
  private readonly generations: Generation[] = [];

  /** Throws UNREADABLE_INPUT where the file is compressed: nobody appends to such a file. */
  constructor(
    private readonly found: InputSource & { readonly path: string },
    /** false: one file whatever its name becomes, such as a part that rotation has put away. */
    private readonly byName = true,
  ) {
    this.open();
    const [first] = this.generations;
    if (first === undefined) return;
    const magic = Buffer.alloc(MAGIC_BYTES);
    const bytes = readAt(found.name, first.fd, magic, 0, MAGIC_BYTES, 0);
    const compression = compressionOf(magic.subarray(0, bytes));
    if (compression === 'none') return;
    this.close();
    throw new TokenTaxError('UNREADABLE_INPUT', `cannot follow ${printable(found.name)}: it is compressed with ${compression}`, {
      why: 'nothing is appended to such a file',
      help: `To read it once: token-tax analyze ${printable(found.name)}`,
    });
  }

  /** The name that is followed. */
  get path(): string | undefined {
    return this.byName ? this.found.path : undefined;
  }

  /** Whether it is one of the files that were or are behind the name. */
  has({ dev, ino }: Pick<Stats, 'dev' | 'ino'>): boolean {
    return this.generations.some(({ stats }) => stats.dev === dev && stats.ino === ino);
  }

  poll(nowMs: number): boolean {
    const before = this.bytes;
    for (const generation of [...this.generations]) if (!generation.poll(nowMs)) this.replaced(generation, nowMs);
    if (this.byName) this.open();
    const last = this.generations.at(-1);
    if (last !== undefined && last.size === 0) last.poll(nowMs);
    return this.bytes !== before;
  }

  forget(beforeMs: number): void {
    for (const [at, generation] of [...this.generations].entries()) {
      generation.forget(beforeMs);
      const isLast = at === this.generations.length - 1;
      if (!isLast && generation.from >= generation.to) this.drop(generation);
    }
  }

  source(): InputSource | undefined {
    return this.of(this.generations.flatMap((generation) => generation.spans()));
  }

  tail(): InputSource | undefined {
    const last = this.generations.findLast((generation) => generation.to > generation.from);
    if (last === undefined) return undefined;
    const { fd, to, name } = last;
    const from = lineStart(name, fd, Math.max(last.from, to - TAIL_BYTES), to);
    return this.of(last.spans().map((span) => (span.to === to ? { fd, from: Math.min(from, to), to } : span)));
  }

  private of(spans: readonly Span[]): InputSource | undefined {
    if (spans.length === 0) return undefined;
    const sizeBytes = spans.reduce((sum, { from, to }) => sum + to - from, 0);
    return { ...this.found, sizeBytes, open: (onRead) => new SpanReader(this.found.name, spans, onRead) };
  }

  /**
   * Skips to where `isLate` first says so of the lines from there on: a search by halves, since a log is nearly in order of time.
   * `isLate` gets an input of some lines.
   */
  async skipTo(isLate: (source: InputSource) => Promise<boolean>): Promise<void> {
    const [generation] = this.generations;
    if (generation === undefined) return;
    const { fd, to, name } = generation;
    const header = generation.header();
    let low = 0;
    let high = to;
    while (high - low > 2 * TAIL_BYTES) {
      const middle = lineStart(name, fd, low + Math.floor((high - low) / 2), to);
      const end = lineStart(name, fd, Math.min(to, middle + TAIL_BYTES), to);
      if (middle >= high || end <= middle) break;
      const probe = this.of([...header, { fd, from: middle, to: end }]);
      if (probe !== undefined && (await isLate(probe))) high = middle;
      else low = middle;
    }
    generation.startAt(lineStart(name, fd, low, to));
  }

  close(): void {
    for (const { fd } of this.generations.splice(0)) closeSync(fd);
  }

  private get bytes(): string {
    return this.generations.map(({ fd, from, to }) => `${fd}:${from}-${to}`).join(' ');
  }

  /** The file of this name, if it is not the one that is read already. */
  private open(): void {
    const { path, name } = this.found;
    let fd: number | undefined;
    try {
      const now = statSync(path);
      if (!now.isFile() || this.has(now)) return;
      fd = openSync(path, 'r');
      this.generations.push(new Generation(name, fd, fstatSync(fd)));
    } catch (cause) {
      if (fd !== undefined) closeSync(fd);
      // Between the renaming and the new file there is none.
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadable(name, cause);
    }
  }

  private drop(generation: Generation): void {
    this.generations.splice(this.generations.indexOf(generation), 1);
    closeSync(generation.fd);
  }

  /** Copied and emptied (`copytruncate`): what was read stands in the copy, if that can be found. */
  private replaced(generation: Generation, nowMs: number): void {
    const copy = this.byName ? this.copyOf(generation) : undefined;
    if (copy === undefined) {
      const lost = generation.to > generation.from;
      this.drop(generation);
      if (lost) this.losses.push(`${this.found.name} was emptied or written anew, and no copy of it was found beside it`);
      return;
    }
    closeSync(generation.fd);
    generation.fd = copy.fd;
    // It is another file now, and the emptied one is to be opened as new.
    Object.assign(generation.stats, { dev: copy.stats.dev, ino: copy.stats.ino });
    // What was written between the last look and the copying.
    generation.poll(nowMs);
  }

  private copyOf(generation: Generation): { readonly fd: number; readonly stats: Stats } | undefined {
    const { path, group } = this.found;
    const folder = dirname(path);
    const base = basename(path);
    const names = namesIn(folder).filter((name) => name !== base && basename(rotationOf(name).group) === basename(group));
    for (const name of names.sort()) {
      let fd: number | undefined;
      try {
        const stats = statSync(join(folder, name));
        if (!stats.isFile() || stats.size < generation.to) continue;
        fd = openSync(join(folder, name), 'r');
        if (generation.isSame(fd)) return { fd, stats };
      } catch {
        // Not this one.
      }
      if (fd !== undefined) closeSync(fd);
    }
    return undefined;
  }
}

/** None of a folder that is gone, or may be entered but not listed. */
const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

interface Chunk {
  readonly bytes: Buffer;
  readonly atMs: number;
}

/** Standard input, which cannot be read twice: the lines that are kept stand in memory. */
export class FollowedStream implements Followed {
  readonly losses: string[] = [];
  ended = false;
  private readonly chunks: Chunk[] = [];
  /** Of the line that is being written. */
  private rest: Buffer[] = [];
  private restBytes = 0;
  private total = 0;
  private grown = false;
  private onEnd: () => void = () => {};

  /** `mostBytes`: how much of it is kept; older lines are lost, and that is said once. */
  constructor(
    private readonly found: InputSource,
    stream: Readable,
    private readonly mostBytes: number,
    private nowMs: number,
  ) {
    stream.on('data', (chunk: Buffer | string) => this.take(typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
    stream.on('end', () => this.end()).on('close', () => this.end());
    stream.on('error', (cause) => {
      this.losses.push(`${found.name} cannot be read on: ${(cause as NodeJS.ErrnoException).code ?? cause.message}`);
      this.end();
    });
  }

  /** Resolves when it has ended, or at the latest after this time. */
  first(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.onEnd = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.ended) this.onEnd();
    });
  }

  poll(nowMs: number): boolean {
    this.nowMs = nowMs;
    const grown = this.grown;
    this.grown = false;
    return grown;
  }

  forget(beforeMs: number): void {
    while (this.chunks.length > 0 && this.chunks[0]!.atMs < beforeMs) this.total -= this.chunks.shift()!.bytes.length;
  }

  source(): InputSource | undefined {
    return this.of(this.chunks);
  }

  tail(): InputSource | undefined {
    let bytes = 0;
    const from = this.chunks.findLastIndex((chunk) => {
      bytes += chunk.bytes.length;
      return bytes >= TAIL_BYTES;
    });
    return this.of(this.chunks.slice(Math.max(0, from)));
  }

  private of(chunks: readonly Chunk[]): InputSource | undefined {
    if (chunks.length === 0) return undefined;
    const list = chunks.map(({ bytes }) => bytes);
    const sizeBytes = list.reduce((sum, { length }) => sum + length, 0);
    return { ...this.found, sizeBytes, open: (onRead) => new ChunkReader(list, onRead) };
  }

  close(): void {
    this.chunks.length = 0;
    this.rest = [];
  }

  private take(chunk: Buffer): void {
    const newline = chunk.lastIndexOf(10);
    if (newline < 0) {
      this.begin(chunk);
      return;
    }
    this.keep(Buffer.concat([...this.rest, chunk.subarray(0, newline + 1)]));
    this.rest = [];
    this.restBytes = 0;
    if (newline + 1 < chunk.length) this.begin(Buffer.from(chunk.subarray(newline + 1)));
  }

  /** A line that never ends must not fill the memory: no reader would take one of that length. */
  private begin(chunk: Buffer): void {
    this.rest.push(chunk);
    this.restBytes += chunk.length;
    if (this.restBytes <= this.mostBytes) return;
    this.rest = [];
    this.restBytes = 0;
    this.lose(`a line of ${this.found.name} is longer than what is kept (${this.mostBytes >> 20} MiB): its start is not read`);
  }

  private lose(said: string): void {
    if (!this.losses.includes(said)) this.losses.push(said);
  }

  private keep(bytes: Buffer): void {
    this.grown = true;
    this.chunks.push({ bytes, atMs: this.nowMs });
    this.total += bytes.length;
    if (this.total <= this.mostBytes) return;
    while (this.total > this.mostBytes && this.chunks.length > 1) this.total -= this.chunks.shift()!.bytes.length;
    this.lose(
      `more of ${this.found.name} came within the window than is kept (${this.mostBytes >> 20} MiB): the oldest lines are not counted`,
    );
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    const last = Buffer.concat(this.rest);
    this.rest = [];
    if (last.length > 0) this.keep(last);
    this.onEnd();
  }
}

class ChunkReader implements ByteReader {
  #at = 0;
  #within = 0;

  constructor(
    private readonly chunks: readonly Buffer[],
    private readonly onRead: OnRead,
  ) {}

  read(target: Uint8Array, at: number, max: number): number {
    const chunk = this.chunks[this.#at];
    if (chunk === undefined || max === 0) return 0;
    const bytes = chunk.copy(target, at, this.#within, Math.min(chunk.length, this.#within + max));
    this.#within += bytes;
    if (this.#within >= chunk.length) {
      this.#at += 1;
      this.#within = 0;
    }
    this.onRead(bytes);
    return bytes;
  }

  close(): void {}
}
