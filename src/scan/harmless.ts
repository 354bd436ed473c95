/**
 * Tells, byte by byte, that a last segment of a path cannot change what is made of the path: it holds no word of authentication, no
 * beginning of a token, is no health check and has no extension. Below a place that has collapsed such a path has the route of its
 * neighbours, and need not become a string. What is not harmless here may still be so; it is looked at the long way.
 */
import { healthPaths, healthSuffixes } from '../events/demand.js';
import { candidateWords } from '../events/endpoints.js';
import { FOLD_MARK } from './paths.js';

/** Classes of bytes: letters in any case, digits, `-`, `_`, a folded segment; then the two ends of a segment, which no byte has. */
const LETTERS = 0;
const DIGITS = 26;
const DASH = 36;
const LOW_LINE = 37;
const FOLDED = 38;
const BEGIN = 39;
const END = 40;
const OTHER = 41;
const CLASS_COUNT = 42;
/** Places of a state in the table. */
export const STATE_PLACES = 64;
export const REFUSED = 0xffff;
/** Longer segments are looked at as opaque tokens are. */
export const MAX_HARMLESS = 31;
export const END_CLASS = END;

/** Beginnings of tokens (src/redact/shapes.ts) that need no dot; `^` where a whole word begins. */
const TOKEN_STARTS = [
  ...['gho_', 'ghp_', 'ghr_', 'ghs_', 'ghu_', 'github_pat_', 'glpat-', 'xox', 'xapp-', 'whsec_', 'aiza', 'dop_v1_', 'eyj'],
  ...['p', 'r', 's'].flatMap((kind) => [`${kind}k_live_`, `${kind}k_test_`]),
  ...['shpat_', 'shpss_', 'shpca_', 'shppa_', 'ory_at_', 'ory_rt_'],
  ...['sk-', 'npm_', 'akia', 'asia'].flatMap((start) => [`^${start}`, `-${start}`, `_${start}`]),
];

const lastSegment = (path: string): string => `^${path.slice(path.lastIndexOf('/') + 1)}$`;

export interface Harmless {
  /** Class of each byte. */
  readonly classes: Uint8Array;
  /** By state and class: the next state, as its first place in the table; REFUSED for what is not harmless. */
  readonly next: Uint16Array;
  readonly start: number;
}

const classOf = (char: string): number => {
  if (char === '^') return BEGIN;
  if (char === '$') return END;
  if (char === '-') return DASH;
  if (char === '_') return LOW_LINE;
  const code = char.charCodeAt(0);
  if (code >= 48 && code <= 57) return DIGITS + code - 48;
  return code >= 97 && code <= 122 ? LETTERS + code - 97 : OTHER;
};

/** After Aho and Corasick (1975): one step for each byte, however many words there are. */
function build(): Harmless {
  const classes = new Uint8Array(256).fill(OTHER);
  for (let letter = 0; letter < 26; letter += 1) classes[65 + letter] = classes[97 + letter] = LETTERS + letter;
  for (let digit = 0; digit < 10; digit += 1) classes[48 + digit] = DIGITS + digit;
  classes[45] = DASH;
  classes[95] = LOW_LINE;
  classes[FOLD_MARK] = FOLDED;

  const words = [...candidateWords, ...TOKEN_STARTS, ...[...healthPaths, ...healthSuffixes].map(lastSegment)]
    .map((word) => Array.from(word, classOf))
    .filter((word) => !word.includes(OTHER));
  const steps: (number | undefined)[][] = [[]];
  const refused: boolean[] = [false];
  for (const word of words) {
    let state = 0;
    for (const step of word) {
      let next = steps[state]![step];
      if (next === undefined) {
        next = steps.push([]) - 1;
        refused.push(false);
        steps[state]![step] = next;
      }
      state = next;
    }
    refused[state] = true;
  }
  // The longest end of what was read that begins a word, and where it leads.
  const fallback = new Array<number>(steps.length).fill(0);
  const queue = [0];
  const full: number[][] = [];
  for (const state of queue) {
    full[state] = Array.from({ length: CLASS_COUNT }, (_, step) => {
      const next = steps[state]![step];
      const otherwise = state === 0 ? 0 : full[fallback[state]!]![step]!;
      if (next === undefined) return otherwise;
      fallback[next] = otherwise;
      refused[next] ||= refused[otherwise]!;
      queue.push(next);
      return next;
    });
  }
  const next = new Uint16Array(steps.length * STATE_PLACES).fill(REFUSED);
  full.forEach((row, state) => {
    row.forEach((to, step) => {
      next[state * STATE_PLACES + step] = refused[to] || step === OTHER ? REFUSED : to * STATE_PLACES;
    });
  });
  return { classes, next, start: next[BEGIN]! };
}

let built: Harmless | undefined;

/** The table; made when the first place has collapsed. */
export function harmless(): Harmless {
  built ??= build();
  return built;
}

/** Whether a last segment, folded, is harmless. */
export function isHarmless(segment: Uint8Array): boolean {
  if (segment.length === 0 || segment.length > MAX_HARMLESS) return false;
  const { classes, next, start } = harmless();
  let state = start;
  for (const byte of segment) {
    state = next[state + classes[byte]!]!;
    if (state === REFUSED) return false;
  }
  return next[state + END] !== REFUSED;
}
