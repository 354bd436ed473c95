/**
 * Applies the words of a JSON format (`ValueWords`) to the values of one record while they are found. Constants stand in front of a
 * copy of the record, and text that is made stands behind it, so that one array holds all that the row is read from.
 */
import { slotIndex } from '../formats/define.js';
import type { Constant, JsonProgram, KeyUse, WordsProgram } from '../formats/program.js';
import type { Capture } from './capture.js';
import * as door from './door.js';
import { NOT_A_NUMBER, scaledDecimal } from './numbers.js';
import { NO_TIME, TimeReader } from './times.js';

const SPACE = 32;
const QUOTE = 34;
const HASH = 35;
const PERCENT = 37;
const AMPERSAND = 38;
const ASTERISK = 42;
const PLUS = 43;
const COMMA = 44;
const DASH = 45;
const SLASH = 47;
const COLON = 58;
const SEMICOLON = 59;
const EQUALS = 61;
const QUESTION = 63;
const AT = 64;
const BACKSLASH = 92;
const TIME = slotIndex.time;
const DURATION = slotIndex.duration;

/** Longer ones are keys with a few asterisks in them. */
const LONGEST_MASKED = 16;
/** Room behind the copy for numbers. */
const NUMBERS_BYTES = 1024;

const SECOND_US = 1_000_000;

/** Of two stamps that can be read: an ISO time has a dash there. */
const isEpoch = (bytes: Uint8Array, from: number): boolean => bytes[from + 4] !== DASH;

const encoder = new TextEncoder();

interface Use extends KeyUse {
  readonly slot: number;
  readonly none: readonly Uint8Array[];
  readonly absent: readonly Uint8Array[];
  readonly param: Uint8Array;
  readonly prefix: Uint8Array;
  readonly joins: boolean;
  readonly wholeIsUnknown: boolean;
}

export class JsonWords {
  /** Where the record stands. */
  bytes: Uint8Array = new Uint8Array(0);
  private readonly keys: readonly (readonly Use[])[];
  private scratch = new Uint8Array(0);
  private tail = 0;
  private bits = 0;
  private readonly partFrom: readonly Int32Array[];
  private readonly partTo: readonly Int32Array[];
  private readonly sumSlots: readonly number[];
  private readonly alwaysSlots: readonly number[];
  private endFrom = -1;
  private endTo = -1;
  private readonly times = new TimeReader();
  private valueFrom = 0;
  private valueTo = 0;

  constructor(
    private readonly program: WordsProgram,
    fields: JsonProgram['fields'],
    private readonly capture: Capture,
  ) {
    const slotOf = (field: number): number => (field < 0 ? -1 : slotIndex[fields[field]!.slot]);
    this.keys = program.keys.map((uses) =>
      uses.map((use): Use => {
        const { none = [], absent = [], param = '', prefix = '', list } = use.value ?? {};
        return {
          ...use,
          slot: slotOf(use.field),
          none: none.map((text) => encoder.encode(text)),
          absent: absent.map((text) => encoder.encode(text)),
          param: encoder.encode(param),
          prefix: encoder.encode(prefix),
          joins: list === true,
          wholeIsUnknown: use.unitField >= 0 && fields[use.field]!.as === 'seconds',
        };
      }),
    );
    this.partFrom = program.sums.map(({ parts }) => new Int32Array(parts));
    this.partTo = program.sums.map(({ parts }) => new Int32Array(parts));
    this.sumSlots = program.sums.map(({ field }) => slotOf(field));
    this.alwaysSlots = program.always.map(({ field }) => slotOf(field));
  }

