/**
 * Byte strings to small numbers: open addressing, bounded probes, whole keys compared. A cache in front of the dictionaries, so it
 * may refuse a key; the line then goes the slow way. A place: hash, address of the key (0: free), length, value.
 */
import {
  AGENT_KEY_BYTES,
  AGENT_KEYS_AT,
  AGENT_PLACES,
  AGENT_PLACES_AT,
  AGENT_TABLE,
  CALLER_KEY_BYTES,
  CALLER_KEYS_AT,
  CALLER_PLACES,
  CALLER_PLACES_AT,
  CALLER_TABLE,
  CERTAIN_KEY_BYTES,
  CERTAIN_KEYS_AT,
  CERTAIN_PLACES,
  CERTAIN_PLACES_AT,
  CERTAIN_TABLE,
  CROWD_KEY_BYTES,
  CROWD_KEYS_AT,
  CROWD_PLACES,
  CROWD_PLACES_AT,
  CROWD_TABLE,
  NODE_KEY_BYTES,
  NODE_KEYS_AT,
  NODE_PLACES,
  NODE_PLACES_AT,
  NODE_TABLE,
  PATH_KEY_BYTES,
  PATH_KEYS_AT,
  PATH_PLACES,
  PATH_PLACES_AT,
  RECENT_AGENTS,
  RECENT_PATHS,
  RECENT_PLACES,
  SLOT_BYTES,
  WORD_KEY_BYTES,
  WORD_KEYS_AT,
  WORD_PLACES,
  WORD_PLACES_AT,
  WORD_TABLE,
} from './layout';

/** Enough for chance, too few for keys that were made to collide. */
const MAX_PROBES: i32 = 16;
const MAX_KEY: i32 = 6144;
const FACTOR: u64 = 0x9e3779b97f4a7c15;
const FACTOR2: u64 = 0xd6e8feb86659fd93;

let pathUsed: i32 = 0;
let agentUsed: i32 = 0;
let nodeUsed: i32 = 0;
let certainUsed: i32 = 0;
let callerUsed: i32 = 0;
let wordUsed: i32 = 0;
let crowdUsed: i32 = 0;
let pathCount: i32 = 0;
let agentCount: i32 = 0;
let nodeCount: i32 = 0;
let certainCount: i32 = 0;
let callerCount: i32 = 0;
let wordCount: i32 = 0;
export let crowdCount: i32 = 0;

/** The low `length` bytes, length 0 to 8; reads 8. */
@inline
function head64(at: i32, length: i32): u64 {
  return length == 0 ? 0 : load<u64>(at) & (u64.MAX_VALUE >> (64 - (u64(length) << 3)));
}

function hashOf(at: i32, length: i32): u32 {
  let a: u64 = FACTOR ^ u64(length);
  let b: u64 = FACTOR2;
  let p = at;
  const end = at + length;
  if (length >= 32) {
    // Two more chains: each waits for its own multiplications only.
    let c: u64 = FACTOR2 ^ u64(length);
    let d: u64 = FACTOR;
    do {
      a = (a ^ load<u64>(p)) * FACTOR;
      b = (b ^ load<u64>(p, 8)) * FACTOR2;
      c = (c ^ load<u64>(p, 16)) * FACTOR;
      d = (d ^ load<u64>(p, 24)) * FACTOR2;
      a ^= a >> 29;
      b ^= b >> 31;
      c ^= c >> 30;
      d ^= d >> 28;
      p += 32;
    } while (p + 32 <= end);
    a ^= (c << 23) | (c >> 41);
    b ^= (d << 19) | (d >> 45);
  }
  while (p + 16 <= end) {
    a = (a ^ load<u64>(p)) * FACTOR;
    b = (b ^ load<u64>(p, 8)) * FACTOR2;
    a ^= a >> 29;
    b ^= b >> 31;
    p += 16;
  }
  if (p + 8 <= end) {
    a = (a ^ load<u64>(p)) * FACTOR;
    a ^= a >> 29;
    p += 8;
  }
  a = (a ^ head64(p, end - p)) * FACTOR2;
  a ^= b ^ (a >> 32);
  a *= FACTOR;
  return u32(a >> 32);
}

/** Zero where 16 bytes are the same, and below 32. */
@inline
function differ(a: i32, b: i32): v128 {
  return v128.xor(v128.load(a), v128.load(b));
}

@inline
function differ32(a: i32, b: i32): v128 {
  return v128.or(differ(a, b), differ(a + 16, b + 16));
}

