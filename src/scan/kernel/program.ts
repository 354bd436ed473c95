/** Writes a program into the kernel's memory, where it is one that the kernel can run. */
import type { Field, Slot } from '../../formats/define.js';
import {
  type ChoiceProgram,
  cuts,
  escapesOf,
  looks,
  OP_LIST,
  OP_PAIRS,
  OP_QUOTED,
  OP_REST,
  OP_UNTIL,
  OP_WORD,
  type Program,
  type TextOp,
  type TextProgram,
  type TextWord,
} from '../../formats/program.js';
import { CALLER_SLOTS, isKnownField, readingNumber, slotNumber } from './fields.js';
import { isSupportedJson, writeJsonProgram } from './json-program.js';
import type { Kernel } from './kernel.js';

const MODES: readonly number[] = [OP_UNTIL, OP_QUOTED, OP_REST, OP_PAIRS, OP_LIST, OP_WORD];
const BACKSLASH = 92;
const NEWLINE = 10;

const waysOf = (program: TextProgram | ChoiceProgram): readonly TextProgram[] =>
  program.kind === 'choice' ? program.choices : [program];

/** True for a program in which the kernel knows every word. */
export function isSupported(program: Program, kernel: Kernel): boolean {
  if (program.kind === 'json') return isSupportedJson(program, kernel);
  const ways = waysOf(program);
  const [first] = ways;
  const pairKeys = first?.pairKeys ?? [];
  const poolBytes = ways.reduce(
    (sum, { lead, ops }) => ops.reduce((all, { literal }) => all + literal.length, sum + lead.length),
    0,
  );
  const pairBytes = pairKeys.reduce((sum, { key }) => sum + key.length, 0);
  return (
    ways.length <= kernel.at('MAX_WAYS') &&
    ways.reduce((sum, { ops }) => sum + ops.length, 0) <= kernel.at('MAX_OPS') &&
    // One table of them serves all ways.
    (ways.length === 1 || ways.every((way) => way.pairKeys.length === 0)) &&
    pairKeys.length <= kernel.at('MAX_PAIR_KEYS') &&
    poolBytes + pairBytes + 16 <= kernel.at('POOL_BYTES') &&
    pairKeys.every(({ key }) => key.length <= kernel.at('MAX_PAIR_KEY_LENGTH')) &&
    program.fields.every(isKnownField) &&
    ways.every(({ lead, ops }) => !lead.includes(NEWLINE) && ops.every(isKnownOp))
  );
}

function isKnownOp({ mode, literal, word }: TextOp): boolean {
  if (!MODES.includes(mode) || literal.includes(NEWLINE)) return false;
  const ends = word?.ends ?? mode;
  return !(ENDS_WITH_LITERAL.includes(ends) && (literal.length === 0 || literal[0] === BACKSLASH));
}

const ENDS_WITH_LITERAL: readonly number[] = [OP_UNTIL, OP_QUOTED, OP_LIST];

const restKind = ({ as, list }: Field): number => (as === 'number' ? 1 : as === 'seconds' ? (list === true ? 2 : 3) : 0);

/** Bits of the flags in assembly/row.ts: what the row reader asks once of a program. */
function flagsOf(program: Program, subtractDuration: boolean): number {
  const { fields } = program;
  const has = (slot: Slot): boolean => fields.some((field) => field.slot === slot);
  const parts = ['duration', 'durationMore', 'durationLast'] as const;
  const inParts = parts.filter(has).length > 1;
  return (
    (subtractDuration ? 1 : 0) |
    (inParts && has('durationMore') ? 2 : 0) |
    (inParts && has('durationLast') ? 4 : 0) |
    (has('upstreamMore') ? 8 : 0) |
    (fields.some(({ slot, missing }) => slot === 'upstream' && missing === 'unknown') ? 16 : 0) |
    (escapesOf(program) === 'hash' ? 32 : 0) |
    (has('duration') ? 64 : 0) |
    (escapesOf(program) === 'json' ? 128 : 0) |
    (fields.some(({ slot, missing }) => slot === 'bytes' && missing === 'unknown') ? 256 : 0)
  );
}

/** Modes that only the kernel has: a field that ends with one byte, and several of those that are read over. */
const OP_BYTE = 8;
const OP_BYTES = 9;
/** Several fields that are read over and end with the same text of two bytes or more. */
const OP_SAME = 10;

type KernelOp = Omit<TextOp, 'mode'> & {
  readonly mode: number;
  /** Of OP_SAME: how many fields. */
  readonly times?: number;
};

/** The ops of a way as the kernel runs them: the same, with less to be asked of each. */
function kernelOps({ ops }: TextProgram, fields: readonly Field[]): KernelOp[] {
  const made: KernelOp[] = [];
  for (const op of ops) {
    const field = fields[op.field];
    // The end of a CLF time is looked for in another way.
    const last = made.at(-1);
    const isReadOver = op.mode === OP_UNTIL && (field === undefined || slotNumber(field) < 0);
    if (isReadOver && op.literal.length > 1) {
      const isSame = last?.mode === OP_SAME && sameBytes(last.literal, op.literal);
      if (isSame) made[made.length - 1] = { ...last, times: last.times! + 1 };
      else made.push({ ...op, mode: OP_SAME, field: -1, times: 1 });
      continue;
    }
    if (op.mode !== OP_UNTIL || op.literal.length !== 1 || field?.as === 'time-clf') {
      made.push(op);
      continue;
    }
    if (field !== undefined && slotNumber(field) >= 0) made.push({ ...op, mode: OP_BYTE });
    else if (last?.mode !== OP_BYTES) made.push({ ...op, mode: OP_BYTES, field: -1 });
    else made[made.length - 1] = { ...last, literal: Uint8Array.of(...last.literal, op.literal[0]!) };
  }
  return made;
}

