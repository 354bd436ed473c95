/** A rolling window over logs that are being written: what is kept of them, and the result of what is kept. */
import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Analysis, Role } from '../analysis/result.js';
import { TokenTaxError } from '../errors.js';
import { type Followed, FollowedFile, FollowedStream, findInputs, type InputSource, rotationOf } from '../input/index.js';
import type { AnalyzeOptions } from '../pipeline.js';
import { redactText } from '../redact/index.js';
import type { DetectOptions } from '../scan/detect.js';
import { newestStartUs } from '../scan/newest.js';
import type { ZoneShift } from '../scan/times.js';

export interface WatchOptions {
  readonly inputs: readonly string[];
  readonly gateway: readonly string[];
  readonly idp: readonly string[];
  readonly loopback: readonly string[];
  readonly cwd: string;
  readonly stdin: NodeJS.ReadableStream | undefined;
  readonly windowMs: number;
  readonly detect: DetectOptions;
  readonly zoneShift: ZoneShift;
  /** How much of a stream is kept in memory. */
  readonly mostStreamBytes: number;
  readonly analyze: (options: Pick<AnalyzeOptions, 'inputs' | 'sources' | 'since'>) => Promise<Analysis>;
}

/** One look: the result, or null while no request can be read. */
export interface Look {
  readonly analysis: Analysis | null;
  readonly files: number;
  /** What was lost or could not be followed, each once. */
  readonly notes: readonly string[];
  /** The streams have ended and no file is followed: nothing more can come. */
  readonly ended: boolean;
}

interface Log {
  readonly followed: Followed;
  readonly role: Role | undefined;
}

/** Of tokens that were fetched before the window, twice its length is enough to know most. */
const KEPT_WINDOWS = 2;

