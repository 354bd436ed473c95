/**
 * Where everything lies in the kernel's memory. All sizes are fixed: the memory never grows, so the views that JavaScript holds stay
 * valid, and what does not fit is left to the TypeScript scanner. Pages that nothing touches take no room.
 */

/** Rows of a batch. */
export const ROWS: i32 = 2048;

/** Static data of the compiler lies below. */
const BASE: i32 = 4096;

/** Int32 words in which a call of `run` reports: see REPORT_* */
export const REPORT: i32 = BASE;
export const REPORT_POSITION: i32 = 0;
export const REPORT_ROWS: i32 = 1;
export const REPORT_KEY: i32 = 2;
export const REPORT_KEY_LENGTH: i32 = 3;
export const REPORT_HOST_FROM: i32 = 4;
export const REPORT_HOST_TO: i32 = 5;
export const REPORT_ROUTE: i32 = 6;
export const REPORT_METHOD: i32 = 7;
/** Lines that hold no request. */
export const REPORT_SKIPPED: i32 = 8;
/** Requests of the batch, those that are rows and those that were only counted. */
export const REPORT_REQUESTS: i32 = 9;
const REPORT_BYTES: i32 = 64;

/** Operations of the program, OP_BYTES each. */
export const MAX_OPS: i32 = 1024;
export const OP_BYTES: i32 = 48;
export const OPS: i32 = REPORT + REPORT_BYTES;

/** Ways to write a line: first op, end of its ops, lead (address and length). */
export const MAX_WAYS: i32 = 32;
export const WAY_BYTES: i32 = 16;
export const WAYS: i32 = OPS + MAX_OPS * OP_BYTES;
/** Numbers of the ways, a byte each: the one that fitted last first. */
export const WAY_ORDER: i32 = WAYS + MAX_WAYS * WAY_BYTES;

/** Keys of the pairs, sorted by length, PAIR_BYTES each; a table says where each length begins. */
export const MAX_PAIR_KEYS: i32 = 128;
export const PAIR_BYTES: i32 = 32;
export const MAX_PAIR_KEY_LENGTH: i32 = 63;
/** For two ways the number of ops at their beginning that are the same, two bytes each. */
export const WAY_COMMON: i32 = WAY_ORDER + MAX_WAYS;
/** Of the way that was tried last: where each op began, and which slots were filled before it. */
export const TRACE_BYTES: i32 = 8;
export const TRACE: i32 = WAY_COMMON + MAX_WAYS * MAX_WAYS * 2;
export const PAIRS: i32 = TRACE + MAX_OPS * TRACE_BYTES;
export const PAIR_STARTS: i32 = PAIRS + MAX_PAIR_KEYS * PAIR_BYTES;

/** Literals, and the bytes of the keys. */
export const POOL_BYTES: i32 = 65536;
export const POOL: i32 = PAIR_STARTS + (MAX_PAIR_KEY_LENGTH + 2) * 4;
/** Key that stood at this place on the last line. */
export const PAIR_ORDER_SIZE: i32 = 64;
export const PAIR_ORDER: i32 = POOL + POOL_BYTES;

