/**
 * Which request of the gateway asked for which fetch. By the span that both belong to or by an id that both logs have, which is exact; else
 * by time, once it is known how far the clocks are apart. What time cannot tell is called ambiguous and used for nothing.
 */
import { binomialTail } from './join-chance.js';
import { type Clocks, measureClocks, median } from './join-clocks.js';
import type { FetchJoinTable } from './join-fetches.js';
import { HoldingRequests, type Intervals, matchByTime } from './join-match.js';
import { IdIndex, type RequestTable } from './join-requests.js';
import type { FileFacts } from './run-facts.js';
import { isSorted, sortEvents } from './sort.js';

export interface JoinTables {
  readonly requests: RequestTable;
  readonly fetches: FetchJoinTable;
}

export interface RunJoin extends JoinTables {
  readonly by: 'trace' | 'id' | 'time' | 'none';
  /** Per fetch the row of its request; -1: none. */
  readonly requestOf: Int32Array;
  /** 1: there is no other request that it could belong to. */
  readonly sure: Uint8Array;
  /** Requests that could have been matched: they have a duration or an id. */
  readonly canMatch: (row: number) => boolean;
  readonly clocks: Clocks;
  readonly skewMs: number | null;
  readonly skewSpreadMs: number | null;
  /** The clocks are so far apart that nothing follows from them. */
  readonly clocksTooFar: boolean;
}

/** Clocks farther apart are wrong zones or other days: they are said, not set right. */
export const FARTHEST_CLOCK_MS = 900_000;
/** Stamps as coarse as that tell no order within a request. */
const COARSE_MS = 1_000;
/** Below this share of requests with a duration nothing is matched by time. */
const ENOUGH_DURATIONS = 0.9;
/** Fetches of a log whose ids are found in the gateway's: those that are not found were asked for by no request of it. */
const IDS_ARE_SHARED = 0.5;
const CHANCE = 0.01;
/** What a pair may be off the median of all pairs. */
const FAR_MS = 50;
const FAR_SPREADS = 4;
/** Parts of the log by which fetches are moved, round and round, to see what chance holds. */
const SHIFTS = [0.071, 0.173, 0.281, 0.397, 0.509, 0.613, 0.727, 0.839, 0.937];
const SAMPLE = 2_000;

export function joinRun({ requests, fetches }: JoinTables, files: readonly FileFacts[]): RunJoin {
  const clockOfFile = clockNumbers(files);
  const requestOf = new Int32Array(fetches.count).fill(-1);
  const sure = new Uint8Array(fetches.count);
  const byId = matchByIds({ requests, fetches }, requestOf, sure);
  const spans = byId.some((fetch) => files[fetches.file[fetch]!]!.format === 'otlp');

  const { kept, timed, rows } = tallied(requests, files);
  const hasDurations = timed.reduce(sum, 0) >= kept * ENOUGH_DURATIONS;
  const fetched = fetchesByFile(fetches, files);
  const resolutionMs = files.reduce(
    (coarsest, { resolutionMs: own }, file) => (rows[file]! + fetched[file]! > 0 ? Math.max(coarsest, own ?? 0) : coarsest),
    0,
  );
  const clocks = measureClocks(
    {
      count: fetches.count,
      startMs: fetches.startMs,
      clock: (row) => clockOfFile[fetches.file[row]!]!,
      counts: () => true,
      sizes: byClock(fetched, clockOfFile),
    },
    {
      count: requests.count,
      startMs: requests.startMs,
      clock: (row) => clockOfFile[requests.file[row]!]!,
      counts: (row) => counts(requests, row),
      sizes: byClock(timed, clockOfFile),
    },
    knownPairs({ requests, fetches }, byId, requestOf, clockOfFile),
    resolutionMs,
  );
  const canMatch = (row: number): boolean =>
    requests.dropped[row] === 0 &&
    (byId.length > 0
      ? (requests.request?.[row] ?? 0) !== 0 || (requests.trace?.[row] ?? 0) !== 0
      : requests.durationMs[row]! >= 0);
  const clocksTooFar = Math.abs(clocks.farthestMs ?? 0) > FARTHEST_CLOCK_MS;
  const base = { requests, fetches, requestOf, sure, canMatch, clocks, clocksTooFar };
  if (clocksTooFar && byId.length === 0) return { ...base, by: 'none', skewMs: clocks.farthestMs!, skewSpreadMs: null };

  const left = withoutShared({ requests, fetches }, files, requestOf);
  let byTime = false;
  if (left.length > 0 && hasDurations && !clocksTooFar) {
    byTime = matchRest({ requests, fetches }, left, { clocks, clockOfFile, resolutionMs }, requestOf, sure);
  }
  const { skewMs, spreadMs } = skewOf({ requests, fetches }, requestOf, sure);
  return {
    ...base,
    by: spans ? 'trace' : byId.length > 0 ? 'id' : byTime ? 'time' : 'none',
    skewMs: skewMs ?? (clocks.farthestMs === undefined ? null : Math.round(clocks.farthestMs)),
    skewSpreadMs: spreadMs,
  };
}

