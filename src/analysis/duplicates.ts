/**
 * One fetch, several logs: a token request that passed a gateway or an ingress on its way to the issuer stands in both logs. The
 * record nearest the issuer is kept. Records are taken for one fetch when nothing that both show of the key differs, the status is
 * equal, and the one's time lies within the other's, allowing for the resolution of the stamps; each record of the issuer answers
 * for one.
 */
import type { Caller } from '../events/request-batch.js';
import { markById } from './duplicates-ids.js';
import { type FetchLog, isServedFromCache } from './fetch-log.js';
import type { TokenIdIndex } from './join-fetches.js';
import type { Repeats } from './repeats.js';
import { sortEvents } from './sort.js';

/** Clocks of two hosts that keep time differ by less than this. */
const CLOCK_MS = 250;
interface Side {
  readonly startMs: Float64Array;
  readonly endMs: Float64Array;
  readonly slackMs: Uint16Array;
  readonly status: Uint16Array;
  readonly file: Uint32Array;
  readonly offset: Float64Array;
  /** What the record shows of its key: index into `names`. */
  readonly name: Uint32Array;
  count: number;
}

/** Parts of the key that may differ only where one side does not show them. */
interface ShownName {
  readonly host: string | undefined;
  readonly client: string | undefined;
  readonly scope: string | undefined;
  readonly audience: string | undefined;
}

interface Source {
  readonly caller: Caller;
  readonly logs: readonly FetchLog[];
}

/** Tells whether the record at this place of this file is a second record of a fetch. */
export interface Duplicates {
  readonly has: (file: number, offset: number) => boolean;
  readonly byFile: ReadonlyMap<number, number>;
  /** Every record of this caller is a second one: it is no holder of its own. */
  readonly isOnlySeconds: (source: Source) => boolean;
}

/** What tells records apart besides time: their ids, and runs of records that stand in two files. */
export interface SeenTwice {
  readonly ids: TokenIdIndex;
  readonly isSpans: (file: number) => boolean;
  readonly repeats: Repeats;
}

export function findDuplicates(
  sources: readonly Source[],
  isIssuer: (file: number) => boolean,
  isInFront: (file: number) => boolean,
  resolutionMs: (file: number) => number,
  { ids, isSpans, repeats }: SeenTwice,
): Duplicates {
  const places = new Map<number, Set<number>>();
  const has = (file: number, offset: number): boolean => places.get(file)?.has(offset) === true || repeats.has(file, offset);
  const byPath = new Map<string, Source[]>();
  for (const source of sources) {
    const list = byPath.get(source.caller.path);
    if (list === undefined) byPath.set(source.caller.path, [source]);
    else list.push(source);
  }
  for (const list of byPath.values()) {
    if (!ids.isEmpty) {
      const slackMs = (file: number): number => CLOCK_MS + resolutionMs(file);
      markById(list, { ids, isIssuer, isSpans, slackMs }, has, (file, offset) => {
        places.set(file, (places.get(file) ?? new Set<number>()).add(offset));
      });
    }
    // Most runs have one side only: then nothing is decoded.
    if (!(someFile(list, isIssuer) && someFile(list, isInFront))) continue;
    const names: ShownName[] = list.map(({ caller: { host, client, scope, audience } }) => ({ host, client, scope, audience }));
    const kept = sideOf(list, (file, offset) => isIssuer(file) && !has(file, offset), resolutionMs);
    const front = sideOf(list, (file, offset) => isInFront(file) && !has(file, offset), resolutionMs);
    markMatches(kept, front, comparer(names), places);
  }
  const byFile = new Map([...places].map(([file, offsets]) => [file, offsets.size]));
  for (const { logs } of repeats.isEmpty ? [] : sources) {
    for (const log of logs) {
      log.forEach(({ file, offset }) => {
        if (repeats.has(file, offset) && places.get(file)?.has(offset) !== true) byFile.set(file, (byFile.get(file) ?? 0) + 1);
      });
    }
  }
  return {
    has,
    byFile,
    isOnlySeconds: ({ logs }) => {
      if (byFile.size === 0) return false;
      let left = 0;
      for (const log of logs) {
        log.forEach(({ file, offset }) => {
          if (!has(file, offset)) left += 1;
        });
      }
      return left === 0;
    },
  };
}

