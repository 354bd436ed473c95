import { expect, test } from 'vitest';
import { cells } from '../src/report/cells.js';
import { progressLine } from '../src/report/progress.js';

const reading = { file: 'gw-2.json.gz', bytesRead: 800_000_000, bytesTotal: 1_700_000_000, lines: 1, fetches: 194_000 };

test('how far, how fast, how long, what was found', () => {
  expect(progressLine(reading, 3770, 120)).toBe(
    '  reading gw-2.json.gz  [########---------] 47%  800 MB of 1.7 GB  212 MB/s  ETA 4.2 s  194k fetches',
  );
});

test('no end in sight: no percentage and no ETA', () => {
  expect(progressLine({ ...reading, bytesTotal: undefined, fetches: 1 }, 1000, 80)).toBe(
    '  reading gw-2.json.gz  800 MB  800 MB/s  1 fetch',
  );
});

test('too early for an ETA', () => {
  expect(progressLine({ ...reading, bytesRead: 1_700_000 }, 100, 120)).toBe(
    '  reading gw-2.json.gz  [-----------------] 0%  1.7 MB of 1.7 GB  17 MB/s  194k fetches',
  );
});

test('never says 100% before the end, and no more than that', () => {
  expect(progressLine({ ...reading, bytesRead: 1_699_999_999 }, 100, 120)).toContain(' 99% ');
  expect(progressLine({ ...reading, bytesRead: 1_800_000_000 }, 100, 120)).toContain(' 100% ');
  expect(progressLine({ ...reading, bytesRead: 0, bytesTotal: 0 }, 0, 120)).toContain('0 B');
});

test('fits on its line, whatever the file is called', () => {
  for (const file of ['gw.log', `${'a-long-name-'.repeat(20)}.log`, '注文'.repeat(40), 'x\x1b[2J\n.log']) {
    for (let width = 24; width < 200; width += 1) {
      const line = progressLine({ ...reading, file }, 3770, width);
      expect(cells(line)).toBeLessThanOrEqual(width);
      expect(line).not.toMatch(/[\x00-\x1f]/);
    }
  }
});
