/** Replays a plan on one target, or on two in alternating blocks, and says what was sent, what came back and how sure that is. */
import type { Authorize } from './auth.js';
import { Histogram } from './histogram.js';
import { type Clock, pace, systemClock } from './pacer.js';
import { type Comparison, comparePairs } from './paired.js';
import type { Plan, PlannedRequest } from './plan.js';
import { type SelfCheck, startSelfCheck } from './self-check.js';
import { type Answer, openSender, type Sender } from './sender.js';
import { type StopOptions, stopRules } from './stop-rules.js';
import { type ArmCounts, Tally } from './tally.js';
import type { Target } from './target.js';

export interface Arm {
  readonly name: string;
  readonly target: Target;
}

export interface RawLine {
  readonly arm: string;
  readonly repeat: number;
  readonly index: number;
  readonly dueMs: number;
  readonly sentMs: number;
  readonly endedMs: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly error: string | null;
  readonly bytes: number;
}

export interface RunOptions {
  readonly plan: Plan;
  /** One, or A and B. */
  readonly arms: readonly Arm[];
  readonly model?: 'open' | 'closed';
  readonly connections?: number;
  readonly fifo?: boolean;
  readonly repeats?: number;
  /** The first part of each block is sent and not counted, ms. */
  readonly warmUpMs?: number;
  /** Length of the blocks that A and B take turns in, ms of the schedule. */
  readonly blockMs?: number;
  readonly timeoutMs?: number;
  readonly dropAfterMs?: number;
  readonly maxBodyBytes?: number;
  readonly http2?: boolean;
  readonly insecure?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly authorize?: Authorize;
  readonly stop?: StopOptions;
  /** Token fetches so far, as the provider counted them. */
  readonly fetches?: () => number | Promise<number>;
  /** So long the provider is given to note what was fetched last, ms. */
  readonly settleMs?: number;
  readonly onRaw?: (line: RawLine) => void;
  readonly onProgress?: (done: number, all: number) => void;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

export interface ArmResult extends ArmCounts {
  readonly name: string;
  readonly target: string;
  /** At the provider, while this arm was counted; null where nobody counts. */
  readonly fetches: number | null;
  /** Requests sent while they were counted. */
  readonly fetchesFor: number;
}

export interface ReplayResult {
  readonly arms: readonly ArmResult[];
  readonly comparison: Comparison | null;
  readonly selfCheck: SelfCheck;
  /** undefined: it ran to its end. */
  readonly stopped: string | null;
  readonly interrupted: boolean;
  readonly elapsedMs: number;
}

interface Step {
  readonly arm: number;
  readonly pair: number;
  readonly repeat: number;
  readonly from: number;
  readonly requests: readonly PlannedRequest[];
}

/** Blocks in the order A B, B A, A B...: a trend over time hits both arms alike. */
export const stepsOf = (requests: readonly PlannedRequest[], arms: number, repeats: number, blockMs: number): readonly Step[] => {
  const blocks: { from: number; requests: PlannedRequest[] }[] = [];
  let block = -1;
  for (const [index, request] of requests.entries()) {
    const number = arms < 2 ? 0 : Math.floor(request.dueMs / blockMs);
    if (number !== block) blocks.push({ from: index, requests: [] });
    block = number;
    const start = arms < 2 ? 0 : number * blockMs;
    blocks.at(-1)!.requests.push({ ...request, dueMs: request.dueMs - start });
  }
  const steps: Step[] = [];
  for (let [repeat, pair] = [0, 0]; repeat < repeats; repeat += 1)
    for (const { from, requests: inBlock } of blocks) {
      const order = arms < 2 ? [0] : pair % 2 === 0 ? [0, 1] : [1, 0];
      for (const arm of order) steps.push({ arm, pair, repeat, from, requests: inBlock });
      pair += 1;
    }
  return steps;
};

const wait = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });

const MOST_LOOKS = 10;

/** The default of requests under way. */
export const CONNECTIONS = { open: 256, closed: 10 } as const;

