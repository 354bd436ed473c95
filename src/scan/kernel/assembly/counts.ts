/**
 * Counts a request in the tables of src/analysis/request-counts.ts, by the same rules. Whatever is not plain to see there (a route
 * that was not met before, a 401) is left to it: all is asked before anything is written.
 */
import {
  AGENT_KINDS,
  CELL_COUNTS,
  CELL_FROM,
  COUNTED_AGENTS,
  COUNTERS,
  DEMAND_DURATION,
  DEMAND_GAPS,
  DEMAND_MS,
  DEMAND_NODE,
  DEMAND_ROUTE,
  EXCLUDED,
  HISTOGRAM_BINS,
  HISTOGRAMS,
  MAX_CELLS,
  ROUTE_KINDS,
  ROUTE_SLOTS,
} from './layout';
import { note } from './slowest';

const ROUTE_SHIFT: i32 = 4;
const DEMAND: i32 = 1;
const WORDS: i32 = 2;
const IS_AUTH_PAGE: i32 = 8;
const REASON: i32 = 7;
const IS_OPTIONS: i32 = 1;
const IS_PROBE: i32 = 5;
const IS_CACHED: i32 = 6;
const IS_NOT_SENT: i32 = 7;
/** OPTIONS, health checks, static files, their agents: requests that any server answers. */
const ANYBODYS: i32 = (1 << 1) | (1 << 3) | (1 << 4) | (1 << 5);
/** hit, stale, updating */
const FROM_CACHE: i32 = (1 << 1) | (1 << 4) | (1 << 5);
const PROBE: u8 = 2;
const OPTIONS: i32 = 7;
const NO_UPSTREAM: f64 = -2;
const SHORT_US: f64 = 1073741824;
const LONGEST_UPSTREAM_US: f64 = 86400000000;

let counting: bool = false;
/** All times with an upstream time are multiples of it, us; 0: that is not known yet, 1: of none that counts. */
let step: i32 = 0;
let cellWidth: f64 = 1000;
let cellEnd: f64 = 0;
let cellStart: f64 = 0;

export let requests: i32 = 0;
export let authLooking: i32 = 0;
export let plain: i32 = 0;
export let demand: i32 = 0;
/** Bytes that the gaps of the demand take. */
export let gapBytes: i32 = 0;
/** All demand of the batch is of one node. */
export let ofOneNode: bool = true;
export let cells: i32 = 0;
export let firstStartMs: f64 = Infinity;
export let lastEndMs: f64 = -Infinity;

/** Begins a batch. */
export function setCounting(on: bool, stepUs: i32, cellMs: f64): void {
  counting = on;
  step = stepUs;
  cellWidth = cellMs;
  cellStart = cellEnd = 0;
  requests = authLooking = plain = demand = gapBytes = cells = 0;
  ofOneNode = true;
  firstStartMs = Infinity;
  lastEndMs = -Infinity;
}

@inline
export function isCounting(): bool {
  return counting;
}

@inline
function isShort(us: f64): bool {
  return us >= 0 && us < SHORT_US && f64(i32(us)) == us;
}

/** Units of 62.5 us. Bins of one unit up to 32 units, then 16 to an octave. */
@inline
function binOf(units: i32): i32 {
  if (units < 16) return units;
  const exponent = 31 - clz(units);
  return 16 * (exponent - 3) + ((units >> (exponent - 4)) & 15);
}

/** What src/analysis/varint.ts writes of an integer of either sign. */
@inline
function putGap(gap: i64): void {
  let value = u64((gap << 1) ^ (gap >> 63));
  let at = DEMAND_GAPS + gapBytes;
  while (value >= 128) {
    store<u8>(at++, u8(value | 128));
    value >>= 7;
  }
  store<u8>(at++, u8(value));
  gapBytes = at - DEMAND_GAPS;
}

