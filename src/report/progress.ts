/** How far a long run is, on one line. */
import { cells, shorten, shown } from './cells.js';
import { bytes, duration, plural, short } from './words.js';

/** What a run says about itself now and then; the pipeline's `Progress` is one. */
export interface Reading {
  readonly file: string;
  readonly bytesRead: number;
  readonly bytesTotal: number | undefined;
  readonly fetches: number;
}

const BAR = 17;

const bar = (part: number): string => `[${'#'.repeat(Math.floor(part * BAR)).padEnd(BAR, '-')}]`;

/** Before 2 % are read, what is left cannot be told. */
const left = (part: number, elapsedMs: number): string[] =>
  part < 0.02 || part >= 1 ? [] : [`ETA ${duration((elapsedMs * (1 - part)) / part)}`];

export const progressLine = ({ file, bytesRead, bytesTotal, fetches }: Reading, elapsedMs: number, width: number): string => {
  const speed = elapsedMs < 1 ? [] : [`${bytes(Math.round((bytesRead * 1000) / elapsedMs))}/s`];
  const part = bytesTotal === undefined || bytesTotal === 0 ? undefined : Math.min(1, bytesRead / bytesTotal);
  const far =
    part === undefined
      ? [bytes(bytesRead), ...speed]
      : [
          `${bar(part)} ${Math.floor(part * 100)}%`,
          `${bytes(bytesRead)} of ${bytes(bytesTotal!)}`,
          ...speed,
          ...left(part, elapsedMs),
        ];
  const figures = [...far, fetches < 10_000 ? plural(fetches, 'fetch', 'fetches') : `${short(fetches)} fetches`];
  // A redrawn line must not wrap. What is last says least.
  while (figures.length > 1 && cells(figures.join('  ')) > width - 24) figures.pop();
  return shorten(
    `  reading ${shorten(shown(file), Math.max(8, width - cells(figures.join('  ')) - 12), '..')}  ${figures.join('  ')}`,
    width,
    '..',
  );
};
