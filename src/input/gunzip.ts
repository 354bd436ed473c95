/**
 * gzip, decompressed by Node's own zlib on a thread of its pool while the caller works on what came before. The streams of `node:zlib` make a
 * new buffer for each chunk, a GB of them for a log of a GB, and the garbage collector runs for them again and again; here one buffer is
 * filled over and over. What does that is what those streams are made of; where it does not look as it is known to, the stream is used.
 */
import process from 'node:process';
import type { Gunzip } from 'node:zlib';
import { type ByteReader, readFully } from './readers.js';
import { bomb, corrupt, type DecompressionLimit, truncated } from './unpack.js';

/** The binding behind a stream of `node:zlib`. */
interface Handle {
  onerror: (message: string, errno: number, code: string) => void;
  init(
    windowBits: number,
    level: number,
    memLevel: number,
    strategy: number,
    left: Uint32Array,
    done: () => void,
    dictionary: undefined,
  ): void;
  /** Leaves in `left` how many bytes of the output and of the input were not used, then calls `done`; or `onerror`. */
  write(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputBytes: number,
    output: Uint8Array,
    outputAt: number,
    outputBytes: number,
  ): void;
  /** The same at once, without `done`. */
  writeSync: Handle['write'];
  close(): void;
}

export type GunzipHandles = new (mode: number) => Handle;

/** Majors of Node in which this was tried. A later one may take other arguments, and ends the process when it gets these. */
const TRIED = new Set(['20', '22', '24']);
const MODE_GUNZIP = 4;
/** What the stream passes on where nothing was asked for; all but the first are for compressing. */
const WINDOW_BITS = 15;
const LEVEL = -1;
const MEM_LEVEL = 8;
const STRATEGY = 0;
const NO_FLUSH = 0;
const FINISH = 4;

let found: GunzipHandles | false | undefined;

/** undefined: this Node is another than those it was tried with. */
export function gunzipHandles(): GunzipHandles | undefined {
  if (found === undefined) found = handleClass() ?? false;
  return found === false ? undefined : found;
}

function handleClass(): GunzipHandles | undefined {
  if (!TRIED.has(process.versions.node.split('.')[0]!)) return undefined;
  // Loaded when the first archive is met: most runs on small logs have none.
  const gunzip = process.getBuiltinModule('node:zlib').createGunzip() as Gunzip & { _handle?: { constructor?: unknown } };
  const made = gunzip._handle?.constructor;
  gunzip.destroy();
  const { prototype } = (made ?? {}) as { prototype?: Partial<Handle> };
  const fits =
    typeof made === 'function' &&
    [prototype?.init, prototype?.write, prototype?.writeSync, prototype?.close].every((one) => typeof one === 'function');
  return fits ? (made as GunzipHandles) : undefined;
}

/** Of the archive at once; it is filled again when less than half of it is left, so that it does not end in the middle of an output. */
const INPUT_BYTES = 512 * 1024;

/** What is read before a damage does not depend on timing: each call of zlib gets the same bytes and the same room. */
export class GunzipReader implements ByteReader {
  readonly #name: string;
  readonly #inner: ByteReader;
  readonly #limit: DecompressionLimit;
  readonly #handle: Handle;
  /** Bytes of the output and of the input that the last call left. */
  readonly #left = new Uint32Array(2);
  readonly #input: Buffer;
  #inputAt = 0;
  #inputTo = 0;
  #inputEnded = false;
  readonly #here: boolean;
  readonly #output: Buffer;
  #outputAt = 0;
  #outputTo = 0;
  #taken = 0;
  #given = 0;
  #busy = false;
  #finishing = false;
  #ended = false;
  #closed = false;
  #failure: unknown;
  #wake: () => void = () => {};

  /** `here`: by this thread, when it is asked for: it is one of several that all have enough to do. */
  constructor(
    name: string,
    inner: ByteReader,
    handles: GunzipHandles,
    chunkBytes: number,
    limit: DecompressionLimit,
    here: boolean,
  ) {
    this.#name = name;
    this.#inner = inner;
    this.#limit = limit;
    const bytes = Math.max(64, chunkBytes);
    this.#input = Buffer.from(new ArrayBuffer(Math.min(INPUT_BYTES, bytes)));
    this.#here = here;
    this.#output = Buffer.from(new ArrayBuffer(bytes));
    this.#handle = new handles(MODE_GUNZIP);
    this.#handle.onerror = (message, _, code) => this.#fail(message, code);
    this.#handle.init(WINDOW_BITS, LEVEL, MEM_LEVEL, STRATEGY, this.#left, () => this.#take(), undefined);
  }

