import { BRIEF, BRIEF_TOO, scratchCopy, scratchDoubles, scratchIds, scratchPair } from './scratch.js';

/** A column that travels with the starts. */
export type Column = Float64Array | Float32Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;

/** Logs are nearly sorted: end-stamped lines are off by a duration. What takes more moves than this per row is not, nor is a row that far off. */
const MOVES_PER_ROW = 8;
const FAR = 512;
/** With fewer rows the counters of digits would cost more than they bring. */
const FEW_ROWS = 512;
/** Passes over the digits of a number of 32 bits, and bits of a digit at most. */
const PASSES = 3;
const LARGEST_SPAN = 2 ** 32 - 1;

/**
 * Sorts rows by start, in place. Stable: rows with equal starts keep their order, so rows that come in (file, offset) order leave in
 * (start, file, offset) order. Linear on nearly sorted rows and on whole numbers within 49 days, n log(runs) on others.
 */
export function sortEvents(startMs: Float64Array, ...carried: readonly Column[]): void {
  const rows = startMs.length;
  for (const column of carried) {
    if (column.length !== rows) throw new RangeError(`a column of ${column.length} rows cannot travel with ${rows} starts`);
  }
  if (isSorted(startMs)) return;

  const order = sortInto(startMs, scratchIds('sort.order', rows));
  for (const column of carried) putInOrder(column, order);
}

/** Moves what stood in the rows of `order` to where those are now. */
export function putInOrder(column: Column, order: Uint32Array): void {
  const { buffer, byteOffset, length } = column;
  // As what they are in memory: a loop over columns of many kinds is several times slower.
  if (column.BYTES_PER_ELEMENT === 8) moveDoubles(column as Float64Array, order);
  else if (column.BYTES_PER_ELEMENT === 4) moveWords(new Uint32Array(buffer, byteOffset, length), order);
  else if (column.BYTES_PER_ELEMENT === 2) moveHalves(new Uint16Array(buffer, byteOffset, length), order);
  else moveBytes(new Uint8Array(buffer, byteOffset, length), order);
}

function moveDoubles(column: Float64Array, order: Uint32Array): void {
  const before = scratchCopy(BRIEF_TOO, column);
  for (let row = 0; row < order.length; row++) column[row] = before[order[row]!]!;
}

function moveWords(column: Uint32Array, order: Uint32Array): void {
  const before = scratchCopy(BRIEF_TOO, column);
  for (let row = 0; row < order.length; row++) column[row] = before[order[row]!]!;
}

function moveHalves(column: Uint16Array, order: Uint32Array): void {
  const before = scratchCopy(BRIEF_TOO, column);
  for (let row = 0; row < order.length; row++) column[row] = before[order[row]!]!;
}

function moveBytes(column: Uint8Array, order: Uint32Array): void {
  const before = scratchCopy(BRIEF_TOO, column);
  for (let row = 0; row < order.length; row++) column[row] = before[order[row]!]!;
}

/** Sorts starts in place, as `sortEvents`. Fills `order` with the rows that they stood in, and returns it. */
export function sortInto(startMs: Float64Array, order: Uint32Array): Uint32Array {
  const rows = startMs.length;
  for (let row = 0; row < rows; row++) order[row] = row;
  if (isSorted(startMs)) return order;
  if (!insertWithinBudget(startMs, order, MOVES_PER_ROW * rows) && !sortDigits(startMs, order)) mergeRuns(startMs, order);
  return order;
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
    if (budget < 0 || row - hole > FAR) return false;
  }
  return true;
}

/**
 * Digit by digit, from the lowest: the events of many holders are as many sorted runs, and merging them two by two takes a pass for each
 * doubling. Returns false, with nothing done, where the starts are no whole numbers or too far from each other.
 */
function sortDigits(startMs: Float64Array, order: Uint32Array): boolean {
  const rows = startMs.length;
  if (rows < FEW_ROWS) return false;
  const [least, most] = spanOf(startMs);
  let [from, to] = scratchPair(BRIEF, rows);
  if (!(most - least <= LARGEST_SPAN) || !takeKeys(startMs, least, from)) return false;
  const bits = Math.ceil((32 - Math.clz32(most - least)) / PASSES);
  const counts = scratchIds('sort.digits', 1 << bits);
  let ids = order;
  let moved = scratchIds(BRIEF_TOO, rows);
  for (let pass = 0; pass < PASSES; pass++) {
    const shift = pass * bits;
    placeDigits(from, shift, counts);
    moveDigits({ keys: from, ids }, { keys: to, ids: moved }, shift, counts);
    [from, to] = [to, from];
    [ids, moved] = [moved, ids];
  }
  giveStarts(from, least, startMs);
  if (ids !== order) order.set(ids);
  return true;
}

