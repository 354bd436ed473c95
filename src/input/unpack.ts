import { createGunzip, type Gunzip } from 'node:zlib';
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

/** Inflated bytes that may wait for the caller. Ordinary logs never come near: this is for what packs hundredfold. */
const QUEUE_BYTES = 8 << 20;
const PIECE_BYTES = 128 * 1024;

/**
 * Inflates one piece ahead on the thread pool while the caller works on the last one. Pieces have one size and their output is kept
 * here and not in the stream, which would lose it to an error: what is read before a damage does not depend on timing.
 */
export class GunzipReader implements ByteReader {
  readonly #name: string;
  readonly #inner: ByteReader;
  readonly #limit: DecompressionLimit;
  readonly #gunzip: Gunzip;
  readonly #piece: Buffer;
  readonly #queue: Buffer[] = [];
  #queuedBytes = 0;
  #outBytes = 0;
  #feeding = false;
  #fed = false;
  #ended = false;
  #failure: unknown;
  #wake: () => void = () => {};

  constructor(name: string, inner: ByteReader, chunkBytes: number, limit: DecompressionLimit) {
    this.#name = name;
    this.#inner = inner;
    this.#limit = limit;
    const chunkSize = Math.max(64, chunkBytes);
    this.#piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, chunkSize));
    this.#gunzip = createGunzip({ chunkSize, ...{ highWaterMark: chunkSize } })
      .on('data', (chunk: Buffer) => this.#take(chunk))
      .on('error', (cause) => this.#stop(this.#explain(cause)))
      .on('end', () => this.#stop())
      .on('close', () => this.#stop());
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
    if (this.#queuedBytes < QUEUE_BYTES && this.#gunzip.isPaused()) this.#gunzip.resume();
    this.#feed();
    return bytes;
  }

  close(): void {
    this.#gunzip.destroy();
    this.#inner.close();
  }

  #take(chunk: Buffer): void {
    if (this.#failure !== undefined) return;
    this.#outBytes += chunk.length;
    const { freeBytes, maxRatio } = this.#limit;
    if (this.#outBytes > freeBytes && this.#outBytes > maxRatio * this.#gunzip.bytesWritten) {
      this.#stop(this.#bomb());
      this.#gunzip.destroy();
      return;
    }
    this.#queue.push(chunk);
    this.#queuedBytes += chunk.length;
    if (this.#queuedBytes >= QUEUE_BYTES) this.#gunzip.pause();
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
      if (typeof answer === 'number') this.#inflate(answer);
      else answer.then((bytes) => this.#fillUp(bytes)).catch((failure) => this.#innerFailed(failure));
    } catch (failure) {
      this.#innerFailed(failure);
    }
  }

  /** A pipe gives what it has; the pieces must not depend on that. */
  async #fillUp(already: number): Promise<void> {
    const rest = already === 0 ? 0 : await readFully(this.#inner, this.#piece.subarray(already), this.#piece.length - already);
    this.#inflate(already + rest);
  }

  #inflate(bytes: number): void {
    if (this.#ended) return;
    if (bytes === 0) {
      this.#fed = true;
      this.#gunzip.end();
      return;
    }
    this.#gunzip.write(this.#piece.subarray(0, bytes), () => {
      this.#feeding = false;
      this.#feed();
      this.#wake();
    });
  }

  /** The source broke, not the archive. */
  #innerFailed(failure: unknown): void {
    this.#stop(failure);
    this.#gunzip.destroy();
  }

  #explain(cause: Error): TokenTaxError {
    const name = printable(this.#name);
    if (codeOf(cause) === 'Z_BUF_ERROR') {
      return new TokenTaxError('TRUNCATED_INPUT', `${name} ends in the middle of its gzip data`, { cause });
    }
    return new TokenTaxError('CORRUPT_INPUT', `${name} holds damaged gzip data`, { cause, why: cause.message });
  }

  #bomb(): TokenTaxError {
    const why = `${this.#gunzip.bytesWritten} bytes gave ${this.#outBytes} so far; logs shrink 5 to 50 times`;
    const message = `${printable(this.#name)} grows more than ${this.#limit.maxRatio} times when decompressed`;
    return new TokenTaxError('DECOMPRESSION_LIMIT', message, { why });
  }
}
