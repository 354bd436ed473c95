/**
 * Events of Keycloak that are written as nearly all are, from bytes to bytes. Neighbours in a log are alike: the minute, what stands in front
 * of the thread and which key follows on which are those of the line before, and to compare and copy four bytes at a time takes a
 * fraction of what it takes to read them.
 */
import { LEFT_OUT } from './keycloak.js';

// All arrays are of one kind: the engine would compile the loops below for two.
const bytesOf = (text: string): Buffer => Buffer.from(text);
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const DASH = 45;
const DOT = 46;
const COLON = 58;
const EQUALS = 61;
const BACKSLASH = 92;
const APOSTROPHE = 39;
const OPEN = 40;
const CLOSE = 125;
const LETTER_T = 84;
const LETTER_N = 110;
const CATEGORY = bytesOf('[org.keycloak.events]');
const TYPE = bytesOf('type=');
const HEAD = '{"keycloakTime":"';
const REALM = bytesOf(',"realm":"');
const NOTHING = bytesOf('null');
/** Up to the minute, and to the second. */
const MINUTE_BYTES = 16;
const STAMP_BYTES = 19;
const LONGEST_KEY = 64;
const LONGEST_LEAD = 128;
/** Where in a stamp no digit stands, up to the minute. */
const STAMP_SIGNS: ReadonlyMap<number, number> = new Map([
  [4, DASH],
  [7, DASH],
  [13, COLON],
]);
/** As there are bits of a number that says which of them a line has had. */
const MOST_KEYS = 31;
/** Of a line that is read the short way. */
export const LONGEST = 8192;

const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;

/** What a byte may be: of a key, of any value, an end of one, or what JSON writes otherwise. */
const WORD = 0;
const PLAIN = 1;
const END = 2;
const ODD = 3;
const CLASS = Buffer.from(
  Array.from({ length: 256 }, (_, byte) => {
    if (byte === QUOTE || byte === COMMA) return END;
    if (byte < 32 || byte > 126 || byte === BACKSLASH) return ODD;
    return /[\w.-]/.test(String.fromCharCode(byte)) ? WORD : PLAIN;
  }),
);

/** Four times the same byte, and the highest bit of each. */
const ONES = 0x01010101;
const SPACES = 0x20202020;
const QUOTES = 0x22222222;
const COMMAS = 0x2c2c2c2c;
const BACKSLASHES = 0x5c5c5c5c;
const TOPS = -0x7f7f7f80;

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView => new DataView(buffer, byteOffset, byteLength);

/** Text that is compared and copied four bytes at a time: behind it there are up to three zeros. */
interface Words {
  readonly length: number;
  readonly view: DataView;
}

function words(text: Uint8Array): Words {
  const padded = Buffer.alloc((text.length + 3) & ~3);
  padded.set(text);
  return { length: text.length, view: viewOf(padded) };
}

/** The text stands at a place of [.., to). */
function isAt({ length, view }: Words, bytes: DataView, at: number, to: number): boolean {
  if (at + length > to) return false;
  let k = 0;
  for (; k + 4 <= length; k += 4) if (bytes.getInt32(at + k, true) !== view.getInt32(k, true)) return false;
  for (; k < length; k += 1) if (bytes.getUint8(at + k) !== view.getUint8(k)) return false;
  return true;
}

/** What it writes behind its end is written over. */
function put({ length, view }: Words, out: DataView, at: number): void {
  for (let k = 0; k < length; k += 4) out.setInt32(at + k, view.getInt32(k, true), true);
}

function stands(text: Buffer, bytes: Buffer, from: number, to: number): boolean {
  if (to - from !== text.length) return false;
  for (let k = 0; k < text.length; k += 1) if (bytes[from + k] !== text[k]) return false;
  return true;
}

const OTHER = 0;
const EVENT_TYPE = 1;
const REALM_ID = 2;
const REALM_NAME = 3;
const UNWRITTEN = 4;
const TAKEN = 5;
/** Names that are added, and one that an object would take for something else. */
const KINDS: ReadonlyMap<string, number> = new Map([
  ['type', EVENT_TYPE],
  ['realmId', REALM_ID],
  ['realmName', REALM_NAME],
  ...[...LEFT_OUT].map((key) => [key, UNWRITTEN] as const),
  ...['keycloakTime', 'realm', '__proto__'].map((key) => [key, TAKEN] as const),
]);

/** A key that was met. */
interface KnownKey {
  /** `key=`, and what is written of it: `,"key":"`. */
  readonly raw: Words;
  readonly written: Words;
  readonly kind: number;
  readonly bit: number;
  /** What came behind it the last time. */
  next: KnownKey | undefined;
}