const someFile = (list: readonly Source[], wanted: (file: number) => boolean): boolean =>
  list.some(({ logs }) => logs.some((log) => log.byFile().some(([file]) => wanted(file))));

function sideOf(
  list: readonly Source[],
  wanted: (file: number, offset: number) => boolean,
  resolutionMs: (file: number) => number,
): Side {
  const room = list.reduce((sum, { logs }) => logs.reduce((inner, log) => inner + log.count, sum), 0);
  const side: Side = {
    startMs: new Float64Array(room),
    endMs: new Float64Array(room),
    slackMs: new Uint16Array(room),
    status: new Uint16Array(room),
    file: new Uint32Array(room),
    offset: new Float64Array(room),
    name: new Uint32Array(room),
    count: 0,
  };
  list.forEach(({ logs }, name) => {
    for (const log of logs) {
      log.forEach((event) => {
        if (!wanted(event.file, event.offset) || isServedFromCache(event.cache)) return;
        const at = side.count;
        // The slack of a record is part of its interval: what its stamp leaves open, at both ends.
        const slack = CLOCK_MS + resolutionMs(event.file);
        side.startMs[at] = event.startMs - slack;
        side.endMs[at] = event.startMs + Math.max(0, event.durationMs) + slack;
        side.slackMs[at] = slack;
        side.status[at] = event.status;
        side.file[at] = event.file;
        side.offset[at] = event.offset;
        side.name[at] = name;
        side.count = at + 1;
      });
    }
  });
  const rows = side.count;
  const cut = <T extends Float64Array | Uint16Array | Uint32Array>(column: T): T => column.subarray(0, rows) as T;
  const sorted: Side = {
    startMs: cut(side.startMs),
    endMs: cut(side.endMs),
    slackMs: cut(side.slackMs),
    status: cut(side.status),
    file: cut(side.file),
    offset: cut(side.offset),
    name: cut(side.name),
    count: rows,
  };
  sortEvents(sorted.startMs, sorted.endMs, sorted.slackMs, sorted.status, sorted.file, sorted.offset, sorted.name);
  return sorted;
}

/** Whether two names can be one key; asked once per pair. */
function comparer(names: readonly ShownName[]): (a: number, b: number) => boolean {
  const known = new Map<number, boolean>();
  const agree = (a: string | undefined, b: string | undefined): boolean => a === undefined || b === undefined || a === b;
  return (a, b) => {
    const pair = a * names.length + b;
    let same = known.get(pair);
    if (same === undefined) {
      const [one, other] = [names[a]!, names[b]!];
      same =
        agree(one.host, other.host) &&
        agree(one.client, other.client) &&
        agree(one.scope, other.scope) &&
        agree(one.audience, other.audience);
      known.set(pair, same);
    }
    return same;
  };
}

/** More records than this in reach of one another: stamps are too coarse to tell which is which, and the first ones will do. */
const REACH = 2048;

/** In the order of starts, each record in front takes the first record of the issuer that fits and that its own log has not used. */
function markMatches(
  kept: Side,
  front: Side,
  sameKey: (a: number, b: number) => boolean,
  places: Map<number, Set<number>>,
): void {
  const usedBy = new Map<number, { readonly used: Uint8Array; from: number }>();
  let longest = 0;
  for (let at = 0; at < kept.count; at += 1) longest = Math.max(longest, kept.endMs[at]! - kept.startMs[at]!);
  for (let row = 0; row < front.count; row += 1) {
    const file = front.file[row]!;
    let mine = usedBy.get(file);
    if (mine === undefined) {
      mine = { used: new Uint8Array(kept.count), from: 0 };
      usedBy.set(file, mine);
    }
    const { used } = mine;
    while (mine.from < kept.count && (used[mine.from] === 1 || kept.startMs[mine.from]! + longest < front.startMs[row]!))
      mine.from += 1;
    let left = REACH;
    for (let at = mine.from; at < kept.count && kept.startMs[at]! <= front.endMs[row]! && left > 0; at += 1) {
      if (used[at] === 1) continue;
      left -= 1;
      if (kept.status[at] !== front.status[row] || !nested(kept, at, front, row) || !sameKey(kept.name[at]!, front.name[row]!))
        continue;
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
