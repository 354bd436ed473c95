/** Sends requests when they are due, and keeps account of those that could not be sent in time. */
import type { PlannedRequest } from './plan.js';

/** Monotonic: a jump of the wall clock changes nothing. */
export interface Clock {
  /** ms */
  now(): number;
  /** Calls after so many ms; returns how to call it off. */
  after(ms: number, call: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

export interface PaceOptions {
  readonly requests: readonly PlannedRequest[];
  readonly clock: Clock;
  /** open: at its time, whatever the answers. closed: the next one as soon as one of `inFlight` is answered. */
  readonly model: 'open' | 'closed';
  /** So many are under way at most. */
  readonly inFlight: number;
  /** One request of a client at a time, in the order of the log. */
  readonly fifo: boolean;
  /** A request that could not be sent this long after it was due is dropped, ms. */
  readonly dropAfterMs: number;
  readonly signal: AbortSignal;
  /** Calls `done` when the answer is there, or there will be none. */
  readonly send: (request: PlannedRequest, done: () => void) => void;
  /** With the times since the start, ms. */
  readonly onAnswered: (index: number, sentMs: number, endedMs: number) => void;
  readonly onDropped: (index: number) => void;
  /** How late this machine was with a request that was due, whatever the target did, ms. Open model only. */
  readonly onOwnDelay?: (index: number, ms: number) => void;
}

/** So long at most between two looks at the clock: timers have limits, and machines sleep. */
const LONGEST_WAIT_MS = 30_000;

/** Resolves with how many were neither sent nor dropped, because the signal came first. */
export const pace = (options: PaceOptions): Promise<number> =>
  new Promise((resolve, reject) => {
    const { requests, clock, model, inFlight, fifo, dropAfterMs, signal, send, onAnswered, onDropped, onOwnDelay } = options;
    const started = clock.now();
    const busy = new Set<string>();
    const behind = new Map<string, number[]>();
    let ready: number[] = [];
    let head = 0;
    let [next, underWay, over] = [0, 0, 0];
    let [pumping, again, settled] = [false, false, false];
    let cancel: (() => void) | undefined;

    const finish = (): void => {
      if (settled) return;
      settled = true;
      cancel?.();
      signal.removeEventListener('abort', pump);
      resolve(requests.length - over);
    };
    const start = (index: number): void => {
      const request = requests[index]!;
      const sentMs = clock.now() - started;
      underWay += 1;
      if (fifo) busy.add(request.client);
      send(request, () => {
        underWay -= 1;
        over += 1;
        onAnswered(index, sentMs, clock.now() - started);
        if (fifo) release(request.client);
        pump();
      });
    };
    /** The next one of a client was due before whatever becomes ready now. */
    const release = (client: string): void => {
      busy.delete(client);
      const waiting = behind.get(client);
      while (waiting !== undefined && waiting.length > 0 && !busy.has(client) && !signal.aborted) {
        take(waiting.shift()!, clock.now() - started);
      }
      if (waiting?.length === 0) behind.delete(client);
    };
    const take = (index: number, now: number): void => {
      const { client, dueMs } = requests[index]!;
      if (model === 'open' && now - dueMs > dropAfterMs) {
        over += 1;
        onDropped(index);
      } else if (fifo && busy.has(client)) {
        const waiting = behind.get(client);
        if (waiting === undefined) behind.set(client, [index]);
        else waiting.push(index);
      } else start(index);
    };
    const turn = (): void => {
      cancel?.();
      cancel = undefined;
      if (signal.aborted) {
        if (underWay === 0) finish();
        return;
      }
      const now = clock.now() - started;
      while (next < requests.length && (model === 'closed' ? ready.length - head < inFlight : requests[next]!.dueMs <= now)) {
        if (model === 'open') onOwnDelay?.(next, now - requests[next]!.dueMs);
        ready.push(next);
        next += 1;
      }
      while (head < ready.length && underWay < inFlight) {
        const index = ready[head]!;
        head += 1;
        take(index, now);
      }
      if (head > 1024 && head * 2 > ready.length) {
        ready = ready.slice(head);
        head = 0;
      }
      if (over === requests.length) {
        finish();
        return;
      }
      const wait = next < requests.length ? requests[next]!.dueMs - now : LONGEST_WAIT_MS;
      if (model === 'open') cancel = clock.after(Math.min(LONGEST_WAIT_MS, Math.max(0, wait)), pump);
    };
    /** Answers may come while requests are being sent. */
    function pump(): void {
      if (settled) return;
      again = true;
      if (pumping) return;
      pumping = true;
      try {
        while (again && !settled) {
          again = false;
          turn();
        }
      } catch (error) {
        settled = true;
        cancel?.();
        reject(error);
      } finally {
        pumping = false;
      }
    }
    signal.addEventListener('abort', pump);
    pump();
  });