const knownKey = (key: string, bit: number): KnownKey => ({
  raw: words(bytesOf(`${key}=`)),
  written: words(bytesOf(`,"${key}":"`)),
  kind: KINDS.get(key) ?? OTHER,
  bit,
  next: undefined,
});

/**
 * Lines that are as nearly all are: everything stands where it always does, and in no value is anything that JSON writes otherwise. What
 * is remembered of the lines before changes how long it takes, and nothing that is written.
 */
export class PlainEvents {
  private bytes: Buffer = Buffer.alloc(0);
  private view = viewOf(this.bytes);
  private out: Buffer = this.bytes;
  private outView = this.view;
  private at = 0;
  /** The minute of the last stamp, as it was and as it is written. */
  private readonly minute = Buffer.alloc(MINUTE_BYTES);
  private readonly minuteWords: Words = { length: MINUTE_BYTES, view: viewOf(this.minute) };
  private readonly head = Buffer.from(`${HEAD}${'0000-00-00T00:00:00'}`);
  private readonly headWords: Words = { length: this.head.length, view: viewOf(this.head) };
  /** From behind the stamp to the thread: ` DEBUG [org.keycloak.events] (`. */
  private lead = words(bytesOf('('));
  private keys: KnownKey[] = [];
  /** In front of the first. */
  private start = knownKey('', 0);

  /** Writes what `eventOf` gives, but for the order of its keys, to `out` from `at` on; its end, or -1 for a line that is odd in any way. */
  write(bytes: Buffer, from: number, to: number, out: Buffer, at: number): number {
    if (to - from > LONGEST || out.length - at < 3 * (to - from) + 2 * LONGEST_KEY) return -1;
    if (this.bytes !== bytes) {
      this.bytes = bytes;
      this.view = viewOf(bytes);
    }
    if (this.out !== out) {
      this.out = out;
      this.outView = viewOf(out);
    }
    this.at = at;
    const behind = this.stamp(from, to);
    const start = behind < 0 ? -1 : this.typeAt(behind, to);
    return start < 0 ? -1 : this.pairs(start, to);
  }

  /** Where it ends, which is a space. */
  private stamp(from: number, to: number): number {
    const { bytes, view, out, outView, headWords, minuteWords } = this;
    if (to - from <= STAMP_BYTES) return -1;
    if (!isAt(minuteWords, view, from, to) && !this.learnMinute(from)) return -1;
    const [tens, ones] = [bytes[from + 17]!, bytes[from + 18]!];
    if (bytes[from + 16] !== COLON || !isDigit(tens) || !isDigit(ones)) return -1;
    put(headWords, outView, this.at);
    let written = this.at + headWords.length;
    out[written - 2] = tens;
    out[written - 1] = ones;
    let at = from + STAMP_BYTES;
    if (bytes[at] === COMMA || bytes[at] === DOT) {
      const fraction = at + 1;
      out[written] = DOT;
      written += 1;
      for (at = fraction; at < to && isDigit(bytes[at]!); at += 1, written += 1) {
        if (at - fraction === 9) return -1;
        out[written] = bytes[at]!;
      }
      if (at === fraction) return -1;
    }
    if (at >= to || bytes[at] !== SPACE) return -1;
    out[written] = QUOTE;
    this.at = written + 1;
    return at;
  }

  private learnMinute(from: number): boolean {
    const { bytes, minute, head } = this;
    for (let k = 0; k < MINUTE_BYTES; k += 1) {
      const byte = bytes[from + k]!;
      const sign = STAMP_SIGNS.get(k);
      const isRight = k === 10 ? byte === SPACE || byte === LETTER_T : sign === undefined ? isDigit(byte) : byte === sign;
      if (!isRight) return false;
    }
    bytes.copy(minute, 0, from, from + MINUTE_BYTES);
    minute.copy(head, HEAD.length);
    head[HEAD.length + 10] = LETTER_T;
    return true;
  }

  /** Where the pairs begin: at the first `type=`, behind a space, in a line of the category of events; -1: elsewhere, or nowhere. */
  private typeAt(from: number, to: number): number {
    const { bytes } = this;
    const isKnown = isAt(this.lead, this.view, from, to);
    let isEvent = isKnown;
    for (let at = isKnown ? from + this.lead.length : from; at < to; at += 1) {
      const byte = bytes[at]!;
      if (CLASS[byte] === ODD) return -1;
      if (byte === TYPE[0] && stands(TYPE, bytes, at, Math.min(to, at + TYPE.length))) {
        if (!isEvent || bytes[at - 1] !== SPACE) return -1;
        if (!isKnown) this.learnLead(from, at);
        return at;
      }
      if (byte === CATEGORY[0] && stands(CATEGORY, bytes, at, Math.min(to, at + CATEGORY.length))) isEvent = true;
    }
    return -1;
  }

