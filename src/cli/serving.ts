/** What the two commands that serve have in common: values of flags, the counts on the terminal, and how they end. */
import process from 'node:process';
import { TokenTaxError } from '../errors.js';
import { shown } from '../report/cells.js';
import { parseDuration } from './duration.js';
import { type Io, print } from './io.js';

const bad = (flag: string, text: string, help: string): TokenTaxError =>
  new TokenTaxError('BAD_OPTION', `${flag} cannot be "${text}"`, { help });

/** `5%` to 0.05 */
export const shareOf = (flag: string, text: string): number => {
  const share = Number(/^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]) / 100;
  if (!(share >= 0 && share <= 1)) throw bad(flag, text, `Write a percentage: ${flag} 5%`);
  return share;
};

/** `10/s`, `600/m`: how many in a second. */
export const rateOf = (flag: string, text: string): number => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\/(s|m|h)$/.exec(text) ?? [];
  const rate = Number(amount) / (unit === 's' ? 1 : unit === 'm' ? 60 : 3600);
  if (!(rate > 0)) throw bad(flag, text, `Write a rate: ${flag} 10/s`);
  return rate;
};

export const wholeOf = (flag: string, text: string, low: number, high: number): number => {
  const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= low && value <= high)) throw bad(flag, text, `Write a whole number from ${low} to ${high}.`);
  return value;
};

/** `30ms`, or `p50=30ms,p99=200ms`: shares and ms, both rising. */
export const latencyOf = (flag: string, text: string): (readonly [number, number])[] => {
  if (!text.includes('=')) return [[1, parseDuration(flag, text)]];
  const points = text.split(',').map((part) => {
    const [, share, value] = /^p(\d+(?:\.\d+)?)=(.+)$/.exec(part.trim()) ?? [];
    if (share === undefined || value === undefined || !(Number(share) > 0 && Number(share) <= 100))
      throw bad(flag, text, `Write ${flag} p50=30ms,p99=200ms`);
    return [Number(share) / 100, parseDuration(flag, value)] as const;
  });
  const isRising = points.every(([share, ms], at) => {
    const before = points[at - 1];
    return before === undefined || (share > before[0] && ms >= before[1]);
  });
  if (!isRising) throw bad(flag, text, 'Name the shares and their times in rising order.');
  return points;
};

/**
 * Shows the line until the process is told to end, and then closes: anew in place on a terminal, else once a minute where it changed. Resolves with
 * true for Ctrl-C and false for SIGTERM, which is how a service is stopped.
 */
export const serveUntilStopped = (io: Io, quiet: boolean, line: () => string, close: () => Promise<void>): Promise<boolean> =>
  new Promise((resolve, reject) => {
    let last = '';
    const show = (): void => {
      const text = shown(line());
      if (text === last || quiet) return;
      last = text;
      const { columns = 80 } = io.stderr;
      void print(io.stderr, io.stderr.isTTY ? `\r\x1b[K${text.slice(0, columns - 1)}` : `${text}\n`);
    };
    const timer = setInterval(show, io.stderr.isTTY ? 250 : 60_000);
    const end = (interrupted: boolean) => (): void => {
      clearInterval(timer);
      if (io.stderr.isTTY && !quiet) void print(io.stderr, '\r\x1b[K');
      // SIGTERM is caught for good: another one must not end the process before all is written.
      close()
        .then(() => resolve(interrupted), reject)
        .finally(stopListening);
    };
    const terminated = end(false);
    const stopListening = io.onInterrupt(end(true));
    process.on('SIGTERM', terminated);
  });
