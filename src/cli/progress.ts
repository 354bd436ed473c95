/** Progress on stderr: a line that is redrawn and goes away, or plain lines now and then. */
import type { Progress } from '../pipeline.js';
import { progressLine } from '../report/progress.js';
import type { Io } from './io.js';

export interface ProgressSettings {
  readonly mode: 'redraw' | 'lines' | 'off';
  /** Time between plain lines. */
  readonly everyMs: number;
}

export interface ProgressView {
  readonly report: (progress: Progress) => void;
  /** Clears the line. */
  readonly stop: () => void;
}

const REDRAW_MS = 100;
/** A run that is over sooner shows nothing: a line that flashes up is noise. */
const QUIET_MS = 300;
const CLEAR = '\r\x1b[2K';

export const PLAIN_LINES_MS = 30_000;

export const startProgress = ({ stderr, now }: Pick<Io, 'stderr' | 'now'>, { mode, everyMs }: ProgressSettings): ProgressView => {
  if (mode === 'off') return { report: () => {}, stop: () => {} };
  const start = now();
  const pause = mode === 'redraw' ? REDRAW_MS : everyMs;
  let next = start + (mode === 'redraw' ? QUIET_MS : everyMs);
  let drawn = false;
  const write = (text: string): unknown => stderr.write(text, () => {});
  return {
    report: (progress) => {
      const time = now();
      if (time < next) return;
      next = time + pause;
      const line = progressLine(progress, time - start, (stderr.columns ?? 81) - 1);
      write(mode === 'redraw' ? CLEAR + line : `${line.trimStart()}\n`);
      drawn = mode === 'redraw';
    },
    stop: () => {
      if (drawn) write(CLEAR);
      drawn = false;
    },
  };
};