  /** Only with the category does it say that a line is of an event. */
  private learnLead(from: number, type: number): void {
    const { bytes } = this;
    const category = bytes.indexOf(CATEGORY, from);
    const open = bytes.indexOf(OPEN, category + CATEGORY.length);
    if (category < 0 || open < 0 || open >= type || open - from >= LONGEST_LEAD) return;
    this.lead = words(bytes.subarray(from, open + 1));
  }

  /** Each byte is looked at once, and written as it is read; a pair that is not to be written is written over. Where the event ends, or -1. */
  private pairs(start: number, to: number): number {
    const { bytes, view, out, outView } = this;
    let written = this.at;
    let seen = 0;
    let hasType = false;
    let realm = 0;
    let realmTo = 0;
    let hasName = false;
    let hasRealm = false;
    let before = this.start;
    for (let at = start; at < to; ) {
      let key = before.next;
      if (key === undefined || !isAt(key.raw, view, at, to)) {
        key = this.keyAt(at, to);
        if (key === undefined) return -1;
        before.next = key;
      }
      before = key;
      const { kind, bit } = key;
      if ((seen & bit) !== 0 || kind === TAKEN) return -1;
      seen |= bit;
      put(key.written, outView, written);
      at += key.raw.length;
      const isQuoted = at < to && bytes[at] === QUOTE;
      if (isQuoted) at += 1;
      const value = at;
      const shift = written + key.written.length - value;
      // None of the four is an end, or odd.
      const third = isQuoted ? QUOTES : COMMAS;
      for (; at + 4 <= to; at += 4) {
        const word = view.getInt32(at, true);
        const quote = word ^ QUOTES;
        const comma = word ^ third;
        const backslash = word ^ BACKSLASHES;
        const zeros = ((quote - ONES) & ~quote) | ((comma - ONES) & ~comma) | ((backslash - ONES) & ~backslash);
        if (((zeros | ((word - SPACES) & ~word) | (word + ONES) | word) & TOPS) !== 0) break;
        outView.setInt32(at + shift, word, true);
      }
      for (; at < to; at += 1) {
        const byte = bytes[at]!;
        const of = CLASS[byte]!;
        if (of > PLAIN) {
          if (of === ODD) return -1;
          if (byte === QUOTE || !isQuoted) break;
        }
        out[at + shift] = byte;
      }
      const valueTo = at;
      if (isQuoted) {
        if (at === to) return -1;
        at += 1;
      } else if (at < to && bytes[at] === QUOTE) return -1;
      else if (valueTo > value && (bytes[value] === APOSTROPHE || bytes[valueTo - 1] === SPACE)) return -1;
      if (at < to) {
        if (at + 2 >= to || bytes[at] !== COMMA || bytes[at + 1] !== SPACE) return -1;
        at += 2;
      }
      if (valueTo === value) continue;
      if (valueTo - value === 4 && bytes[value] === LETTER_N && stands(NOTHING, bytes, value, valueTo)) continue;
      if (kind === EVENT_TYPE) hasType = true;
      else if (kind === REALM_NAME || (kind === REALM_ID && !hasName)) {
        realm = value;
        realmTo = valueTo;
      }
      if (kind === REALM_NAME) hasName = true;
      else if (kind === REALM_ID) hasRealm = true;
      else if (kind === UNWRITTEN) continue;
      out[valueTo + shift] = QUOTE;
      written = valueTo + shift + 1;
    }
    if (!hasType || !hasRealm) return -1;
    for (let k = 0; k < REALM.length; k += 1, written += 1) out[written] = REALM[k]!;
    for (; realm < realmTo; realm += 1, written += 1) out[written] = bytes[realm]!;
    out[written] = QUOTE;
    out[written + 1] = CLOSE;
    return written + 2;
  }

  /** The key that stands here, also one that was never met; undefined where none does. */
  private keyAt(from: number, to: number): KnownKey | undefined {
    const { bytes, view, keys } = this;
    let at = from;
    while (at < to && CLASS[bytes[at]!] === WORD) at += 1;
    if (at === from || at - from > LONGEST_KEY || at === to || bytes[at] !== EQUALS) return undefined;
    for (const key of keys) if (key.raw.length === at + 1 - from && isAt(key.raw, view, from, to)) return key;
    if (keys.length === MOST_KEYS) {
      // Of other kinds of events; the next line begins anew.
      this.keys = [];
      this.start = knownKey('', 0);
      return undefined;
    }
    const key = knownKey(bytes.toString('latin1', from, at), 1 << keys.length);
    keys.push(key);
    return key;
  }
}
