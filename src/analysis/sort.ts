import { scratchDoubles, scratchIds } from './scratch.js';

/** A column that travels with the starts. */
export type Column = Float64Array | Float32Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;

/** Logs are nearly sorted: end-stamped lines are off by a duration. What takes more moves than this per row is not. */
const MOVES_PER_ROW = 8;

/**
 * Sorts rows by start, in place. Stable: rows with equal starts keep their order, so rows that come in (file, offset) order leave in
 * (start, file, offset) order. Linear on nearly sorted rows, n log(runs) on a chain of sorted files, n log n at worst.
 */
export function sortEvents(startMs: Float64Array, ...carried: readonly Column[]): void {
  const rows = startMs.length;
  for (const column of carried) {
    if (column.length !== rows) throw new RangeError(`a column of ${column.length} rows cannot travel with ${rows} starts`);
  }
  if (isSorted(startMs)) return;

  const order = scratchIds('sort.order', rows);
  for (let row = 0; row < rows; row++) order[row] = row;
  if (!insertWithinBudget(startMs, order, MOVES_PER_ROW * rows)) mergeRuns(startMs, order);
  for (const column of carried) {
    const before = column.slice();
    for (let row = 0; row < rows; row++) column[row] = before[order[row]!]!;
  }
}

export function isSorted(values: Float64Array, count = values.length): boolean {
  // Not `<`: a NaN is never in order.
  for (let i = 1; i < count; i++) if (!(values[i - 1]! <= values[i]!)) return false;
  return true;
}

/** Returns false when the budget is spent. The rows are then partly sorted, but still in an order that a stable sort may start from. */
function insertWithinBudget(startMs: Float64Array, order: Uint32Array, budget: number): boolean {
  for (let row = 1; row < startMs.length; row++) {
    const start = startMs[row]!;
    if (startMs[row - 1]! <= start) continue;
    const id = order[row]!;
    let hole = row;
    while (hole > 0 && startMs[hole - 1]! > start) {
      startMs[hole] = startMs[hole - 1]!;
      order[hole] = order[hole - 1]!;
      hole--;
    }
    startMs[hole] = start;
    order[hole] = id;
    budget -= row - hole;
    if (budget < 0) return false;
  }
  return true;
}

/** Natural merge sort: the runs that are there already are merged two by two. */
function mergeRuns(startMs: Float64Array, order: Uint32Array): void {
  const rows = startMs.length;
  let ends: number[] = [];
  for (let row = 1; row < rows; row++) if (startMs[row]! < startMs[row - 1]!) ends.push(row);
  ends.push(rows);

  let from: Rows = { startMs, order };
  let to: Rows = { startMs: scratchDoubles('sort.startMs', rows), order: scratchIds('sort.to', rows) };
  while (ends.length > 1) {
    const merged: number[] = [];
    let begin = 0;
    for (let run = 0; run < ends.length; run += 2) {
      const middle = ends[run]!;
      const end = ends[run + 1] ?? middle;
      mergeTwo(from, to, begin, middle, end);
      merged.push(end);
      begin = end;
    }
    ends = merged;
    [from, to] = [to, from];
  }
  if (from.startMs !== startMs) {
    startMs.set(from.startMs);
    order.set(from.order);
  }
}

interface Rows {
  readonly startMs: Float64Array;
  readonly order: Uint32Array;
}

function mergeTwo(from: Rows, to: Rows, begin: number, middle: number, end: number): void {
  let left = begin;
  let right = middle;
  for (let row = begin; row < end; row++) {
    // On equal starts the left row goes first: that is what makes it stable.
    const takeLeft = left < middle && (right >= end || from.startMs[left]! <= from.startMs[right]!);
    const source = takeLeft ? left++ : right++;
    to.startMs[row] = from.startMs[source]!;
    to.order[row] = from.order[source]!;
  }
}