/** One number for each rotated log: its files were written by one clock. */
export function clockNumbers(files: readonly FileFacts[]): number[] {
  const numbers = new Map<string, number>();
  return files.map(({ group }) => {
    const number = numbers.get(group) ?? numbers.size;
    numbers.set(group, number);
    return number;
  });
}

const sum = (total: number, one: number): number => total + one;

/** Whether it has a start and an end, and is no other record of a request. */
const counts = ({ dropped, durationMs }: RequestTable, row: number): boolean => dropped[row] === 0 && durationMs[row]! >= 0;

/** How many rows are kept, and by file how many count, and how many there are. */
function tallied({ count, dropped, durationMs, file }: RequestTable, files: readonly unknown[]) {
  const timed = files.map(() => 0);
  const rows = files.map(() => 0);
  let kept = 0;
  for (let row = 0; row < count; row += 1) {
    const of = file[row]!;
    rows[of]! += 1;
    if (dropped[row] === 1) continue;
    kept += 1;
    if (durationMs[row]! >= 0) timed[of]! += 1;
  }
  return { kept, timed, rows };
}

function fetchesByFile({ count, file }: FetchJoinTable, files: readonly unknown[]): number[] {
  const found = files.map(() => 0);
  for (let fetch = 0; fetch < count; fetch += 1) found[file[fetch]!]! += 1;
  return found;
}

function byClock(byFile: readonly number[], clockOfFile: readonly number[]): number[] {
  const sizes: number[] = [];
  byFile.forEach((size, file) => {
    const clock = clockOfFile[file]!;
    sizes[clock] = (sizes[clock] ?? 0) + size;
  });
  return sizes;
}

/** The fetches that were found by an id. */
function matchByIds({ requests, fetches }: JoinTables, requestOf: Int32Array, sure: Uint8Array): number[] {
  const found: number[] = [];
  if (requests.request === undefined || requests.trace === undefined) return found;
  const byRequest = new IdIndex(requests.request, requests.count);
  const byTrace = new IdIndex(requests.trace, requests.count);
  for (let fetch = 0; fetch < fetches.count; fetch += 1) {
    const [request, trace] = [fetches.request[fetch]!, fetches.trace[fetch]!];
    // Some write the id of the trace where others write that of the request.
    for (const [index, id] of [
      [byRequest, request],
      [byTrace, trace],
      [byTrace, request],
      [byRequest, trace],
    ] as const) {
      if (id === 0) continue;
      const row = innermost(requests, fetches.startMs[fetch]!, index.find(id));
      if (row < 0) continue;
      requestOf[fetch] = row;
      sure[fetch] = 1;
      found.push(fetch);
      break;
    }
  }
  return found;
}

/** Of the records with one id: the shortest that holds the moment, else the nearest. */
function innermost(requests: RequestTable, momentMs: number, rows: readonly number[]): number {
  let best = -1;
  let bestRank = Infinity;
  for (const one of rows) {
    const row = requests.keptRow.get(one) ?? one;
    const start = requests.startMs[row]!;
    const duration = Math.max(0, requests.durationMs[row]!);
    const holds = momentMs >= start && momentMs <= start + duration;
    const rank = holds ? duration / 1e12 : 1 + Math.abs(momentMs - start);
    if (rank < bestRank) {
      bestRank = rank;
      best = row;
    }
  }
  return best;
}

