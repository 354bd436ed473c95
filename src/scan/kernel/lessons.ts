/** Teaches the kernel what it did not know, from what the TypeScript scanner made of the same line. */
import type { Spelling } from '../../formats/define.js';
import { agentSpelling, escapesOf, type Program } from '../../formats/program.js';
import type { ByteInterner } from '../byte-interner.js';
import { type CacheTable, cacheTableOf } from '../cache-table.js';
import type { Dictionary } from '../dictionary.js';
import * as door from '../door.js';
import { harmless } from '../harmless.js';
import { NO_TIME, TimeReader, type ZoneShift } from '../times.js';
import type { Kernel } from './kernel.js';

const DOT = 46;
const SLASH = 47;
/** As in assembly/crowd.ts. */
const LONGEST_CROWDED = 512;
/** With more names it would cost too much to look at all of them for each place. */
const MOST_KEPT = 16_384;
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
/** Of the key of CERTAIN_TABLE: where it says whose host follows, and what it says where that is the target's. */
const HOST_KIND = 4;
const OF_URL = 2;

export class Lessons {
  private readonly times: TimeReader;
  private readonly stamp = new Uint8Array(40);
  private readonly escapes: door.Escapes;
  private readonly cacheTable: CacheTable | undefined;
  private readonly agents: Spelling | undefined;

  constructor(
    private readonly kernel: Kernel,
    private readonly dictionary: Dictionary,
    { program, zoneShift }: { readonly program: Program; readonly zoneShift?: ZoneShift },
  ) {
    this.times = new TimeReader(zoneShift);
    this.escapes = escapesOf(program);
    this.agents = agentSpelling(program);
    this.cacheTable = cacheTableOf(program.fields);
  }

  /** Names that were new in a line need no other scanner: true when the kernel can read the line now. */
  resolve(why: number): boolean {
    const { kernel, dictionary } = this;
    const key = kernel.report[2]!;
    const length = kernel.report[3]!;
    switch (why) {
      case kernel.at('NEW_PATH'):
        return this.resolvePath(key, length);
      case kernel.at('NEW_AGENT'):
        return this.resolveName(
          dictionary.agentIds(this.agents),
          'AGENT_TABLE',
          [key, length],
          (text) => dictionary.agentOf(text),
          this.agents,
        );
      case kernel.at('NEW_NODE'):
        return this.resolveName(dictionary.nodeIds, 'NODE_TABLE', [key, length], (text) => dictionary.nodeOf(text));
      case kernel.at('NEW_CERTAIN'):
        return this.resolveCertain(key, length);
      case kernel.at('NEW_WORD'):
        return this.resolveWord(key, length);
      default:
        return false;
    }
  }

  /** After a line that became a row, with the reason why the kernel had left it. */
  learn(why: number): void {
    const { kernel } = this;
    const key = kernel.report[2]!;
    const length = kernel.report[3]!;
    switch (why) {
      case kernel.at('NEW_CALLER'):
        this.learnCaller(key, length);
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
    }
  }

  /** A route can become a candidate later: the kernel must know before the next line. */
  syncFlags(): void {
    const { kernel, dictionary } = this;
    if (kernel.collapses !== dictionary.collapses) {
      kernel.exports.clearCrowd();
      kernel.collapses = dictionary.collapses;
    }
    if (kernel.flagsVersion === dictionary.flagsVersion && kernel.flagsOf === dictionary) return;
    const routes = Math.min(dictionary.routes.length, kernel.at('MAX_ROUTES'));
    for (let route = 0; route < routes; route += 1) this.setFlag(route);
    kernel.flagsVersion = dictionary.flagsVersion;
    kernel.flagsOf = dictionary;
  }

  private setFlag(route: number): void {
    this.kernel.heap[this.kernel.at('FLAGS') + route] = this.dictionary.isCandidate(route) ? 1 : 0;
  }

