import { closeSync, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { TokenTaxError } from '../errors.js';
import { printable, unreadable } from './failures.js';

/** Pulls bytes. A regular file answers at once, so that reading it costs no promise. */
export interface ByteReader {
  /** Fills `target` from `at` with at most `max` bytes and says how many; 0 is the end. */
  read(target: Uint8Array, at: number, max: number): number | Promise<number>;
  close(): void;
}

export type OnRead = (bytes: number) => void;

/** How far a last line that is being written right now is followed beyond the size that the file had when it was opened. */
const LATE_BYTES = 1 << 20;

/** A regular file. It is read as it was when it was opened: what grows faster than we read must end too. */
export class FileReader implements ByteReader {
  /** Text ends with a whole line where it can; a compressed file just ends. */
  finishLine = false;
  readonly #name: string;
  readonly #fd: number;
  readonly #sizeBytes: number;
  readonly #onRead: OnRead;
  readonly #owned: boolean;
  #position = 0;
  #lastByte = 0;
  #done = false;
  #closed = false;

  /** `owned`: the descriptor is ours to close, and read from its start; else from wherever it stands (`< file`). */
  constructor(name: string, fd: number, sizeBytes: number, owned: boolean, onRead: OnRead) {
    this.#name = name;
    this.#fd = fd;
    this.#sizeBytes = sizeBytes;
    this.#owned = owned;
    this.#onRead = onRead;
  }

  read(target: Uint8Array, at: number, max: number): number {
    if (this.#done || this.#closed || max === 0) return 0;
    // Files of /proc say that they are empty and are not.
    if (this.#sizeBytes === 0) return this.#take(target, at, max);
    const left = this.#sizeBytes - this.#position;
    if (left <= 0) return this.#restOfLine(target, at, Math.min(max, LATE_BYTES + left));
    const bytes = this.#take(target, at, Math.min(max, left));
    // A descriptor that we did not open may have stood anywhere, and end early.
    if (bytes === 0 && this.#owned) throw this.#shrank();
    return bytes;
  }

  close(): void {
    if (this.#owned && !this.#closed) closeSync(this.#fd);
    this.#closed = true;
  }

  #take(target: Uint8Array, at: number, max: number): number {
    let bytes: number;
    try {
      bytes = readSync(this.#fd, target, at, max, this.#owned ? this.#position : null);
    } catch (cause) {
      throw unreadable(this.#name, cause);
    }
    if (bytes === 0) return 0;
    this.#position += bytes;
    this.#lastByte = target[at + bytes - 1]!;
    this.#onRead(bytes);
    return bytes;
  }

  #restOfLine(target: Uint8Array, at: number, max: number): number {
    this.#done = !this.finishLine || this.#lastByte === 10 || max <= 0;
    const bytes = this.#done ? 0 : this.#take(target, at, max);
    const newline = target.subarray(at, at + bytes).indexOf(10);
    this.#done ||= bytes === 0 || newline >= 0;
    return newline < 0 ? bytes : newline + 1;
  }

  #shrank(): TokenTaxError {
    const found = `${this.#position} of ${this.#sizeBytes} bytes were there`;
    return new TokenTaxError('TRUNCATED_INPUT', `${printable(this.#name)} became shorter while it was read`, {
      why: `${found}; it was probably rotated or overwritten`,
      help: 'Run again, or name a copy of the file.',
    });
  }
}

/** Standard input, a pipe or a device, in pull mode: a failure surfaces only when everything before it was taken. */
export class StreamReader implements ByteReader {
  readonly #name: string;
  readonly #stream: Readable;
  readonly #onRead: OnRead;
  #chunk: Buffer = Buffer.alloc(0);
  #ended = false;
  #failure: unknown;
  #wake: () => void = () => {};

  constructor(name: string, stream: Readable, onRead: OnRead) {
    this.#name = name;
    this.#stream = stream;
    this.#onRead = onRead;
    stream
      .on('readable', () => this.#wake())
      .on('error', (cause) => this.#stop(cause))
      .on('end', () => this.#stop())
      .on('close', () => this.#stop());
  }

  async read(target: Uint8Array, at: number, max: number): Promise<number> {
    while (this.#chunk.length === 0) {
      const chunk: Buffer | string | null = this.#ended ? null : this.#stream.read();
      if (chunk !== null) {
        this.#chunk = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        continue;
      }
      if (this.#failure !== undefined) throw unreadable(this.#name, this.#failure);
      if (this.#ended) return 0;
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
    const bytes = this.#chunk.copy(target, at, 0, max);
    this.#chunk = this.#chunk.subarray(bytes);
    this.#onRead(bytes);
    return bytes;
  }

  close(): void {
    this.#stream.destroy();
  }

  #stop(failure?: unknown): void {
    this.#ended = true;
    this.#failure ??= failure;
    this.#wake();
  }
}

/** Remembers bytes that were read too early and gives them out again. */
export class Rewindable implements ByteReader {
  readonly #inner: ByteReader;
  #again: Uint8Array = new Uint8Array(0);

  constructor(inner: ByteReader) {
    this.#inner = inner;
  }

  read(target: Uint8Array, at: number, max: number): number | Promise<number> {
    if (this.#again.length === 0) return this.#inner.read(target, at, max);
    const part = this.#again.subarray(0, max);
    target.set(part, at);
    this.#again = this.#again.subarray(part.length);
    return part.length < max ? this.#more(target, at, part.length, max) : part.length;
  }

  /** Fills up behind what was read before: a block of six bytes is not worth its own turn. A failure is met again by the next read. */
  #more(target: Uint8Array, at: number, already: number, max: number): number | Promise<number> {
    try {
      const answer = this.#inner.read(target, at + already, max - already);
      if (typeof answer === 'number') return already + answer;
      return answer.then(
        (bytes) => already + bytes,
        () => already,
      );
    } catch {
      return already;
    }
  }

  rewind(bytes: Uint8Array): void {
    this.#again = Buffer.concat([bytes, this.#again]);
  }

  close(): void {
    this.#inner.close();
  }
}

/**
 * Reads until `max` bytes are there or the input ends, whatever pieces the input comes in. A failure behind good bytes is left to the
 * next read, which meets it again.
 */
export const readFully = async (reader: ByteReader, target: Uint8Array, max: number): Promise<number> => {
  let filled = 0;
  while (filled < max) {
    try {
      const answer = reader.read(target, filled, max - filled);
      const bytes = typeof answer === 'number' ? answer : await answer;
      if (bytes === 0) break;
      filled += bytes;
    } catch (failure) {
      if (filled === 0) throw failure;
      break;
    }
  }
  return filled;
};
