/** Logs that say of themselves that they hold a part of the requests: each record stands for several. */
import { isObject } from './framing/json-object.js';

/** Names that writers use, without case and separators: how many requests one record stands for, or the share that was kept. */
const NAMES: ReadonlySet<string> = new Set([
  'itemcount',
  'samplecount',
  'sampleinterval',
  'samplerate',
  'sampleratio',
  'samplingfraction',
  'samplinginterval',
  'samplingprobability',
  'samplingrate',
  'samplingratio',
]);

export interface Sampling {
  /** Name of the field as the log has it. */
  readonly field: string;
  /** The least share that a record told: `1/10`, `0.25`. */
  readonly share: string;
}

const plain = (name: string): string => name.replace(/[^A-Za-z]/g, '').toLowerCase();

/** Undefined where no record has such a field, or all say that they stand for one request. Nested objects are looked into one level deep. */
export function sampledBy(records: readonly Readonly<Record<string, unknown>>[]): Sampling | undefined {
  let found: { field: string; share: number } | undefined;
  const look = (name: string, value: unknown, path: string): void => {
    if (!NAMES.has(plain(name))) return;
    const number = typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : Number.NaN;
    if (!(number > 0) || number === 1 || number > 1e9) return;
    const share = number > 1 ? 1 / number : number;
    if (found === undefined || share < found.share) found = { field: path, share };
  };
  for (const record of records)
    for (const [name, value] of Object.entries(record)) {
      look(name, value, name);
      if (!isObject(value)) continue;
      for (const [inner, one] of Object.entries(value)) look(inner, one, `${name}.${inner}`);
    }
  if (found === undefined) return undefined;
  const { field, share } = found;
  const many = Math.round(1 / share);
  return { field, share: Math.abs(many * share - 1) < 1e-9 ? `1/${many}` : String(Number(share.toFixed(6))) };
}
