import process from 'node:process';
import type { Transform } from 'node:stream';
import { TokenTaxError } from '../errors.js';
import { printable } from './failures.js';
import { type ByteReader, readFully } from './readers.js';
import { bomb, corrupt, type DecompressionLimit, truncated } from './unpack.js';

/** Decodes one frame, which it gets block by block, the header before the first. */
interface FrameDecoder {
  decode(bytes: Buffer, last: boolean): Uint8Array[] | Promise<Uint8Array[]>;
  close(): void;
}

export type NewFrameDecoder = () => FrameDecoder;

export type CreateZstdDecompress = (options: { chunkSize: number; highWaterMark: number }) => Transform;

/** Node 22.15 and 23.8 brought it; the types of Node 20 do not know it. */
export const builtInZstd = (): CreateZstdDecompress | undefined =>
  (process.getBuiltinModule('node:zlib') as { createZstdDecompress?: CreateZstdDecompress }).createZstdDecompress;

const KIB = 1024;

/**
 * The built-in one ends with the first frame, so each gets its own. What a block gives is at most 128 KiB: it never waits to be read.
 */
export const builtInDecoder =
  (create: CreateZstdDecompress): NewFrameDecoder =>
  () => {
    const stream = create({ chunkSize: 256 * KIB, highWaterMark: 1024 * KIB });
    let fail: (cause: unknown) => void = () => {};
    stream.on('error', (cause) => fail(cause));
    return {
      decode: (bytes) =>
        new Promise((resolve, reject) => {
          fail = reject;
          stream.write(bytes, (cause) => {
            if (cause) return reject(cause);
            const parts: Buffer[] = [];
            for (let part = stream.read(); part !== null; part = stream.read()) parts.push(part);
            resolve(parts);
          });
        }),
      close: () => stream.destroy(),
    };
  };

/** In plain JavaScript: works everywhere, at a fifth of the speed. */
export const scriptDecoder = async (): Promise<NewFrameDecoder> => {
  const { Decompress } = await import('fzstd');
  return () => {
    let parts: Uint8Array[] = [];
    const stream = new Decompress((part) => parts.push(part));
    return {
      decode: (bytes, last) => {
        parts = [];
        stream.push(bytes, last);
        return parts.filter(({ length }) => length > 0);
      },
      close: () => {},
    };
  };
};

/** What the zstd program allows too. */
const MAX_WINDOW = 128 * KIB * KIB;
const MAX_BLOCK = 128 * KIB;
const MAGIC = 0xfd2fb528;

interface Frame {
  readonly decoder: FrameDecoder;
  readonly checksumBytes: number;
  /** What goes to the decoder before the next block. */
  header: Buffer | undefined;
}

/** zstd inside this process. Frames and blocks are told apart here, so that every decoder sees a break at the same place. */
export class ZstdReader implements ByteReader {
  readonly #name: string;
  readonly #inner: ByteReader;
  readonly #limit: DecompressionLimit;
  readonly #newDecoder: NewFrameDecoder;
  #frame: Frame | undefined;
  readonly #queue: Uint8Array[] = [];
  #taken = 0;
  #given = 0;
  #failure: unknown;

  constructor(name: string, inner: ByteReader, newDecoder: NewFrameDecoder, limit: DecompressionLimit) {
    this.#name = name;
    this.#inner = inner;
    this.#limit = limit;
    this.#newDecoder = newDecoder;
  }

  async read(target: Uint8Array, at: number, max: number): Promise<number> {
    while (this.#queue.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      try {
        if (!this.#frame) {
          if (!(await this.#startFrame())) return 0;
        } else await this.#block(this.#frame);
      } catch (failure) {
        this.#failure = failure instanceof TokenTaxError ? failure : this.#corrupt((failure as Error).message, failure);
      }
    }
    const part = this.#queue[0]!;
    const bytes = Math.min(part.length, max);
    target.set(part.subarray(0, bytes), at);
    if (bytes === part.length) this.#queue.shift();
    else this.#queue[0] = part.subarray(bytes);
    return bytes;
  }

  close(): void {
    this.#frame?.decoder.close();
    this.#inner.close();
  }

  #corrupt(why: string, cause?: unknown): TokenTaxError {
    return corrupt(this.#name, 'zstd', why, cause);
  }

  #unsupported(why: string): TokenTaxError {
    return new TokenTaxError('UNSUPPORTED_COMPRESSION', `cannot read ${printable(this.#name)}: ${why}`);
  }

