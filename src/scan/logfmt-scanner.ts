/** Turns `key=value key="value"` into an object, which the scanner of JSON then reads: one set of words for both. */
import type { JsonProgram } from '../formats/program.js';
import type { Capture, LineScanner } from './capture.js';
import { JsonScanner } from './json-scanner.js';

const SPACE = 32;
const QUOTE = 34;
const EQUALS = 61;
const BACKSLASH = 92;
const COMMA = 44;
const COLON = 58;

export class LogfmtScanner implements LineScanner {
  private readonly json: JsonScanner;
  private object = new Uint8Array(16 * 1024);
  private length = 0;

  constructor(
    program: JsonProgram,
    private readonly capture: Capture,
  ) {
    this.json = new JsonScanner(program, capture);
  }

  scan(bytes: Uint8Array, from: number, to: number): boolean {
    const { capture } = this;
    const failed = this.write(bytes, from, to);
    if (failed >= 0) {
      capture.failedAt = failed;
      capture.expected = 'expected key=value pairs';
      return false;
    }
    capture.source = undefined;
    const read = this.json.scan(this.object, 0, this.length);
    // Words of JSON may have made a copy of their own.
    capture.source ??= this.object;
    if (!read) capture.failedAt = from;
    return read;
  }

  /** The place that is not a pair, or -1. */
  private write(bytes: Uint8Array, from: number, to: number): number {
    // A byte becomes two at most, and each pair needs five more.
    const room = (to - from) * 4 + 16;
    if (this.object.length < room) this.object = new Uint8Array(room * 2);
    const { object } = this;
    let out = 0;
    object[out++] = 123;
    let at = from;
    for (;;) {
      while (at < to && bytes[at] === SPACE) at += 1;
      if (at === to) break;
      if (out > 1) object[out++] = COMMA;
      const start = at;
      object[out++] = QUOTE;
      while (at < to && isKeyByte(bytes[at]!)) object[out++] = bytes[at++]!;
      object[out++] = QUOTE;
      if (at === start || at >= to || bytes[at] !== EQUALS) return start;
      at += 1;
      object[out++] = COLON;
      object[out++] = QUOTE;
      if (at < to && bytes[at] === QUOTE) {
        at += 1;
        while (at < to && bytes[at] !== QUOTE) {
          if (bytes[at] === BACKSLASH && at + 1 < to) object[out++] = bytes[at++]!;
          object[out++] = bytes[at++]!;
        }
        if (at >= to) return start;
        at += 1;
        if (at < to && bytes[at] !== SPACE) return at;
      } else {
        for (; at < to && bytes[at] !== SPACE; at += 1) {
          if (bytes[at] === QUOTE) return start;
          if (bytes[at] === BACKSLASH) object[out++] = BACKSLASH;
          object[out++] = bytes[at]!;
        }
      }
      object[out++] = QUOTE;
    }
    object[out++] = 125;
    this.length = out;
    return out === 2 ? from : -1;
  }
}

/** Letters, digits and `_ . @ / -`. */
const isKeyByte = (byte: number): boolean =>
  (byte >= 97 && byte <= 122) || (byte >= 64 && byte <= 90) || (byte >= 45 && byte <= 57) || byte === 95;
