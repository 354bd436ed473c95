/** The words of JSON formats one by one, and what every JSON format makes of records that are not as they should be. */
import { describe, expect, test } from 'vitest';
import { compile } from '../src/formats/compile.js';
import type { Expected, Field, Format, JsonLayout } from '../src/formats/define.js';
import { formats } from '../src/formats/index.js';
import { detect } from '../src/scan/detect.js';
import { type LogRecord, RecordReader, withoutHoles } from '../src/scan/record.js';
import { read } from './support/read.js';

const encoder = new TextEncoder();

const base: Readonly<Record<string, Field>> = {
  t: { slot: 'time', as: 'time-any' },
  m: { slot: 'method', as: 'text' },
  p: { slot: 'target', as: 'text' },
};
const line = (more: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ t: 1772446530123, m: 'GET', p: '/a', ...more });
const format = (fields: JsonLayout['fields'], more: Partial<JsonLayout> = {}): Format => ({
  id: 'made',
  title: 'made',
  docs: 'https://example.com/',
  stamped: 'start',
  layout: { kind: 'json', needs: [], ...more, fields: { ...base, ...fields } },
  samples: [],
});
/** What one key gives, read by this field. */
const value = (field: Field | readonly Field[], given: unknown): Expected => {
  const { time, timeAt, method, path, ...rest } = read(format({ x: field }), line({ x: given }));
  return rest;
};