  /** As the row reader looks a path up. One that is not kept is answered for this line only. */
  private resolvePath(key: number, length: number): boolean {
    const { kernel, dictionary } = this;
    const { heap, exports } = kernel;
    let route = dictionary.pathIds.find(heap, key, key + length);
    let keep = true;
    if (route < 0) {
      const found = dictionary.routeOf(heap, key, key + length);
      route = found.id;
      keep = found.keep;
      if (keep) dictionary.pathIds.add(heap, key, key + length, route);
    }
    if (route >= kernel.at('MAX_ROUTES')) return false;
    this.setFlag(route);
    this.syncFlags();
    if (!keep) this.learnCrowded(key, length, route);
    if (!keep || exports.add(kernel.at('PATH_TABLE'), key, length, route) === 0) exports.answerPath(route);
    return true;
  }

  /** The kernel knows the route of the harmless neighbours of this path too. */
  private learnCrowded(key: number, length: number, route: number): void {
    const { kernel, dictionary } = this;
    const { heap, exports } = kernel;
    if (dictionary.crowdedRoute !== route) return;
    const slash = heap.lastIndexOf(SLASH, key + length - 1);
    if (slash < key) return;
    if (!kernel.knowsHarmless) {
      const { classes, next, start } = harmless();
      if (next.byteLength > kernel.at('HARMLESS_BYTES')) return;
      heap.set(classes, kernel.at('HARMLESS_CLASSES'));
      new Uint16Array(heap.buffer, kernel.at('HARMLESS'), next.length).set(next);
      exports.setHarmless(start);
      kernel.knowsHarmless = true;
    }
    if (this.teachBelow(key, slash + 1)) exports.add(kernel.at('CROWD_TABLE'), key, slash + 1 - key, route);
  }

  /** Paths that had a route of their own before their place collapsed keep it: the kernel must know all of them, whoever has read them. */
  private teachBelow(from: number, to: number): boolean {
    const { kernel, dictionary } = this;
    const { heap, exports } = kernel;
    if (dictionary.pathIds.count > MOST_KEPT) return false;
    const scratch = kernel.at('TUPLE');
    return dictionary.pathIds.everyBelow(heap, from, to, (arena, keyFrom, keyTo, route) => {
      // Longer ones are never told by their place.
      if (keyTo - keyFrom > LONGEST_CROWDED) return true;
      if (route >= kernel.at('MAX_ROUTES')) return false;
      heap.set(arena.subarray(keyFrom, keyTo), scratch);
      this.setFlag(route);
      return exports.add(kernel.at('PATH_TABLE'), scratch, keyTo - keyFrom, route) !== 0;
    });
  }

  private resolveName(
    ids: ByteInterner,
    table: 'AGENT_TABLE' | 'NODE_TABLE',
    [key, length]: readonly [number, number],
    idOf: (text: string | undefined) => number,
    spelling?: Spelling,
  ): boolean {
    const { heap, exports } = this.kernel;
    let value = ids.find(heap, key, key + length);
    if (value < 0) {
      value = idOf(door.name(heap, key, key + length, this.escapes, spelling)) + 1;
      ids.add(heap, key, key + length, value);
    }
    return exports.add(this.kernel.at(table), key, length, value) !== 0;
  }

  /** Names that the cache in front of the dictionary refuses are not kept here either. */
  private learnCaller(key: number, length: number): void {
    const { kernel, dictionary } = this;
    const value = dictionary.callerIds.find(kernel.heap, key, key + length);
    if (value >= 0) kernel.exports.add(kernel.at('CALLER_TABLE'), key, length, value);
  }

  private resolveCertain(key: number, length: number): boolean {
    const { kernel, dictionary } = this;
    const [, , , , hostFrom, hostTo, route, method] = kernel.report;
    const isUrl = kernel.heap[key + HOST_KIND] === OF_URL;
    const host = isUrl
      ? door.plainUrlHost(kernel.heap, hostFrom!, hostTo!)
      : hostFrom! < 0
        ? undefined
        : door.name(kernel.heap, hostFrom!, hostTo!, this.escapes)?.toLowerCase();
    const certain = !(isUrl && host === undefined) && dictionary.isCertainlyApi(route!, method!, host);
    return kernel.exports.add(kernel.at('CERTAIN_TABLE'), key, length, certain ? 1 : 0) !== 0;
  }

  private resolveWord(key: number, length: number): boolean {
    const { kernel, cacheTable } = this;
    if (cacheTable === undefined) return false;
    return kernel.exports.add(kernel.at('WORD_TABLE'), key, length, cacheTable.word(kernel.heap, key, key + length)) !== 0;
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
