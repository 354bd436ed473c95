/**
 * One fetch, several logs: a token request that passed a gateway or an ingress on its way to the issuer stands in both logs. The
 * record nearest the issuer is kept. Records are taken for one fetch when path and status are equal and the one's time lies within
 * the other's, allowing for the resolution of the stamps; each record of the issuer answers for one.
 */
import type { Caller } from '../events/request-batch.js';
import { type FetchLog, isServedFromCache } from './fetch-log.js';
import { sortEvents } from './sort.js';

/** Clocks of two hosts that keep time differ by less than this. */
const CLOCK_MS = 250;
/** A record that ended this long before another starts is out of its reach, whatever the order of starts. */
const LONGEST_MS = 60_000;

interface Side {
  readonly startMs: Float64Array;
  readonly endMs: Float64Array;
  readonly slackMs: Uint16Array;
  readonly status: Uint16Array;
  readonly file: Uint32Array;
  readonly offset: Float64Array;
  count: number;
}

interface Source {
  readonly caller: Caller;
  readonly logs: readonly FetchLog[];
}

/** Tells whether the record at this place of this file is a second record of a fetch. */
export interface Duplicates {
  readonly has: (file: number, offset: number) => boolean;
  readonly byFile: ReadonlyMap<number, number>;
}

export function findDuplicates(
  sources: readonly Source[],
  isIssuer: (file: number) => boolean,
  isInFront: (file: number) => boolean,
  resolutionMs: (file: number) => number,
): Duplicates {
  const places = new Map<number, Set<number>>();
  const byPath = new Map<string, Source[]>();
  for (const source of sources) {
    const list = byPath.get(source.caller.path);
    if (list === undefined) byPath.set(source.caller.path, [source]);
    else list.push(source);
  }
  for (const list of byPath.values()) {
    // Most runs have one side only: then nothing is decoded.
    if (!(someFile(list, isIssuer) && someFile(list, isInFront))) continue;
    const kept = sideOf(list, isIssuer, resolutionMs);
    const front = sideOf(list, isInFront, resolutionMs);
    markMatches(kept, front, places);
  }
  return {
    has: (file, offset) => places.get(file)?.has(offset) === true,
    byFile: new Map([...places].map(([file, offsets]) => [file, offsets.size])),
  };
}

const someFile = (list: readonly Source[], wanted: (file: number) => boolean): boolean =>
  list.some(({ logs }) => logs.some((log) => log.files().some(wanted)));

function sideOf(list: readonly Source[], wanted: (file: number) => boolean, resolutionMs: (file: number) => number): Side {
  const room = list.reduce((sum, { logs }) => logs.reduce((inner, log) => inner + log.count, sum), 0);
  const side: Side = {
    startMs: new Float64Array(room),
    endMs: new Float64Array(room),
    slackMs: new Uint16Array(room),
    status: new Uint16Array(room),
    file: new Uint32Array(room),
    offset: new Float64Array(room),
    count: 0,
  };
  for (const { logs } of list) {
    for (const log of logs) {
      log.forEach((event) => {
        if (!wanted(event.file) || isServedFromCache(event.cache)) return;
        const at = side.count;
        // The slack of a record is part of its interval: what its stamp leaves open, at both ends.
        const slack = CLOCK_MS + resolutionMs(event.file);
        side.startMs[at] = event.startMs - slack;
        side.endMs[at] = event.startMs + Math.max(0, event.durationMs) + slack;
        side.slackMs[at] = slack;
        side.status[at] = event.status;
        side.file[at] = event.file;
        side.offset[at] = event.offset;
        side.count = at + 1;
      });
    }
  }
  const rows = side.count;
  const cut = <T extends Float64Array | Uint16Array | Uint32Array>(column: T): T => column.subarray(0, rows) as T;
  const sorted: Side = {
    startMs: cut(side.startMs),
    endMs: cut(side.endMs),
    slackMs: cut(side.slackMs),
    status: cut(side.status),
    file: cut(side.file),
    offset: cut(side.offset),
    count: rows,
  };
  sortEvents(sorted.startMs, sorted.endMs, sorted.slackMs, sorted.status, sorted.file, sorted.offset);
  return sorted;
}

/** In the order of starts, each record in front takes the first record of the issuer that fits and that its own log has not used. */
function markMatches(kept: Side, front: Side, places: Map<number, Set<number>>): void {
  const usedBy = new Map<number, Uint8Array>();
  let from = 0;
  for (let row = 0; row < front.count; row += 1) {
    const file = front.file[row]!;
    const used = usedBy.get(file) ?? new Uint8Array(kept.count);
    usedBy.set(file, used);
    while (from < kept.count && kept.endMs[from]! < front.startMs[row]! - LONGEST_MS) from += 1;
    for (let at = from; at < kept.count && kept.startMs[at]! <= front.endMs[row]!; at += 1) {
      if (used[at] === 1 || kept.status[at] !== front.status[row] || !nested(kept, at, front, row)) continue;
      used[at] = 1;
      const offsets = places.get(file) ?? new Set<number>();
      places.set(file, offsets.add(front.offset[row]!));
      break;
    }
  }
}

/** The true interval of the issuer's record lies within that of the one in front, give or take the slack of both. */
function nested(kept: Side, at: number, front: Side, row: number): boolean {
  const slack = kept.slackMs[at]! + front.slackMs[row]!;
  const startsInside = kept.startMs[at]! + kept.slackMs[at]! >= front.startMs[row]! + front.slackMs[row]! - slack;
  const endsInside = kept.endMs[at]! - kept.slackMs[at]! <= front.endMs[row]! - front.slackMs[row]! + slack;
  return startsInside && endsInside;
}