/** Sorts numbers that carry nothing, in place, which may be `BRIEF_TOO`: by digits where they are whole and not too far from each other. */
export function sortNumbers(values: Float64Array): void {
  if (isSorted(values)) return;
  if (values.length < FEW_ROWS || !sortWhole(values)) values.sort();
}

/** As `sortDigits`, with as few passes as the numbers have digits of eleven bits. */
function sortWhole(values: Float64Array): boolean {
  const [least, most] = spanOf(values);
  let [from, to] = scratchPair(BRIEF, values.length);
  if (!(most - least <= LARGEST_SPAN) || !takeKeys(values, least, from)) return false;
  const bits = 32 - Math.clz32(most - least);
  const passes = Math.ceil(bits / 11);
  const width = Math.ceil(bits / passes);
  const counts = scratchIds('sort.digits', 1 << width);
  for (let pass = 0; pass < passes; pass++) {
    placeDigits(from, pass * width, counts);
    moveKeys(from, to, pass * width, counts);
    [from, to] = [to, from];
  }
  giveStarts(from, least, values);
  return true;
}

// Loops in functions of their own: they are compiled sooner.

function spanOf(startMs: Float64Array): readonly [least: number, most: number] {
  let least = startMs[0]!;
  let most = least;
  for (let row = 1; row < startMs.length; row++) {
    const start = startMs[row]!;
    if (start < least) least = start;
    if (start > most) most = start;
  }
  return [least, most];
}

/** False where a start is no whole number. */
function takeKeys(startMs: Float64Array, least: number, keys: Uint32Array): boolean {
  for (let row = 0; row < keys.length; row++) {
    const key = startMs[row]! - least;
    keys[row] = key;
    if (keys[row] !== key) return false;
  }
  return true;
}

function giveStarts(keys: Uint32Array, least: number, startMs: Float64Array): void {
  for (let row = 0; row < keys.length; row++) startMs[row] = least + keys[row]!;
}

/** Where the rows of each digit begin. */
function placeDigits(keys: Uint32Array, shift: number, counts: Uint32Array): void {
  const mask = counts.length - 1;
  counts.fill(0);
  for (let row = 0; row < keys.length; row++) counts[(keys[row]! >>> shift) & mask]! += 1;
  let place = 0;
  for (let digit = 0; digit <= mask; digit++) {
    const count = counts[digit]!;
    counts[digit] = place;
    place += count;
  }
}

interface Keyed {
  readonly keys: Uint32Array;
  readonly ids: Uint32Array;
}

function moveDigits(from: Keyed, to: Keyed, shift: number, places: Uint32Array): void {
  const { keys, ids } = from;
  const { keys: movedKeys, ids: movedIds } = to;
  const mask = places.length - 1;
  for (let row = 0; row < keys.length; row++) {
    const key = keys[row]!;
    const digit = (key >>> shift) & mask;
    const at = places[digit]!;
    places[digit] = at + 1;
    movedKeys[at] = key;
    movedIds[at] = ids[row]!;
  }
}

function moveKeys(from: Uint32Array, to: Uint32Array, shift: number, places: Uint32Array): void {
  const mask = places.length - 1;
  for (let row = 0; row < from.length; row++) {
    const key = from[row]!;
    const digit = (key >>> shift) & mask;
    const at = places[digit]!;
    places[digit] = at + 1;
    to[at] = key;
  }
}

/** Natural merge sort: the runs that are there already are merged two by two. */
function mergeRuns(startMs: Float64Array, order: Uint32Array): void {
  const rows = startMs.length;
  let ends: number[] = [];
  for (let row = 1; row < rows; row++) if (startMs[row]! < startMs[row - 1]!) ends.push(row);
  ends.push(rows);

  let from: Rows = { startMs, order };
  let to: Rows = { startMs: scratchDoubles(BRIEF, rows), order: scratchIds(BRIEF_TOO, rows) };
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
