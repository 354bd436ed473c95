/**
 * What `--max-memory` leaves for what grows with the log. The amounts are estimates that were measured (docs/speed.md), and whole
 * numbers of the option alone: the result must not depend on what the machine had free.
 */
import { TokenTaxError } from '../errors.js';
import { MAX_CALLERS } from '../events/name-cap.js';

const MIB = 2 ** 20;
/** With less, the program itself does not run. */
const LEAST = 96 * MIB;
/** What a run takes whatever it reads: the runtime, the kernel, buffers. */
const BASE = 92 * MIB;
/** So much before the limit nothing more is kept while the log is read. */
const BEFORE_FULL = 16 * MIB;
/** A caller with its key, up to its row of the result. */
const CALLER_BYTES = 3600;
/** A fetch of the key at hand: its columns, and those of what looks at it. */
const FETCH_BYTES = 140;
/** Callers may take this part of what is left: the rest is for their fetches. */
const CALLERS_SHARE = 0.6;

export interface MemoryPlan {
  readonly bytes: number;
  /** Others are counted together, and their fetches are unknown. */
  readonly maxCallers: number;
  /** Fetches of one key; those of a larger one are unknown. */
  readonly maxKeyFetches: (callers: number) => number;
  /** Whether a process of that size should not take more while it reads. */
  readonly isFull: (rssBytes: number, callers: number) => boolean;
  /** What so many may take once they have been read. */
  readonly finishBytes: (callers: number, fetches: number) => number;
}

/** `256M`, `1G`, `200MiB`; undefined: as much as it takes. */
export function parseMaxMemory(text: string | undefined): MemoryPlan | undefined {
  if (text === undefined) return undefined;
  const match = /^\s*(\d{1,6}(?:\.\d{1,3})?)\s*([MG])(?:i?B)?\s*$/i.exec(text);
  if (match === null)
    throw new TokenTaxError('BAD_OPTION', `--max-memory "${text}" is no size`, { help: 'Write it as 256M or 1G.' });
  const bytes = Math.floor(Number(match[1]) * (match[2]!.toUpperCase() === 'G' ? 1024 : 1) * MIB);
  if (bytes < LEAST)
    throw new TokenTaxError('BAD_OPTION', `--max-memory ${text} is less than the program itself takes`, {
      help: 'Write 96M or more.',
    });
  const left = bytes - BASE;
  return {
    bytes,
    maxCallers: Math.min(MAX_CALLERS, Math.floor((left * CALLERS_SHARE) / CALLER_BYTES)),
    maxKeyFetches: (callers) => Math.floor((left - callers * CALLER_BYTES) / FETCH_BYTES),
    isFull: (rssBytes, callers) => rssBytes > bytes - Math.max(BEFORE_FULL, callers * CALLER_BYTES),
    finishBytes: (callers, fetches) => callers * CALLER_BYTES + fetches * FETCH_BYTES,
  };
}
