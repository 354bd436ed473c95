import process from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { TokenTaxError } from '../errors.js';
import { codeOf, printable } from './failures.js';
import { type ByteReader, readFully } from './readers.js';

/** What stops a small file from becoming an endless one. */
export interface DecompressionLimit {
  /** Output up to here is never too much. */
  readonly freeBytes: number;
  /** Output bytes for one input byte. */
  readonly maxRatio: number;
}

export const defaultLimit: DecompressionLimit = { freeBytes: 64 << 20, maxRatio: 300 };

/** The error for an archive that gave more than it may. */
export const bomb = (name: string, { freeBytes, maxRatio }: DecompressionLimit, taken: number, given: number) => {
  if (given <= freeBytes || given <= maxRatio * taken) return undefined;
  const why = `${taken} bytes gave ${given} so far; logs shrink 5 to 50 times`;
  const message = `${printable(name)} grows more than ${maxRatio} times when decompressed`;
  return new TokenTaxError('DECOMPRESSION_LIMIT', message, { why });
};

export const truncated = (name: string, kind: string, cause?: unknown): TokenTaxError =>
  new TokenTaxError('TRUNCATED_INPUT', `${printable(name)} ends in the middle of its ${kind} data`, { cause });

export const corrupt = (name: string, kind: string, why: string, cause?: unknown): TokenTaxError =>
  new TokenTaxError('CORRUPT_INPUT', `${printable(name)} holds damaged ${kind} data`, {
    cause,
    why,
    help: `Test the archive with \`${kind} -t\`.`,
  });

/** What decompresses beside us: a thread of the pool, or another process. */
export interface Engine {
  readonly input: Writable;
  readonly output: Readable;
  /** Bytes of the archive that it has got. */
  taken(): number;
  /** Calls back once, behind the last output. */
  whenDone(done: (failure?: unknown) => void): void;
  destroy(): void;
}

export const gunzipEngine = (name: string, chunkBytes: number): Engine => {
  const chunkSize = Math.max(64, chunkBytes);
  // Loaded when the first archive is met: most runs on small logs have none.
  const { createGunzip } = process.getBuiltinModule('node:zlib');
  const gunzip = createGunzip({ chunkSize, ...{ highWaterMark: chunkSize } });
  const explain = (cause: Error): TokenTaxError =>
    codeOf(cause) === 'Z_BUF_ERROR' ? truncated(name, 'gzip', cause) : corrupt(name, 'gzip', cause.message, cause);
  return {
    input: gunzip,
    output: gunzip,
    taken: () => gunzip.bytesWritten,
    whenDone: (done) => {
      gunzip
        .on('error', (cause) => done(explain(cause)))
        .on('end', () => done())
        .on('close', () => done());
    },
    destroy: () => gunzip.destroy(),
  };
};

/** Decompressed bytes that may wait for the caller. Ordinary logs never come near: this is for what packs hundredfold. */
const QUEUE_BYTES = 8 << 20;
const PIECE_BYTES = 512 * 1024;

/**
 * Decompresses one piece ahead while the caller works on the last one. Pieces have one size and their output is kept here and not in
 * the stream, which would lose it to an error: what is read before a damage does not depend on timing.
 */
export class UnpackReader implements ByteReader {
  readonly #name: string;
  readonly #inner: ByteReader;
  readonly #limit: DecompressionLimit;
  readonly #engine: Engine;
  readonly #piece: Buffer;
  readonly #queue: Buffer[] = [];
  #queuedBytes = 0;
  #outBytes = 0;
  #feeding = false;
  #fed = false;
  #ended = false;
  #failure: unknown;
  #wake: () => void = () => {};

  constructor(name: string, inner: ByteReader, engine: Engine, chunkBytes: number, limit: DecompressionLimit) {
    this.#name = name;
    this.#inner = inner;
    this.#limit = limit;
    this.#engine = engine;
    this.#piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, Math.max(64, chunkBytes)));
    engine.output.on('data', (chunk: Buffer) => this.#take(chunk));
    engine.whenDone((failure) => this.#stop(failure));
  }

  async read(target: Uint8Array, at: number, max: number): Promise<number> {
    while (this.#queue.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return 0;
      this.#feed();
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
    const chunk = this.#queue[0]!;
    const bytes = chunk.copy(target, at, 0, max);
    if (bytes === chunk.length) this.#queue.shift();
    else this.#queue[0] = chunk.subarray(bytes);
    this.#queuedBytes -= bytes;
    if (this.#queuedBytes < QUEUE_BYTES && this.#engine.output.isPaused()) this.#engine.output.resume();
    this.#feed();
    return bytes;
  }

  close(): void {
    this.#engine.destroy();
    this.#inner.close();
  }

  #take(chunk: Buffer): void {
    if (this.#failure !== undefined) return;
    this.#outBytes += chunk.length;
    const tooMuch = bomb(this.#name, this.#limit, this.#engine.taken(), this.#outBytes);
    if (tooMuch) {
      this.#stop(tooMuch);
      this.#engine.destroy();
      return;
    }
    this.#queue.push(chunk);
    this.#queuedBytes += chunk.length;
    if (this.#queuedBytes >= QUEUE_BYTES) this.#engine.output.pause();
    this.#wake();
  }

  #stop(failure?: unknown): void {
    this.#ended = true;
    this.#failure ??= failure;
    this.#wake();
  }

  /** Starts the next piece unless one is under way. A file answers at once, so that the piece is under way when the caller goes on. */
  #feed(): void {
    if (this.#feeding || this.#fed || this.#ended || this.#queuedBytes >= QUEUE_BYTES) return;
    this.#feeding = true;
    try {
      const answer = this.#inner.read(this.#piece, 0, this.#piece.length);
      if (typeof answer === 'number') this.#give(answer);
      else answer.then((bytes) => this.#fillUp(bytes)).catch((failure) => this.#innerFailed(failure));
    } catch (failure) {
      this.#innerFailed(failure);
    }
  }

  /** A pipe gives what it has; the pieces must not depend on that. */
  async #fillUp(already: number): Promise<void> {
    const rest = already === 0 ? 0 : await readFully(this.#inner, this.#piece.subarray(already), this.#piece.length - already);
    this.#give(already + rest);
  }

  #give(bytes: number): void {
    if (this.#ended) return;
    if (bytes === 0) {
      this.#fed = true;
      this.#engine.input.end();
      return;
    }
    this.#engine.input.write(this.#piece.subarray(0, bytes), (refused) => {
      this.#feeding = false;
      // Who refuses has more to say: why, or that it needs no more.
      this.#fed ||= refused != null;
      this.#feed();
      this.#wake();
    });
  }

  /** The source broke, not the archive. */
  #innerFailed(failure: unknown): void {
    this.#stop(failure);
    this.#engine.destroy();
  }
}
