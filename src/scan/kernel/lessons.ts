/** Teaches the kernel what it did not know, from what the TypeScript scanner made of the same line. */
import type { ByteInterner } from '../byte-interner.js';
import type { Dictionary } from '../dictionary.js';
import * as door from '../door.js';
import { NO_TIME, TimeReader, type ZoneShift } from '../times.js';
import type { Kernel } from './kernel.js';

const CLF_BYTES = 26;
const SPACE = 32;
const PLUS = 43;
const MINUS = 45;
const ZERO = 48;

export class Lessons {
  private readonly times: TimeReader;
  private readonly stamp = new Uint8Array(40);

  constructor(
    private readonly kernel: Kernel,
    private readonly dictionary: Dictionary,
    zoneShift?: ZoneShift,
  ) {
    this.times = new TimeReader(zoneShift);
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
    const host = hostFrom! < 0 ? undefined : door.name(kernel.heap, hostFrom!, hostTo!, 'text')?.toLowerCase();
    const certain = dictionary.isCertainlyApi(route!, method!, host);
    kernel.exports.add(kernel.at('CERTAIN_TABLE'), key, length, certain ? 1 : 0);
  }

  /** The minute of a stamp with a zone: the same text with its seconds at zero. */
  private learnClf(key: number, length: number): void {
    const { kernel, stamp } = this;
    if (length !== CLF_BYTES) return;
    stamp.set(kernel.heap.subarray(key, key + length));
    if (stamp[20] !== SPACE || (stamp[21] !== PLUS && stamp[21] !== MINUS)) return;
    stamp.fill(ZERO, 18, 20);
    const us = this.times.clf(stamp, 0, length);
    if (us !== NO_TIME) kernel.exports.rememberClf(key, us);
  }

  private learnIso(key: number, length: number): void {
    const { kernel, stamp } = this;
    const { heap } = kernel;
    let zoneFrom = 19;
    if (heap[key + 19] === 46 || heap[key + 19] === 44) {
      do zoneFrom += 1;
      while (zoneFrom < length && heap[key + zoneFrom]! >= 48 && heap[key + zoneFrom]! <= 57);
    }
    const size = 19 + Math.max(0, length - zoneFrom);
    if (length < 19 || size > 25) return;
    stamp.set(heap.subarray(key, key + 19));
    stamp.set(heap.subarray(key + zoneFrom, key + length), 19);
    stamp.fill(ZERO, 17, 19);
    const us = this.times.iso(stamp, 0, size);
    if (us === NO_TIME) return;
    const scratch = kernel.at('TUPLE');
    heap.set(stamp.subarray(0, size), scratch);
    kernel.exports.rememberIso(scratch, scratch + size, us);
  }
}