/** False: it must go on as a row. */
export function count(
  startUs: f64,
  duration: f64,
  upstream: f64,
  status: i32,
  method: i32,
  cache: i32,
  route: i32,
  agent: i32,
  node: i32,
): bool {
  const kind = i32(load<u8>(ROUTE_KINDS + route));
  if (kind == 0 || !(startUs >= 0) || !(upstream <= LONGEST_UPSTREAM_US)) return false;
  const timed = duration >= 0;
  if (timed && !isShort(duration)) return false;
  let why = kind & REASON;
  if (method == OPTIONS) why = IS_OPTIONS;
  else if (why == 0) {
    if (agent >= 0) {
      if (agent >= COUNTED_AGENTS) return false;
      const asked = load<u8>(AGENT_KINDS + agent);
      if (asked == 0) return false;
      if (asked == PROBE) why = IS_PROBE;
    }
    if (why == 0) {
      if (((FROM_CACHE >> cache) & 1) != 0) why = IS_CACHED;
      else if (upstream == NO_UPSTREAM) why = IS_NOT_SENT;
    }
  }
  const startMs = Math.floor(startUs / 1000);
  const us = timed ? i32(duration) : 0;
  let slot = -1;
  let units = 0;
  if (why == 0) {
    if (status == 401) return false;
    if (timed && upstream >= 0) {
      if (step == 0 || !isShort(upstream)) return false;
      const upstreamUs = i32(upstream);
      if (step == 1000) {
        if (us % 1000 != 0 || upstreamUs % 1000 != 0) return false;
      } else if (step > 1 && (us % step != 0 || upstreamUs % step != 0)) return false;
      slot = i32(load<i16>(ROUTE_SLOTS + (route << 1)));
      if (slot < 0) return false;
      units = us > upstreamUs ? i32(u32(2 * (us - upstreamUs)) / 125) : 0;
    }
  }
  if (!(startMs >= cellStart && startMs < cellEnd)) {
    if (cells == MAX_CELLS) return false;
    cellStart = Math.floor(startMs / cellWidth) * cellWidth;
    cellEnd = cellStart + cellWidth;
    store<f64>(CELL_FROM + (cells << 3), cellStart);
    store<u32>(CELL_COUNTS + (cells << 2), 0);
    cells++;
  }
  const cell = CELL_COUNTS + ((cells - 1) << 2);
  store<u32>(cell, load<u32>(cell) + 1);

  const line = COUNTERS + (route << (ROUTE_SHIFT + 2));
  store<u32>(line, load<u32>(line) + 1);
  if (cache != 0) {
    const word = line + ((WORDS + cache) << 2);
    store<u32>(word, load<u32>(word) + 1);
  }
  requests++;
  if ((kind & IS_AUTH_PAGE) != 0) authLooking++;
  else if (((ANYBODYS >> why) & 1) == 0) plain++;
  // Halves of a ms are rounded up.
  const durationMs = (us + 500) / 1000;
  const endMs = startMs + f64(durationMs);
  firstStartMs = min(firstStartMs, startMs);
  lastEndMs = max(lastEndMs, endMs);
  if (why != 0) {
    const reason = EXCLUDED + (why << 2);
    store<u32>(reason, load<u32>(reason) + 1);
    return true;
  }
  store<u32>(line, load<u32>(line, DEMAND << 2) + 1, DEMAND << 2);
  if (slot >= 0) {
    const place = HISTOGRAMS + ((slot * HISTOGRAM_BINS + binOf(units)) << 2);
    store<u32>(place, load<u32>(place) + 1);
    note(slot, units, startMs);
  }
  if (demand > 0) {
    putGap(i64(startMs) - i64(load<f64>(DEMAND_MS + (demand << 3) - 8)));
    if (node != load<i32>(DEMAND_NODE + (demand << 2) - 4)) ofOneNode = false;
  }
  store<f64>(DEMAND_MS + (demand << 3), startMs);
  store<i32>(DEMAND_NODE + (demand << 2), node);
  store<i32>(DEMAND_DURATION + (demand << 2), timed ? durationMs : -1);
  store<i32>(DEMAND_ROUTE + (demand << 2), route);
  demand++;
  return true;
}
