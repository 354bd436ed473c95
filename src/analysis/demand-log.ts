/**
 * When requests that needed a token started, for one file and gateway instance: every start up to a limit, then cells of a second
 * that keep their first and last start. The walk over cells gives bounds, the walk over starts a number.
 */
import { ByteLog } from './byte-log.js';
import type { DemandTimeline } from './perfect-cache.js';
import { sortEvents } from './sort.js';

const CELL_MS = 1000;
const PAGE_CELLS = 4096;

interface Page {
  readonly first: Uint16Array;
  readonly last: Uint16Array;
  readonly filled: Uint8Array;
}

export class DemandLog {
  private log: ByteLog | undefined = new ByteLog();
  private lastStart = 0;
  /** Starts that others have kept, each log from 0 on. */
  private readonly more: ByteLog[] = [];
  private readonly pages = new Map<number, Page>();
  count = 0;

  add(startMs: number): void {
    this.count += 1;
    if (this.log === undefined) {
      this.addCell(startMs);
      return;
    }
    this.log.putSigned(startMs - this.lastStart);
    this.lastStart = startMs;
  }

  /** Of so many starts the first is the first of these; how far each of the others is behind the one before it stands in the bytes. */
  addAll(count: number, startsMs: Float64Array, gaps: Uint8Array): void {
    if (this.log === undefined) {
      for (let at = 0; at < count; at += 1) this.add(startsMs[at]!);
      return;
    }
    this.add(startsMs[0]!);
    this.log.append(gaps);
    this.lastStart = startsMs[count - 1]!;
    this.count += count - 1;
  }

  get exact(): boolean {
    return this.log !== undefined;
  }

  /** Gives up the single starts for cells. */
  coarsen(): void {
    const { log } = this;
    if (log === undefined) return;
    this.log = undefined;
    for (const one of [log, ...this.more.splice(0)]) {
      let start = 0;
      one.forEach((gap) => {
        start += gap;
        this.addCell(start);
      });
    }
  }

  /** Takes over what another has kept; that one is of no use afterwards. */
  absorb(from: DemandLog): void {
    if (this.log === undefined || from.log === undefined) {
      this.coarsen();
      from.coarsen();
      from.forEachCell((_, firstMs, lastMs) => {
        this.addCell(firstMs);
        this.addCell(lastMs);
      });
    } else this.more.push(from.log, ...from.more);
    this.count += from.count;
  }

  private addCell(startMs: number): void {
    const cell = Math.floor(startMs / CELL_MS);
    const pageNumber = Math.floor(cell / PAGE_CELLS);
    let page = this.pages.get(pageNumber);
    if (page === undefined) {
      page = { first: new Uint16Array(PAGE_CELLS), last: new Uint16Array(PAGE_CELLS), filled: new Uint8Array(PAGE_CELLS) };
      this.pages.set(pageNumber, page);
    }
    const index = cell - pageNumber * PAGE_CELLS;
    const inside = startMs - cell * CELL_MS;
    if (page.filled[index] === 0) {
      page.filled[index] = 1;
      page.first[index] = inside;
      page.last[index] = inside;
    } else {
      if (inside < page.first[index]!) page.first[index] = inside;
      if (inside > page.last[index]!) page.last[index] = inside;
    }
  }

  /** Writes the starts behind each other; the number written. */
  starts(into: Float64Array, at: number): number {
    if (this.log === undefined) throw new RangeError('the single starts are gone');
    let out = at;
    for (const log of [this.log, ...this.more]) {
      let start = 0;
      log.forEach((gap) => {
        start += gap;
        into[out] = start;
        out += 1;
      });
    }
    return out - at;
  }

  forEachCell(visit: (cell: number, firstMs: number, lastMs: number) => void): void {
    for (const [pageNumber, page] of this.pages) {
      for (let index = 0; index < PAGE_CELLS; index += 1) {
        if (page.filled[index] === 0) continue;
        const cell = pageNumber * PAGE_CELLS + index;
        visit(cell, cell * CELL_MS + page.first[index]!, cell * CELL_MS + page.last[index]!);
      }
    }
  }
}

/** Starts that are kept one by one in a run; beyond, all logs are coarsened, so that the answer does not depend on their order. */
export const EXACT_STARTS = 6_000_000;

/** One timeline out of several logs, sorted, clipped to [fromMs, toMs]. */
export function timelineOf(logs: readonly DemandLog[], fromMs: number, toMs: number): DemandTimeline {
  return logs.every((log) => log.exact) ? exactTimeline(logs, fromMs, toMs) : cellTimeline(logs, fromMs, toMs);
}

function exactTimeline(logs: readonly DemandLog[], fromMs: number, toMs: number): DemandTimeline {
  const all = new Float64Array(logs.reduce((sum, log) => sum + log.count, 0));
  let count = 0;
  for (const log of logs) count += log.starts(all, count);
  sortEvents(all);
  let from = 0;
  let to = count;
  while (from < to && all[from]! < fromMs) from += 1;
  while (to > from && all[to - 1]! > toMs) to -= 1;
  return { kind: 'exact', count: to - from, startMs: all.subarray(from, to) };
}

function cellTimeline(logs: readonly DemandLog[], fromMs: number, toMs: number): DemandTimeline {
  const cells = new Map<number, { first: number; last: number }>();
  for (const log of logs) {
    log.coarsen();
    log.forEachCell((cell, first, last) => {
      if (last < fromMs || first > toMs) return;
      const known = cells.get(cell);
      if (known === undefined) cells.set(cell, { first: Math.max(first, fromMs), last: Math.min(last, toMs) });
      else {
        known.first = Math.min(known.first, Math.max(first, fromMs));
        known.last = Math.max(known.last, Math.min(last, toMs));
      }
    });
  }
  const sorted = [...cells.values()].sort((a, b) => a.first - b.first);
  return {
    kind: 'cells',
    cellCount: sorted.length,
    firstMs: Float64Array.from(sorted, ({ first }) => first),
    lastMs: Float64Array.from(sorted, ({ last }) => last),
  };
}