  read(target: Uint8Array, at: number, max: number): number | Promise<number> {
    if (this.#here) return this.#readHere(target, at, max);
    return this.#outputAt < this.#outputTo ? this.#copy(target, at, max) : this.#wait(target, at, max);
  }

  #readHere(target: Uint8Array, at: number, max: number): number | Promise<number> {
    if (this.#outputAt < this.#outputTo) return this.#copy(target, at, max);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#ended) return 0;
    const later = this.#refill();
    this.#busy = true;
    if (later === undefined) this.#write();
    else return later.then(() => this.#write()).then(() => this.#readHere(target, at, max));
    return this.#readHere(target, at, max);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop();
    this.#handle.close();
    this.#inner.close();
  }

  async #wait(target: Uint8Array, at: number, max: number): Promise<number> {
    while (this.#outputAt === this.#outputTo) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return 0;
      const woken = new Promise<void>((wake) => {
        this.#wake = wake;
      });
      this.#start();
      await woken;
    }
    return this.#copy(target, at, max);
  }

  #copy(target: Uint8Array, at: number, max: number): number {
    const bytes = this.#output.copy(target, at, this.#outputAt, Math.min(this.#outputTo, this.#outputAt + max));
    this.#outputAt += bytes;
    // The next piece is under way while the caller works on this one.
    if (this.#outputAt === this.#outputTo && !this.#here) this.#start();
    return bytes;
  }

  /** A file answers at once, so that the pool is at work when the caller goes on. */
  #start(): void {
    if (this.#busy || this.#ended) return;
    this.#busy = true;
    try {
      const later = this.#refill();
      if (later === undefined) this.#write();
      else later.then(() => this.#write()).catch((failure) => this.#stop(failure));
    } catch (failure) {
      this.#stop(failure);
    }
  }

  /** Up to the brim or the end, whatever pieces the archive comes in: what zlib gets must not depend on that. */
  #refill(): Promise<void> | undefined {
    const input = this.#input;
    if (this.#inputEnded || (this.#inputTo - this.#inputAt) * 2 > input.length) return undefined;
    input.copyWithin(0, this.#inputAt, this.#inputTo);
    this.#inputTo -= this.#inputAt;
    this.#inputAt = 0;
    while (this.#inputTo < input.length && !this.#inputEnded) {
      const answer = this.#inner.read(input, this.#inputTo, input.length - this.#inputTo);
      if (typeof answer !== 'number') return this.#fillUp(answer);
      this.#inputTo += answer;
      this.#inputEnded = answer === 0;
    }
    return undefined;
  }

  async #fillUp(first: Promise<number>): Promise<void> {
    const { length } = this.#input;
    const bytes = await first;
    this.#inputTo += bytes;
    if (bytes > 0) this.#inputTo += await readFully(this.#inner, this.#input.subarray(this.#inputTo), length - this.#inputTo);
    this.#inputEnded = this.#inputTo < length;
  }

  #write(): void {
    if (this.#closed) return;
    this.#finishing = this.#inputEnded && this.#inputAt === this.#inputTo;
    const { length } = this.#output;
    const flush = this.#finishing ? FINISH : NO_FLUSH;
    const input = this.#inputTo - this.#inputAt;
    if (!this.#here) this.#handle.write(flush, this.#input, this.#inputAt, input, this.#output, 0, length);
    else {
      this.#handle.writeSync(flush, this.#input, this.#inputAt, input, this.#output, 0, length);
      if (this.#failure === undefined) this.#take();
    }
  }

  #take(): void {
    if (this.#closed) return;
    this.#busy = false;
    const [room, unread] = this.#left as unknown as [number, number];
    const bytes = this.#output.length - room;
    this.#taken += this.#inputTo - this.#inputAt - unread;
    this.#given += bytes;
    this.#inputAt = this.#inputTo - unread;
    const tooMuch = bomb(this.#name, this.#limit, this.#taken, this.#given);
    if (tooMuch !== undefined) {
      this.#stop(tooMuch);
      return;
    }
    this.#outputAt = 0;
    this.#outputTo = bytes;
    // With room left, what was not read is no gzip: something else stands behind the archive.
    this.#ended = room > 0 && (unread > 0 || this.#finishing);
    this.#wake();
  }

  #fail(message: string, code: string): void {
    if (this.#closed) return;
    const cause = Object.assign(new Error(message), { code });
    this.#stop(code === 'Z_BUF_ERROR' ? truncated(this.#name, 'gzip', cause) : corrupt(this.#name, 'gzip', message, cause));
  }

  #stop(failure?: unknown): void {
    this.#ended = true;
    this.#failure ??= failure;
    this.#wake();
  }
}
