import process from 'node:process';
import type { Readable } from 'node:stream';
import { TokenTaxError } from '../errors.js';
import { type Compression, compressionOf, isTool, MAGIC_BYTES, printer, type Tool, toolPackages } from './compression.js';
import { printable } from './failures.js';
import type { InputSource } from './find.js';
import { type GunzipHandles, GunzipReader, gunzipHandles } from './gunzip.js';
import { type LineBlock, splitLines } from './lines.js';
import { openPath, openStdin } from './raw.js';
import { type ByteReader, FileReader, Rewindable, readFully } from './readers.js';
import { type DecompressionLimit, defaultLimit, gunzipEngine, UnpackReader } from './unpack.js';
import { builtInDecoder, builtInZstd, type CreateZstdDecompress, scriptDecoder, ZstdReader } from './zstd.js';

/** What is there to decompress with. */
export interface Unpackers {
  /** Where programs are looked for, as in PATH. */
  readonly path: string;
  readonly builtInZstd: CreateZstdDecompress | undefined;
  /** undefined: gzip goes through a stream. */
  readonly gunzip?: GunzipHandles | undefined;
}

export interface InputOptions {
  /** How much is read at once; 1 MiB. */
  readonly readBytes?: number;
  /** The longest line, without its newline, that is handed on; 1 MiB. */
  readonly maxLineBytes?: number;
  readonly decompression?: DecompressionLimit;
  /** Called by `blocks()` with all bytes read so far, compressed as they are on disk. */
  readonly onProgress?: (bytesRead: number) => void;
  /** Ends a read, also one that waits for a pipe: the generator then throws the reason. */
  readonly signal?: AbortSignal;
  readonly stdin?: Readable;
  /** Other threads read too: a file is decompressed by this one, and not by another beside it. */
  readonly unpackHere?: boolean;
  /** What this machine has. */
  readonly unpackers?: Unpackers;
}

export interface Head {
  /** Whole lines from the start, without a byte order mark; lines that are too long are left out. */
  readonly bytes: Buffer;
  /** Nothing comes after them. */
  readonly complete: boolean;
  readonly compression: Compression;
}

export interface OpenInput {
  readonly source: InputSource;
  /** The first whole lines: at most `maxBytes` (64 KiB), but at least one. Consumes nothing, leaves no file open. */
  head(maxBytes?: number): Promise<Head>;
  /** All lines. A file can be read again and again; standard input and pipes once. */
  blocks(): AsyncGenerator<LineBlock, void, undefined>;
  /** Lets go of standard input or a pipe that was not read to its end. Files need no closing. */
  close(): void;
}

const MIB = 1 << 20;
const HEAD_BYTES = 64 * 1024;
const HEAD_READ_BYTES = 16 * 1024;
/** So often the event loop gets a turn while a file is read: for Ctrl-C, timers and progress. */
const BLOCKS_PER_TURN = 16;

const unsupported = (name: string, kind: keyof typeof printer): TokenTaxError =>
  new TokenTaxError('UNSUPPORTED_COMPRESSION', `${printable(name)} is compressed with ${kind}, which token-tax cannot read`, {
    help: `Decompress it first, or pipe it in: ${printer[kind]} ${printable(name)} | token-tax analyze -`,
  });

const missingTool = (name: string, tool: Tool): TokenTaxError =>
  new TokenTaxError(
    'UNSUPPORTED_COMPRESSION',
    `${printable(name)} is compressed with ${tool}, and no ${tool} is on the PATH to read it`,
    {
      help: `Install ${toolPackages[tool]}, or decompress it first.`,
    },
  );

/** How many bytes the mark takes that says "UTF-8". Text in 16-bit units cannot be read as lines of bytes. */
const byteOrderMark = (name: string, [a, b, c]: Uint8Array): number => {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 3;
  if (!(a === 0xff && b === 0xfe) && !(a === 0xfe && b === 0xff)) return 0;
  throw new TokenTaxError('UNREADABLE_INPUT', `cannot read ${printable(name)}: it is UTF-16 text, and token-tax reads UTF-8`, {
    help: `Convert it: iconv -f UTF-16 -t UTF-8 ${printable(name)} | token-tax analyze -`,
  });
};

