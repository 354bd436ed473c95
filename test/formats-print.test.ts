/** Lines printed from the patterns of the text formats read back to what was printed; hurt lines give nothing wrong. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compiled } from '../src/formats/compile.js';
import { type Layout, type Slot, slotIndex } from '../src/formats/define.js';
import { formats } from '../src/formats/index.js';
import { Dictionary } from '../src/scan/dictionary.js';
import { FileScanner } from '../src/scan/file-scanner.js';
import { printed } from './support/print.js';
import { read } from './support/read.js';
import { runs } from './support/runs.js';

const encoder = new TextEncoder();

type Patterns = Layout & { kind: 'patterns' };

/** A template of nginx is a pattern; pairs have no one way to be printed. */
const patternsOf = (layout: Layout): Patterns | undefined => {
  if (layout.kind === 'patterns') return layout;
  const isPlain = layout.kind === 'template' && !layout.template.includes('$pairs');
  return isPlain ? { kind: 'patterns', patterns: [layout.template] } : undefined;
};

for (const format of formats) {
  const { layout } = format;
  const patterns = patternsOf(layout);
  if (patterns === undefined) continue;
  const program = compiled(layout);

  test(`${format.id}: what is printed is read, whatever stood on the line before`, () => {
    fc.assert(
      fc.property(fc.array(printed(patterns), { minLength: 1, maxLength: 8 }), (lines) => {
        const scanner = new FileScanner({ program, stamped: format.stamped }, new Dictionary([], []), () => {});
        for (const { line, slots } of lines) {
          const bytes = encoder.encode(line);
          scanner.scan(bytes, 0, bytes.length, 0);
          expect([line, scanner.counts.rejected]).toEqual([line, 0]);
          const { capture } = scanner;
          const found = Object.fromEntries(
            (Object.keys(slotIndex) as Slot[])
              .filter((slot) => capture.field[slotIndex[slot]]! >= 0)
              .map((slot) => {
                const at = slotIndex[slot];
                return [slot, Buffer.from(bytes.subarray(capture.from[at], capture.to[at])).toString()];
              }),
          );
          expect({ line, ...found }).toEqual({ line, ...slots });
        }
      }),
      { numRuns: runs(60) },
    );
  });

  describe(`${format.id}: a line that is cut is no other request`, () => {
    for (const { line, gives } of format.samples) {
      if (gives.skip !== undefined) continue;
      test(line, () => {
        for (let length = 0; length < line.length; length += 1) {
          const cut = read(format, line.slice(0, length));
          if (cut.skip !== undefined) continue;
          const { time, method, path, status } = cut;
          // The end of these lines is the path, and nothing behind it tells that more was written.
          const whole = format.id === 'haproxy' || format.id === 'gin' ? { ...gives, path } : gives;
          expect([length, time, method, path, status]).toEqual([length, whole.time, whole.method, whole.path, whole.status]);
        }
      });
    }
  });

  test(`${format.id}: a byte changed, lost or doubled never throws, and is counted`, () => {
    const lines = format.samples.map(({ line }) => line);
    const hurt = fc
      .tuple(fc.constantFrom(...lines), fc.nat(400), fc.constantFrom('', '"', '\\', '-', ' ', '[', '\t', '\u0000', 'é', '""'))
      .map(([line, at, put]) => line.slice(0, at) + put + line.slice(at + 1));
    fc.assert(
      fc.property(hurt, (line) => {
        const scanner = new FileScanner({ program, stamped: format.stamped }, new Dictionary([], []), () => {});
        const bytes = encoder.encode(line);
        scanner.scan(bytes, 0, bytes.length, 0);
        const { read: all, parsed, rejected, blank } = scanner.counts;
        expect(parsed + rejected + blank).toBe(all);
      }),
      { numRuns: runs(200) },
    );
  });
}
