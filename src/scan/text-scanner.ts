/** Runs the op table of a template over one line. One pass, no string, no backtracking beyond the literal that ends a field. */
import { slotIndex } from '../formats/define.js';
import { OP_LIST, OP_PAIRS, OP_QUOTED, OP_REST, OP_UNTIL, OP_WORD, type TextProgram } from '../formats/program.js';
import type { Capture, LineScanner } from './capture.js';
import { expectedWord, insideList, readWord } from './text-words.js';

const BACKSLASH = 92;
const QUOTE = 34;
const SPACE = 32;
const EQUALS = 61;
const COMMA = 44;
const COLON = 58;
/** More pairs than this on one line are read over. */
const MAX_PAIRS = 64;

export class TextScanner implements LineScanner {
  private readonly modes: Uint8Array;
  private readonly fieldOf: Int32Array;
  private readonly slotOf: Int32Array;
  private readonly literalAt: Int32Array;
  private readonly literalLength: Int32Array;
  private readonly literals: Uint8Array;
  private readonly lead: Uint8Array;
  private readonly ops: number;
  /** Slots that the pairs of the last line filled, to be emptied before the next. */
  private readonly pairSlotsSet = new Int32Array(MAX_PAIRS);
  private pairsSet = 0;
  /** What the rest of a line must be: 0 anything, or REST_. Without it a short format would claim longer lines. */
  private readonly restIs: Uint8Array;
  private readonly isClfTime: Uint8Array;
  private readonly span = { from: 0, to: 0 };
  /** Keys seen at the same place on the last line: a guess that is verified. */
  private readonly pairOrder = new Int32Array(64).fill(-1);
  private readonly pairsByLength: number[][] = [];
  private readonly pairBytes: readonly Uint8Array[];
  private readonly pairSlots: Int32Array;
  private readonly pairFields: Int32Array;

  constructor(
    private readonly program: TextProgram,
    private readonly capture: Capture,
  ) {
    const { ops } = program;
    this.ops = ops.length;
    this.lead = program.lead;
    this.modes = Uint8Array.from(ops, (op) => op.mode);
    this.fieldOf = Int32Array.from(ops, (op) => op.field);
    this.slotOf = Int32Array.from(ops, (op) => (op.field < 0 ? -1 : slotIndex[program.fields[op.field]!.slot]));
    this.literalLength = Int32Array.from(ops, (op) => op.literal.length);
    this.literalAt = new Int32Array(ops.length);
    const pool: number[] = [];
    ops.forEach((op, index) => {
      this.literalAt[index] = pool.length;
      pool.push(...op.literal);
    });
    this.literals = Uint8Array.from(pool);
    this.pairBytes = program.pairKeys.map(({ key }) => key);
    this.pairFields = Int32Array.from(program.pairKeys, ({ field }) => field);
    this.isClfTime = Uint8Array.from(ops, (op) => (op.field >= 0 && program.fields[op.field]!.as === 'time-clf' ? 1 : 0));
    this.restIs = Uint8Array.from(ops, (op) => {
      const field = op.mode === OP_REST ? program.fields[op.field] : undefined;
      if (field?.as === 'seconds') return field.list === true ? REST_SECONDS : REST_DECIMAL;
      return field?.as === 'number' ? REST_NUMBER : 0;
    });
    this.pairSlots = Int32Array.from(program.pairKeys, ({ field }) => slotIndex[program.fields[field]!.slot]);
    program.pairKeys.forEach(({ key }, index) => {
      this.pairsByLength[key.length] ??= [];
      this.pairsByLength[key.length]!.push(index);
    });
    capture.field.fill(-1);
  }