/** Levels of wanted keys of a JSON program, and the keys: see json-nodes.ts. */
export const MAX_LEVELS: i32 = 128;
export const LEVEL_BYTES: i32 = 32;
export const LEVELS: i32 = (PAIR_ORDER + PAIR_ORDER_SIZE * 4 + 15) & ~15;
export const MAX_KEYS: i32 = 1024;
export const KEY_BYTES: i32 = 48;
export const KEYS: i32 = LEVELS + MAX_LEVELS * LEVEL_BYTES;
/** A node for each key, two for each level, and one for each key that is not wanted. */
export const MAX_NODES: i32 = MAX_KEYS + 2 * MAX_LEVELS + 512;
export const NODE_BYTES: i32 = 32;
export const NODES: i32 = KEYS + MAX_KEYS * KEY_BYTES;
/** What may stand between two values. */
export const MAX_EDGES: i32 = 2048;
export const MAX_EDGE_LITERAL: i32 = 64;
export const EDGE_BYTES: i32 = 16 + MAX_EDGE_LITERAL;
export const EDGES: i32 = NODES + MAX_NODES * NODE_BYTES;
/** Keys whose values have words, their uses, sums, constants that always hold, and what makes a record no request: see json-words.ts. */
export const MAX_WORD_KEYS: i32 = 256;
export const WORD_KEY_ENTRY: i32 = 16;
export const WORD_KEYS: i32 = EDGES + MAX_EDGES * EDGE_BYTES;
export const MAX_USES: i32 = 512;
export const USE_BYTES: i32 = 96;
export const USES: i32 = WORD_KEYS + MAX_WORD_KEYS * WORD_KEY_ENTRY;
export const MAX_SUMS: i32 = 8;
export const MAX_PARTS: i32 = 8;
export const SUM_BYTES: i32 = 32 + MAX_PARTS * 8;
export const SUMS: i32 = USES + MAX_USES * USE_BYTES;
export const MAX_ALWAYS: i32 = 16;
export const ALWAYS_BYTES: i32 = 32;
export const ALWAYS: i32 = SUMS + MAX_SUMS * SUM_BYTES;
export const MAX_SKIPS: i32 = 16;
export const SKIPS: i32 = ALWAYS + MAX_ALWAYS * ALWAYS_BYTES;
/** Text that is made of the values of a record. */
export const MADE_BYTES: i32 = 65536;
export const MADE: i32 = SKIPS + MAX_SKIPS * 4;

/** Spans of the current line: from, to, reading and field of each slot. */
export const SLOTS: i32 = 32;
export const SPAN_BYTES: i32 = 16;
export const SPANS: i32 = (MADE + MADE_BYTES + 64 + 15) & ~15;

/** Minutes that were read before: see times.ts. */
export const MEMO_BYTES: i32 = 48;
export const MEMO_ENTRIES: i32 = 512;
export const CLF_MEMO: i32 = SPANS + SLOTS * SPAN_BYTES;
export const ISO_MEMO: i32 = CLF_MEMO + MEMO_ENTRIES * MEMO_BYTES;
export const SLASHED_MEMO: i32 = ISO_MEMO + MEMO_ENTRIES * MEMO_BYTES;

/** Writes into the scratch areas may run 16 bytes over. */
const SLACK: i32 = 64;
export const MAX_PATH: i32 = 4000;
export const PATH: i32 = SLASHED_MEMO + MEMO_ENTRIES * MEMO_BYTES;
/** A target without its escapes. */
export const TARGET_TEXT: i32 = PATH + MAX_PATH + 96 + SLACK;
export const MAX_TUPLE: i32 = 6144;
export const TUPLE: i32 = TARGET_TEXT + MAX_PATH + SLACK;
export const MAX_HOST: i32 = 1024;
export const CERTAIN: i32 = TUPLE + MAX_TUPLE + SLACK;

/** Flags by route id. */
export const MAX_ROUTES: i32 = 32768;
export const FLAGS: i32 = CERTAIN + MAX_HOST + 16 + SLACK;

const COLUMNS: i32 = (FLAGS + MAX_ROUTES + 63) & ~63;
export const START_US: i32 = COLUMNS;
export const DURATION_US: i32 = START_US + ROWS * 8;
export const UPSTREAM_US: i32 = DURATION_US + ROWS * 8;
export const BYTES: i32 = UPSTREAM_US + ROWS * 8;
export const LIFETIME_MS: i32 = BYTES + ROWS * 8;
export const OFFSET: i32 = LIFETIME_MS + ROWS * 8;
export const LINE: i32 = OFFSET + ROWS * 8;
export const REQUEST_IDS: i32 = LINE + ROWS * 8;
export const TRACE_IDS: i32 = REQUEST_IDS + ROWS * 8;
export const USERS: i32 = TRACE_IDS + ROWS * 8;
export const ROUTE: i32 = USERS + ROWS * 8;
export const NODE: i32 = ROUTE + ROWS * 4;
export const AGENT: i32 = NODE + ROWS * 4;
export const CALLER: i32 = AGENT + ROWS * 4;
export const STATUS: i32 = CALLER + ROWS * 4;
export const METHOD: i32 = STATUS + ROWS * 2;
export const CACHE: i32 = METHOD + ROWS;