  /** Takes the record [from, to); what to add to a place in it from now on. */
  begin(bytes: Uint8Array, from: number, to: number): number {
    this.bits = 0;
    this.endFrom = -1;
    for (const places of this.partFrom) places.fill(-1);
    if (!this.program.writes) {
      this.bytes = bytes;
      return 0;
    }
    const { pool } = this.program;
    const length = to - from;
    // What is made of a record is no longer than it, twice: once of its values, once of an object in a string.
    const needed = pool.length + length * 3 + NUMBERS_BYTES;
    if (this.scratch.length < needed) {
      this.scratch = new Uint8Array(needed * 2);
      this.scratch.set(pool);
    }
    this.scratch.set(bytes.subarray(from, to), pool.length);
    this.tail = pool.length + length;
    this.bytes = this.scratch;
    this.capture.source = this.scratch;
    return pool.length - from;
  }

  holdsObject(key: number): boolean {
    return this.keys[key]!.some(({ isObject }) => isObject);
  }

  joins(key: number): boolean {
    return this.keys[key]!.some(({ joins }) => joins);
  }

  /** The value of a key. */
  take(key: number, from: number, to: number): void {
    for (const use of this.keys[key]!) {
      if (use.bit !== 0) this.bits = sameText(this.bytes, from, to, use.is) ? this.bits | use.bit : this.bits & ~use.bit;
      if (use.field >= 0 || use.sum >= 0 || use.isEnd) this.use(use, from, to);
    }
  }

  private use(use: Use, from: number, to: number): void {
    const { capture } = this;
    this.valueFrom = from;
    this.valueTo = to;
    if (use.value !== undefined) {
      if (isOneOf(this.bytes, from, to, use.absent)) return;
      if (isOneOf(this.bytes, from, to, use.none)) {
        if (use.field >= 0) capture.put(use.slot, use.field, from, from);
        return;
      }
      if (!this.narrow(use)) return;
    }
    if (use.table !== undefined) {
      const means = this.look(use);
      if (means !== undefined) capture.put(use.slot, use.field, means.from, means.to);
      return;
    }
    if (use.value?.decode !== undefined) this.decode(use.value.decode === 'plus');
    if (use.prefix.length > 0) this.prepend(use.prefix);
    if (use.isEnd) {
      this.endFrom = this.valueFrom;
      this.endTo = this.valueTo;
    } else if (use.sum >= 0) {
      this.partFrom[use.sum]![use.place] = this.valueFrom;
      this.partTo[use.sum]![use.place] = this.valueTo;
    } else capture.put(use.slot, this.fieldFor(use), this.valueFrom, this.valueTo);
  }

  /** A value that may be a number or a duration with its unit. */
  private fieldFor(use: Use): number {
    if (use.unitField < 0) return use.field;
    const { bytes, valueFrom, valueTo } = this;
    if ((bytes[valueTo - 1]! | 0x20) >= 97) return use.unitField;
    return use.wholeIsUnknown && isWhole(bytes, valueFrom, valueTo) ? use.unitField : use.field;
  }

  /** Cuts the value to the part that counts; false without one. */
  private narrow({ value, param }: Use): boolean {
    if (param.length > 0 && !this.findParam(param)) return false;
    switch (value!.part) {
      case 'host':
        this.cutHost();
        break;
      case 'last-segment':
        this.cutAfter(SLASH);
        break;
      case 'last-word':
        this.cutAfter(SPACE);
        break;
      case 'first-word':
        this.valueTo = wordEnd(this.bytes, this.valueFrom, this.valueTo);
        break;
      default:
    }
    return value!.masked !== true || this.isMasked();
  }

  private findParam(name: Uint8Array): boolean {
    const { bytes, valueTo } = this;
    let at = this.valueFrom;
    while (at < valueTo) {
      let end = at;
      while (end < valueTo && bytes[end] !== AMPERSAND && bytes[end] !== SEMICOLON) end += 1;
      const value = at + name.length + 1;
      if (value <= end && bytes[value - 1] === EQUALS && startsWith(bytes, at, end, name)) {
        this.valueFrom = value;
        this.valueTo = end;
        return true;
      }
      at = end + 1;
    }
    return false;
  }

