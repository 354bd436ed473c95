/** The events of a caller, from several stores, in the order of files and lines. */
import type { FetchCursor, FetchEvent, FetchLog, FetchStore } from './fetch-log.js';
import type { IdMaps } from './merge.js';
import type { RunPart } from './part.js';

type LinesBefore = (file: number, offset: number) => number;

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

class MergedLog implements FetchLog {
  constructor(
    private readonly sources: readonly Source[],
    private readonly linesBefore: LinesBefore | undefined,
  ) {}

  get count(): number {
    return this.sources.reduce((sum, { store, caller }) => sum + store.countOf(caller), 0);
  }

  get isInSeveralFiles(): boolean {
    return this.byFile().length > 1;
  }

  okFrom(counts: (file: number) => boolean): number {
    return this.sources.reduce((sum, { store, caller }) => sum + store.okFrom(caller, counts), 0);
  }

  byFile(): [file: number, count: number][] {
    const counts = new Map<number, number>();
    for (const { store, caller } of this.sources)
      for (const [file, count] of store.byFile(caller)) counts.set(file, (counts.get(file) ?? 0) + count);
    return [...counts].sort(([a], [b]) => a - b);
  }

  forEach(visit: (event: FetchEvent) => void): void {
    const { sources, linesBefore } = this;
    const [only, ...others] = sources;
    if (others.length === 0 && linesBefore === undefined) {
      only!.store.forEach(only!.caller, visit);
      return;
    }
    const told = linesBefore === undefined ? visit : withLines(visit, linesBefore);
    const cursors: FetchCursor[] = [];
    for (const { store, caller } of sources) {
      const cursor = store.cursor(caller);
      if (cursor.next()) cursors.push(cursor);
    }
    while (cursors.length > 1) {
      let first = 0;
      for (let at = 1; at < cursors.length; at += 1) if (isBefore(cursors[at]!.event, cursors[first]!.event)) first = at;
      const cursor = cursors[first]!;
      told(cursor.event);
      if (!cursor.next()) cursors.splice(first, 1);
    }
    const [last] = cursors;
    if (last === undefined) return;
    do told(last.event);
    while (last.next());
  }
}

const isBefore = (a: FetchEvent, b: FetchEvent): boolean => a.file < b.file || (a.file === b.file && a.offset < b.offset);

/** The event itself is what the next one is counted from: the lines go into a copy. */
function withLines(visit: (event: FetchEvent) => void, linesBefore: LinesBefore): (event: FetchEvent) => void {
  const copy: FetchEvent = { file: -1, startMs: 0, durationMs: -1, offset: 0, line: 0, status: 0, cache: 0, lifetimeMs: -1 };
  return (event) => {
    copy.file = event.file;
    copy.startMs = event.startMs;
    copy.durationMs = event.durationMs;
    copy.offset = event.offset;
    copy.line = event.line + linesBefore(event.file, event.offset);
    copy.status = event.status;
    copy.cache = event.cache;
    copy.lifetimeMs = event.lifetimeMs;
    visit(copy);
  };
}
