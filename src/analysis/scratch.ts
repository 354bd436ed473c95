/**
 * Large arrays that are needed for a moment, again and again: kept and handed out anew, since the collector lets many megabytes of
 * dropped ones pile up. Each place of use has its own name and never needs two at a time; nothing in here may outlive its key.
 */
const buffers = new Map<string, ArrayBuffer>();

/** Room to begin with: most keys are small, and there may be a hundred thousand of them. */
const LEAST_BYTES = 4096;

function bufferOf(name: string, bytes: number): ArrayBuffer {
  let buffer = buffers.get(name);
  if (buffer === undefined || buffer.byteLength < bytes) {
    buffer = new ArrayBuffer(Math.max(LEAST_BYTES, Math.ceil(bytes / 8 + bytes / 64) * 8));
    buffers.set(name, buffer);
  }
  return buffer;
}

/** Of several places of use, each of which has done with it before it calls any other: sorting is one. */
export const BRIEF = 'brief';
export const BRIEF_TOO = 'brief too';

/** Contents are what was left in them. */
export const scratchDoubles = (name: string, length: number): Float64Array =>
  new Float64Array(bufferOf(name, length * 8), 0, length);
export const scratchInts = (name: string, length: number): Int32Array => new Int32Array(bufferOf(name, length * 4), 0, length);
export const scratchIds = (name: string, length: number): Uint32Array => new Uint32Array(bufferOf(name, length * 4), 0, length);

/** Two of as many numbers, in the bytes of doubles. */
export const scratchPair = (name: string, length: number): [Uint32Array, Uint32Array] => {
  const buffer = bufferOf(name, length * 8);
  return [new Uint32Array(buffer, 0, length), new Uint32Array(buffer, length * 4, length)];
};

export const scratchBytes = (name: string, length: number): Uint8Array => new Uint8Array(bufferOf(name, length), 0, length);

/** What stands in an array, while that is written over. */
export function scratchCopy<Kind extends Like>(name: string, values: Kind): Kind {
  const copy = new (values.constructor as new (buffer: ArrayBuffer, from: number, length: number) => Kind)(
    bufferOf(name, values.byteLength),
    0,
    values.length,
  );
  copy.set(values);
  return copy;
}

type Like = Float64Array | Float32Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;

/** Lets go of all of them: at the end of a run. */
export const dropScratch = (): void => buffers.clear();