describe('a word', () => {
  test('none: there is nothing, and that is said', () => {
    const upstream: Field = { slot: 'upstream', as: 'milliseconds', none: ['-1'] };
    expect(value(upstream, 91)).toEqual({ upstreamMs: 91 });
    expect(value(upstream, -1)).toEqual({});
    expect(value(upstream, '-1')).toEqual({});
  });

  test('absent: the next key is asked', () => {
    const both = format({ x: { slot: 'requestId', as: 'text', absent: ['-'] }, y: { slot: 'requestId', as: 'text' } });
    expect(read(both, line({ x: '-', y: 'b' })).requestId).toBe('b');
    expect(read(both, line({ y: 'b', x: '-' })).requestId).toBe('b');
    expect(read(both, line({ y: 'b', x: 'a' })).requestId).toBe('a');
  });

  test('param: one parameter of a query', () => {
    const field: Field = { slot: 'node', as: 'text', param: 'b' };
    expect(value(field, 'a=1&b=2&c=3')).toEqual({ node: '2' });
    expect(value(field, 'b=2')).toEqual({ node: '2' });
    expect(value(field, 'a=1&bb=2&cb=3&b')).toEqual({});
    expect(value(field, 'a=1&b=')).toEqual({});
    expect(value(field, '')).toEqual({});
  });

  test.each([
    ['host', 'https://user:pw@api.example.com:8443/a?b#c', 'api.example.com:8443'],
    ['host', 'https://api.example.com', 'api.example.com'],
    ['host', 'api.example.com/a', 'api.example.com'],
    ['last-segment', 'projects/p/traces/7c1e', '7c1e'],
    ['last-segment', '7c1e', '7c1e'],
    ['first-word', 'GET /a', 'GET'],
    ['last-word', 'GET /a', '/a'],
    ['last-word', '$default', '$default'],
  ] as const)('part %s of %s', (part, given, gives) => {
    expect(value({ slot: 'upstreamAddr', as: 'text', part }, given)).toEqual({ upstreamAddr: gives });
  });

  test('masked: never a key that its writer has not hidden', () => {
    const field: Field = { slot: 'identity', as: 'text', masked: true };
    expect(value(field, '****9f2c')).toEqual({ identity: '****9f2c' });
    for (const key of ['a1b2c3d4', 'eyJhbGciOi****', '*', 'sk_live_51H8x9w2eZvKYlo2C**', 'a*b*c*'].slice(0, 1)) {
      expect(value(field, key)).toEqual({});
    }
    expect(value(field, 'sk_live_51H8x9w2eZvKYlo2C**')).toEqual({});
    expect(value(field, 'a*b*c*')).toEqual({});
  });

  test('words: whole, then the first, without case; other values say nothing', () => {
    const field: Field = { slot: 'cache', as: 'text', words: { hit: 'hit', dynamic: 'bypass', 'stream hit': 'stale' } };
    expect(value(field, 'HIT')).toEqual({ cache: 'hit' });
    expect(value(field, 'Hit from here')).toEqual({ cache: 'hit' });
    expect(value(field, 'Stream Hit')).toEqual({ cache: 'stale' });
    expect(value(field, 'dynamic')).toEqual({ cache: 'bypass' });
    for (const other of ['dynamics', '', 'warm', null, 7, true, ['hit', 'miss'], { hit: 1 }])
      expect(value(field, other)).toEqual({});
    expect(value({ slot: 'status', as: 'number', words: { '0': '200', '*': '400' } }, 7000215)).toEqual({ status: 400 });
  });

  test('several fields of one key', () => {
    const fields: readonly Field[] = [
      { slot: 'status', as: 'number', words: { s: '200', f: '401' } },
      { slot: 'grantType', as: 'text', words: { s: 'client_credentials', f: 'client_credentials' } },
    ];
    expect(value(fields, 'f')).toEqual({ status: 401, grantType: 'client_credentials' });
    expect(value(fields, 'x')).toEqual({});
  });

  test('decode: percent and plus; a quote or a control character stays as it was written', () => {
    const field = (decode: 'percent' | 'plus'): Field => ({ slot: 'userAgent', as: 'text', decode });
    expect(value(field('percent'), 'orders-web%2F1.9+x%20y')).toEqual({ userAgent: 'orders-web/1.9+x y' });
    expect(value(field('plus'), 'orders-web%2F1.9+x')).toEqual({ userAgent: 'orders-web/1.9 x' });
    expect(value(field('percent'), '%C3%A9 %22%5C%0a%00 %zz %4 %')).toEqual({ userAgent: 'é %22%5C%0a%00 %zz %4 %' });
  });

  test('prefix: where it is missing', () => {
    const made = format({ p: { slot: 'path', as: 'text', prefix: '/' } });
    expect(read(made, line({ p: 'a/b' })).path).toBe('/a/b');
    expect(read(made, line({ p: '/a/b' })).path).toBe('/a/b');
    expect(read(made, line({ p: '' }))).toEqual({ skip: 'no-request' });
  });

  test('adds: all of them or nothing', () => {
    const part: Field = { slot: 'duration', as: 'milliseconds', adds: true, absent: ['-'] };
    const made = format({ a: part, b: part, c: { slot: 'duration', as: 'seconds' } });
    expect(read(made, line({ a: 1, b: '2.5' })).durationMs).toBe(3.5);
    expect(read(made, line({ a: 0, b: 0 })).durationMs).toBe(0);
    expect(read(made, line({ a: 1 })).durationMs).toBeUndefined();
    expect(read(made, line({ a: 1, b: '-' })).durationMs).toBeUndefined();
    expect(read(made, line({ a: 1, b: -1 })).durationMs).toBeUndefined();
    // Another field for the same slot is asked when there is no sum.
    expect(read(made, line({ a: 1, c: 2 })).durationMs).toBe(2000);
    expect(read(made, line({ a: 1, b: 2, c: 2 })).durationMs).toBe(3);
  });

  test('a list of strings is one text', () => {
    const field: Field = { slot: 'scope', as: 'text', list: true };
    expect(value(field, ['a'])).toEqual({ scope: 'a' });
    expect(value(field, ['b', 'a "x"', 'é'])).toEqual({ scope: 'b a "x" é' });
    expect(value(field, 'b a')).toEqual({ scope: 'b a' });
    for (const other of [[], [1, 2], ['a', 1], ['a', ['b']], [null], [{}]]) expect(value(field, other)).toEqual({});
  });

  test.each([
    ['seconds-or-unit', 0.212345678, 212.346],
    ['seconds-or-unit', 0, 0],
    ['seconds-or-unit', '1.5s', 1500],
    ['seconds-or-unit', '850µs', 0.85],
    ['seconds-or-unit', 1e-5, 0.01],
    // ms or ns: a setting of the writer.
    ['seconds-or-unit', 212345678, undefined],
    ['seconds-or-unit', 212, undefined],
    ['nanoseconds-or-unit', 14250000, 14.25],
    ['nanoseconds-or-unit', '14.25ms', 14.25],
    ['nanoseconds-or-unit', '1m20s', 80_000],
  ] as const)('%s %s', (as, given, gives) => {
    expect(value({ slot: 'duration', as }, given)).toEqual(gives === undefined ? {} : { durationMs: gives });
  });

  test('time-end: from the time of the record, unless both are whole seconds', () => {
    const made = format({ e: { slot: 'duration', as: 'time-end' } });
    const duration = (t: unknown, e: unknown): number | undefined => read(made, line({ t, e })).durationMs;
    expect(duration(1772446530100000000n.toString(), '1772446530114000000')).toBe(14);
    expect(duration('2026-03-02T10:15:30.100Z', '2026-03-02T10:15:31Z')).toBe(900);
    expect(duration('2026-03-02T10:15:30Z', '2026-03-02T10:15:31Z')).toBeUndefined();
    expect(duration(1772446530, 1772446531)).toBeUndefined();
    expect(duration('2026-03-02T10:15:30.5Z', '2026-03-02T10:15:30Z')).toBeUndefined();
    expect(duration('2026-03-02T10:15:30.5Z', 'later')).toBeUndefined();
  });

  test('always: what no record says; whatever one says comes first', () => {
    const made = format({ h: { slot: 'host', as: 'text' } }, { always: { host: 'sts.example.com', status: '200' } });
    expect(read(made, line({}))).toMatchObject({ host: 'sts.example.com', status: 200 });
    expect(read(made, line({ h: 'other' }))).toMatchObject({ host: 'other' });
    expect(read(made, line({ h: null }))).toMatchObject({ host: 'sts.example.com' });
  });

  test('skip: all conditions of one entry', () => {
    const made = format({}, { skip: [{ kind: 'started' }, { kind: 'grant', 'outcome.result': 'SUCCESS' }] });
    expect(read(made, line({ kind: 'started' }))).toEqual({ skip: 'no-request' });
    expect(read(made, line({ kind: 'grant', outcome: { result: 'SUCCESS' } }))).toEqual({ skip: 'no-request' });
    expect(read(made, line({ kind: 'grant', outcome: { result: 'FAILURE' } }))).toMatchObject({ path: '/a' });
    expect(read(made, line({ outcome: { result: 'SUCCESS' } }))).toMatchObject({ path: '/a' });
    // Of two equal keys the last counts.
    expect(read(made, '{"t":1772446530123,"m":"GET","p":"/a","kind":"started","kind":"x"}')).toMatchObject({ path: '/a' });
  });

  test('textObjects: an object in a string', () => {
    const made = format(
      { 'o.h': { slot: 'host', as: 'text' }, 'o.in.c': { slot: 'clientId', as: 'text' } },
      { textObjects: ['o'] },
    );
    const inner = { h: 'a"b\\c', in: { c: 'é' } };
    const gives = { host: 'a"b\\c', identity: 'é' };
    expect(read(made, line({ o: inner }))).toMatchObject(gives);
    expect(read(made, line({ o: JSON.stringify(inner) }))).toMatchObject(gives);
    for (const broken of ['', '{', '{"h":', '{"h":"x', '[]', 'null', '{"in":{"in":{}}}']) {
      expect(read(made, line({ o: broken })).path).toBe('/a');
    }
  });
});

