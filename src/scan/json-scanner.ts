/**
 * Walks one JSON object of a line, verifies its structure and notes where the wanted values stand. Nothing is copied or recursed
 * into without a bound: an object that is not wanted is skipped with a counter.
 */
import { slotIndex } from '../formats/define.js';
import type { JsonNode, JsonProgram } from '../formats/program.js';
import type { Capture, LineScanner } from './capture.js';
import * as door from './door.js';
import { JsonWords } from './json-words.js';

const encoder = new TextEncoder();

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const COLON = 58;
const COMMA = 44;

/** One level of keys, with the order in which they came on the last line: a guess that is verified key by key. */
interface Level {
  readonly keys: readonly Uint8Array[];
  readonly fields: Int32Array;
  readonly slots: Int32Array;
  readonly children: readonly (Level | undefined)[];
  readonly byLength: readonly (readonly number[] | undefined)[];
  readonly order: Int32Array;
}

const MAX_ORDER = 128;
const KIND_BITS = 32;
const LONGEST_ESCAPED_KEY = 1024;
/** Slots that are sets: of a list of several the whole text is kept, and taken apart when it is named. */
const LISTED: ReadonlySet<number> = new Set([slotIndex.scope, slotIndex.audience]);

export class JsonScanner implements LineScanner {
  private readonly root: Level;
  private at = 0;
  private readonly words: JsonWords | undefined;
  /** A string that holds an object, with the keys wanted of it. */
  private textLevel: Level | undefined;
  private textFrom = 0;
  private textTo = 0;

  constructor(
    program: JsonProgram,
    private readonly capture: Capture,
  ) {
    this.root = levelOf(program.root, program);
    this.words = program.words === undefined ? undefined : new JsonWords(program.words, program.fields, capture);
  }

  scan(bytes: Uint8Array, from: number, to: number): boolean {
    this.capture.field.fill(-1);
    const { words } = this;
    return words === undefined ? this.record(bytes, from, to) : this.recordOfWords(words, bytes, from, to);
  }

  private recordOfWords(words: JsonWords, bytes: Uint8Array, from: number, to: number): boolean {
    this.textLevel = undefined;
    const shift = words.begin(bytes, from, to);
    if (!this.record(words.bytes, from + shift, to + shift)) {
      this.capture.failedAt -= shift;
      return false;
    }
    const level: Level | undefined = this.textLevel;
    if (level !== undefined) {
      this.at = words.unescape(this.textFrom, this.textTo);
      // What is not an object leaves its values unknown.
      if (words.textEnd > this.at && words.bytes[this.at] === OPEN) this.object(words.bytes, words.textEnd, level);
    }
    words.finish();
    return true;
  }

  private record(bytes: Uint8Array, from: number, to: number): boolean {
    this.at = from;
    this.space(bytes, to);
    if (bytes[this.at] !== OPEN || this.at >= to) return this.fail('expected "{"');
    if (!this.object(bytes, to, this.root)) return false;
    this.space(bytes, to);
    return this.at === to ? true : this.fail('expected the end of the line');
  }

  private fail(expected: string): false {
    this.capture.failedAt = this.at;
    this.capture.expected = expected;
    return false;
  }

  private space(bytes: Uint8Array, to: number): void {
    this.at = spaceEnd(bytes, this.at, to);
  }

  /** At `{`; recursion is as deep as the wanted keys, which the program bounds. */
  private object(bytes: Uint8Array, to: number, level: Level): boolean {
    this.at += 1;
    this.space(bytes, to);
    if (bytes[this.at] === CLOSE && this.at < to) {
      this.at += 1;
      return true;
    }
    for (let place = 0; ; place += 1) {
      this.space(bytes, to);
      if (this.at >= to || bytes[this.at] !== QUOTE) return this.fail('expected a key in quotes');
      const index = this.key(bytes, to, level, place);
      if (index === -2) return false;
      this.space(bytes, to);
      if (this.at >= to || bytes[this.at] !== COLON) return this.fail('expected ":"');
      this.at += 1;
      this.space(bytes, to);
      if (!this.value(bytes, to, level, index)) return false;
      this.space(bytes, to);
      const next = this.at < to ? bytes[this.at] : 0;
      if (next !== COMMA && next !== CLOSE) return this.fail('expected "," or "}"');
      this.at += 1;
      if (next === CLOSE) return true;
    }
  }

  /** Reads a key; its index in the level, -1 when it is not wanted, -2 when it does not end. */
  private key(bytes: Uint8Array, to: number, level: Level, place: number): number {
    const from = this.at + 1;
    const guess = place < MAX_ORDER ? level.order[place]! : -1;
    if (guess >= 0) {
      const key = level.keys[guess]!;
      const end = from + key.length;
      if (end < to && bytes[end] === QUOTE) {
        let k = 0;
        while (k < key.length && bytes[from + k] === key[k]) k += 1;
        if (k === key.length) {
          this.at = end + 1;
          return guess;
        }
      }
    }
    let end = from;
    let escapes = 0;
    while (end < to && bytes[end] !== QUOTE) {
      if (bytes[end] === BACKSLASH) {
        escapes += 1;
        end += 1;
      }
      end += 1;
    }
    if (end >= to) {
      this.fail('expected the end of the key');
      return -2;
    }
    this.at = end + 1;
    if (escapes > 0) {
      if (end - from > LONGEST_ESCAPED_KEY) return -1;
      const plain = encoder.encode(door.rawText(bytes, from, end, 'json'));
      return keyIn(level, plain, 0, plain.length);
    }
    const index = keyIn(level, bytes, from, end);
    if (index >= 0 && place < MAX_ORDER) level.order[place] = index;
    return index;
  }