/** From both ends towards the middle, where bytes are looked at twice: few branches, and names of one kind take the same. */
@inline
function same(a: i32, b: i32, length: i32): bool {
  if (length >= 32) {
    let k = 0;
    while (k + 64 < length) {
      if (v128.any_true(v128.or(differ32(a + k, b + k), differ32(a + k + 32, b + k + 32)))) return false;
      k += 64;
    }
    // Up to 64 bytes are left, and 32 stand before the end.
    const last = length - 32;
    const middle = min(k, last);
    return !v128.any_true(v128.or(differ32(a + middle, b + middle), differ32(a + last, b + last)));
  }
  if (length >= 16) {
    const last = length - 16;
    return !v128.any_true(v128.or(differ(a, b), differ(a + last, b + last)));
  }
  if (length >= 8) {
    const last = length - 8;
    return ((load<u64>(a) ^ load<u64>(b)) | (load<u64>(a + last) ^ load<u64>(b + last))) == 0;
  }
  return head64(a, length) == head64(b, length);
}

/** Where `find` found it. */
let foundAt: i32 = 0;

/**
 * Names come again: one that was found lately is looked for where a few of its bytes point to, and compared as a whole, before all of
 * them are hashed.
 */
@inline
function findRecent(recent: i32, places: i32, mask: u32, at: i32, length: i32): i32 {
  if (length < 8) return find(places, mask, at, length);
  const tail = load<u64>(at + length - 8);
  const middle = load<u64>(at + (length >> 1) - 4);
  const third = load<u64>(at + (length >> 2));
  const mixed = (tail ^ ((middle << 23) | (middle >> 41)) ^ ((third << 47) | (third >> 17)) ^ u64(length)) * FACTOR;
  const slot = recent + (i32(mixed >> 40) & (RECENT_PLACES - 1)) * 4;
  const entry = load<i32>(slot);
  if (entry != 0 && load<i32>(entry, 8) == length && same(load<i32>(entry, 4), at, length)) return load<i32>(entry, 12);
  const value = find(places, mask, at, length);
  if (value >= 0) store<i32>(slot, foundAt);
  return value;
}

function find(places: i32, mask: u32, at: i32, length: i32): i32 {
  const hash = hashOf(at, length);
  let place = hash & mask;
  for (let probe = 0; probe < MAX_PROBES; probe++) {
    const entry = places + i32(place) * SLOT_BYTES;
    const key = load<i32>(entry, 4);
    if (key == 0) return -1;
    if (load<u32>(entry) == hash && load<i32>(entry, 8) == length && same(key, at, length)) {
      foundAt = entry;
      return load<i32>(entry, 12);
    }
    place = (place + 1) & mask;
  }
  return -1;
}

export function findPath(at: i32, length: i32): i32 {
  return findRecent(RECENT_PATHS, PATH_PLACES_AT, PATH_PLACES - 1, at, length);
}

export function findAgent(at: i32, length: i32): i32 {
  return findRecent(RECENT_AGENTS, AGENT_PLACES_AT, AGENT_PLACES - 1, at, length);
}

export function findNode(at: i32, length: i32): i32 {
  return find(NODE_PLACES_AT, NODE_PLACES - 1, at, length);
}

export function findCertain(at: i32, length: i32): i32 {
  return find(CERTAIN_PLACES_AT, CERTAIN_PLACES - 1, at, length);
}

export function findCaller(at: i32, length: i32): i32 {
  return find(CALLER_PLACES_AT, CALLER_PLACES - 1, at, length);
}

export function findWord(at: i32, length: i32): i32 {
  return find(WORD_PLACES_AT, WORD_PLACES - 1, at, length);
}

export function findCrowd(at: i32, length: i32): i32 {
  return find(CROWD_PLACES_AT, CROWD_PLACES - 1, at, length);
}

/** Bytes the key took, 0 when it was known, -1 when it was refused. */
function put(places: i32, mask: u32, keyAt: i32, at: i32, length: i32, value: i32): i32 {
  const hash = hashOf(at, length);
  let place = hash & mask;
  for (let probe = 0; probe < MAX_PROBES; probe++) {
    const entry = places + i32(place) * SLOT_BYTES;
    const key = load<i32>(entry, 4);
    if (key == 0) {
      memory.copy(keyAt, at, length);
      store<u32>(entry, hash);
      store<i32>(entry, keyAt, 4);
      store<i32>(entry, length, 8);
      store<i32>(entry, value, 12);
      return length;
    }
    if (load<u32>(entry) == hash && load<i32>(entry, 8) == length && same(key, at, length)) {
      store<i32>(entry, value, 12);
      return 0;
    }
    place = (place + 1) & mask;
  }
  return -1;
}

