/** docs/gallery.md shows what the program prints today (`npm run gallery`); its pictures are there and not too large. */
import { readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { galleryPage } from '../scripts/gallery.mjs';
import { main } from '../src/cli/main.js';
import { fakeIo } from './support/fake-io.js';

const page = readFileSync('docs/gallery.md', 'utf8');

test('its text is that of the program', async () => {
  const printed = async (words: readonly string[]): Promise<string> => {
    const io = fakeIo({ cwd: 'fixtures/captures' });
    await main([...words], io);
    return io.out();
  };
  expect(await galleryPage(printed)).toBe(page);
});

test('its pictures are there', () => {
  const pictures = [...page.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, path]) => `docs/${path}`);
  expect(pictures.length).toBeGreaterThan(3);
  for (const path of pictures) {
    expect(statSync(path).size).toBeLessThan(400_000);
    expect(readFileSync(path).subarray(1, 4).toString()).toBe('PNG');
  }
});
