/** The events of a caller, from several stores, in the order of files and lines. */
import type { FetchCursor } from './fetch-cursor.js';
import { type BlockVisitor, eachEvent, type FetchEvent, type FetchLog, type LinesBefore } from './fetch-log.js';
import type { FetchStore } from './fetch-store.js';
import type { IdMaps } from './merge.js';
import type { RunPart } from './part.js';

interface Source {
  readonly store: FetchStore;
  readonly caller: number;
}

export function mergeFetches(
  stores: readonly FetchStore[],
  maps: readonly Pick<IdMaps, 'callers'>[],
  linesBefore: LinesBefore | undefined,
): RunPart['fetches'] {
  const byCaller = new Map<number, Source[]>();
  stores.forEach((store, at) => {
    for (const { caller } of store.logs()) {
      const id = maps[at]!.callers[caller]!;
      const known = byCaller.get(id);
      if (known === undefined) byCaller.set(id, [{ store, caller }]);
      else known.push({ store, caller });
    }
  });
  const logs = [...byCaller]
    .sort(([a], [b]) => a - b)
    .map(([caller, sources]) => ({ caller, log: new MergedLog(sources, linesBefore) as FetchLog }));
  return { logs: () => logs };
}

/** A cursor whose block has events that nobody was told of. */
interface Open {
  readonly cursor: FetchCursor;
  row: number;
}

class MergedLog implements FetchLog {
  constructor(
    private readonly sources: readonly Source[],
    private readonly linesBefore: LinesBefore | undefined,
  ) {}

  get count(): number {
    let sum = 0;
    for (const { store, caller } of this.sources) sum += store.countOf(caller);
    return sum;
  }

  get hasFailures(): boolean {
    return this.sources.some(({ store, caller }) => store.hasFailures(caller));
  }

  get hasCacheWords(): boolean {
    return this.sources.some(({ store, caller }) => store.hasCacheWords(caller));
  }

  get isInSeveralFiles(): boolean {
    const [first] = this.sources;
    return this.sources.length === 1 ? first!.store.isInSeveralFiles(first!.caller) : this.byFile().length > 1;
  }

  okFrom(counts: (file: number) => boolean): number {
    let sum = 0;
    for (const { store, caller } of this.sources) sum += store.okFrom(caller, counts);
    return sum;
  }

  byFile(): [file: number, count: number][] {
    const [first] = this.sources;
    if (this.sources.length === 1) return first!.store.byFile(first!.caller);
    const counts = new Map<number, number>();
    for (const { store, caller } of this.sources)
      for (const [file, count] of store.byFile(caller)) counts.set(file, (counts.get(file) ?? 0) + count);
    return [...counts].sort(([a], [b]) => a - b);
  }

  blocks(visit: BlockVisitor): void {
    const { sources, linesBefore } = this;
    const rows = sources.length <= FEW_SOURCES ? undefined : Math.max(LEAST_ROWS, Math.floor(MOST_ROWS / sources.length));
    const cursors = sources.map(({ store, caller }) => store.cursor(caller, rows));
    try {
      const open: Open[] = [];
      for (const cursor of cursors) {
        cursor.block.linesBefore = linesBefore;
        if (cursor.next()) open.push({ cursor, row: 0 });
      }
      for (let at = open.length >> 1; at >= 0; at -= 1) sink(open, at);
      while (open.length > 1) if (!visitFirst(open, visit)) return;
      const [last] = open;
      if (last === undefined) return;
      const { cursor, row } = last;
      if (visit(cursor.block, row, cursor.rows) === false) return;
      while (cursor.next()) if (visit(cursor.block, 0, cursor.rows) === false) return;
    } finally {
      for (const cursor of cursors) cursor.close();
    }
  }

  forEach(visit: (event: FetchEvent) => void): void {
    eachEvent(this, visit);
  }
}

/** Callers beyond a cap are one, whose events come from thousands of lists: then blocks are smaller. */
const FEW_SOURCES = 8;
const MOST_ROWS = 4096;
const LEAST_ROWS = 8;

/**
 * Shows the events of the first cursor that stand before those of all others. `open` is a heap: none stands before the one at half its
 * place. Returns false where they were enough.
 */
function visitFirst(open: Open[], visit: BlockVisitor): boolean {
  const first = open[0]!;
  const { cursor, row: from } = first;
  const { block } = cursor;
  const second = open.length > 2 && isBefore(open[2]!, open[1]!) ? open[2]! : open[1]!;
  const next = second.cursor.block;
  let to = cursor.rows;
  if (block.file === next.file) {
    const bound = next.offset[second.row]!;
    to = from + 1;
    while (to < cursor.rows && block.offset[to]! < bound) to += 1;
  }
  if (visit(block, from, to) === false) return false;
  first.row = to;
  if (to === cursor.rows) {
    first.row = 0;
    if (!cursor.next()) {
      const last = open.pop()!;
      if (last !== first) open[0] = last;
    }
  }
  sink(open, 0);
  return true;
}

/** Puts the one at this place behind all that stand before it. */
function sink(open: Open[], from: number): void {
  let at = from;
  for (;;) {
    let least = at;
    for (let child = 2 * at + 1; child <= 2 * at + 2 && child < open.length; child += 1)
      if (isBefore(open[child]!, open[least]!)) least = child;
    if (least === at) return;
    [open[at], open[least]] = [open[least]!, open[at]!];
    at = least;
  }
}

function isBefore(one: Open, other: Open): boolean {
  const [a, b] = [one.cursor.block, other.cursor.block];
  return a.file < b.file || (a.file === b.file && a.offset[one.row]! < b.offset[other.row]!);
}