  private cutHost(): void {
    const { bytes } = this;
    let from = this.valueFrom;
    for (let at = from; at + 2 < this.valueTo; at += 1) {
      if (bytes[at] === COLON && bytes[at + 1] === SLASH && bytes[at + 2] === SLASH) {
        from = at + 3;
        break;
      }
    }
    let to = from;
    while (to < this.valueTo && bytes[to] !== SLASH && bytes[to] !== QUESTION && bytes[to] !== HASH) to += 1;
    for (let at = from; at < to; at += 1) if (bytes[at] === AT) from = at + 1;
    this.valueFrom = from;
    this.valueTo = to;
  }

  private cutAfter(byte: number): void {
    for (let at = this.valueTo - 1; at >= this.valueFrom; at -= 1) {
      if (this.bytes[at] === byte) {
        this.valueFrom = at + 1;
        return;
      }
    }
  }

  private isMasked(): boolean {
    if (this.valueTo - this.valueFrom > LONGEST_MASKED) return false;
    for (let at = this.valueFrom + 1; at < this.valueTo; at += 1)
      if (this.bytes[at] === ASTERISK && this.bytes[at - 1] === ASTERISK) return true;
    return false;
  }

  private look({ table, other }: Use): Constant | undefined {
    const { bytes, valueFrom, valueTo } = this;
    if (valueTo === valueFrom) return undefined;
    const whole = table!.find(({ text }) => sameText(bytes, valueFrom, valueTo, text));
    if (whole !== undefined) return whole.means;
    const end = wordEnd(bytes, valueFrom, valueTo);
    return (end < valueTo ? table!.find(({ text }) => sameText(bytes, valueFrom, end, text))?.means : undefined) ?? other;
  }

  private decode(plus: boolean): void {
    const { bytes } = this;
    const start = this.tail;
    for (let at = this.valueFrom; at < this.valueTo; at += 1) {
      let byte = bytes[at]!;
      if (byte === PLUS && plus) byte = SPACE;
      else if (byte === PERCENT && at + 2 < this.valueTo) {
        const code = hex(bytes[at + 1]!) * 16 + hex(bytes[at + 2]!);
        // What a quote or a control character stands for stays as it was written.
        if (code > SPACE - 1 && code !== QUOTE && code !== BACKSLASH && code !== 127) {
          byte = code;
          at += 2;
        }
      }
      bytes[this.tail] = byte;
      this.tail += 1;
    }
    this.valueFrom = start;
    this.valueTo = this.tail;
  }

  private prepend(prefix: Uint8Array): void {
    const { bytes, valueFrom, valueTo } = this;
    if (valueTo === valueFrom || startsWith(bytes, valueFrom, valueTo, prefix)) return;
    const start = this.tail;
    bytes.set(prefix, start);
    bytes.copyWithin(start + prefix.length, valueFrom, valueTo);
    this.tail = start + prefix.length + valueTo - valueFrom;
    this.valueFrom = start;
    this.valueTo = this.tail;
  }