  scan(bytes: Uint8Array, from: number, to: number): boolean {
    const { capture, modes, slotOf, fieldOf, literalAt, literalLength, literals, lead } = this;
    const { from: spanFrom, to: spanTo, field } = capture;
    for (let k = 0; k < this.pairsSet; k += 1) field[this.pairSlotsSet[k]!] = -1;
    this.pairsSet = 0;
    let at = from;
    for (let k = 0; k < lead.length; k += 1, at += 1) if (at >= to || bytes[at] !== lead[k]) return this.fail(at, lead, k);
    for (let op = 0; op < this.ops; op += 1) {
      const mode = modes[op]!;
      let end = to;
      if (mode === OP_UNTIL || mode === OP_QUOTED || mode === OP_LIST) {
        const base = literalAt[op]!;
        const length = literalLength[op]!;
        const first = literals[base]!;
        const last = to - length;
        // A CLF time has one length: if its end is where it should be, the bytes between need no search.
        end = at;
        if (
          mode === OP_UNTIL &&
          this.isClfTime[op] === 1 &&
          bytes[at + CLF_ZONE] === SPACE &&
          bytes[at + CLF_TIME_BYTES] === first
        )
          end += CLF_TIME_BYTES;
        for (;;) {
          if (mode === OP_QUOTED) {
            const near = end + SHORT < last ? end + SHORT : last;
            for (; end <= near; end += 1) {
              const byte = bytes[end]!;
              if (byte === first) break;
              if (byte === BACKSLASH) end += 1;
            }
            if (end > near && end <= last) end = unescapedByte(bytes, first, end, at, last);
          } else {
            while (end <= last && bytes[end] !== first) end += 1;
          }
          if (end > last) return this.fail(at, literals.subarray(base, base + length), 0);
          let k = 1;
          while (k < length && bytes[end + k] === literals[base + k]) k += 1;
          if (k === length && !(mode === OP_LIST && insideList(bytes, at, end, to))) break;
          end += 1;
        }
      } else if (mode === OP_PAIRS) {
        if (!this.pairs(bytes, at, to)) return this.fail(at, PAIR_EXPECTED, 0);
        at = to;
        continue;
      } else if (mode === OP_WORD) {
        at = this.word(op, bytes, at, to);
        if (at < 0) return false;
        continue;
      } else if (this.restIs[op] !== 0 && !numberRest(bytes, at, to, this.restIs[op]!)) return this.fail(at, NUMBER_EXPECTED, 0);
      const slot = slotOf[op]!;
      if (slot >= 0) {
        spanFrom[slot] = at;
        spanTo[slot] = end;
        field[slot] = fieldOf[op]!;
      }
      at = end + (mode === OP_REST ? 0 : literalLength[op]!);
    }
    return at === to ? true : this.fail(at, END_EXPECTED, 0);
  }

  /** Where the next field begins; -1 when the line does not fit. */
  private word(op: number, bytes: Uint8Array, at: number, to: number): number {
    const { word, literal, field } = this.program.ops[op]!;
    const { span, capture } = this;
    const next = readWord(word!, literal, bytes, at, to, span);
    if (next < 0) {
      capture.failedAt = at;
      capture.expected = expectedWord(word!);
      return -1;
    }
    const slot = this.slotOf[op]!;
    if (slot >= 0) {
      capture.from[slot] = span.from;
      capture.to[slot] = span.to;
      capture.field[slot] = field;
    }
    return next;
  }

  private fail(at: number, literal: Uint8Array, k: number): false {
    this.capture.failedAt = at;
    this.capture.expected =
      literal === END_EXPECTED
        ? 'expected the end of the line'
        : literal === PAIR_EXPECTED
          ? 'expected key=value pairs'
          : literal === NUMBER_EXPECTED
            ? 'expected a number and the end of the line'
            : `expected ${JSON.stringify(String.fromCharCode(...literal.subarray(k)))} after this`;
    return false;
  }