/** The bytes to be scanned; loads may run over their end, never over the end of the memory. */
export const WINDOW_BYTES: i32 = 262144;
export const WINDOW: i32 = (CACHE + ROWS + 4095) & ~4095;

/** Tables of names, SLOT_BYTES a place, and the bytes of their keys. */
export const SLOT_BYTES: i32 = 16;
const TABLES_BASE: i32 = (WINDOW + WINDOW_BYTES + SLACK + 4095) & ~4095;
export const TABLES: i32 = 7;
export const PATH_TABLE: i32 = 0;
export const AGENT_TABLE: i32 = 1;
export const NODE_TABLE: i32 = 2;
export const CERTAIN_TABLE: i32 = 3;
export const CALLER_TABLE: i32 = 4;
/** Words for the cache that a table tells. */
export const WORD_TABLE: i32 = 5;
/** Routes of places that have collapsed, by the text before the last segment. */
export const CROWD_TABLE: i32 = 6;

export const PATH_PLACES: i32 = 65536;
export const AGENT_PLACES: i32 = 16384;
export const NODE_PLACES: i32 = 32768;
export const CERTAIN_PLACES: i32 = 8192;
export const CALLER_PLACES: i32 = 131072;
export const WORD_PLACES: i32 = 1024;
export const CROWD_PLACES: i32 = 4096;

export const PATH_PLACES_AT: i32 = TABLES_BASE;
export const AGENT_PLACES_AT: i32 = PATH_PLACES_AT + PATH_PLACES * SLOT_BYTES;
export const NODE_PLACES_AT: i32 = AGENT_PLACES_AT + AGENT_PLACES * SLOT_BYTES;
export const CERTAIN_PLACES_AT: i32 = NODE_PLACES_AT + NODE_PLACES * SLOT_BYTES;
export const CALLER_PLACES_AT: i32 = CERTAIN_PLACES_AT + CERTAIN_PLACES * SLOT_BYTES;
export const WORD_PLACES_AT: i32 = CALLER_PLACES_AT + CALLER_PLACES * SLOT_BYTES;
export const CROWD_PLACES_AT: i32 = WORD_PLACES_AT + WORD_PLACES * SLOT_BYTES;
const KEYS_BASE: i32 = CROWD_PLACES_AT + CROWD_PLACES * SLOT_BYTES;

export const PATH_KEY_BYTES: i32 = 3 << 20;
export const AGENT_KEY_BYTES: i32 = 2 << 20;
export const NODE_KEY_BYTES: i32 = 1 << 20;
export const CERTAIN_KEY_BYTES: i32 = 1 << 18;
export const CALLER_KEY_BYTES: i32 = 10 << 20;
export const WORD_KEY_BYTES: i32 = 1 << 15;
export const CROWD_KEY_BYTES: i32 = 1 << 18;
export const PATH_KEYS_AT: i32 = KEYS_BASE;
export const AGENT_KEYS_AT: i32 = PATH_KEYS_AT + PATH_KEY_BYTES;
export const NODE_KEYS_AT: i32 = AGENT_KEYS_AT + AGENT_KEY_BYTES;
export const CERTAIN_KEYS_AT: i32 = NODE_KEYS_AT + NODE_KEY_BYTES;
export const CALLER_KEYS_AT: i32 = CERTAIN_KEYS_AT + CERTAIN_KEY_BYTES;
export const WORD_KEYS_AT: i32 = CALLER_KEYS_AT + CALLER_KEY_BYTES;
export const CROWD_KEYS_AT: i32 = WORD_KEYS_AT + WORD_KEY_BYTES;

