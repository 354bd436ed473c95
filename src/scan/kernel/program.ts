/** Writes a program into the kernel's memory, where it is one that the kernel can run. */
import type { Field, Reading, Slot } from '../../formats/define.js';
import {
  escapesOf,
  OP_LIST,
  OP_PAIRS,
  OP_QUOTED,
  OP_REST,
  OP_UNTIL,
  type Program,
  type TextProgram,
} from '../../formats/program.js';
import type { Kernel } from './kernel.js';

/** Numbers of the slots in assembly/spans.ts; those of the tuple of a caller follow, in its order. */
const NUMBERED: readonly Slot[] = [
  'time',
  'duration',
  'upstream',
  'status',
  'bytes',
  'request',
  'method',
  'target',
  'path',
  'query',
  'userAgent',
  'cache',
  'node',
  'expiresIn',
  'token',
  'upstreamAddr',
  'writer',
];
/** No column is made of them. */
const UNREAD: ReadonlySet<Slot> = new Set<Slot>(['requestId', 'traceId', 'upstreamStatus', 'forwardedFor', 'route']);
/** Slots of the tuple of a caller, in the order in which the row reader puts them there. */
export const CALLER_SLOTS: readonly Slot[] = [
  'host',
  'client',
  'identity',
  'clientId',
  'mtlsSubject',
  'scope',
  'audience',
  'grantType',
  'tokenType',
];

/** Kind and power of ten that turns the number into us; numbers of the kinds as in assembly/row.ts. */
const READINGS: Readonly<Record<string, { readonly kind: number; readonly scale: number }>> = {
  text: { kind: 0, scale: 0 },
  number: { kind: 0, scale: 0 },
  'time-clf': { kind: 1, scale: 0 },
  'time-iso': { kind: 2, scale: 0 },
  'time-epoch': { kind: 3, scale: 0 },
  'time-any': { kind: 4, scale: 0 },
  'duration-unit': { kind: 5, scale: 0 },
  seconds: { kind: 0, scale: 6 },
  milliseconds: { kind: 0, scale: 3 },
  microseconds: { kind: 0, scale: 0 },
  nanoseconds: { kind: 0, scale: -3 },
} satisfies Partial<Record<Reading, { kind: number; scale: number }>>;

const MODES: readonly number[] = [OP_UNTIL, OP_QUOTED, OP_REST, OP_PAIRS, OP_LIST];
const TIMES: readonly Reading[] = ['time-clf', 'time-iso', 'time-epoch', 'time-any'];
const BACKSLASH = 92;
const NEWLINE = 10;

/** True for a program in which the kernel knows every word. */
export function isSupported(program: Program, kernel: Kernel): program is TextProgram {
  if (program.kind !== 'text' || escapesOf(program) !== 'text') return false;
  const { fields, lead, ops, pairKeys } = program;
  const literalBytes = lead.length + ops.reduce((sum, { literal }) => sum + literal.length, 0);
  const pairBytes = pairKeys.reduce((sum, { key }) => sum + key.length, 0);
  return (
    ops.length <= kernel.at('MAX_OPS') &&
    pairKeys.length <= kernel.at('MAX_PAIR_KEYS') &&
    literalBytes + pairBytes + 16 <= kernel.at('POOL_BYTES') &&
    pairKeys.every(({ key }) => key.length <= kernel.at('MAX_PAIR_KEY_LENGTH')) &&
    fields.every(isKnownField) &&
    !lead.includes(NEWLINE) &&
    ops.every(({ mode, literal }) => {
      if (!MODES.includes(mode) || literal.includes(NEWLINE)) return false;
      return mode === OP_REST || mode === OP_PAIRS || (literal.length > 0 && literal[0] !== BACKSLASH);
    })
  );
}

const isKnownField = ({ slot, as, list, ...more }: Field): boolean =>
  Object.keys(more).length === 0 &&
  Object.hasOwn(READINGS, as) &&
  (NUMBERED.includes(slot) || CALLER_SLOTS.includes(slot) || UNREAD.has(slot)) &&
  (slot === 'time') === TIMES.includes(as);

const slotNumber = ({ slot }: Field): number => {
  const numbered = NUMBERED.indexOf(slot);
  if (numbered >= 0) return numbered;
  const caller = CALLER_SLOTS.indexOf(slot);
  return caller < 0 ? -1 : NUMBERED.length + caller;
};

/** Packed as in assembly/spans.ts. */
const readingNumber = ({ as, list }: Field): number => {
  const { kind, scale } = READINGS[as]!;
  return kind | ((scale + 8) << 8) | (list === true ? 1 << 16 : 0);
};

const restKind = ({ as, list }: Field): number => (as === 'number' ? 1 : as === 'seconds' ? (list === true ? 2 : 3) : 0);

export function writeProgram({ fields, lead, ops, pairKeys }: TextProgram, kernel: Kernel, subtractDuration: boolean): void {
  const { heap } = kernel;
  const view = new DataView(heap.buffer);
  let pool = kernel.at('POOL');
  const keep = (bytes: Uint8Array): number => {
    heap.set(bytes, pool);
    pool += bytes.length;
    return pool - bytes.length;
  };
  keep(lead);
  ops.forEach(({ mode, field: index, literal }, place) => {
    const at = kernel.at('OPS') + place * kernel.at('OP_BYTES');
    const field = fields[index];
    view.setUint8(at, mode);
    view.setInt8(at + 1, field === undefined ? -1 : slotNumber(field));
    view.setUint8(at + 2, field === undefined || mode !== OP_REST ? 0 : restKind(field));
    view.setUint8(at + 3, field?.as === 'time-clf' && mode === OP_UNTIL ? 1 : 0);
    view.setInt32(at + 4, mode === OP_PAIRS ? 0 : literal.length, true);
    view.setInt32(at + 8, keep(literal), true);
    view.setInt32(at + 12, field === undefined ? 0 : readingNumber(field), true);
  });
  const byLength = [...pairKeys].sort((a, b) => a.key.length - b.key.length);
  byLength.forEach(({ key, field }, place) => {
    const at = kernel.at('PAIRS') + place * kernel.at('PAIR_BYTES');
    view.setInt32(at, keep(key), true);
    view.setInt32(at + 4, key.length, true);
    view.setInt32(at + 8, slotNumber(fields[field]!), true);
    view.setInt32(at + 12, readingNumber(fields[field]!), true);
  });
  kernel.exports.configure(ops.length, lead.length, pairKeys.length, subtractDuration ? 1 : 0, CALLER_SLOTS.length);
}