const peek = async (reader: Rewindable, count: number): Promise<Uint8Array> => {
  const head = Buffer.alloc(count);
  const found = head.subarray(0, await readFully(reader, head, count));
  reader.rewind(found);
  return found;
};

/** Plain text: decompressed, and behind the byte order mark. */
interface Text {
  readonly reader: Rewindable;
  readonly compression: Compression;
  readonly markBytes: number;
}

interface Unpacking {
  readonly chunkBytes: number;
  readonly limit: DecompressionLimit;
  readonly unpackers: Unpackers;
  readonly signal: AbortSignal | undefined;
  readonly here: boolean;
}

/** zstd in three ways, fastest first that is there: built in, the program, plain JavaScript. */
const unpack = async (name: string, kind: Compression, packed: ByteReader, how: Unpacking): Promise<ByteReader> => {
  const { chunkBytes, limit, unpackers, signal, here } = how;
  if (kind === 'none') return packed;
  if (kind === 'gzip') {
    const { gunzip } = unpackers;
    if (gunzip !== undefined) return new GunzipReader(name, packed, gunzip, chunkBytes, limit, here);
    return new UnpackReader(name, packed, gunzipEngine(name, chunkBytes), chunkBytes, limit);
  }
  if (!isTool(kind)) throw unsupported(name, kind);
  if (kind === 'zstd' && unpackers.builtInZstd) {
    return new ZstdReader(name, packed, builtInDecoder(unpackers.builtInZstd), limit);
  }
  const { findTool, toolEngine } = await import('./tools.js');
  const path = findTool(kind, unpackers.path);
  if (path !== undefined) return new UnpackReader(name, packed, toolEngine(name, kind, path, signal), chunkBytes, limit);
  if (kind === 'zstd') return new ZstdReader(name, packed, await scriptDecoder(), limit);
  throw missingTool(name, kind);
};

const textOf = async (name: string, raw: ByteReader, how: Unpacking): Promise<Text> => {
  const packed = new Rewindable(raw);
  const compression = compressionOf(await peek(packed, MAGIC_BYTES));
  if (raw instanceof FileReader) raw.finishLine = compression === 'none';
  const unpacked = await unpack(name, compression, packed, how);
  const reader = unpacked === packed ? packed : new Rewindable(unpacked);
  try {
    const markBytes = byteOrderMark(name, await peek(reader, 3));
    await readFully(reader, Buffer.alloc(markBytes), markBytes);
    return { reader, compression, markBytes };
  } catch (error) {
    reader.close();
    throw error;
  }
};

/** Hands on what another reader gives, as far as `limit`, and keeps a copy. */
class Recorder implements ByteReader {
  readonly #inner: ByteReader;
  readonly #limit: number;
  readonly #kept: Buffer[] = [];
  #total = 0;
  /** It was the limit that ended it. */
  cut = false;

  constructor(inner: ByteReader, limit: number) {
    this.#inner = inner;
    this.#limit = limit;
  }

  get kept(): Buffer {
    return Buffer.concat(this.#kept, this.#total);
  }

  async read(target: Uint8Array, at: number, max: number): Promise<number> {
    this.cut = this.#total >= this.#limit;
    if (this.cut) return 0;
    const bytes = await this.#inner.read(target, at, max);
    this.#total += bytes;
    this.#kept.push(Buffer.from(target.subarray(at, at + bytes)));
    return bytes;
  }

  close(): void {}
}

const firstLines = async (recorder: Recorder, maxBytes: number, maxLineBytes: number): Promise<Omit<Head, 'compression'>> => {
  let lines: Buffer = Buffer.alloc(0);
  let complete = true;
  try {
    for await (const { bytes, start, end, overlongBytes } of splitLines(recorder, { readBytes: HEAD_READ_BYTES, maxLineBytes })) {
      complete &&= overlongBytes === 0 && !recorder.cut;
      if (recorder.cut) break;
      lines = Buffer.concat([lines, bytes.subarray(start, end)]);
      if (lines.length > maxBytes) break;
    }
  } catch (error) {
    // Damage further on is for `blocks()` to tell; the lines before it are good.
    if (!(error instanceof TokenTaxError)) throw error;
    complete = false;
  }
  if (lines.length <= maxBytes) return { bytes: lines, complete };
  const end = maxBytes > 0 ? lines.lastIndexOf(10, maxBytes - 1) : -1;
  const bytes = lines.subarray(0, 1 + (end >= 0 ? end : lines.indexOf(10)) || lines.length);
  return { bytes, complete: false };
};

class Input implements OpenInput {
  readonly source: InputSource;
  readonly #options: InputOptions;
  readonly #maxLineBytes: number;
  /** What can be opened only once, and the text that its head was read from. */
  #stream: Text | undefined;
  #consumed = false;
  #reportsProgress = false;