  /** True when at least one pair was read and nothing but pairs, quoted texts and single words stands between them. */
  private pairs(bytes: Uint8Array, from: number, to: number): boolean {
    let at = from;
    let seen = 0;
    while (at < to) {
      if (bytes[at] === SPACE || bytes[at] === COMMA) {
        at += 1;
        continue;
      }
      if (bytes[at] === QUOTE) {
        // A quoted field in front of the pairs, such as X-Forwarded-For.
        at = closingQuote(bytes, at + 1, to) + 1;
        if (at > to) return false;
        continue;
      }
      let end = at;
      const guess = seen < 64 ? this.pairOrder[seen]! : -1;
      const guessed = guess < 0 ? undefined : this.pairBytes[guess]!;
      let key = -1;
      // Behind the end of the block stands what an earlier one left there.
      if (
        guessed !== undefined &&
        at + guessed.length < to &&
        bytes[at + guessed.length] === EQUALS &&
        sameKey(guessed, bytes, at, at + guessed.length)
      ) {
        key = guess;
        end = at + guessed.length;
      } else {
        while (end < to && bytes[end] !== EQUALS && bytes[end] !== SPACE) end += 1;
        if (end === to || bytes[end] === SPACE) {
          at = end;
          continue;
        }
        key = this.pairKey(bytes, at, end, seen);
      }
      seen += 1;
      at = end + 1;
      let valueFrom = at;
      let valueTo: number;
      if (bytes[at] === QUOTE) {
        valueFrom = at + 1;
        valueTo = closingQuote(bytes, valueFrom, to);
        if (valueTo >= to) return false;
        at = valueTo + 1;
      } else {
        valueTo = at;
        do {
          while (valueTo < to && bytes[valueTo] !== SPACE) valueTo += 1;
        } while (valueTo < to && insideList(bytes, valueFrom, valueTo, to) && ++valueTo);
        at = valueTo;
      }
      if (key >= 0 && this.pairsSet < MAX_PAIRS) {
        const slot = this.pairSlots[key]!;
        this.capture.from[slot] = valueFrom;
        this.capture.to[slot] = valueTo;
        this.capture.field[slot] = this.pairFields[key]!;
        this.pairSlotsSet[this.pairsSet++] = slot;
      }
    }
    return seen > 0;
  }

  private pairKey(bytes: Uint8Array, from: number, to: number, place: number): number {
    const { pairKeys } = this.program;
    const bucket = this.pairsByLength[to - from];
    if (bucket !== undefined) {
      for (const index of bucket) {
        if (sameKey(pairKeys[index]!.key, bytes, from, to)) {
          if (place < 64) this.pairOrder[place] = index;
          return index;
        }
      }
    }
    return -1;
  }
}

/** Up to here a loop is faster than a call of the built-in search. */
const SHORT = 20;
/** `02/Mar/2026:10:15:30 +0000` */
const CLF_TIME_BYTES = 26;
/** The blank before the zone. Without one the time is shorter. */
const CLF_ZONE = 20;

/** The next such byte that no backslash protects, or a place behind `last`. */
function unescapedByte(bytes: Uint8Array, byte: number, from: number, fieldFrom: number, last: number): number {
  let at = from;
  for (;;) {
    at = bytes.indexOf(byte, at);
    if (at < 0 || at > last) return last + 1;
    let slashes = 0;
    while (at - slashes > fieldFrom && bytes[at - slashes - 1] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at;
    at += 1;
  }
}

const END_EXPECTED = new Uint8Array(0);
const PAIR_EXPECTED = new Uint8Array(0);
const NUMBER_EXPECTED = new Uint8Array(0);
const REST_NUMBER = 1;
const REST_SECONDS = 2;
const REST_DECIMAL = 3;

/** Digits or `-`; seconds with the three decimals that nginx prints, and lists of them where the field is one. */
function numberRest(bytes: Uint8Array, from: number, to: number, kind: number): boolean {
  if (to === from) return false;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at]!;
    if (byte >= 48 && byte <= 57) continue;
    if (byte === 45 && (at === from || bytes[at - 1] === SPACE)) continue;
    if (kind === REST_NUMBER) return false;
    if (byte === 46 ? at + 3 >= to : kind === REST_DECIMAL || (byte !== COMMA && byte !== COLON && byte !== SPACE)) return false;
  }
  return kind === REST_NUMBER || bytes[to - 1] === 45 || (to - from >= 5 && bytes[to - 4] === 46);
}

function closingQuote(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

function sameKey(key: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (key.length !== to - from) return false;
  for (let k = 0; k < key.length; k += 1) if (bytes[from + k] !== key[k]) return false;
  return true;
}
