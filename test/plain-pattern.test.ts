/** Patterns that are run without an engine find what the engine finds, and those that could be read in two ways are left to it. */
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { plainPattern } from '../src/scan/plain-pattern.js';

type Groups = Readonly<Record<string, string>> | undefined;

function slow(pattern: string, line: string): Groups {
  const compiled = RE2JS.compile(pattern, RE2JS.DOTALL);
  const matcher = compiled.matcher(line);
  if (!matcher.matches()) return undefined;
  return Object.fromEntries(Object.keys(compiled.namedGroups()).map((name) => [name, matcher.group(name) as string]));
}

function fast(pattern: string, line: string): Groups | 'unsure' | 'not plain' {
  const plain = plainPattern(pattern);
  if (plain === undefined) return 'not plain';
  const places = plain.match(line);
  if (places === 'unsure') return 'unsure';
  if (places === 'none') return undefined;
  return Object.fromEntries(plain.names.map((name, at) => [name, line.slice(places[at * 2], places[at * 2 + 1])]));
}

const atoms = [
  '\\S',
  '\\d',
  '\\w',
  '\\D',
  '\\W',
  '\\s',
  '.',
  '[A-Z]',
  '[^ ]',
  '[^"]',
  '[a-c_-]',
  '[^\\]]',
  '[\\d.]',
  '[^\\s,]',
  '[-a]',
];
const atom = fc.oneof(
  fc.constantFrom(...atoms),
  fc.constantFrom('a', 'B', ' ', '"', '\\[', '\\]', '\\.', '1', ',', '-', '\\t', '/'),
);
const item = fc.tuple(atom, fc.constantFrom('', '', '+', '*')).map(([one, sign]) => one + sign);
const part = fc.oneof(
  item,
  fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => `(${items.join('')})`),
);
const pattern = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => {
  let name = 0;
  return parts.map((one) => (one.startsWith('(') ? `(?<g${name++}>${one.slice(1)}` : one)).join('');
});
const line = fc.array(
  fc.constantFrom('a', 'b', 'B', ' ', '"', '[', ']', '.', '1', ',', '-', '\t', '/', '\v', 'ä', '😀', '\ud83d', '_'),
  {
    maxLength: 8,
  },
);

test('any pattern that is plain finds what the engine finds', () => {
  let plain = 0;
  let matched = 0;
  fc.assert(
    fc.property(pattern, fc.array(line, { minLength: 1, maxLength: 12 }), (source, lines) => {
      if (plainPattern(source) === undefined) return;
      plain += 1;
      for (const one of lines) {
        const text = one.join('');
        const found = fast(source, text);
        if (found === 'unsure') continue;
        expect([source, text, found]).toEqual([source, text, slow(source, text)]);
        if (found !== undefined) matched += 1;
      }
    }),
    { numRuns: 4000 },
  );
  expect(plain).toBeGreaterThan(400);
  expect(matched).toBeGreaterThan(100);
});

describe('which patterns are plain', () => {
  const own =
    '(?<time>\\S+) gw=(?<node>\\S+) (?<client>\\S+) (?<method>[A-Z]+) (?<path>\\S+) (?<status>\\d+) took (?<took>\\d+)ms';
  test.each([own, `^${own}$`, '(?P<a>[^"]*)" (?<b>\\d*)', '\\[(?<t>[^\\]]+)\\] (?<rest>.*)'])('%s', (source) => {
    expect(plainPattern(source)).toBeDefined();
  });
  test.each([
    '(?<a>.*) (?<b>.*)',
    '(?<a>\\S+)=(?<b>\\S+)',
    '(?<a>a|b)',
    '(?i)(?<a>x)',
    '(?<a>\\d{3})',
    '(?<a>x)?',
    '(?<a>x+?)y',
    '(?<a>(?<b>x))',
    '(x)(?<a>y)',
    '(?<a>[[:alpha:]]+)',
    '(?<a>\\pL+)',
    '(?<a>\\bx)',
    '(?<a>ä)',
    '(?<a>x)\\$|y$',
    '(?<a>[+--])',
  ])('not %s', (source) => {
    expect(plainPattern(source)).toBeUndefined();
  });

  test('a group that is there and empty is an empty text', () => {
    expect(fast('(?<a>\\d*) (?<b>\\S+)', ' x')).toEqual({ a: '', b: 'x' });
  });

  test('a character of two halves is one for a single place', () => {
    expect(fast('(?<a>[^"])', '😀')).toBe('unsure');
    expect(fast('(?<a>[^"]+)"', '😀"')).toEqual({ a: '😀' });
  });
});