/** Keeps a value for the key; false when it has no room. Three quarters of the places may be taken. */
export function add(table: i32, at: i32, length: i32, value: i32): bool {
  if (length > MAX_KEY) return false;
  if (table == AGENT_TABLE) {
    if (agentCount >= (AGENT_PLACES >> 2) * 3 || agentUsed + length > AGENT_KEY_BYTES) return false;
    const took = put(AGENT_PLACES_AT, AGENT_PLACES - 1, AGENT_KEYS_AT + agentUsed, at, length, value);
    if (took < 0) return false;
    agentUsed += took;
    agentCount++;
  } else if (table == NODE_TABLE) {
    if (nodeCount >= (NODE_PLACES >> 2) * 3 || nodeUsed + length > NODE_KEY_BYTES) return false;
    const took = put(NODE_PLACES_AT, NODE_PLACES - 1, NODE_KEYS_AT + nodeUsed, at, length, value);
    if (took < 0) return false;
    nodeUsed += took;
    nodeCount++;
  } else if (table == CERTAIN_TABLE) {
    if (certainCount >= (CERTAIN_PLACES >> 2) * 3 || certainUsed + length > CERTAIN_KEY_BYTES) return false;
    const took = put(CERTAIN_PLACES_AT, CERTAIN_PLACES - 1, CERTAIN_KEYS_AT + certainUsed, at, length, value);
    if (took < 0) return false;
    certainUsed += took;
    certainCount++;
  } else if (table == CALLER_TABLE) {
    if (callerCount >= (CALLER_PLACES >> 2) * 3 || callerUsed + length > CALLER_KEY_BYTES) return false;
    const took = put(CALLER_PLACES_AT, CALLER_PLACES - 1, CALLER_KEYS_AT + callerUsed, at, length, value);
    if (took < 0) return false;
    callerUsed += took;
    callerCount++;
  } else if (table == WORD_TABLE) {
    if (wordCount >= (WORD_PLACES >> 2) * 3 || wordUsed + length > WORD_KEY_BYTES) return false;
    const took = put(WORD_PLACES_AT, WORD_PLACES - 1, WORD_KEYS_AT + wordUsed, at, length, value);
    if (took < 0) return false;
    wordUsed += took;
    wordCount++;
  } else if (table == CROWD_TABLE) {
    if (crowdCount >= (CROWD_PLACES >> 2) * 3 || crowdUsed + length > CROWD_KEY_BYTES) return false;
    const took = put(CROWD_PLACES_AT, CROWD_PLACES - 1, CROWD_KEYS_AT + crowdUsed, at, length, value);
    if (took < 0) return false;
    crowdUsed += took;
    crowdCount++;
  } else {
    if (pathCount >= (PATH_PLACES >> 2) * 3 || pathUsed + length > PATH_KEY_BYTES) return false;
    const took = put(PATH_PLACES_AT, PATH_PLACES - 1, PATH_KEYS_AT + pathUsed, at, length, value);
    if (took < 0) return false;
    pathUsed += took;
    pathCount++;
  }
  return true;
}

/** Words mean something else in another program. */
export function clearWords(): void {
  memory.fill(WORD_PLACES_AT, 0, WORD_PLACES * SLOT_BYTES);
  wordUsed = wordCount = 0;
}

/** Another place has collapsed: it may be above some of these. */
export function clearCrowd(): void {
  if (crowdCount > 0) memory.fill(CROWD_PLACES_AT, 0, CROWD_PLACES * SLOT_BYTES);
  crowdUsed = crowdCount = 0;
}

/** Forgets all names: another dictionary numbers them. */
export function clearTables(): void {
  // What was never written to takes no memory, and is zero.
  if (pathCount > 0) memory.fill(PATH_PLACES_AT, 0, PATH_PLACES * SLOT_BYTES);
  if (agentCount > 0) memory.fill(AGENT_PLACES_AT, 0, AGENT_PLACES * SLOT_BYTES);
  if (nodeCount > 0) memory.fill(NODE_PLACES_AT, 0, NODE_PLACES * SLOT_BYTES);
  if (certainCount > 0) memory.fill(CERTAIN_PLACES_AT, 0, CERTAIN_PLACES * SLOT_BYTES);
  if (callerCount > 0) memory.fill(CALLER_PLACES_AT, 0, CALLER_PLACES * SLOT_BYTES);
  memory.fill(RECENT_PATHS, 0, 2 * RECENT_PLACES * 4);
  pathUsed = agentUsed = nodeUsed = certainUsed = callerUsed = 0;
  pathCount = agentCount = nodeCount = certainCount = callerCount = 0;
  clearCrowd();
}