function knownPairs(
  { requests, fetches }: JoinTables,
  byId: readonly number[],
  requestOf: Int32Array,
  clockOfFile: readonly number[],
): Map<number, Map<number, number[]>> {
  const pairs = new Map<number, Map<number, number[]>>();
  for (const fetch of byId) {
    const row = requestOf[fetch]!;
    const [one, other] = [clockOfFile[fetches.file[fetch]!]!, clockOfFile[requests.file[row]!]!];
    const byRequest = pairs.get(one) ?? new Map<number, number[]>();
    pairs.set(one, byRequest);
    const list = byRequest.get(other) ?? [];
    byRequest.set(other, list);
    list.push(fetches.startMs[fetch]! - requests.startMs[row]!);
  }
  return pairs;
}

/** Fetches that are left for a match by time: not those of a log whose ids are the gateway's, which would have been found. */
function withoutShared({ fetches }: JoinTables, files: readonly FileFacts[], requestOf: Int32Array): number[] {
  const withId = new Map<number, { all: number; found: number }>();
  const hasId = (fetch: number): boolean => fetches.request[fetch] !== 0 || fetches.trace[fetch] !== 0;
  for (let fetch = 0; fetch < fetches.count; fetch += 1) {
    if (!hasId(fetch)) continue;
    const file = fetches.file[fetch]!;
    const tally = withId.get(file) ?? { all: 0, found: 0 };
    withId.set(file, tally);
    tally.all += 1;
    if (requestOf[fetch]! >= 0) tally.found += 1;
  }
  const left: number[] = [];
  for (let fetch = 0; fetch < fetches.count; fetch += 1) {
    if (requestOf[fetch]! >= 0) continue;
    const tally = withId.get(fetches.file[fetch]!);
    const shared = tally !== undefined && tally.found >= tally.all * IDS_ARE_SHARED;
    const spans = files[fetches.file[fetch]!]!.format === 'otlp' && tally !== undefined && tally.found > 0;
    if (!(hasId(fetch) && (shared || spans))) left.push(fetch);
  }
  return left;
}

interface TimeContext {
  readonly clocks: Clocks;
  readonly clockOfFile: readonly number[];
  readonly resolutionMs: number;
}

/** Matches by time what is left; false where nothing shows that the clocks agree, and all of it stays ambiguous. */
function matchRest(
  { requests, fetches }: JoinTables,
  left: readonly number[],
  { clocks, clockOfFile, resolutionMs }: TimeContext,
  requestOf: Int32Array,
  sure: Uint8Array,
): boolean {
  const shifts = Float64Array.from(clockOfFile, (clock) => clocks.shiftMs.get(clock) ?? 0);
  const asked = inTime(requests, countedRows(requests), shifts);
  const made = inTime(fetches, Int32Array.from(left), shifts);
  const instanceOfHolder = fetches.holders.map((holder) => requests.instances.indexOf(holder));
  const coarse = resolutionMs >= COARSE_MS;
  const options = {
    slackMs: 2 * resolutionMs + 5,
    toleranceMs: Math.max(2, 2 * resolutionMs),
    coarse,
    allowed: (at: number, row: number): boolean => {
      const instance = instanceOfHolder[fetches.holder[made.order[at]!]!]!;
      return instance < 0 || requests.instance[asked.order[row]!] === instance;
    },
  };
  const { requestOf: rowOf, ambiguous } = matchByTime(made, asked, options);
  const agree = standsOut(made, asked, options.slackMs);
  const gaps: number[] = [];
  for (let at = 0; at < made.count; at += 1) {
    if (rowOf[at]! >= 0 && ambiguous[at] === 0) gaps.push(made.startMs[at]! - asked.startMs[rowOf[at]!]!);
  }
  const typical = gaps.length === 0 ? 0 : median(gaps);
  const far = Math.max(FAR_MS, FAR_SPREADS * halfSpread(gaps), 2 * resolutionMs);
  let matched = 0;
  for (let at = 0; at < made.count; at += 1) {
    if (rowOf[at]! < 0) continue;
    const fetch = made.order[at]!;
    const row = asked.order[rowOf[at]!]!;
    requestOf[fetch] = row;
    const isMeasured = agree || clocks.measured.has(clockOfFile[requests.file[row]!]!);
    const near = Math.abs(made.startMs[at]! - asked.startMs[rowOf[at]!]! - typical) <= far;
    if (!isMeasured || !near || ambiguous[at] === 1) continue;
    sure[fetch] = 1;
    matched += 1;
  }
  return matched > 0 || agree || clocks.measured.size > 0;
}