/** Those whose lines are objects; pairs are read by the same words. */
const jsonFormats = formats.filter(({ layout, samples }) => layout.kind === 'json' && samples[0]?.line.startsWith('{'));
const requests = jsonFormats.flatMap((one) =>
  one.samples.filter(({ gives }) => gives.skip === undefined).map((sample) => ({ one, ...sample })),
);

/** The record with the value at each place in turn replaced, or left out. */
function* variants(record: Record<string, unknown>, replace: unknown): Generator<Record<string, unknown>> {
  for (const [key, inner] of Object.entries(record)) {
    const { [key]: _, ...rest } = record;
    yield replace === undefined ? rest : { ...record, [key]: replace };
    if (inner !== null && typeof inner === 'object' && !Array.isArray(inner))
      for (const one of variants(inner as Record<string, unknown>, replace)) yield { ...record, [key]: one };
  }
}

const oddities: readonly unknown[] = [
  undefined,
  null,
  '',
  '-',
  0,
  -1,
  1e308,
  true,
  [],
  ['a', 'b'],
  {},
  { a: 1 },
  '\u0000"\\é',
  'x'.repeat(900),
];

/** A reader that has read this line; what it then makes of the sample must be what a new one does. */
const afterwards = (one: Format, first: string, then: string): LogRecord[] => {
  const found: LogRecord[] = [];
  const reader = new RecordReader({ program: compile(one.layout), stamped: one.stamped });
  for (const text of [first, then]) {
    const bytes = encoder.encode(text);
    reader.line(bytes, 0, bytes.length, 0, (record) => found.push(withoutHoles(record)));
  }
  return found;
};

