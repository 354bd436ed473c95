/** Numbers of slots and readings in the kernel. */
import type { Field, Reading, Slot } from '../../formats/define.js';

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
  'durationMore',
  'durationLast',
  'upstreamMore',
  'requestId',
  'traceId',
];
/** No column is made of them. */
const UNREAD: ReadonlySet<Slot> = new Set<Slot>(['upstreamStatus', 'forwardedFor', 'route']);
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
  'time-slashed': { kind: 6, scale: 0 },
  'time-java': { kind: 7, scale: 0 },
  'cache-squid': { kind: 8, scale: 0 },
  'cache-varnish': { kind: 8, scale: 0 },
  'cache-haproxy': { kind: 8, scale: 0 },
  'cache-cloudfront': { kind: 8, scale: 0 },
  proxied: { kind: 0, scale: 0 },
  decoded: { kind: 0, scale: 0 },
  seconds: { kind: 0, scale: 6 },
  milliseconds: { kind: 0, scale: 3 },
  microseconds: { kind: 0, scale: 0 },
  nanoseconds: { kind: 0, scale: -3 },
} satisfies Partial<Record<Reading, { kind: number; scale: number }>>;

const TIMES: readonly Reading[] = ['time-clf', 'time-iso', 'time-epoch', 'time-any', 'time-slashed', 'time-java'];
const CACHES: readonly Reading[] = ['cache-squid', 'cache-varnish', 'cache-haproxy', 'cache-cloudfront'];

/** Words of values are those of the program, not of its fields. */
const VALUE_WORDS: ReadonlySet<string> = new Set([
  'none',
  'absent',
  'param',
  'part',
  'masked',
  'words',
  'decode',
  'prefix',
  'adds',
]);

export const isKnownField = ({ slot, as, list, missing, spelled, ...more }: Field): boolean =>
  Object.keys(more).every((word) => VALUE_WORDS.has(word)) &&
  (spelled === undefined || slot === 'userAgent') &&
  (missing === undefined || slot === 'upstream' || slot === 'bytes') &&
  Object.hasOwn(READINGS, as) &&
  (NUMBERED.includes(slot) || CALLER_SLOTS.includes(slot) || UNREAD.has(slot)) &&
  (slot === 'time') === TIMES.includes(as) &&
  (slot === 'cache' || !CACHES.includes(as));

export const slotNumber = ({ slot }: Field): number => {
  const numbered = NUMBERED.indexOf(slot);
  if (numbered >= 0) return numbered;
  const caller = CALLER_SLOTS.indexOf(slot);
  return caller < 0 ? -1 : NUMBERED.length + caller;
};

/** Packed as in assembly/spans.ts. */
export const readingNumber = ({ as, list }: Field): number => {
  const { kind, scale } = READINGS[as]!;
  return kind | ((scale + 8) << 8) | (list === true ? 1 << 16 : 0);
};

export interface SlotWords {
  /** -1 where no column is made of it. */
  readonly slot: number;
  readonly reading: number;
}

export const fieldWords = (field: Field | undefined): SlotWords =>
  field === undefined ? { slot: -1, reading: 0 } : { slot: slotNumber(field), reading: readingNumber(field) };
