/** Paths below a place that has collapsed are placed by what stands before their last segment: the same routes as by the whole path. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { candidateWords } from '../src/events/endpoints.js';
import { Dictionary } from '../src/scan/dictionary.js';
import { mayBeAuthentication } from '../src/scan/prefilter.js';
import { runs } from './support/runs.js';

const encoder = new TextEncoder();

/** Never remembers a crowded place. */
const forgetful = (): Dictionary =>
  Object.assign(new Dictionary([], []), {
    crowded: { get: () => undefined, set: () => undefined, clear: () => undefined, size: 0 },
  });

test('routes of many paths', () => {
  const place = fc.constantFrom(
    '/shop',
    '/shop/items',
    '/shop/items/x',
    '/a',
    '',
    '/a/b/c',
    `/${'d/'.repeat(14)}e`,
    `/${'d/'.repeat(16)}e`,
  );
  const segment = fc.oneof(
    { weight: 8, arbitrary: fc.nat(700).map((at) => `item-${String.fromCharCode(97 + (at % 26))}-x${at}z`) },
    fc.constantFrom(
      'token',
      'login-page',
      'health',
      'a.css',
      '{*}',
      '',
      'eyJhbGciOiJIUzI1NiJ9.e30.abcdefghij',
      'x;jsessionid=12345678',
    ),
  );
  const path = fc.tuple(place, segment, fc.constantFrom('', '', '', '/', '/deep', '/deep/er')).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(path, { minLength: 600, maxLength: 2500, size: 'max' }), (paths) => {
      const [one, other] = [new Dictionary([], []), forgetful()];
      for (const text of paths) {
        const bytes = encoder.encode(text);
        expect(one.routeOf(bytes, 0, bytes.length)).toEqual(other.routeOf(bytes, 0, bytes.length));
      }
      expect([one.routes, one.routeFlags]).toEqual([other.routes, other.routeFlags]);
    }),
    { numRuns: runs(12) },
  );
}, 60_000);

test('words of authentication, in any case and in the middle of others', () => {
  const slow = (path: string): boolean => candidateWords.some((word) => path.toLowerCase().includes(word));
  const piece = fc.oneof(
    fc.constantFrom(...candidateWords, 'to', '\u212a', '\u0130', '.', 'x'),
    fc.string({ maxLength: 3, unit: 'grapheme' }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(piece, fc.boolean()), { maxLength: 4 }), (pieces) => {
      const path = `/${pieces.map(([text, upper]) => (upper ? text.toUpperCase() : text)).join('')}`;
      if (path !== '/') expect(mayBeAuthentication(path)).toBe(slow(path));
    }),
    { numRuns: runs(2000) },
  );
  expect(mayBeAuthentication('/to\u212aen')).toBe(true);
});
