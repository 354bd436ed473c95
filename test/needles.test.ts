/** The kernel's search for what may be a credential against the plain one: the same lines, wherever they stand. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NEEDLES, needleLinesOf } from '../src/scan/credentials.js';
import { Kernel } from '../src/scan/kernel/kernel.js';

const kernel = new Kernel();
const sorted = (starts: Iterable<number>): number[] => [...new Set(starts)].sort((a, b) => a - b);
const whole = [...NEEDLES, 'password=', 'Password=', 'Bearer ', 'bearer ', 'Basic ', 'basic ', 'api_key='];
const needles = whole.flatMap((text) => [
  text,
  text.slice(0, -1),
  text.slice(1),
  text.slice(2, -1),
  `${text.slice(0, 3)}\n${text.slice(3)}`,
]);
const piece = fc.oneof(
  fc.constantFrom(...needles),
  fc.constantFrom(...whole.map((text) => `${text}****`)),
  fc.constantFrom('\n', '\n', ' ', 'e', 'ey', 'rd=', 'en=', 'er ', 'ic ', 'sec', '"pa', '\0'),
  fc.string({ maxLength: 40 }),
);

test('the same lines as searching for one after the other', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.nat(20), fc.nat(20), (pieces, before, behind) => {
      const block = Buffer.from(`${'secret'.repeat(4).slice(0, before)}${pieces.join('')}${'token='.repeat(4).slice(0, behind)}`);
      const to = block.length - behind;
      expect(sorted(kernel.needleLines(block, before, to))).toEqual(sorted(needleLinesOf(block, before, to)));
    }),
    { numRuns: 3000 },
  );
});

test.each(whole)('%s is found at each place of 16, and over the end of a window', (text) => {
  const size = kernel.at('WINDOW_BYTES');
  for (const at of [...Array(40).keys(), ...Array.from({ length: 40 }, (_, k) => size - 20 + k)]) {
    for (const filler of ['.', 'x\n']) {
      const block = Buffer.alloc(size + 200, filler);
      block.write(text, at);
      expect(sorted(kernel.needleLines(block, 0, block.length))).toEqual(sorted(needleLinesOf(block, 0, block.length)));
    }
  }
});
