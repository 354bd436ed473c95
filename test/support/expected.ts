import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'vitest';

/** `UPDATE=1` writes what was found; the diff is then read like code. */
export const updating = process.env.UPDATE === '1';

/** Compares with a file that is kept; a missing one stands for nothing at all. */
export const expectFile = (path: string, found: string): void => {
  if (updating && (found !== '' || existsSync(path))) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, found);
  }
  expect(found).toBe(existsSync(path) ? readFileSync(path, 'utf8') : '');
};
