/**
 * A part on its way from one thread to another. Structured cloning keeps all fields of an object and forgets its class: what arrives
 * gets its classes back. Large buffers change hands and are not copied.
 */
import type { Names } from '../events/request-batch.js';
import { BeforeStore } from './before.js';
import { ByteLog } from './byte-log.js';
import { DemandLog } from './demand-log.js';
import { FetchStore } from './fetch-store.js';
import { JoinLog, TokenIdLog } from './join-log.js';
import { Lists } from './lists.js';
import { OverheadLog } from './overhead.js';
import { AnalysisPart } from './part.js';
import { RequestLog } from './request-log.js';
import { RangeSilence, SilenceMeter } from './silence.js';
import { TimeCells } from './time-cells.js';

/** Everything that a part keeps, by name: a class that is missing here would arrive without its methods. */
const classes = {
  AnalysisPart,
  BeforeStore,
  ByteLog,
  DemandLog,
  FetchStore,
  JoinLog,
  Lists,
  OverheadLog,
  RangeSilence,
  RequestLog,
  SilenceMeter,
  TimeCells,
  TokenIdLog,
};
type ClassName = keyof typeof classes;
const nameOf = new Map<object, ClassName>(
  (Object.keys(classes) as ClassName[]).map((name) => [classes[name].prototype as object, name]),
);

export interface Parcel {
  readonly names: Names;
  readonly data: unknown;
  /** The objects of each class, as they are met in `data`. */
  readonly members: readonly (readonly [ClassName, readonly object[]])[];
}

/** Smaller buffers cost less to copy. */
const MIN_TRANSFER = 64 * 1024;

/** The part is of no use afterwards. `transfer`: what to hand to `postMessage` beside the parcel. */
export function pack(part: AnalysisPart): { readonly parcel: Parcel; readonly transfer: ArrayBuffer[] } {
  const { routes, nodes, agents, callers } = part.names;
  const members = new Map<ClassName, object[]>();
  const buffers = new Set<ArrayBuffer>();
  const seen = new Set<object>();
  const names = { routes, nodes, agents, callers };
  for (const tally of part.files.values()) tally.authSilence.close();
  // The scanner's dictionary is more than its names, and stays where it is; what was counted is in the tallies.
  const { names: _, counts: __, ...data } = part as unknown as Record<string, unknown>;
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    if (ArrayBuffer.isView(value)) {
      if (value.buffer instanceof ArrayBuffer && value.buffer.byteLength >= MIN_TRANSFER) buffers.add(value.buffer);
      return;
    }
    seen.add(value);
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (Array.isArray(value)) {
      // Lists of plain values are long and hold nothing to look at.
      if (typeof value[0] !== 'number' && typeof value[0] !== 'string') for (const one of value) visit(one);
    } else if (value instanceof Map) for (const one of value.values()) visit(one);
    else if (prototype === Object.prototype || prototype === null) for (const one of Object.values(value)) visit(one);
    else {
      const name = nameOf.get(prototype);
      if (name === undefined) throw new TypeError(`a part cannot be handed on with ${prototype.constructor.name} in it`);
      const list = members.get(name);
      if (list === undefined) members.set(name, [value]);
      else list.push(value);
      for (const one of Object.values(value)) visit(one);
    }
  };
  visit(data);
  return { parcel: { names, data, members: [...members] }, transfer: [...buffers] };
}

/** The part that was packed, in the thread that got the parcel. */
export function unpack({ names, data, members }: Parcel): AnalysisPart {
  for (const [name, list] of members) for (const one of list) Object.setPrototypeOf(one, classes[name].prototype);
  const part = new AnalysisPart(names);
  return Object.assign(part, data);
}