  /** The next bytes; undefined where none are left. A source that breaks says so at the next read. */
  async #next(count: number): Promise<Buffer | undefined> {
    const bytes = Buffer.allocUnsafe(count);
    let filled = 0;
    while (filled < count) {
      const found = await readFully(this.#inner, bytes.subarray(filled), count - filled);
      if (found === 0) break;
      filled += found;
    }
    this.#taken += filled;
    if (filled === 0 && count > 0) return undefined;
    if (filled < count) throw truncated(this.#name, 'zstd');
    return bytes;
  }

  async #need(count: number): Promise<Buffer> {
    const bytes = await this.#next(count);
    if (!bytes) throw truncated(this.#name, 'zstd');
    return bytes;
  }

  async #startFrame(): Promise<boolean> {
    const first = await this.#next(4);
    if (!first) return false;
    const magic = first.readUInt32LE();
    if (magic >>> 4 === 0x184d2a5) {
      await this.#skip((await this.#need(4)).readUInt32LE());
      return true;
    }
    if (magic !== MAGIC) throw this.#corrupt('what stands there is not a zstd frame');
    const descriptor = await this.#need(1);
    const flags = descriptor[0]!;
    const single = (flags & 0x20) !== 0;
    const idBytes = [0, 1, 2, 4][flags & 3]!;
    const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >> 6]!;
    const rest = await this.#need((single ? 0 : 1) + idBytes + sizeBytes);
    if (idBytes > 0 && rest.subarray(rest.length - sizeBytes - idBytes, rest.length - sizeBytes).some((byte) => byte !== 0)) {
      throw this.#unsupported('its zstd data needs a dictionary');
    }
    if (this.#window(rest, single, sizeBytes) > MAX_WINDOW)
      throw this.#unsupported('its zstd data needs a window of more than 128 MiB');
    this.#frame = {
      decoder: this.#newDecoder(),
      checksumBytes: (flags & 4) !== 0 ? 4 : 0,
      header: Buffer.concat([first, descriptor, rest]),
    };
    return true;
  }

  #window(rest: Buffer, single: boolean, sizeBytes: number): number {
    if (!single) {
      const base = 2 ** (10 + (rest[0]! >> 3));
      return base + (base / 8) * (rest[0]! & 7);
    }
    if (sizeBytes === 8) return Number(rest.readBigUInt64LE(rest.length - 8));
    return rest.readUIntLE(rest.length - sizeBytes, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
  }

  async #skip(bytes: number): Promise<void> {
    for (let left = bytes; left > 0; left -= Math.min(left, MAX_BLOCK)) await this.#need(Math.min(left, MAX_BLOCK));
  }

  async #block(frame: Frame): Promise<void> {
    const head = await this.#need(3);
    const bits = head.readUIntLE(0, 3);
    const last = (bits & 1) === 1;
    const kind = (bits >> 1) & 3;
    const size = bits >> 3;
    if (kind === 3 || size > MAX_BLOCK) throw this.#corrupt('a block of no known kind');
    const body = await this.#need(kind === 1 ? 1 : size);
    const parts = [head, body];
    if (frame.header) parts.unshift(frame.header);
    frame.header = undefined;
    if (last) parts.push(await this.#need(frame.checksumBytes));
    for (const part of await frame.decoder.decode(Buffer.concat(parts), last)) {
      this.#queue.push(part);
      this.#given += part.length;
    }
    if (last) {
      frame.decoder.close();
      this.#frame = undefined;
    }
    this.#failure = bomb(this.#name, this.#limit, this.#taken, this.#given);
  }
}
