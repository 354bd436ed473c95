/** Where the fields of the current line are. Numbers of the slots as in src/scan/kernel/program.ts. */
import { SPAN_BYTES, SPANS } from './layout';

export const TIME: i32 = 0;
export const DURATION: i32 = 1;
export const UPSTREAM: i32 = 2;
export const STATUS: i32 = 3;
export const BYTES: i32 = 4;
export const REQUEST: i32 = 5;
export const METHOD: i32 = 6;
export const TARGET: i32 = 7;
export const PATH: i32 = 8;
export const QUERY: i32 = 9;
export const USER_AGENT: i32 = 10;
export const CACHE: i32 = 11;
export const NODE: i32 = 12;
export const EXPIRES_IN: i32 = 13;
export const TOKEN: i32 = 14;
export const UPSTREAM_ADDRESS: i32 = 15;
export const WRITER: i32 = 16;
export const DURATION_MORE: i32 = 17;
export const DURATION_LAST: i32 = 18;
export const UPSTREAM_MORE: i32 = 19;
export const REQUEST_ID: i32 = 20;
export const TRACE_ID: i32 = 21;
/** The first of those that make a caller, in the order of the tuple. */
export const CALLER_FIRST: i32 = 22;
export const HOST: i32 = 22;
export const CLIENT: i32 = 23;
export const IDENTITY: i32 = 24;

/** Slots that this line fills, as bits. */
let present: u32 = 0;

@inline
export function clearSpans(): void {
  present = 0;
}

/** Slots that are filled, as bits, to come back to. */
@inline
export function presentSpans(): u32 {
  return present;
}

@inline
export function keepSpans(slots: u32): void {
  present = slots;
}

@inline
export function has(slot: i32): bool {
  return (present & (1 << slot)) != 0;
}

@inline
export function setSpan(slot: i32, from: i32, to: i32, reading: i32): void {
  const at = SPANS + slot * SPAN_BYTES;
  store<i32>(at, from);
  store<i32>(at, to, 4);
  store<i32>(at, reading, 8);
  present |= 1 << slot;
}

/** Two fields for one slot: the better one (lower index) wins, unless it is empty. */
export function putSpan(slot: i32, from: i32, to: i32, reading: i32, index: i32): void {
  const at = SPANS + slot * SPAN_BYTES;
  if (has(slot)) {
    const had = load<i32>(at, 12);
    if (had < index && load<i32>(at, 4) > load<i32>(at)) return;
    if (had > index && to == from) return;
  }
  setSpan(slot, from, to, reading);
  store<i32>(at, index, 12);
}

@inline
export function fromOf(slot: i32): i32 {
  return load<i32>(SPANS + slot * SPAN_BYTES);
}

@inline
export function toOf(slot: i32): i32 {
  return load<i32>(SPANS + slot * SPAN_BYTES, 4);
}

/** Kind in the low byte, scale + 8 in the second, 1 << 16 for a list. */
@inline
export function readingOf(slot: i32): i32 {
  return load<i32>(SPANS + slot * SPAN_BYTES, 8);
}
