/** Lines that are JSON objects, parsed once, whoever asks. */
import type { Piece } from './wrappers.js';

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** The latest instant that a date can be, in ms. */
const LAST_MS = 8.64e15;

/** A number of ms since 1970 as an ISO time; undefined for one that no date can be. */
export const isoOfMs = (ms: number): string | undefined => (ms >= 0 && ms <= LAST_MS ? new Date(ms).toISOString() : undefined);

export const parseObject = (line: Piece): JsonObject | undefined => {
  const { bytes, from: start, to } = line;
  if (bytes[start] !== 123) return undefined;
  const { parsed } = line;
  if (parsed !== undefined) return parsed.object;
  let object: JsonObject | undefined;
  try {
    object = JSON.parse(bytes.toString('utf8', start, to)) as JsonObject;
  } catch {
    object = undefined;
  }
  line.parsed = { object };
  return object;
};