  constructor(source: InputSource, options: InputOptions) {
    this.source = source;
    this.#options = options;
    this.#maxLineBytes = options.maxLineBytes ?? MIB;
  }

  async head(maxBytes = HEAD_BYTES): Promise<Head> {
    const text = await this.#open(4 * HEAD_READ_BYTES);
    const recorder = new Recorder(text.reader, maxBytes + 4 * this.#maxLineBytes);
    try {
      const lines = await firstLines(recorder, maxBytes, this.#maxLineBytes);
      this.#options.signal?.throwIfAborted();
      return { ...lines, compression: text.compression };
    } finally {
      if (text === this.#stream) text.reader.rewind(recorder.kept);
      else text.reader.close();
    }
  }

  async *blocks(): AsyncGenerator<LineBlock, void, undefined> {
    const { signal, readBytes = MIB } = this.#options;
    if (this.#consumed) throw new Error(`${this.source.name} can be read only once`);
    this.#reportsProgress = true;
    const { reader, markBytes } = await this.#open(readBytes);
    this.#consumed = this.#stream !== undefined;
    let count = 0;
    try {
      for await (const block of splitLines(reader, { readBytes, maxLineBytes: this.#maxLineBytes }, markBytes)) {
        signal?.throwIfAborted();
        yield block;
        count += 1;
        if (count % BLOCKS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      // A stream that was closed looks like one that ended, or broke.
      signal?.throwIfAborted();
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      reader.close();
    }
  }

  close(): void {
    this.#stream?.reader.close();
  }

  async #open(chunkBytes: number): Promise<Text> {
    const {
      signal,
      decompression: limit = defaultLimit,
      unpackers = {
        path: process.env.PATH ?? '',
        get builtInZstd() {
          return builtInZstd();
        },
        get gunzip() {
          return gunzipHandles();
        },
      },
    } = this.#options;
    signal?.throwIfAborted();
    if (this.#stream) return this.#stream;
    const raw = await this.#openRaw();
    const isFile = this.source.open !== undefined || (raw instanceof FileReader && this.source.path !== undefined);
    const stop = (): void => raw.close();
    // Only a stream can keep us waiting.
    if (!isFile) signal?.addEventListener('abort', stop, { once: true });
    try {
      const text = await textOf(this.source.name, raw, {
        chunkBytes: isFile ? chunkBytes : MIB,
        limit,
        unpackers,
        signal,
        here: isFile && this.#options.unpackHere === true,
      });
      if (signal?.aborted) text.reader.close();
      signal?.throwIfAborted();
      if (!isFile) this.#stream = text;
      return text;
    } catch (error) {
      raw.close();
      signal?.removeEventListener('abort', stop);
      signal?.throwIfAborted();
      throw error;
    }
  }

  async #openRaw(): Promise<ByteReader> {
    const { name, path, open } = this.source;
    let total = 0;
    const onRead = (bytes: number): void => {
      total += bytes;
      if (this.#reportsProgress) this.#options.onProgress?.(total);
    };
    if (open !== undefined) return open(onRead);
    return path === undefined ? openStdin(name, this.#options.stdin ?? process.stdin, onRead) : openPath(name, path, onRead);
  }
}

/** An input whose head may be looked at before it is read. Opens nothing yet. */
export const openInput = (source: InputSource, options: InputOptions = {}): OpenInput => new Input(source, options);

/** All lines of an input, in blocks. */
export const openBlocks = (source: InputSource, options: InputOptions = {}): AsyncGenerator<LineBlock, void, undefined> =>
  openInput(source, options).blocks();
