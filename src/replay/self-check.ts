/** Whether the generator itself was the limit: a load tool that measures its own delays is worse than none. */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import process from 'node:process';
import type { Histogram } from './histogram.js';

export interface SelfCheck {
  /** Delay of the event loop at its 99th percentile, ms, above the 1 ms of its own timer. */
  readonly eventLoopP99Ms: number;
  /** Share of one core that this process used. */
  readonly cpuShare: number;
  /**
   * How late requests were at their 99th percentile because of this machine, ms: not because all connections were taken. null in the
   * closed model, where nothing is due.
   */
  readonly ownDelayP99Ms: number | null;
  readonly saturated: boolean;
}

/** Above these, the delays of the generator are in the figures. */
export const MOST_LOOP_DELAY_MS = 25;
export const MOST_CPU = 0.95;
/** Half of what is called late. */
export const MOST_OWN_DELAY_MS = 25;
const LEAST_SAMPLES = 500;

export const isSaturated = (eventLoopP99Ms: number, cpuShare: number, ownDelayP99Ms = 0): boolean =>
  eventLoopP99Ms > MOST_LOOP_DELAY_MS ||
  ownDelayP99Ms > MOST_OWN_DELAY_MS ||
  (cpuShare > MOST_CPU && eventLoopP99Ms > MOST_LOOP_DELAY_MS / 5);

/** Starts to watch; the function that it returns says what was seen. */
export const startSelfCheck = (): ((ownDelays: Histogram) => SelfCheck) => {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  return (ownDelays) => {
    delay.disable();
    const { user, system } = process.cpuUsage(cpu);
    const elapsedMs = Math.max(1, performance.now() - started);
    const eventLoopP99Ms = delay.count === 0 ? 0 : Math.max(0, delay.percentile(99) / 1e6 - 1);
    const cpuShare = (user + system) / 1000 / elapsedMs;
    // The first requests compile the code that sends them: of a short run they are all there is.
    const ownDelayP99Ms = ownDelays.count === 0 ? null : ownDelays.quantile(0.99);
    const saturated =
      isSaturated(delay.count < LEAST_SAMPLES ? 0 : eventLoopP99Ms, delay.count < LEAST_SAMPLES ? 0 : cpuShare) ||
      isSaturated(0, 0, ownDelays.count < LEAST_SAMPLES ? 0 : (ownDelayP99Ms ?? 0));
    return { eventLoopP99Ms, cpuShare, ownDelayP99Ms, saturated };
  };
};
