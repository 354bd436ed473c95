/** Teaches the kernel what it did not know, from what the TypeScript scanner made of the same line. */
import { escapesOf, type Program } from '../../formats/program.js';
import type { ByteInterner } from '../byte-interner.js';
import { type CacheTable, cacheTableOf } from '../cache-table.js';
import type { Dictionary } from '../dictionary.js';
import * as door from '../door.js';
import { NO_TIME, TimeReader, type ZoneShift } from '../times.js';
import type { Kernel } from './kernel.js';

const DOT = 46;
const COMMA = 44;
const COLON = 58;
const ZERO = 48;
const NINE = 57;
/** Stamps without their zones, up to the end of the seconds. */
const CLF_BYTES = 20;
const ISO_BYTES = 19;
const JAVA_BYTES = 16;
const SLASHED_BYTES = 21;
const LONGEST_ZONE = 6;

export class Lessons {
  private readonly times: TimeReader;
  private readonly stamp = new Uint8Array(40);
  private readonly escapes: door.Escapes;
  private readonly cacheTable: CacheTable | undefined;

  constructor(
    private readonly kernel: Kernel,
    private readonly dictionary: Dictionary,
    { program, zoneShift }: { readonly program: Program; readonly zoneShift?: ZoneShift },
  ) {
    this.times = new TimeReader(zoneShift);
    this.escapes = escapesOf(program);
    this.cacheTable = cacheTableOf(program.fields);
  }

  /** After a line that became a row, with the reason why the kernel had left it. */
  learn(why: number): void {
    const { kernel, dictionary } = this;
    const key = kernel.report[2]!;
    const length = kernel.report[3]!;
    switch (why) {
      case kernel.at('NEW_PATH'):
        this.learnPath(key, length);
        break;
      case kernel.at('NEW_AGENT'):
        this.copyName(dictionary.agentIds, 'AGENT_TABLE', key, length);
        break;
      case kernel.at('NEW_NODE'):
        this.copyName(dictionary.nodeIds, 'NODE_TABLE', key, length);
        break;
      case kernel.at('NEW_CALLER'):
        this.copyName(dictionary.callerIds, 'CALLER_TABLE', key, length);
        break;
      case kernel.at('NEW_CERTAIN'):
        this.learnCertain(key, length);
        break;
      case kernel.at('NEW_CLF'):
        this.learnClf(key, length);
        break;
      case kernel.at('NEW_ISO'):
        this.learnIso(key, length);
        break;
      case kernel.at('NEW_SLASHED'):
        this.learnSlashed(key, length);
        break;
      case kernel.at('NEW_WORD'):
        this.learnWord(key, length);
        break;
    }
  }

  /** A route can become a candidate later: the kernel must know before the next line. */
  syncFlags(): void {
    const { kernel, dictionary } = this;
    if (kernel.flagsVersion === dictionary.flagsVersion && kernel.flagsOf === dictionary) return;
    const routes = Math.min(dictionary.routes.length, kernel.at('MAX_ROUTES'));
    for (let route = 0; route < routes; route += 1) this.setFlag(route);
    kernel.flagsVersion = dictionary.flagsVersion;
    kernel.flagsOf = dictionary;
  }

  private setFlag(route: number): void {
    this.kernel.heap[this.kernel.at('FLAGS') + route] = this.dictionary.isCandidate(route) ? 1 : 0;
  }

  private learnPath(key: number, length: number): void {
    const { kernel, dictionary } = this;
    const route = dictionary.pathIds.find(kernel.heap, key, key + length);
    if (route < 0 || route >= kernel.at('MAX_ROUTES')) return;
    this.setFlag(route);
    kernel.exports.add(kernel.at('PATH_TABLE'), key, length, route);
  }

  /** Names that the cache in front of the dictionary refuses are not kept here either. */
  private copyName(ids: ByteInterner, table: 'AGENT_TABLE' | 'NODE_TABLE' | 'CALLER_TABLE', key: number, length: number): void {
    const { kernel } = this;
    const value = ids.find(kernel.heap, key, key + length);
    if (value >= 0) kernel.exports.add(kernel.at(table), key, length, value);
  }

  private learnCertain(key: number, length: number): void {
    const { kernel, dictionary } = this;
    const [, , , , hostFrom, hostTo, route, method] = kernel.report;
    const host = hostFrom! < 0 ? undefined : door.name(kernel.heap, hostFrom!, hostTo!, this.escapes)?.toLowerCase();
    const certain = dictionary.isCertainlyApi(route!, method!, host);
    kernel.exports.add(kernel.at('CERTAIN_TABLE'), key, length, certain ? 1 : 0);
  }

  private learnWord(key: number, length: number): void {
    const { kernel, cacheTable } = this;
    if (cacheTable === undefined) return;
    kernel.exports.add(kernel.at('WORD_TABLE'), key, length, cacheTable.word(kernel.heap, key, key + length));
  }

  /**
   * The minute of a stamp: `length` bytes, of which the first `head` end with the seconds, with zeros for them and without their
   * fraction. It is left in `stamp`; its length, or 0 where the kernel could not compare it.
   */
  private minute(key: number, length: number, head: number): number {
    const { stamp } = this;
    const { heap } = this.kernel;
    let zoneFrom = head;
    if (zoneFrom < length && (heap[key + head] === DOT || heap[key + head] === COMMA)) {
      do zoneFrom += 1;
      while (zoneFrom < length && heap[key + zoneFrom]! >= ZERO && heap[key + zoneFrom]! <= NINE);
    }
    if (length < head || length - zoneFrom > LONGEST_ZONE) return 0;
    stamp.set(heap.subarray(key, key + head));
    stamp.set(heap.subarray(key + zoneFrom, key + length), head);
    stamp.fill(ZERO, head - 2, head);
    return head + length - zoneFrom;
  }

  /** The stamp where the kernel finds it. */
  private shown(size: number): number {
    const scratch = this.kernel.at('TUPLE');
    this.kernel.heap.set(this.stamp.subarray(0, size), scratch);
    return scratch;
  }

  private learnClf(key: number, length: number): void {
    const size = this.minute(key, length, CLF_BYTES);
    const us = size === 0 ? NO_TIME : this.times.clf(this.stamp, 0, size);
    if (us === NO_TIME) return;
    const at = this.shown(size);
    this.kernel.exports.rememberClf(at, at + size, us);
  }

  private learnIso(key: number, length: number): void {
    const { kernel, stamp } = this;
    let size: number;
    if (length === JAVA_BYTES) {
      stamp.set(kernel.heap.subarray(key, key + length));
      stamp.set([COLON, ZERO, ZERO], length);
      size = ISO_BYTES;
    } else size = this.minute(key, length, ISO_BYTES);
    const us = size === 0 ? NO_TIME : this.times.iso(stamp, 0, size);
    if (us === NO_TIME) return;
    const at = this.shown(size);
    kernel.exports.rememberIso(at, at + size, us);
  }

  private learnSlashed(key: number, length: number): void {
    const size = this.minute(key, length, SLASHED_BYTES);
    const us = size === 0 ? NO_TIME : this.times.slashed(this.stamp, 0, size);
    if (us !== NO_TIME) this.kernel.exports.rememberSlashed(this.shown(size), us);
  }
}
