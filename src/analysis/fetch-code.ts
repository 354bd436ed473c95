/**
 * An event as bytes: two that say what follows, then the differences to the event before it, of one to four bytes each. Each is written
 * and read as four bytes at once, of which those behind it are written over or left out: no loop, and no branch that has to be guessed.
 */

/** Status, cache word and what is said of the lifetime, in the first byte. */
export const CACHE = 7;
/** Another lifetime follows, or it is that of the event before; neither: the record says none. */
export const LIFETIME = 8;
export const SAME_LIFETIME = 16;
const STATUS_SHIFT = 5;
/** The status follows. */
const RARE_STATUS = 7;
/** Instead of an event: what the differences count from. Both lifetimes at once are none of an event. */
export const RESET = 255;
export const RESET_BYTES = 25;

/** Statuses that token endpoints mostly give. */
const COMMON_STATUSES = [200, 401, 429, 503, 400, 500, 201] as const;
const commonCodes = new Uint8Array(1024).fill(RARE_STATUS);
COMMON_STATUSES.forEach((status, code) => {
  commonCodes[status] = code;
});
const statuses = Uint16Array.from([...COMMON_STATUSES, 0]);

/** Bits of a status in the first byte. */
export const statusBits = (status: number): number => (commonCodes[status] ?? RARE_STATUS) << STATUS_SHIFT;

export const isRare = (code: number): boolean => code >= RARE_STATUS << STATUS_SHIFT;

/** Of a code that is not rare. */
export const statusOf = (code: number): number => statuses[code >> STATUS_SHIFT]!;

/** Differences that four bytes can say. */
export const fits = (difference: number): boolean => difference >= -0x4000_0000 && difference < 0x4000_0000;

/** Small numbers of either sign become small ones. */
export const zigzag = (value: number): number => (value << 1) ^ (value >> 31);
export const unzigzag = (bits: number): number => (bits >>> 1) ^ -(bits & 1);

/** One less than the bytes it takes. */
export const sizeOf = (bits: number): number => (31 - Math.clz32(bits | 1)) >> 3;

/** Of four bytes, those that belong to a number of this size. */
export const keep = (bits: number, size: number): number => bits & (-1 >>> (24 - (size << 3)));

/** More than that is not told apart: 24 days. */
export const LONGEST_MS = 0x7fff_fffe;
