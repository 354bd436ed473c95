/** Cache words that a table tells, each text looked up once. */
import { cacheWords } from '../events/request-batch.js';
import { type CacheReading, cacheTables } from '../formats/cache-words.js';
import type { Field } from '../formats/define.js';
import { ByteInterner } from './byte-interner.js';

const MAX_TEXTS = 256;

export class CacheTable {
  private readonly known = new ByteInterner(MAX_TEXTS, 16 * 1024);

  constructor(private readonly reading: CacheReading) {}

  /** Index into `cacheWords`. */
  word(bytes: Uint8Array, from: number, to: number): number {
    const end = Math.min(to, from + 64);
    const found = this.known.find(bytes, from, end);
    if (found >= 0) return found;
    const text = String.fromCharCode(...bytes.subarray(from, end)).toUpperCase();
    const means = cacheTables[this.reading].find(([word]) => text.includes(word))?.[1] ?? 'none';
    const word = cacheWords.indexOf(means);
    this.known.add(bytes, from, end, word);
    return word;
  }
}

export function cacheTableOf(fields: readonly Field[]): CacheTable | undefined {
  const reading = fields.find(({ slot }) => slot === 'cache')?.as;
  return reading !== undefined && reading in cacheTables ? new CacheTable(reading as CacheReading) : undefined;
}