  /** A list of strings as one text with spaces between; `open` is at its bracket, `close` behind it. */
  takeList(key: number, open: number, close: number): void {
    const { bytes } = this;
    const start = this.tail;
    let at = open + 1;
    while (at < close - 1) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        if (this.tail > start) bytes[this.tail++] = SPACE;
        for (at += 1; at < close && bytes[at] !== QUOTE; at += 1) {
          bytes[this.tail++] = bytes[at]!;
          if (bytes[at] === BACKSLASH) {
            at += 1;
            bytes[this.tail++] = bytes[at]!;
          }
        }
      } else if (byte !== COMMA && byte > SPACE) {
        this.tail = start;
        return;
      }
      at += 1;
    }
    if (this.tail > start) this.take(key, start, this.tail);
  }

  /** The text of a string, behind the copy: where it starts. It ends at `textEnd`. */
  unescape(from: number, to: number): number {
    const text = encoder.encode(door.rawText(this.bytes, from, to, 'json'));
    const start = this.tail;
    if (start + text.length + NUMBERS_BYTES > this.bytes.length) return start;
    this.bytes.set(text, start);
    this.tail += text.length;
    return start;
  }

  get textEnd(): number {
    return this.tail;
  }

  /** All values are taken. */
  finish(): void {
    const { program, capture } = this;
    for (const mask of program.skips) {
      if ((this.bits & mask) === mask) {
        capture.field.fill(-1);
        return;
      }
    }
    program.sums.forEach(({ field, scale }, index) => {
      const us = this.sum(index, scale);
      if (us >= 0) this.putNumber(this.sumSlots[index]!, field, us);
    });
    if (this.endFrom >= 0) {
      const us = this.untilEnd();
      if (us >= 0) this.putNumber(DURATION, program.endField, us);
    }
    program.always.forEach(({ field, means }, index) => {
      capture.put(this.alwaysSlots[index]!, field, means.from, means.to);
    });
  }

  private sum(index: number, scale: number): number {
    const from = this.partFrom[index]!;
    const to = this.partTo[index]!;
    let sum = 0;
    for (let place = 0; place < from.length; place += 1) {
      if (from[place]! < 0) return -1;
      const value = scaledDecimal(this.bytes, from[place]!, to[place]!, scale);
      if (value === NOT_A_NUMBER) return -1;
      sum += value;
    }
    return sum;
  }

  private untilEnd(): number {
    const { times, capture, bytes } = this;
    if (capture.field[TIME]! < 0) return -1;
    times.fractionDigits = 0;
    const start = times.any(bytes, capture.from[TIME]!, capture.to[TIME]!);
    const end = times.any(bytes, this.endFrom, this.endTo);
    if (start === NO_TIME || end === NO_TIME || times.fractionDigits === 0) return -1;
    // Seconds may be written as ns.
    const areWhole = start % SECOND_US === 0 && end % SECOND_US === 0;
    return areWhole && isEpoch(bytes, capture.from[TIME]!) && isEpoch(bytes, this.endFrom) ? -1 : end - start;
  }

  private putNumber(slot: number, field: number, value: number): void {
    const text = String(Math.round(value));
    if (!Number.isSafeInteger(Number(text)) || this.tail + text.length > this.bytes.length) return;
    const start = this.tail;
    for (let at = 0; at < text.length; at += 1) this.bytes[this.tail++] = text.charCodeAt(at);
    this.capture.put(slot, field, start, this.tail);
  }
}

/** Whether the text is this one, which is in lower case; without case in the letters of ASCII. */
function sameText(bytes: Uint8Array, from: number, to: number, lower: Uint8Array): boolean {
  if (to - from !== lower.length) return false;
  for (let k = 0; k < lower.length; k += 1) {
    const byte = bytes[from + k]!;
    if (byte !== lower[k] && (byte < 65 || byte > 90 || byte + 32 !== lower[k])) return false;
  }
  return true;
}

function startsWith(bytes: Uint8Array, from: number, to: number, text: Uint8Array): boolean {
  if (to - from < text.length) return false;
  for (let k = 0; k < text.length; k += 1) if (bytes[from + k] !== text[k]) return false;
  return true;
}

const isOneOf = (bytes: Uint8Array, from: number, to: number, texts: readonly Uint8Array[]): boolean =>
  texts.some((text) => to - from === text.length && startsWith(bytes, from, to, text));

/** Digits only, and not zero. */
function isWhole(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from === 1 && bytes[from] === 48) return false;
  for (let at = from; at < to; at += 1) if (bytes[at]! < 48 || bytes[at]! > 57) return false;
  return true;
}

function wordEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== SPACE && bytes[at] !== COMMA && bytes[at] !== SEMICOLON) at += 1;
  return at;
}

function hex(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 0x20;
  return letter >= 97 && letter <= 102 ? letter - 87 : Number.NaN;
}