/** A whole number of which nothing is cut but a plus, with one byte behind it that is none of a number. */
const isWholeNumber = ({ ends, look, cut, padded }: TextWord, literal: Uint8Array): boolean =>
  (ends === OP_UNTIL || ends === OP_QUOTED) &&
  looks[look] === 'integer' &&
  (cuts[cut] === 'nothing' || cuts[cut] === 'plus') &&
  !padded &&
  literal.length === 1 &&
  !DIGITS_AND_SIGNS.includes(literal[0]!);

const DIGITS_AND_SIGNS: readonly number[] = [43, 45, ...Array.from({ length: 10 }, (_, digit) => 48 + digit)];

interface KernelWay {
  readonly lead: Uint8Array;
  readonly ops: readonly KernelOp[];
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, at) => byte === b[at]);

const sameOp = (a: KernelOp, b: KernelOp): boolean =>
  a.mode === b.mode &&
  a.field === b.field &&
  a.times === b.times &&
  sameBytes(a.literal, b.literal) &&
  JSON.stringify(a.word) === JSON.stringify(b.word);

/** How many ops two ways have in common before they part; 0 where one fills a slot again that those have filled. */
function commonOps(one: KernelWay, other: KernelWay, fields: readonly Field[]): number {
  if (!sameBytes(one.lead, other.lead)) return 0;
  let common = 0;
  while (common < one.ops.length && common < other.ops.length && sameOp(one.ops[common]!, other.ops[common]!)) common += 1;
  const slotOf = ({ field }: KernelOp): Slot | undefined => fields[field]?.slot;
  const before = new Set(one.ops.slice(0, common).map(slotOf));
  const again = one.ops.slice(common).some((op) => slotOf(op) !== undefined && before.has(slotOf(op)));
  return again || common === one.ops.length ? 0 : common;
}

export function writeProgram(program: Program, kernel: Kernel, subtractDuration: boolean): void {
  const flags = flagsOf(program, subtractDuration);
  if (program.kind === 'json') writeJsonProgram(program, kernel, flags, CALLER_SLOTS.length);
  else writeTextProgram(program, kernel, flags);
}

function writeTextProgram(program: TextProgram | ChoiceProgram, kernel: Kernel, flags: number): void {
  const { heap } = kernel;
  const { fields } = program;
  const view = new DataView(heap.buffer);
  let pool = kernel.at('POOL');
  const keep = (bytes: Uint8Array): number => {
    heap.set(bytes, pool);
    pool += bytes.length;
    return pool - bytes.length;
  };
  const ways: KernelWay[] = waysOf(program).map((way) => ({ lead: way.lead, ops: kernelOps(way, fields) }));
  let at = kernel.at('OPS');
  const writeOp = ({ mode, field: index, literal, word, times }: KernelOp): void => {
    const field = fields[index];
    view.setUint8(at, mode);
    view.setInt8(at + 1, field === undefined ? -1 : slotNumber(field));
    view.setUint8(at + 2, field === undefined || mode !== OP_REST ? 0 : restKind(field));
    view.setUint8(at + 3, field?.as === 'time-clf' && mode === OP_UNTIL ? 1 : 0);
    view.setInt32(at + 4, mode === OP_PAIRS ? 0 : literal.length, true);
    view.setInt32(at + 8, keep(literal), true);
    view.setInt32(at + 12, field === undefined ? 0 : readingNumber(field), true);
    view.setUint8(at + 32, word?.ends ?? 0);
    view.setUint8(at + 33, word?.look ?? 0);
    view.setUint8(at + 34, word?.cut ?? 0);
    view.setUint8(at + 35, (word?.padded === true ? 1 : 0) | (word?.again === true ? 2 : 0));
    view.setUint8(at + 37, word?.least ?? 0);
    view.setUint8(at + 36, word !== undefined && isWholeNumber(word, literal) ? 1 : 0);
    view.setInt32(at + 40, times ?? 0, true);
    at += kernel.at('OP_BYTES');
  };
  ways.forEach(({ lead, ops }, place) => {
    const way = kernel.at('WAYS') + place * kernel.at('WAY_BYTES');
    view.setInt32(way, at, true);
    ops.forEach(writeOp);
    view.setInt32(way + 4, at, true);
    view.setInt32(way + 8, lead.length, true);
    view.setInt32(way + 12, keep(lead), true);
  });
  ways.forEach((one, first) => {
    ways.forEach((other, second) => {
      const place = first * kernel.at('MAX_WAYS') + second;
      view.setUint16(kernel.at('WAY_COMMON') + place * 2, first === second ? 0 : commonOps(one, other, fields), true);
    });
  });
  const pairKeys = waysOf(program)[0]?.pairKeys ?? [];
  const byLength = [...pairKeys].sort((a, b) => a.key.length - b.key.length);
  byLength.forEach(({ key, field }, place) => {
    const entry = kernel.at('PAIRS') + place * kernel.at('PAIR_BYTES');
    view.setInt32(entry, keep(key), true);
    view.setInt32(entry + 4, key.length, true);
    view.setInt32(entry + 8, slotNumber(fields[field]!), true);
    view.setInt32(entry + 12, readingNumber(fields[field]!), true);
  });
  kernel.exports.configure(ways.length, pairKeys.length, flags, CALLER_SLOTS.length);
}
