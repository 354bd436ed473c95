/**
 * Overlapping rotations: what was copied and went on being written, or was rotated twice, stands in two files. Runs of 100 and more
 * identical records are read once. Identical: the same figures in the same order, and the same number of bytes from each record to the
 * next, which two logs of like traffic never have.
 */
import type { CallerLogs } from './fetch-table.js';
import { MAX_JOINED } from './join-log.js';
import type { FileTally } from './part.js';
import type { Role, Warning } from './result.js';
import type { FinishInput } from './run-facts.js';
import { sortEvents } from './sort.js';

/** Fewer are a coincidence. */
export const SHORTEST_RUN = 100;
/** One record in so many is looked up. */
const ANCHOR = 8;
/** Records with one fingerprint that are tried. */
const MOST_PLACES = 8;

export interface Repeats {
  readonly isEmpty: boolean;
  readonly has: (file: number, offset: number) => boolean;
  readonly warnings: readonly Warning[];
}

const NONE: Repeats = { isEmpty: true, has: () => false, warnings: [] };

interface Sequence {
  readonly file: number;
  readonly offset: Float64Array;
  readonly print: Float64Array;
}

export function findRepeats(
  input: FinishInput,
  roles: readonly Role[],
  everyone: readonly CallerLogs[],
  tallies: readonly FileTally[],
): Repeats {
  const kinds = new Map<string, FileTally[]>();
  for (const tally of tallies) {
    const kind = `${roles[tally.file]} ${input.files[tally.file]!.format}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), tally]);
  }
  const overlapping = new Set([...kinds.values()].flatMap((same) => [...filesThatOverlap(same)]));
  if (overlapping.size < 2) return NONE;
  const sequences = sequencesOf(input, everyone, overlapping);
  if (sequences === undefined) return NONE;
  const places = new Map<number, Set<number>>();
  const pairs = new Map<string, { first: number; second: number; count: number }>();
  const anchors = new Map<number, { sequence: Sequence; at: number }[]>();
  for (const sequence of sequences) {
    markRepeats(sequence, anchors, (other, at) => {
      const mine = places.get(sequence.file) ?? new Set<number>();
      places.set(sequence.file, mine);
      if (mine.has(sequence.offset[at]!)) return;
      mine.add(sequence.offset[at]!);
      const name = `${other.file} ${sequence.file}`;
      const pair = pairs.get(name) ?? { first: other.file, second: sequence.file, count: 0 };
      pairs.set(name, pair);
      pair.count += 1;
    });
    for (let at = 0; at < sequence.print.length; at += 1) {
      const print = sequence.print[at]!;
      if (print % ANCHOR !== 0) continue;
      const known = anchors.get(print);
      if (known === undefined) anchors.set(print, [{ sequence, at }]);
      else if (known.length < MOST_PLACES) known.push({ sequence, at });
    }
  }
  return {
    isEmpty: pairs.size === 0,
    has: (file, offset) => places.get(file)?.has(offset) === true,
    warnings: [...pairs.values()].map(({ first, second, count }) => ({
      id: 'overlapping-files',
      message: `${count} records of ${input.files[second]!.name} stand in ${input.files[first]!.name} too: they are counted once`,
    })),
  };
}

/** Files that share some time with another: rotated logs follow each other, and most runs end here. */
function filesThatOverlap(tallies: readonly FileTally[]): Set<number> {
  const out = new Set<number>();
  const sorted = tallies
    .filter(({ firstStartMs }) => Number.isFinite(firstStartMs))
    .sort((a, b) => a.firstStartMs - b.firstStartMs);
  let last: FileTally | undefined;
  for (const tally of sorted) {
    if (last !== undefined && tally.firstStartMs <= last.lastEndMs) out.add(tally.file).add(last.file);
    if (last === undefined || tally.lastEndMs > last.lastEndMs) last = tally;
  }
  return out;
}

function sequencesOf(
  { parts }: FinishInput,
  everyone: readonly CallerLogs[],
  wanted: ReadonlySet<number>,
): Sequence[] | undefined {
  const lists = new Map(
    [...wanted].sort((a, b) => a - b).map((file) => [file, { offset: [] as number[], print: [] as number[] }]),
  );
  let room = 0;
  for (const { logs } of everyone) for (const log of logs) room += log.count;
  for (const { joinLog } of parts) for (const file of wanted) room += joinLog?.requestCount(file) ?? 0;
  if (room > MAX_JOINED) return undefined;
  everyone.forEach(({ logs }, caller) => {
    for (const log of logs) {
      log.forEach(({ file, offset, startMs, durationMs, status, cache }) => {
        const list = lists.get(file);
        if (list === undefined) return;
        list.offset.push(offset);
        list.print.push(fingerprint(startMs, durationMs, status * 8 + cache, caller + 1, 0, 0));
      });
    }
  });
  for (const { joinLog } of parts) {
    for (const [file, list] of lists) {
      joinLog?.forEachRequests(file, ({ offset, startMs, durationMs, route, node, request, trace }, from, to) => {
        for (let row = from; row < to; row += 1) {
          list.offset.push(offset[row]!);
          const ids = [request?.[row] ?? 0, trace?.[row] ?? 0];
          list.print.push(fingerprint(startMs[row]!, durationMs[row]!, route[row]!, -2 - node[row]!, ...ids));
        }
      });
    }
  }
  return [...lists].map(([file, list]) => {
    const offset = Float64Array.from(list.offset);
    const print = Float64Array.from(list.print);
    sortEvents(offset, print);
    return { file, offset, print };
  });
}

/** 32 bits of what a record says. */
function fingerprint(...values: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const value of values) {
    hash = Math.imul(hash ^ (value >>> 0), 0x01000193);
    hash = Math.imul(hash ^ (Math.floor(value / 0x1_0000_0000) >>> 0), 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

function markRepeats(
  one: Sequence,
  anchors: ReadonlyMap<number, readonly { sequence: Sequence; at: number }[]>,
  mark: (other: Sequence, at: number) => void,
): void {
  const { offset, print } = one;
  let done = 0;
  for (let at = 0; at < print.length; at += 1) {
    if (at < done || print[at]! % ANCHOR !== 0) continue;
    for (const { sequence: other, at: place } of anchors.get(print[at]!) ?? []) {
      if (other === one) continue;
      const apart = offset[at]! - other.offset[place]!;
      const same = (mine: number, theirs: number): boolean =>
        print[mine] === other.print[theirs] && offset[mine]! - other.offset[theirs]! === apart;
      let before = 0;
      while (at - before - 1 >= done && place - before - 1 >= 0 && same(at - before - 1, place - before - 1)) before += 1;
      let after = 1;
      while (at + after < print.length && place + after < other.print.length && same(at + after, place + after)) after += 1;
      if (before + after < SHORTEST_RUN) continue;
      for (let row = at - before; row < at + after; row += 1) mark(other, row);
      done = at + after;
      break;
    }
  }
}