  private value(bytes: Uint8Array, to: number, level: Level, index: number): boolean {
    const first = this.at < to ? bytes[this.at]! : 0;
    if (first === QUOTE) {
      const from = this.at + 1;
      let end = from;
      while (end < to && bytes[end] !== QUOTE) end += bytes[end] === BACKSLASH ? 2 : 1;
      if (end >= to) return this.fail('expected the end of the string');
      this.at = end + 1;
      if (index >= 0) this.note(level, index, from, end);
      return true;
    }
    if (first === OPEN) {
      const child = index >= 0 ? level.children[index] : undefined;
      return child === undefined ? this.skipNested(bytes, to) : this.object(bytes, to, child);
    }
    if (first === OPEN_LIST) return this.list(bytes, to, level, index);
    const from = this.at;
    let end = from;
    while (end < to && isBare(bytes[end]!)) end += 1;
    if (!isLiteral(bytes, from, end)) return this.fail('expected a value');
    this.at = end;
    // null is a missing value, not an empty one.
    if (index >= 0 && bytes[from] !== 110) this.note(level, index, from, end);
    return true;
  }

  /** A list of one string, as some writers log headers, counts as that string. */
  private list(bytes: Uint8Array, to: number, level: Level, index: number): boolean {
    const open = this.at;
    if (!this.skipNested(bytes, to)) return false;
    if (index < 0) return true;
    const from = spaceEnd(bytes, open + 1, this.at) + 1;
    if (bytes[from - 1] !== QUOTE) return true;
    const slot = level.slots[index]!;
    if (slot < -1 && this.words!.joins(-2 - slot)) {
      this.words!.takeList(-2 - slot, open, this.at);
      return true;
    }
    let end = from;
    while (end < this.at && bytes[end] !== QUOTE) end += bytes[end] === BACKSLASH ? 2 : 1;
    if (spaceEnd(bytes, end + 1, this.at) + 1 === this.at) this.note(level, index, from, end);
    else if (LISTED.has(level.slots[index]!)) this.note(level, index, open + 1, this.at - 1);
    return true;
  }

  private note(level: Level, index: number, from: number, to: number): void {
    const slot = level.slots[index]!;
    if (slot < 0) {
      if (slot < -1) this.noteWords(level, index, from, to);
      return;
    }
    this.capture.put(slot, level.fields[index]!, from, to);
  }

  private noteWords(level: Level, index: number, from: number, to: number): void {
    const key = -2 - level.slots[index]!;
    if (this.words!.holdsObject(key)) {
      this.textLevel = level.children[index];
      this.textFrom = from;
      this.textTo = to;
    }
    this.words!.take(key, from, to);
  }

  /** Skips an object or a list without recursion. Brackets must balance; of the first levels a bit each remembers their kind. */
  private skipNested(bytes: Uint8Array, to: number): boolean {
    let depth = 0;
    let lists = 0;
    let at = this.at;
    for (; at < to; at += 1) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        at += 1;
        while (at < to && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
      } else if (byte === OPEN || byte === OPEN_LIST) {
        if (depth < KIND_BITS) lists = byte === OPEN_LIST ? lists | (1 << depth) : lists & ~(1 << depth);
        depth += 1;
      } else if (byte === CLOSE || byte === CLOSE_LIST) {
        depth -= 1;
        if (depth < KIND_BITS && (byte === CLOSE_LIST) !== (((lists >>> depth) & 1) === 1)) {
          this.at = at;
          return this.fail(byte === CLOSE ? 'expected "]"' : 'expected "}"');
        }
        if (depth === 0) {
          this.at = at + 1;
          return true;
        }
      }
    }
    this.at = Math.min(at, to);
    return this.fail('expected the end of the object');
  }
}

/** Index of the wanted key that has these bytes, or -1. */
function keyIn({ byLength, keys }: Level, bytes: Uint8Array, from: number, to: number): number {
  const bucket = byLength[to - from];
  if (bucket === undefined) return -1;
  for (const index of bucket) {
    const key = keys[index]!;
    let k = 0;
    while (k < key.length && bytes[from + k] === key[k]) k += 1;
    if (k === key.length) return index;
  }
  return -1;
}

function spaceEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && (bytes[at] === 32 || bytes[at] === 9 || bytes[at] === 13 || bytes[at] === 10)) at += 1;
  return at;
}

const BARE = new Uint8Array(256);
for (const char of '0123456789+-.eEtrufalsn') BARE[char.charCodeAt(0)] = 1;
const isBare = (byte: number): boolean => BARE[byte] === 1;

/** A number by its first byte, or one of the three words; the number readers check the rest. */
function isLiteral(bytes: Uint8Array, from: number, to: number): boolean {
  const length = to - from;
  if (length === 0) return false;
  const first = bytes[from]!;
  if ((first >= 48 && first <= 57) || first === 45) return true;
  if (first === 116) return length === 4 && bytes[from + 1] === 114 && bytes[from + 2] === 117 && bytes[from + 3] === 101;
  if (first === 102) return length === 5 && bytes[from + 1] === 97 && bytes[from + 4] === 101;
  return first === 110 && length === 4 && bytes[from + 1] === 117 && bytes[from + 3] === 108;
}

function levelOf(node: JsonNode, program: JsonProgram): Level {
  const byLength: number[][] = [];
  node.keys.forEach((key, index) => {
    byLength[key.length] ??= [];
    byLength[key.length]!.push(index);
  });
  return {
    keys: node.keys,
    fields: Int32Array.from(node.fields),
    slots: Int32Array.from(node.fields, (field) => (field < 0 ? field : slotIndex[program.fields[field]!.slot])),
    children: node.children.map((child) => (child === undefined ? undefined : levelOf(child, program))),
    byLength,
    order: new Int32Array(MAX_ORDER).fill(-1),
  };
}
