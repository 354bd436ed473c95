/**
 * The kernel of the scanner: reads ordinary lines straight into the columns of a batch, and hands every other line back. It decides
 * nothing: names, policies and errors are the TypeScript scanner's, which is also what its tests compare it with.
 */
import { findByte } from './find';
import { LINE, OFFSET, REPORT, REPORT_POSITION, REPORT_ROWS, REPORT_SKIPPED, ROWS } from './layout';
import { clearPairOrder, scanOps, setPairKeys, setWays } from './ops';
import { DONE, NO_REQUEST, readRow, STRANGE, setRow } from './row';
import { clearUnitless } from './numbers';
import { clearWords } from './tables';
import { resetTimes } from './times';

export {
  AGENT,
  AGENT_TABLE,
  BYTES,
  CACHE,
  CALLER,
  CALLER_TABLE,
  CERTAIN_TABLE,
  DURATION_US,
  FLAGS,
  LIFETIME_MS,
  LINE,
  MAX_OPS,
  MAX_PAIR_KEY_LENGTH,
  MAX_PAIR_KEYS,
  MAX_ROUTES,
  MAX_WAYS,
  MEMORY_END,
  METHOD,
  NODE,
  NODE_TABLE,
  OFFSET,
  OP_BYTES,
  OPS,
  PAIR_BYTES,
  PAIRS,
  PATH_TABLE,
  POOL,
  POOL_BYTES,
  REPORT,
  ROUTE,
  ROWS,
  START_US,
  STATUS,
  TUPLE,
  UPSTREAM_US,
  WAY_BYTES,
  WAY_COMMON,
  WAY_ORDER,
  WAYS,
  WINDOW,
  WINDOW_BYTES,
  WORD_TABLE,
} from './layout';
export {
  DONE,
  NEW_AGENT,
  NEW_CALLER,
  NEW_CERTAIN,
  NEW_CLF,
  NEW_ISO,
  NEW_NODE,
  NEW_PATH,
  NEW_SLASHED,
  NEW_WORD,
  STRANGE,
} from './row';
export { add, clearTables } from './tables';
export { unitlessSeen } from './numbers';
export { fractionDigitsSeen, rememberClf, rememberIso, rememberSlashed } from './times';

/** No whole line is left. */
export const ENDED: i32 = 1;
/** The batch is full. */
export const FULL: i32 = 2;

/** Takes the tables of a program that were written into the memory, and forgets what belongs to the one before. */
export function configure(ways: i32, pairKeys: i32, flags: i32, callerSlots: i32): void {
  setWays(ways);
  setPairKeys(pairKeys);
  setRow(flags, callerSlots);
  clearPairOrder();
  clearWords();
  clearUnitless();
  resetTimes();
}

/**
 * Lines of [from, end) into the rows from `row` on. Says why it stopped; the report says where (the start of the line that was not
 * read) and how many rows there are. `shift` turns an address into an offset of the stream, `line` numbers the first line.
 */
export function run(from: i32, end: i32, row: i32, shift: f64, line: f64): i32 {
  let at = from;
  let why = FULL;
  let skipped = 0;
  while (row < ROWS) {
    const newline = findByte(at, end, 10);
    if (newline < 0) {
      why = ENDED;
      break;
    }
    const to = newline > at && load<u8>(newline - 1) == 13 ? newline - 1 : newline;
    // Blank lines, and the zero bytes of a truncated log.
    why = to > at && load<u8>(at) > 32 && scanOps(at, to) ? readRow(row) : STRANGE;
    if (why == NO_REQUEST) {
      why = FULL;
      skipped++;
      line += 1;
      at = newline + 1;
      continue;
    }
    if (why != DONE) break;
    why = FULL;
    store<f64>(OFFSET + (row << 3), shift + f64(at));
    store<f64>(LINE + (row << 3), line);
    line += 1;
    row++;
    at = newline + 1;
  }
  store<i32>(REPORT + (REPORT_POSITION << 2), at);
  store<i32>(REPORT + (REPORT_ROWS << 2), row);
  store<i32>(REPORT + (REPORT_SKIPPED << 2), skipped);
  return why;
}