function countedRows(requests: RequestTable): Int32Array {
  const some = new Int32Array(requests.count);
  let counted = 0;
  for (let row = 0; row < requests.count; row += 1) {
    some[counted] = row;
    if (counts(requests, row)) counted += 1;
  }
  return some.subarray(0, counted);
}

interface Ordered extends Intervals {
  /** Row in its table. */
  readonly order: Int32Array;
}

/** The rows on one clock, by start. `order` becomes the result's. */
function inTime(
  { startMs, durationMs, file }: Pick<RequestTable, 'startMs' | 'durationMs' | 'file'>,
  order: Int32Array,
  shifts: Float64Array,
): Ordered {
  const count = order.length;
  const ends = new Float64Array(count);
  // On one clock, and all of them: they are in order as they are.
  const isAll = count === startMs.length && shifts.every((shift) => shift === 0) && isSorted(startMs);
  const starts = isAll ? startMs : new Float64Array(count);
  for (let at = 0; at < count; at += 1) {
    const row = order[at]!;
    const start = isAll ? startMs[row]! : startMs[row]! + shifts[file[row]!]!;
    starts[at] = start;
    ends[at] = start + Math.max(0, durationMs[row]!);
  }
  sortEvents(starts, ends, order);
  return { count, startMs: starts, endMs: ends, order };
}

/** Whether more fetches lie within requests than would if the logs had nothing to do with each other, which shifted ones show. */
function standsOut(made: Intervals, asked: Intervals, slackMs: number): boolean {
  const stride = Math.max(1, Math.ceil(made.count / SAMPLE));
  const rows = Array.from({ length: Math.ceil(made.count / stride) }, (_, index) => index * stride);
  const fromMs = asked.startMs[0]!;
  const spanMs = Math.max(1, asked.startMs[asked.count - 1]! - fromMs);
  const holding = new HoldingRequests(asked, slackMs);
  const held = (part: number): number => {
    const move = (ms: number): number => {
      if (part === 0) return ms;
      const moved = (ms - fromMs + Math.round(part * spanMs)) % spanMs;
      return fromMs + (moved < 0 ? moved + spanMs : moved);
    };
    let sum = 0;
    for (const row of rows) {
      const start = move(made.startMs[row]!);
      if (holding.hold(start, start + made.endMs[row]! - made.startMs[row]!)) sum += 1;
    }
    return sum;
  };
  const share = SHIFTS.reduce((sum, shift) => sum + held(shift), 0) / (SHIFTS.length * rows.length);
  // Nothing was held at any other time: not none at all, but less than could be seen.
  const chance = Math.max(share, 1 / (SHIFTS.length * rows.length + 1));
  return binomialTail(held(0), rows.length, chance) < CHANCE;
}

/** Half of what the middle 90 % of the values span. */
function halfSpread(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  return (at(0.95) - at(0.05)) / 2;
}

function skewOf({ requests, fetches }: JoinTables, requestOf: Int32Array, sure: Uint8Array) {
  const gaps: number[] = [];
  for (let fetch = 0; fetch < fetches.count; fetch += 1) {
    if (sure[fetch] === 1) gaps.push(fetches.startMs[fetch]! - requests.startMs[requestOf[fetch]!]!);
  }
  if (gaps.length === 0) return { skewMs: null, spreadMs: null };
  return { skewMs: Math.round(median(gaps)), spreadMs: Math.round(halfSpread(gaps)) };
}
