/** Tells a format that reads a line from one that only seems to: every word found its place, but not its own. */
import { slotIndex } from '../formats/define.js';
import type { Program } from '../formats/program.js';
import type { Dictionary } from './dictionary.js';
import { FileScanner } from './file-scanner.js';

const {
  bytes: BYTES,
  client: CLIENT,
  forwardedFor: FORWARDED,
  host: HOST,
  identity: IDENTITY,
  duration: DURATION,
  upstream: UPSTREAM,
} = slotIndex;
/** Lines are read one at a time. */
const ONE_LINE = 4;
const SPACE = 32;
const DASH = 45;
const DOT = 46;
/** nginx rounds both times to ms. */
const ROUNDING_US = 2000;

/** A time, in the place of addresses. */
const SECONDS = /^\d+\.\d{3}$/;
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[\da-fA-F]*:[\da-fA-F:.]*\]?)(?::\d+)?$/;
const isAddress = (word: string): boolean => ADDRESS.test(word);
const WITHOUT_PORT = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-fA-F]*(?::[\da-fA-F.]*){2,})$/;

/** The words in front of the time are one further back than they seem: `- -`, or an address before them. */
const SHIFTED_USER = /^- | - \S+$/;

/** What is wrong with more than one in ten of the rows, where they are not what the format makes of them. */
export function misreading(
  program: Program,
  head: Uint8Array,
  lines: readonly (readonly [from: number, to: number])[],
  names: Dictionary,
  bareTimes: boolean,
): string | undefined {
  let rows = 0;
  let shifted = 0;
  let swapped = 0;
  let split = 0;
  let times = { durationUs: -1, upstreamUs: -1 };
  const scanner = new FileScanner({ program, stamped: 'unknown', batchRows: ONE_LINE }, names, (batch) => {
    rows += 1;
    times = { durationUs: batch.durationUs[0]!, upstreamUs: batch.upstreamUs[0]! };
  });
  const { capture } = scanner;
  const latin1 = (from: number, to: number): string => Buffer.from(head.subarray(from, to)).toString('latin1');
  const text = (slot: number): string => (capture.field[slot]! < 0 ? '' : latin1(capture.from[slot]!, capture.to[slot]!));
  const word = (from: number): string => {
    let end = from;
    while (end < head.length && head[end]! > SPACE) end += 1;
    return latin1(from, end);
  };

  /** A virtual host, or the addresses of X-Forwarded-For, in front of the address. */
  const isShifted = (from: number): boolean => {
    const client = text(CLIENT);
    // Names end otherwise: that is a header that somebody has logged.
    if ((client.endsWith(':') && !client.endsWith('::')) || client.includes(' ') || SHIFTED_USER.test(text(IDENTITY)))
      return true;
    // A name of a server may be an address, but then with a port.
    if (capture.field[HOST]! >= 0 && capture.from[HOST] === from && WITHOUT_PORT.test(word(from))) return true;
    if (capture.field[CLIENT]! < 0 || capture.from[CLIENT] !== from || isAddress(client)) return false;
    return isAddress(word(capture.to[CLIENT]! + 1));
  };

  const isSeconds = (slot: number): boolean => program.fields[capture.field[slot]!]?.as === 'seconds';
  /** Two bare numbers in the other order, or a count of bytes in the place of the first. */
  const isSwapped = (): boolean => {
    if (SECONDS.test(text(FORWARDED))) return true;
    if (!bareTimes || !isSeconds(DURATION) || !isSeconds(UPSTREAM)) return false;
    const [from, to] = [capture.from[DURATION]!, capture.to[DURATION]!];
    const whole = head[from] !== DASH && !head.subarray(from, to).includes(DOT);
    return whole || times.upstreamUs > times.durationUs + ROUNDING_US;
  };

  for (const [from, to] of lines) {
    const before = rows;
    scanner.scan(head, from, to, 0);
    if (rows === before) continue;
    if (isShifted(from)) shifted += 1;
    else if (isSwapped()) swapped += 1;
    else if (text(BYTES).includes(' ')) split += 1;
  }
  if ((shifted + swapped + split) * 10 <= rows) return undefined;
  if (split > shifted + swapped) return 'other words stand behind the number of its bytes';
  return shifted >= swapped
    ? 'something stands in front of the address of the caller'
    : 'its numbers are not the times they seem';
}
