/**
 * The kernel of the scanner: reads ordinary lines straight into the columns of a batch, and hands every other line back. It decides
 * nothing: names, policies and errors are the TypeScript scanner's, which is also what its tests compare it with.
 */
import { demand, isCounting } from './counts';
import { findByte } from './find';
import { DEMAND_OFFSET, LINE, MAX_REQUESTS, OFFSET, REPORT, REPORT_POSITION, REPORT_REQUESTS, REPORT_ROWS, REPORT_SKIPPED, ROWS, STAMPS } from './layout';
import { scanJson, scanLogfmt, setJson } from './json';
import { setLevels } from './json-nodes';
import { setWords } from './json-words';
import { clearPairOrder, scanOps, setPairKeys, setWays } from './ops';
import { COUNTED, DONE, NO_REQUEST, readRow, STRANGE, setRow, stampUs } from './row';
import { clearUnitless } from './numbers';
import { clearWords } from './tables';
import { resetTimes } from './times';

export {
  AGENT,
  AGENT_TABLE,
  ALWAYS,
  ALWAYS_BYTES,
  BYTES,
  CACHE,
  CALLER,
  CALLER_TABLE,
  CERTAIN_TABLE,
  CROWD_TABLE,
  DURATION_US,
  FLAGS,
  HARMLESS,
  HARMLESS_BYTES,
  HARMLESS_CLASSES,
  KEY_BYTES,
  KEYS,
  LEVEL_BYTES,
  LEVELS,
  LIFETIME_MS,
  LINE,
  MAX_ALWAYS,
  MAX_KEYS,
  MAX_LEVELS,
  MAX_OPS,
  MAX_PAIR_KEY_LENGTH,
  MAX_PAIR_KEYS,
  MAX_PARTS,
  MAX_ROUTES,
  MAX_SKIPS,
  MAX_SUMS,
  MAX_USES,
  MAX_WAYS,
  MAX_WORD_KEYS,
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
  REQUEST_IDS,
  ROUTE,
  ROWS,
  SKIPS,
  START_US,
  STATUS,
  SUM_BYTES,
  SUMS,
  TRACE_IDS,
  TUPLE,
  UPSTREAM_US,
  USE_BYTES,
  USERS,
  USES,
  WAY_BYTES,
  WAY_COMMON,
  WAY_ORDER,
  WAYS,
  WINDOW,
  WINDOW_BYTES,
  WORD_KEY_ENTRY,
  WORD_KEYS,
  WORD_TABLE,
  AGENT_KINDS,
  CELL_COUNTS,
  CELL_FROM,
  COUNTERS,
  DEMAND_DURATION,
  DEMAND_GAPS,
  DEMAND_MS,
  DEMAND_NODE,
  DEMAND_OFFSET,
  DEMAND_REQUEST,
  DEMAND_ROUTE,
  DEMAND_TRACE,
  EXCLUDED,
  FLOORS,
  HISTOGRAMS,
  KEPT,
  MASKS,
  MAX_CELLS,
  MAX_REQUESTS,
  ROUTE_KINDS,
  ROUTE_SLOTS,
  SAMPLE_COUNT,
  SAMPLE_STARTS,
  SLOW_COUNT,
  SLOW_STARTS,
  SLOW_UNITS,
  STAMPS,
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
export { authLooking, cells, demand, firstStartMs, gapBytes, lastEndMs, ofOneNode, plain, requests, setCounting } from './counts';
export { findNeedle, lineEnd } from './needles';
export { answerPath, setColumns } from './row';
export { setHarmless } from './crowd';
export { add, clearCrowd, clearTables } from './tables';
export { unitlessSeen } from './numbers';
export { fractionDigitsSeen, rememberClf, rememberIso, rememberSlashed } from './times';

/** No whole line is left. */
export const ENDED: i32 = 1;
/** The batch is full. */
export const FULL: i32 = 2;

/** How lines are written: 0 text, 1 JSON, 2 pairs that are read as JSON. */
let written: i32 = 0;

/** As `configure`, for a program of JSON. */
export function configureJson(
  kind: i32,
  levels: i32,
  keys: i32,
  listedSlots: u32,
  hasWords: i32,
  sums: i32,
  always: i32,
  skips: i32,
  endField: i32,
  endReading: i32,
  flags: i32,
  callerSlots: i32,
): void {
  written = kind;
  setLevels(levels, keys);
  setJson(hasWords != 0, listedSlots);
  setWords(sums, always, skips, endField, endReading);
  forget(flags, callerSlots);
}

function forget(flags: i32, callerSlots: i32): void {
  setRow(flags, callerSlots);
  clearWords();
  clearUnitless();
  resetTimes();
}

@inline
function scanLine(from: i32, to: i32): bool {
  return written == 0 ? scanOps(from, to) : written == 1 ? scanJson(from, to) : scanLogfmt(from, to);
}

/** Takes the tables of a program that were written into the memory, and forgets what belongs to the one before. */
export function configure(ways: i32, pairKeys: i32, flags: i32, callerSlots: i32): void {
  written = 0;
  setWays(ways);
  setPairKeys(pairKeys);
  clearPairOrder();
  forget(flags, callerSlots);
}

/**
 * Lines of [from, end) into the rows from `row` on. Says why it stopped; the report says where (the start of the line that was not
 * read) and how many rows and requests there are. `shift` turns an address into an offset of the stream, `line` numbers the first line.
 */
export function run(from: i32, end: i32, row: i32, shift: f64, line: f64, request: i32): i32 {
  let at = from;
  let why = FULL;
  let skipped = 0;
  const counting = isCounting();
  while (row < ROWS && request < MAX_REQUESTS) {
    const newline = findByte(at, end, 10);
    if (newline < 0) {
      why = ENDED;
      break;
    }
    const to = newline > at && load<u8>(newline - 1) == 13 ? newline - 1 : newline;
    const counted = demand;
    // Blank lines, and the zero bytes of a truncated log.
    why = to > at && load<u8>(at) > 32 && scanLine(at, to) ? readRow(row) : STRANGE;
    if (why == DONE) {
      store<f64>(OFFSET + (row << 3), shift + f64(at));
      store<f64>(LINE + (row << 3), line);
      row++;
    } else if (why == NO_REQUEST) skipped++;
    else if (why != COUNTED) break;
    else if (demand > counted) store<f64>(DEMAND_OFFSET + (counted << 3), shift + f64(at));
    if (counting && why != NO_REQUEST) {
      store<f64>(STAMPS + (request << 3), stampUs);
      request++;
    }
    why = FULL;
    line += 1;
    at = newline + 1;
  }
  store<i32>(REPORT + (REPORT_POSITION << 2), at);
  store<i32>(REPORT + (REPORT_ROWS << 2), row);
  store<i32>(REPORT + (REPORT_SKIPPED << 2), skipped);
  store<i32>(REPORT + (REPORT_REQUESTS << 2), request);
  return why;
}