export const runReplay = async (options: RunOptions): Promise<ReplayResult> => {
  const { plan, arms, model = 'open', fifo = false, repeats = 1, warmUpMs = 0, blockMs = 60_000, clock = systemClock } = options;
  const { connections = CONNECTIONS[model], timeoutMs = 30_000, fetches, settleMs = 100 } = options;
  const steps = stepsOf(plan.requests, arms.length, repeats, blockMs);
  const tallies = arms.map(() => new Tally());
  const counted = arms.map(() => ({ fetches: 0, requests: 0 }));
  const perPair: { a: number; b: number; done: number }[] = [];
  const halt = new AbortController();
  let stopped: string | null = null;
  let interrupted = false;
  const senders: Sender[] = [];
  const stopNow = (): void => {
    halt.abort();
    for (const sender of senders) sender.stop();
  };
  const onInterrupt = (): void => {
    interrupted = true;
    stopNow();
  };
  let selfCheck: SelfCheck;
  const started = clock.now();
  try {
    for (const { target } of arms)
      senders.push(
        await openSender({
          target,
          headers: options.headers ?? {},
          connections,
          timeoutMs,
          maxBodyBytes: options.maxBodyBytes ?? 64 << 20,
          http2: options.http2 ?? false,
          insecure: options.insecure ?? false,
          authorize: options.authorize,
        }),
      );
    options.signal?.addEventListener('abort', onInterrupt);
    if (options.signal?.aborted === true) onInterrupt();
    // Not before the client is loaded, which is no part of the run.
    const endSelfCheck = startSelfCheck();
    const ownDelays = new Histogram();
    /** Providers write their logs in pieces: counted when no more come. */
    const settledFetches = async (): Promise<number> => {
      if (fetches === undefined) return 0;
      let latest = await fetches();
      for (let look = 0; look < MOST_LOOKS && !halt.signal.aborted; look += 1) {
        await wait(clock, settleMs, halt.signal);
        const now = await fetches();
        const isSettled = now === latest && look > 0;
        latest = now;
        if (isSettled) break;
      }
      return latest;
    };
    let done = 0;
    const all = steps.reduce((sum, step) => sum + step.requests.length, 0);
    const judges = arms.map(() => stopRules(options.stop ?? {}));
    for (const step of steps) {
      const tally = tallies[step.arm]!;
      if (halt.signal.aborted) {
        tally.notSent += step.requests.length;
        continue;
      }
      let before = fetches === undefined ? 0 : await fetches();
      let recount: Promise<void> | undefined;
      let forCount = 0;
      /** Plays one part of a block whose first request is `startMs` into it. */
      const play = async (from: number, requests: readonly PlannedRequest[], startMs: number): Promise<void> => {
        const answers: Answer[] = [];
        tally.notSent += await pace({
          requests: startMs === 0 ? requests : requests.map((each) => ({ ...each, dueMs: each.dueMs - startMs })),
          clock,
          model,
          inFlight: connections,
          fifo,
          dropAfterMs: options.dropAfterMs ?? timeoutMs,
          signal: halt.signal,
          send: (request, end) =>
            senders[step.arm]!.send(request, (answer) => {
              answers.push(answer);
              end();
            }),
          onAnswered: (index, sent, ended) => {
            const answer = answers.pop()!;
            const request = requests[index]!;
            const [sentMs, endedMs] = [sent + startMs, ended + startMs];
            done += 1;
            if ((model === 'open' ? request.dueMs : sentMs) < warmUpMs) tally.warmUp += 1;
            else {
              tally.answer(request, request.dueMs, sentMs, endedMs, answer, model === 'open');
              forCount += 1;
            }
            options.onRaw?.({
              arm: arms[step.arm]!.name,
              repeat: step.repeat,
              index: step.from + from + index,
              dueMs: request.dueMs,
              sentMs,
              endedMs,
              method: request.method,
              path: request.path,
              status: answer.status,
              error: answer.error ?? null,
              bytes: answer.bytes,
            });
            options.onProgress?.(done, all);
            if (halt.signal.aborted) return;
            const why = judges[step.arm]!(answer, endedMs - sentMs);
            if (why === undefined) return;
            stopped = arms.length > 1 ? `${arms[step.arm]!.name}: ${why}` : why;
            stopNow();
          },
          onDropped: () => {
            done += 1;
            tally.dropped += 1;
          },
          onOwnDelay: (index, ms) => {
            if (requests[index]!.dueMs >= warmUpMs) ownDelays.record(ms);
          },
        });
      };
      const { requests } = step;
      const countsFetches = fetches !== undefined;
      const cut = warmUpMs > 0 && countsFetches && model === 'open' ? requests.findIndex(({ dueMs }) => dueMs >= warmUpMs) : 0;
      if (cut !== 0) {
        // What the warm-up fetched is noted before the rest begins: the schedule pauses there.
        await play(0, cut < 0 ? requests : requests.slice(0, cut), 0);
        before = await settledFetches();
        if (cut > 0 && !halt.signal.aborted) await play(cut, requests.slice(cut), warmUpMs);
        else if (cut > 0) tally.notSent += requests.length - cut;
      } else {
        // In a closed model nobody knows before which request the warm-up ends.
        const endRecount =
          warmUpMs > 0 && countsFetches
            ? clock.after(warmUpMs, () => {
                recount = Promise.resolve(fetches()).then((now) => {
                  before = now;
                });
              })
            : undefined;
        await play(0, requests, 0);
        endRecount?.();
        await recount;
      }
      if (!countsFetches) continue;
      const after = await settledFetches();
      const found = Math.max(0, after - before);
      counted[step.arm]!.fetches += found;
      counted[step.arm]!.requests += forCount;
      if (halt.signal.aborted) continue;
      const pair = perPair[step.pair] ?? { a: 0, b: 0, done: 0 };
      perPair[step.pair] =
        step.arm === 0 ? { ...pair, a: found, done: pair.done + 1 } : { ...pair, b: found, done: pair.done + 1 };
    }
    selfCheck = endSelfCheck(ownDelays);
  } finally {
    options.signal?.removeEventListener('abort', onInterrupt);
    await Promise.all(senders.map((sender) => sender.close()));
  }
  const whole = perPair.filter((pair) => pair?.done === 2);
  return {
    arms: arms.map(({ name, target }, index) => ({
      name,
      target: target.origin + target.prefix,
      fetches: fetches === undefined ? null : counted[index]!.fetches,
      fetchesFor: counted[index]!.requests,
      ...tallies[index]!.counts(),
    })),
    comparison: arms.length < 2 || fetches === undefined ? null : comparePairs(whole),
    selfCheck,
    stopped,
    interrupted,
    elapsedMs: clock.now() - started,
  };
};