/** Tables of src/scan/harmless.ts: class of each byte, next state by state and class. */
export const HARMLESS_BYTES: i32 = 1 << 17;
export const HARMLESS_CLASSES: i32 = (CROWD_KEYS_AT + CROWD_KEY_BYTES + SLACK + 63) & ~63;
export const HARMLESS: i32 = HARMLESS_CLASSES + 256;

/** Places of names that were found lately: see tables.ts. */
export const RECENT_PLACES: i32 = 512;
export const RECENT_PATHS: i32 = (HARMLESS + HARMLESS_BYTES + 63) & ~63;
export const RECENT_AGENTS: i32 = RECENT_PATHS + RECENT_PLACES * 4;
const COUNTS_BASE: i32 = RECENT_AGENTS + RECENT_PLACES * 4;

/** The tables in which requests are counted, and what belongs to a batch: see src/events/counting.ts. */
export const MAX_REQUESTS: i32 = 4 * ROWS;
export const STAMPS: i32 = COUNTS_BASE;
export const DEMAND_MS: i32 = STAMPS + MAX_REQUESTS * 8;
export const DEMAND_NODE: i32 = DEMAND_MS + MAX_REQUESTS * 8;
/** How far each start of the demand is behind the one before it: at most eight bytes each. */
export const DEMAND_GAPS: i32 = DEMAND_NODE + MAX_REQUESTS * 4;
/** Of the demand, what a join needs of it besides: duration in ms, route, place of the line, ids where the run reads them. */
export const DEMAND_DURATION: i32 = DEMAND_GAPS + MAX_REQUESTS * 8;
export const DEMAND_ROUTE: i32 = DEMAND_DURATION + MAX_REQUESTS * 4;
export const DEMAND_OFFSET: i32 = DEMAND_ROUTE + MAX_REQUESTS * 4;
export const DEMAND_REQUEST: i32 = DEMAND_OFFSET + MAX_REQUESTS * 8;
export const DEMAND_TRACE: i32 = DEMAND_REQUEST + MAX_REQUESTS * 8;
export const MAX_CELLS: i32 = 256;
export const CELL_FROM: i32 = DEMAND_TRACE + MAX_REQUESTS * 8;
export const CELL_COUNTS: i32 = CELL_FROM + MAX_CELLS * 8;
export const EXCLUDED: i32 = CELL_COUNTS + MAX_CELLS * 4;
export const COUNTED_AGENTS: i32 = 32768;
export const AGENT_KINDS: i32 = EXCLUDED + 8 * 4;
export const ROUTE_KINDS: i32 = AGENT_KINDS + COUNTED_AGENTS;
export const ROUTE_SLOTS: i32 = ROUTE_KINDS + MAX_ROUTES;
export const HISTOGRAM_SLOTS: i32 = 1024;
export const HISTOGRAM_BINS: i32 = 384;
export const FLOORS: i32 = ROUTE_SLOTS + MAX_ROUTES * 2;
export const MASKS: i32 = FLOORS + HISTOGRAM_SLOTS * 4;
export const COUNTERS: i32 = (MASKS + HISTOGRAM_SLOTS * 4 + 63) & ~63;
export const HISTOGRAMS: i32 = COUNTERS + MAX_ROUTES * 64;
/** By histogram: the slowest requests, as a heap of their overheads and starts, and the starts of a sample of all. See slowest.ts. */
export const KEPT: i32 = 128;
export const SLOW_COUNT: i32 = HISTOGRAMS + HISTOGRAM_SLOTS * HISTOGRAM_BINS * 4;
export const SAMPLE_COUNT: i32 = SLOW_COUNT + HISTOGRAM_SLOTS * 4;
export const SLOW_UNITS: i32 = SAMPLE_COUNT + HISTOGRAM_SLOTS * 4;
export const SLOW_STARTS: i32 = SLOW_UNITS + HISTOGRAM_SLOTS * KEPT * 4;
export const SAMPLE_STARTS: i32 = SLOW_STARTS + HISTOGRAM_SLOTS * KEPT * 8;
export const MEMORY_END: i32 = SAMPLE_STARTS + HISTOGRAM_SLOTS * KEPT * 8 + SLACK;