export class Watcher {
  private readonly logs: Log[] = [];
  private readonly refused = new Map<string, string>();
  /** The least time that passed between a stamp and our seeing it: 0 for live logs with right clocks, years for old ones. */
  private behindMs = Number.POSITIVE_INFINITY;
  private newestMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: WatchOptions) {}

  /** Opens what is there. Throws a TokenTaxError where nothing of it can be followed. */
  async start(nowMs: number): Promise<void> {
    const failures = await this.discover(nowMs, true);
    const [first] = failures;
    // Nothing of what was named can be followed: the names are wrong.
    if (first !== undefined && this.logs.length === 0) {
      const { message, why, help } = first;
      throw new TokenTaxError('NO_INPUT', message, { cause: first, help, ...(why === undefined ? {} : { why }) });
    }
    for (const { message } of failures) this.refused.set(message, message);
    await Promise.all(
      this.logs.map(({ followed }) => (followed instanceof FollowedStream ? followed.first(STREAM_WAIT_MS) : undefined)),
    );
  }

  /** Reads what is kept and works out the result of the window that ends now. */
  async look(nowMs: number): Promise<Look> {
    for (const failure of await this.discover(nowMs, false)) this.refused.set(failure.message, failure.message);
    // Asked before reading: what comes after that is left for another look.
    const ended = this.logs.every(({ followed }) => followed instanceof FollowedStream && followed.ended);
    const { windowMs, analyze } = this.options;
    const keptMs = KEPT_WINDOWS * windowMs;
    const grown: InputSource[] = [];
    for (const { followed } of this.logs) {
      const source = this.guarded(() => (followed.poll(nowMs) ? followed.tail() : undefined));
      if (source !== undefined) grown.push(source);
    }
    await this.readClock(grown, nowMs);
    for (const { followed } of this.logs) followed.forget(nowMs - keptMs);
    const sources = this.logs.flatMap(({ followed, role }) => {
      const source = followed.source();
      return source === undefined ? [] : [{ source, role }];
    });
    const files = this.logs.length;
    if (sources.length === 0 || !Number.isFinite(this.newestMs)) return { analysis: null, files, notes: this.notes(), ended };
    const since = new Date(this.logNowMs(nowMs) - windowMs).toISOString();
    return { analysis: await analyze({ inputs: [], sources, since }), files, notes: this.notes(), ended };
  }

  close(): void {
    for (const { followed } of this.logs.splice(0)) followed.close();
  }

  /** What time it is where the logs are written. */
  private logNowMs(nowMs: number): number {
    return Math.max(this.newestMs, nowMs - this.behindMs);
  }

  private notes(): string[] {
    return [...new Set([...this.refused.values(), ...this.logs.flatMap(({ followed }) => followed.losses)])];
  }

  private guarded<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (cause) {
      if (!(cause instanceof TokenTaxError)) throw cause;
      this.refused.set(cause.message, cause.message);
      return undefined;
    }
  }

  /** Only the end of what has grown can hold the newest stamp. */
  private async readClock(grown: readonly InputSource[], nowMs: number): Promise<void> {
    for (const source of grown) {
      const newest = await this.newest(source);
      if (!Number.isFinite(newest)) continue;
      this.newestMs = Math.max(this.newestMs, newest);
      this.behindMs = Math.min(this.behindMs, Math.max(0, nowMs - newest));
    }
  }

  private async newest(source: InputSource): Promise<number> {
    return (await newestStartUs(source, this.options.detect, this.options.zoneShift, undefined)) / 1000;
  }

  /** Finds logs that are not followed yet: all that are named, and what appears in named folders later. */
  private async discover(nowMs: number, atStart: boolean): Promise<TokenTaxError[]> {
    const { options } = this;
    const lists: [Role | undefined, readonly string[]][] = [
      ['gateway', options.gateway],
      ['issuer', options.idp],
      ['loopback', options.loopback],
      [undefined, options.inputs],
    ];
    const failures: TokenTaxError[] = [];
    for (const [role, names] of lists) {
      if (names.length === 0) continue;
      const { sources, problems } = await findInputs(names, options.cwd);
      if (atStart) failures.push(...problems.map(({ error }) => error));
      for (const source of sources) {
        try {
          await this.add({ ...source, name: redactText(source.name) }, role, nowMs, atStart);
        } catch (cause) {
          if (!(cause instanceof TokenTaxError)) throw cause;
          // What lies in a folder beside the logs is nobody's mistake.
          if (source.named) failures.push(cause);
        }
      }
    }
    return failures;
  }

  private async add(source: InputSource, role: Role | undefined, nowMs: number, atStart: boolean): Promise<void> {
    const { path } = source;
    if (path === undefined) {
      if (!atStart) return;
      const stream = this.options.stdin as Readable;
      this.logs.push({ followed: new FollowedStream(source, stream, this.options.mostStreamBytes, nowMs), role });
      return;
    }
    const stats = statSync(path, { throwIfNoEntry: false });
    const isFollowed = this.logs.some(
      ({ followed }) =>
        followed instanceof FollowedFile && (followed.path === path || (stats !== undefined && followed.has(stats))),
    );
    if (stats === undefined || isFollowed) return;
    if (!stats.isFile()) {
      if (!atStart) return;
      throw new TokenTaxError('UNREADABLE_INPUT', `cannot follow ${source.name}: it is no regular file`, {
        help: `A pipe is followed as standard input: token-tax watch - < ${source.name}`,
      });
    }
    const rotated = rotationOf(source.name).group !== source.name;
    // A part that rotation has put away grows no more: it counts where it was written to within what is kept.
    if (rotated && (nowMs - stats.mtimeMs > KEPT_WINDOWS * this.options.windowMs || (!atStart && this.isPart(path)))) return;
    const followed = new FollowedFile({ ...source, path }, !rotated);
    this.logs.push({ followed, role });
    if (atStart) await this.skipOld(followed, nowMs);
  }

  /** Whether what appears under this name comes of a log that is followed by name. Where each day has a file of its own, it does not. */
  private isPart(path: string): boolean {
    const { group } = rotationOf(path);
    return this.logs.some(
      ({ followed }) =>
        followed instanceof FollowedFile && followed.path !== undefined && rotationOf(followed.path).group === group,
    );
  }

  /** Of a log that has been written for days only what the window can need is read. */
  private async skipOld(followed: FollowedFile, nowMs: number): Promise<void> {
    followed.poll(nowMs);
    const tail = followed.tail();
    if (tail === undefined) return;
    await this.readClock([tail], nowMs);
    if ((followed.source()?.sizeBytes ?? 0) < SEARCH_FROM_BYTES || !Number.isFinite(this.newestMs)) return;
    const from = this.newestMs - KEPT_WINDOWS * this.options.windowMs;
    await followed.skipTo(async (some) => (await this.newest(some)) >= from);
  }
}

/** A pipe that has something to say says it soon. */
const STREAM_WAIT_MS = 500;
/** Smaller logs are read faster than searched. */
const SEARCH_FROM_BYTES = 4 << 20;
