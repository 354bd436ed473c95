/** Whether the generator itself was the limit: a load tool that measures its own delays is worse than none. */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import process from 'node:process';

export interface SelfCheck {
  /** Delay of the event loop at its 99th percentile, ms, above the 1 ms of its own timer. */
  readonly eventLoopP99Ms: number;
  /** Share of one core that this process used. */
  readonly cpuShare: number;
  readonly saturated: boolean;
}

/** Above these, the delays of the generator are in the figures. */
export const MOST_LOOP_DELAY_MS = 25;
export const MOST_CPU = 0.95;
const LEAST_SAMPLES = 500;

export const isSaturated = (eventLoopP99Ms: number, cpuShare: number): boolean =>
  eventLoopP99Ms > MOST_LOOP_DELAY_MS || (cpuShare > MOST_CPU && eventLoopP99Ms > MOST_LOOP_DELAY_MS / 5);

/** Starts to watch; the function that it returns says what was seen. */
export const startSelfCheck = (): (() => SelfCheck) => {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  return () => {
    delay.disable();
    const { user, system } = process.cpuUsage(cpu);
    const elapsedMs = Math.max(1, performance.now() - started);
    const eventLoopP99Ms = delay.count === 0 ? 0 : Math.max(0, delay.percentile(99) / 1e6 - 1);
    const cpuShare = (user + system) / 1000 / elapsedMs;
    // The first requests compile the code that sends them: of a short run they are all there is.
    const saturated = delay.count >= LEAST_SAMPLES && isSaturated(eventLoopP99Ms, cpuShare);
    return { eventLoopP99Ms, cpuShare, saturated };
  };
};
