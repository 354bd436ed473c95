/**
 * Globs over paths and host names: `*` is any run without a slash and `**` any run at all. As a whole segment `**` may also be absent,
 * with one slash. All states are followed side by side, so the time is at most text times pattern: nothing ever goes back.
 */
export interface Glob {
  /** The pattern as compiled, for messages. */
  readonly text: string;
  /** UTF-16 units, or one of the negative codes below. Plain numbers, so that a glob can be sent to a worker. */
  readonly ops: readonly number[];
}

/** Any run without `/`. */
const STAR = -1;
/** Any run. */
const ANY = -2;
/** Any run that ends with `/`; only entered through a SKIP. */
const FOLDERS = -3;
/** The next one or two ops may be left out. */
const SKIP1 = -4;
const SKIP2 = -5;
const SLASH = 0x2f;

const starOps = (text: string, at: number, ops: number[]): number => {
  if (!text.startsWith('**', at)) {
    ops.push(STAR);
    return 1;
  }
  if (text[at - 1] === '/' && text[at + 2] === '/') {
    ops.push(SKIP1, FOLDERS);
    return 3;
  }
  const last = at + 2 === text.length && text[at - 1] === '/';
  // the `/` before a last `**` is optional together with it
  if (last) ops.splice(-1, 1, SKIP2, SLASH, ANY);
  else ops.push(ANY);
  return 2;
};

export const compileGlob = (text: string): Glob => {
  const ops: number[] = [];
  for (let at = 0; at < text.length; ) {
    if (text[at] === '*') at += starOps(text, at, ops);
    else {
      ops.push(text.charCodeAt(at));
      at += 1;
    }
  }
  return { text, ops };
};

/** States of a glob that are alive: positions in its ops; `ops.length` is the end. */
type States = Set<number>;

/** Adds a state and all that it reaches without reading anything. */
const enter = (ops: readonly number[], states: States, state: number): void => {
  if (states.has(state)) return;
  states.add(state);
  const op = ops[state];
  if (op === STAR || op === ANY) enter(ops, states, state + 1);
  if (op !== SKIP1 && op !== SKIP2) return;
  enter(ops, states, state + 1);
  enter(ops, states, state + (op === SKIP1 ? 2 : 3));
};

/** Follows one state over one character. */
const step = (ops: readonly number[], state: number, code: number, next: States): void => {
  const op = ops[state];
  if (op === code) enter(ops, next, state + 1);
  else if (op === ANY || (op === STAR && code !== SLASH)) enter(ops, next, state);
  else if (op === FOLDERS) {
    next.add(state);
    if (code === SLASH) enter(ops, next, state + 1);
  }
};

const start = (ops: readonly number[]): States => {
  const states: States = new Set();
  enter(ops, states, 0);
  return states;
};

const read = (ops: readonly number[], states: States, code: number): States => {
  const next: States = new Set();
  for (const state of states) step(ops, state, code, next);
  return next;
};

/** False if what stands in front of the first wildcard, or behind the last one, is not there: most globs fail by this. */
const endsFit = (ops: readonly number[], text: string): boolean => {
  for (let op = 0; op < ops.length && ops[op]! >= 0; op += 1) if (text.charCodeAt(op) !== ops[op]) return false;
  for (let op = ops.length - 1, at = text.length - 1; op >= 0 && ops[op]! >= 0; op -= 1, at -= 1)
    if (text.charCodeAt(at) !== ops[op]) return false;
  return true;
};

export const matchGlob = ({ ops }: Glob, text: string): boolean => {
  if (!endsFit(ops, text)) return false;
  let states = start(ops);
  for (let at = 0; at < text.length && states.size > 0; at += 1) states = read(ops, states, text.charCodeAt(at));
  return states.has(ops.length);
};

/** Follows one state over some character that is not `/`, whichever it is. */
const stepUnknown = (ops: readonly number[], state: number, next: States): void => {
  const op = ops[state];
  if (op === undefined) return;
  if (op >= 0 && op !== SLASH) enter(ops, next, state + 1);
  else if (op === ANY || op === STAR) enter(ops, next, state);
  else if (op === FOLDERS) next.add(state);
};

/** All states after one or more unknown characters without `/`. A set grows while it is walked, and the walk sees what is added. */
const readUnknown = (ops: readonly number[], states: States): States => {
  const next: States = new Set();
  for (const state of states) stepUnknown(ops, state, next);
  for (const state of next) stepUnknown(ops, state, next);
  return next;
};

const placeholder = /\{(?:id|\*|secret)\}/y;

/** True if some text that the template stands for matches; `{id}`, `{*}` and `{secret}` stand for any text without `/`. */
export const couldMatchTemplate = ({ ops }: Glob, template: string): boolean => {
  let states = start(ops);
  for (let at = 0; at < template.length && states.size > 0; ) {
    placeholder.lastIndex = at;
    const width = placeholder.exec(template)?.[0].length;
    states = width === undefined ? read(ops, states, template.charCodeAt(at)) : readUnknown(ops, states);
    at += width ?? 1;
  }
  return states.has(ops.length);
};
