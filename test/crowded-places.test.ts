/** Paths below a place that has collapsed are placed by what stands before their last segment: the same routes as by the whole path. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { excludedPath, healthPaths, healthSuffixes } from '../src/events/demand.js';
import { candidateWords } from '../src/events/endpoints.js';
import { redactAnyPath } from '../src/redact/path.js';
import { tokenPrefixes } from '../src/redact/shapes.js';
import { Dictionary } from '../src/scan/dictionary.js';
import { isHarmless } from '../src/scan/harmless.js';
import { Kernel } from '../src/scan/kernel/kernel.js';
import { mayBeAuthentication } from '../src/scan/prefilter.js';
import { blocksOf, scanWith, textProgram } from './support/engines.js';
import { runs } from './support/runs.js';

const encoder = new TextEncoder();

/** Never remembers a crowded place. */
const forgetful = (): Dictionary =>
  Object.assign(new Dictionary([], []), {
    crowded: { get: () => undefined, set: () => undefined, clear: () => undefined, size: 0 },
  });

test(
  'routes of many paths',
  () => {
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
  },
  runs(60_000),
);

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

const risky = [
  ...candidateWords,
  ...[...healthPaths, ...healthSuffixes].map((path) => path.slice(path.lastIndexOf('/') + 1)),
  ...[
    'ghp_0Ab9Zx81',
    'sk-1a2b3c4d',
    'sk_live_a1b2c3d4',
    'npm_a1b2c3d4e5',
    'AKIA0A1B2C3D4E',
    'eyJ',
    'xoxb-1234567',
    'shpat_a1b2c3d4',
  ],
  ...['glpat-a1b2c3d4', 'whsec_a1b2c3d4', 'dop_v1_a1b2c3', 'ory_at_a1b2c3', 'AIzaa1b2c3d4', 'github_pat_a1b2c3', 'xapp-1a2b3c4d'],
];
const pieces = fc.oneof(
  fc.constantFrom(...risky, 'x', '-', '_', 'pine', 'Up', '7', '.', '.css', '%41', '\u212a', '~', 'a;b'),
  fc.string({ maxLength: 3 }),
);
const lastSegment = fc.array(fc.tuple(pieces, fc.constantFrom(0, 0, 0, 1)), { minLength: 1, maxLength: 5 }).map((parts) =>
  parts
    .map(([text, upper]) => (upper === 1 ? text.toUpperCase() : text))
    .join('')
    .replaceAll('/', ''),
);

test('a segment that is harmless changes nothing', () => {
  let count = 0;
  fc.assert(
    fc.property(lastSegment, fc.constantFrom('/', '/shop/', '/shop/v2.1/', '/{id}/', '/a_b/'), (segment, parent) => {
      if (!isHarmless(encoder.encode(segment))) return;
      count += 1;
      const path = `${parent}${segment}`;
      expect([mayBeAuthentication(path), excludedPath(path), redactAnyPath(path)]).toEqual([false, undefined, path]);
    }),
    { numRuns: runs(5000) },
  );
  expect(count).toBeGreaterThan(100);
  for (const text of ['pine-linen-frost-lilac', 'Alice_B', 'upload', 'desk-lamp'])
    expect(isHarmless(encoder.encode(text))).toBe(true);
});

test(
  'many paths, with and without the kernel',
  () => {
    const kernel = new Kernel();
    const program = textProgram('$remote_addr [$time_local] "$request" $status $request_time $host');
    const path = fc
      .tuple(
        fc.constantFrom(
          '/shop/',
          '/shop/items/',
          '/shop/sessions/',
          '/v1/auth/github/',
          '/',
          '/x.y/',
          '/a/9/',
          '/a%20b/',
          '/q=1/',
        ),
        fc.oneof(
          { weight: 20, arbitrary: fc.nat(900).map((at) => `n${String.fromCharCode(97 + (at % 26))}-x${at}z`) },
          lastSegment,
        ),
        fc.constantFrom('', '', '', '', '?a=1', '/deep', '/'),
      )
      .map((parts) => parts.join('').replaceAll(/[\s"\\\n]/g, '-'));
    let fast = 0;
    fc.assert(
      fc.property(fc.array(path, { minLength: 3000, maxLength: 5000, size: 'max' }), fc.boolean(), (paths, absolute) => {
        const lines = paths.map((text, at) => {
          const target = absolute && at % 50 === 0 ? `http://api.example${text}` : text;
          const method = at % 7 === 0 ? 'POST' : 'GET';
          return `10.0.0.${at % 9} [02/Mar/2026:00:00:00 +0000] "${method} ${target} HTTP/1.1" 200 0.1 h${at % 3}.example\n`;
        });
        const blocks = blocksOf(new Uint8Array(Buffer.from(lines.join(''))), [100_000], '');
        const { fastRows, ...one } = scanWith(kernel, { program }, blocks);
        const { fastRows: none, ...other } = scanWith(undefined, { program }, blocks);
        expect(none).toBe(0);
        fast += fastRows;
        // To tell thousands of rows apart takes minutes: the first that differ say enough.
        const at = one.rows.findIndex((row, index) => !isDeepStrictEqual(row, other.rows[index]));
        expect(one.rows[at]).toEqual(other.rows[at]);
        expect(isDeepStrictEqual(one, other)).toBe(true);
      }),
      { numRuns: runs(8) },
    );
    expect(fast).toBeGreaterThan(1000);
  },
  runs(60_000),
);

test('a path that was read before its place collapsed keeps its route, by whichever scanner it was read', () => {
  const program = textProgram('$remote_addr [$time_local] "$request" $status $request_time $host');
  // The kernel leaves a minute that it does not know, which is the first line, and a status that is none.
  const odd = new Map([
    [0, '200'],
    [40, '-'],
  ]);
  const paths = Array.from({ length: 700 }, (_, at) => `/shop/n${String.fromCharCode(97 + (at % 26))}-x${at}z`);
  const lines = [...paths, paths[0]!, paths[40]!, paths[41]!].map(
    (path, at) => `10.0.0.1 [02/Mar/2026:00:00:00 +0000] "GET ${path} HTTP/1.1" ${odd.get(at) ?? '200'} 0.1 h.example\n`,
  );
  const blocks = blocksOf(new Uint8Array(Buffer.from(lines.join(''))), [], '');
  const { rows } = scanWith(new Kernel(), { program }, blocks);
  expect(rows.slice(-3)).toEqual(scanWith(undefined, { program }, blocks).rows.slice(-3));
  expect(rows.at(-3)).toMatchObject({ routeName: { path: paths[0] } });
});

test.each(tokenPrefixes)('a segment that begins as %s says is not harmless', (prefix) => {
  // What is looked ahead for stands in what follows anyway.
  const shape = prefix.replace(/\(\?=[^)]*\)/, '');
  const tokens = fc
    .stringMatching(new RegExp(`^(?:${shape})[A-Z0-9]{8}$`))
    .filter((text) => new RegExp(`^(?:${prefix})`).test(text));
  fc.assert(
    fc.property(tokens, fc.constantFrom('', 'pine-', 'x_'), (token, before) => {
      expect(isHarmless(encoder.encode(`${before}${token}`))).toBe(false);
    }),
    { numRuns: runs(100) },
  );
});
