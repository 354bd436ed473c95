/**
 * Credentials that stand in the lines of a log, by kind and place: how many lines, and where the first ones are. Never the value. A search
 * for a few byte strings comes first, so that a log without any costs little; the redactor looks only at what that finds.
 */
import { findSecrets } from '../redact/find.js';
import type { SecretKind } from '../redact/index.js';

export type CredentialPlace = 'query' | 'address' | 'field';

export interface CredentialTally {
  readonly kind: SecretKind;
  readonly place: CredentialPlace;
  /** Lines, of those that were looked at. */
  lines: number;
  /** Line from 0, byte in the decompressed stream. */
  readonly first: { readonly line: number; readonly offset: number }[];
}

/** Where the line of a scanner stands in its input. */
export type PlaceOf = (line: number, offset: number) => { readonly line: number; readonly offset: number };

/** One of these stands in every line that holds a credential of a kind that counts. The kernel knows them too (assembly/needles.ts). */
export const NEEDLES = ['eyJ', 'secret', 'assword=', 'token=', 'earer ', 'asic ', 'pi_key=', 'apikey=', '"password"'] as const;
const needleBytes = NEEDLES.map((text) => Buffer.from(text));

/** Whoever has one can act with it. Codes, cookies of sessions and signatures end by themselves or are taken for other things too easily. */
const COUNTED: ReadonlySet<SecretKind> = new Set<SecretKind>([
  'access_token',
  'api_key',
  'assertion',
  'basic',
  'bearer',
  'client_secret',
  'id_token',
  'jwt',
  'known_token',
  'password',
  'private_key',
  'refresh_token',
  'secret',
  'url_credentials',
]);

/** The first bytes of a log are looked at in full, and of the rest one window in so many: whole lines, wherever blocks end. */
const WHOLE_BYTES = 4 << 20;
const WINDOW_BYTES = 1 << 20;
const ONE_IN = 8;
/** Lines of a log that the redactor looks at. */
const MOST_LINES = 10_000;
export const MOST_FIRST = 5;
/** Longer lines are looked at up to here. */
const LONGEST = 16_384;
const NEWLINE = 10;
const ASTERISK = 42;
const EQUALS = 61;

/** What a redactor or a careful writer has put in the place of a value. */
const MASKED = /^(?:<redacted|\[?redacted|\*+|x{3,}|-$|%3Credacted)/i;

/** Starts of the lines of [from, to) of a block in which a needle stands, in any order. A line starts at the first of them. */
export type NeedleLines = (block: Buffer, from: number, to: number) => Iterable<number>;

export class CredentialSearch {
  private readonly tallies = new Map<string, CredentialTally>();
  private looked = 0;
  /** Not all of the log was looked at. */
  isPart = false;

  /** `needleLines`: a faster one that gives the same. */
  constructor(
    private readonly placeOf: PlaceOf,
    private readonly mostLines: number = MOST_LINES,
    private readonly needleLines: NeedleLines = needleLinesOf,
  ) {}

  get found(): readonly CredentialTally[] {
    return [...this.tallies.values()];
  }

  /** Whole lines [from, to) of a block whose byte `from` stands at `offset`; `line` is the number of its first. */
  look(block: Buffer, from: number, to: number, offset: number, line: number): void {
    const shift = offset - from;
    for (let at = from; at < to; ) {
      const place = at + shift;
      const window = Math.floor(place / WINDOW_BYTES);
      const end = Math.min(to, (window + 1) * WINDOW_BYTES - shift);
      if (place < WHOLE_BYTES || window % ONE_IN === 0) this.window(block, at, end, to, { from, shift, line });
      else this.isPart = true;
      at = end;
    }
  }

  /** Lines that start in [from, end). */
  private window(
    block: Buffer,
    from: number,
    end: number,
    to: number,
    base: { readonly from: number; readonly shift: number; readonly line: number },
  ): void {
    if (this.looked >= this.mostLines) {
      this.isPart = true;
      return;
    }
    const newline = end >= to ? to : block.indexOf(NEWLINE, end - 1);
    const last = newline < 0 || newline > to ? to : newline;
    const starts = new Set<number>();
    for (const start of this.needleLines(block, from, last)) {
      // A window that begins inside a line begins with the next one: that line is of the window before.
      if (start > from || from === base.from || block[from - 1] === NEWLINE) starts.add(start);
    }
    for (const start of [...starts].sort((a, b) => a - b)) {
      if (start >= end) continue;
      if (this.looked >= this.mostLines) {
        this.isPart = true;
        return;
      }
      this.looked += 1;
      const next = block.indexOf(NEWLINE, start);
      const text = block.toString('latin1', start, Math.min(next < 0 ? to : next, to, start + LONGEST));
      this.line(text, () => this.placeOf(base.line + newlines(block, base.from, start), start + base.shift));
    }
  }

  private line(text: string, placeOf: () => { readonly line: number; readonly offset: number }): void {
    const seen = new Set<string>();
    for (const { start, end, kind } of findSecrets(text)) {
      if (!COUNTED.has(kind) || end - start < 4 || MASKED.test(text.slice(start, end))) continue;
      const place = kind === 'url_credentials' ? 'address' : isInQuery(text, start) ? 'query' : 'field';
      const name = `${kind} ${place}`;
      if (seen.has(name)) continue;
      seen.add(name);
      let tally = this.tallies.get(name);
      if (tally === undefined) {
        tally = { kind, place, lines: 0, first: [] };
        this.tallies.set(name, tally);
      }
      tally.lines += 1;
      if (tally.first.length < MOST_FIRST) tally.first.push(placeOf());
    }
  }
}

export function needleLinesOf(block: Buffer, from: number, to: number): Iterable<number> {
  const piece = block.subarray(from, to);
  const starts = new Set<number>();
  for (const needle of needleBytes) {
    for (let hit = piece.indexOf(needle); hit >= 0; ) {
      if (isMasked(piece, hit, needle)) {
        hit = piece.indexOf(needle, hit + 1);
        continue;
      }
      starts.add(from + (hit === 0 ? 0 : piece.lastIndexOf(NEWLINE, hit) + 1));
      const lineEnd = piece.indexOf(NEWLINE, hit);
      hit = lineEnd < 0 ? -1 : piece.indexOf(needle, lineEnd);
    }
  }
  return starts;
}

/** `api_key=****9f2c`, as some gateways log it in each line: no line need be looked at for that. */
const isMasked = (piece: Buffer, hit: number, needle: Buffer): boolean =>
  needle.at(-1) === EQUALS && piece[hit + needle.length] === ASTERISK;

/** No space or quote between the value and the question mark before it. */
function isInQuery(text: string, at: number): boolean {
  const mark = text.lastIndexOf('?', at);
  return mark >= 0 && !/[\s"']/.test(text.slice(mark, at));
}

function newlines(block: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = block.indexOf(NEWLINE, from); at >= 0 && at < to; at = block.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
