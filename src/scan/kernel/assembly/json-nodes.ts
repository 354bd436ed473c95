/**
 * What the records of a log look like: after each value the texts that have followed it (`,"status":`), and the key that each leads to.
 * A text that is known is compared as a whole; any other is read byte by byte and remembered. Nothing is guessed: the text between two
 * values says all of the structure there.
 *
 * A level (the keys of one object): first key 0, end of its keys 4, node of the key that holds it 8, level of that key 12, node of its beginning 16,
 * node for keys that are too many 20, list of nodes of unwanted keys 24, their number 28.
 * A key: bytes 0, length 4, slot 8 (-1 without, -2 - index for words), reading 12, head 16, mask 24, field 32, level of its object 36.
 * A node: first edge 0, number of edges 4, key 8 (0: not wanted), next unwanted node 12, bytes of its key 16, their length 20.
 * An edge: next edge 0, node 4, length 8, literal 16.
 */
import { headStands, setHead } from './fields';
import {
  EDGE_BYTES,
  EDGES,
  KEY_BYTES,
  KEYS,
  LEVEL_BYTES,
  LEVELS,
  MAX_EDGE_LITERAL,
  MAX_EDGES,
  MAX_NODES,
  NODE_BYTES,
  NODES,
} from './layout';

/** Edges of a node, and unwanted keys of a level. Records with more are of no form. */
const MOST_EDGES: i32 = 8;
const MOST_UNWANTED: i32 = 96;

let nodeCount: i32 = 0;
let edgeCount: i32 = 0;

/** 16 bytes of ones, then of zeros: a mask of n bytes begins at 16 - n. */
const ONES = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

/** Forgets all records, and gives each key and level its nodes. */
export function setLevels(levels: i32, keys: i32): void {
  memory.fill(NODES, 0, MAX_NODES * NODE_BYTES);
  nodeCount = 0;
  edgeCount = 0;
  for (let k = 0; k < keys; k++) {
    const key = KEYS + k * KEY_BYTES;
    setHead(key, load<i32>(key), load<i32>(key, 4));
    store<i32>(newNode(), key, 8);
  }
  for (let k = 0; k < levels; k++) {
    const level = LEVELS + k * LEVEL_BYTES;
    const holder = load<i32>(level, 8);
    store<i32>(level, holder == 0 ? 0 : nodeOfKey(holder), 8);
    store<i32>(level, newNode(), 16);
    const other = newNode();
    // It learns nothing.
    store<i32>(other, MOST_EDGES, 4);
    store<i32>(level, other, 20);
    store<i32>(level, 0, 24);
    store<i32>(level, 0, 28);
  }
}

function newNode(): i32 {
  const node = NODES + nodeCount * NODE_BYTES;
  nodeCount++;
  return node;
}

@inline
export function nodeOfKey(key: i32): i32 {
  return NODES + ((key - KEYS) / KEY_BYTES) * NODE_BYTES;
}

/** The edge of the node whose text stands at this place, or 0. */
@inline
export function edgeAt(node: i32, at: i32): i32 {
  let edge = load<i32>(node);
  while (edge != 0 && !edgeStands(edge, at)) edge = load<i32>(edge);
  return edge;
}

@inline
function edgeStands(edge: i32, at: i32): bool {
  const length = load<i32>(edge, 8);
  const head = v128.xor(v128.load(edge, 16), v128.load(at));
  if (length < 16) return !v128.any_true(v128.and(head, v128.load(ONES + 16 - length)));
  if (v128.any_true(head)) return false;
  let k = 16;
  while (k + 16 <= length) {
    if (v128.any_true(v128.xor(v128.load(edge + 16 + k), v128.load(at + k)))) return false;
    k += 16;
  }
  k = length - 16;
  return !v128.any_true(v128.xor(v128.load(edge + 16 + k), v128.load(at + k)));
}

/** The node of a key of this level; that for keys that are too many when there is no room. */
export function nodeOf(level: i32, from: i32, to: i32): i32 {
  const length = to - from;
  const end = load<i32>(level, 4);
  for (let key = load<i32>(level); key < end; key += KEY_BYTES) {
    if (load<i32>(key, 4) == length && isKey(key, from)) return nodeOfKey(key);
  }
  for (let node = load<i32>(level, 24); node != 0; node = load<i32>(node, 12)) {
    if (load<i32>(node, 20) == length && same(load<i32>(node, 16), from, length)) return node;
  }
  return 0;
}

@inline
function isKey(key: i32, at: i32): bool {
  return headStands(key, at) && same(load<i32>(key), at, load<i32>(key, 4));
}

@inline
function same(a: i32, b: i32, length: i32): bool {
  for (let k = 0; k < length; k++) if (load<u8>(a + k) != load<u8>(b + k)) return false;
  return true;
}

/** The text of `length` bytes at `at` follows the node and leads to a key, [from, to) of it. Gives the node of that key. */
export function learnEdge(node: i32, level: i32, at: i32, length: i32, from: i32, to: i32): i32 {
  let next = nodeOf(level, from, to);
  const other = load<i32>(level, 20);
  const edges = load<i32>(node, 4);
  if (length > MAX_EDGE_LITERAL || edges >= MOST_EDGES || edgeCount >= MAX_EDGES) return next == 0 ? other : next;
  if (next == 0 && (nodeCount >= MAX_NODES || load<i32>(level, 28) >= MOST_UNWANTED)) return other;
  const edge = EDGES + edgeCount * EDGE_BYTES;
  edgeCount++;
  memory.copy(edge + 16, at, length);
  if (next == 0) {
    next = newNode();
    store<i32>(next, edge + 16 + from - at, 16);
    store<i32>(next, to - from, 20);
    store<i32>(next, load<i32>(level, 24), 12);
    store<i32>(level, next, 24);
    store<i32>(level, load<i32>(level, 28) + 1, 28);
  }
  store<i32>(edge, next, 4);
  store<i32>(edge, length, 8);
  store<i32>(edge, 0);
  // Behind those that are there: the first records of a log are like most.
  let last = node;
  while (load<i32>(last) != 0) last = load<i32>(last);
  store<i32>(last, edge);
  store<i32>(node, edges + 1, 4);
  return next;
}