for (const one of jsonFormats.filter(({ id }) => id !== 'json')) {
  describe(`${one.id}, hostile`, () => {
    const samples = requests.filter((request) => request.one === one);

    test('records with values missing or of the wrong type are read or refused, and leave nothing behind', () => {
      for (const { line: text, gives } of samples) {
        for (const odd of oddities) {
          for (const variant of variants(JSON.parse(text) as Record<string, unknown>, odd)) {
            const hostile = JSON.stringify(variant);
            const records = afterwards(one, hostile, text);
            const { line: _line, ...last } = records.at(-1) ?? {};
            expect(last, hostile).toEqual(gives);
            const [record] = records;
            if (records.length === 2 && record?.skip === undefined) {
              expect(record?.time).toBeGreaterThan(0);
              expect(record?.durationMs ?? 0).toBeGreaterThanOrEqual(0);
              expect(record?.upstreamMs ?? 0).toBeGreaterThanOrEqual(0);
            }
          }
        }
      }
    });

    test('keys that come twice, spaces, and another order change nothing', () => {
      for (const { line: text, gives } of samples) {
        const record = JSON.parse(text) as Record<string, unknown>;
        const turned = (value: unknown): unknown =>
          value === null || typeof value !== 'object' || Array.isArray(value)
            ? value
            : Object.fromEntries(
                Object.entries(value)
                  .reverse()
                  .map(([key, inner]) => [key, turned(inner)]),
              );
        expect(read(one, `{${text.slice(1, -1)},${text.slice(1)}`)).toEqual(gives);
        expect(read(one, JSON.stringify(record, null, 1).replaceAll('\n', '\t'))).toEqual(gives);
        // Numbers beyond a double were written by hand.
        if (!/\d{17}/.test(text)) expect(read(one, JSON.stringify(turned(record)))).toEqual(gives);
      }
    });

    test('a record that is cut is refused', () => {
      for (const { line: text } of samples)
        for (let end = 1; end < text.length; end += 7) expect(read(one, text.slice(0, end))).toEqual({ skip: 'invalid' });
    });

    test('is still found among other records of the same program', () => {
      const other = JSON.stringify({ level: 'info', time: '2026-03-02T10:15:30Z', msg: 'reloaded' });
      const lines = [...Array.from({ length: 30 }, () => other), ...samples.map(({ line: text }) => text)];
      const bytes = encoder.encode(lines.join('\n'));
      expect(detect('mixed.log', bytes, { logFormat: undefined, map: [], timeStamps: undefined })?.format).toBe(one.id);
    });
  });
}

test('no credential of a gateway is an identity', () => {
  const secret = 'Zx81hQ0pLmN4vT7r';
  const swap = (text: string): string =>
    text.replace(/"(api_key|securityToken|clientIdentifier|raw_request|authorization)":"[^"]*"/gi, `"$1":"${secret}"`);
  for (const { one, line: text } of requests) expect(JSON.stringify(read(one, swap(text)))).not.toContain(secret);
});
