/** What the readers of JSON and of times take and what they refuse, where a look-alike was once taken for the other. */
import { describe, expect, test } from 'vitest';
import { compile, compileJson, compileTemplate } from '../src/formats/compile.js';
import { slotIndex } from '../src/formats/define.js';
import { unwrapDirective } from '../src/formats/template.js';
import { Capture } from '../src/scan/capture.js';
import { JsonScanner } from '../src/scan/json-scanner.js';
import { NO_TIME, TimeReader } from '../src/scan/times.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const program = compileJson({
  status: { slot: 'status', as: 'number' },
  'http.path': { slot: 'path', as: 'text' },
  grüße: { slot: 'scope', as: 'text' },
});

const scan = (line: string): { fits: boolean; expected: string; at: number; status?: string; path?: string; scope?: string } => {
  const capture = new Capture();
  const bytes = bytesOf(line);
  const fits = new JsonScanner(program, capture).scan(bytes, 0, bytes.length);
  const text = (slot: 'status' | 'path' | 'scope') => {
    const at = slotIndex[slot];
    return capture.field[at]! < 0 ? {} : { [slot]: new TextDecoder().decode(bytes.subarray(capture.from[at]!, capture.to[at]!)) };
  };
  return { fits, expected: capture.expected, at: capture.failedAt, ...text('status'), ...text('path'), ...text('scope') };
};

describe('brackets', () => {
  test.each([
    ['{"a":[}}', 6, 'expected "]"'],
    ['{"a":{]}', 6, 'expected "}"'],
    ['{"a":[{"b":[1,2}],"status":200}', 15, 'expected "]"'],
    [`{"a":${'['.repeat(31)}{]${']'.repeat(31)}}`, 37, 'expected "}"'],
  ])('%s', (line, at, expected) => expect(scan(line)).toMatchObject({ fits: false, at, expected }));

  test('as deep as they come', () => {
    for (const depth of [1, 31, 32, 33, 40, 9999]) {
      const nested = `${'[{"x":'.repeat(depth)}1${'}]'.repeat(depth)}`;
      expect([depth, scan(`{"a":${nested},"status":200}`)]).toMatchObject([depth, { fits: true, status: '200' }]);
      expect([depth, scan(`{"a":${nested.slice(0, -1)},"status":200}`).fits]).toEqual([depth, false]);
    }
  });

  test('in strings they are text', () =>
    expect(scan('{"a":{"b":"]}{["},"status":200}')).toMatchObject({ fits: true, status: '200' }));
});

describe('keys with escapes', () => {
  test.each([
    [String.raw`{"st\u0061tus":200}`, { status: '200' }],
    [String.raw`{"http":{"p\u0061th":"\/a"}}`, { path: String.raw`\/a` }],
    [String.raw`{"gr\u00fc\u00dfe":"a"}`, { scope: 'a' }],
    [String.raw`{"status\u0000":200}`, {}],
    [String.raw`{"status\"":200}`, {}],
    [String.raw`{"\ud800status":200}`, {}],
    [`{"${String.raw`\u0061`.repeat(500)}":1,"status":200}`, { status: '200' }],
  ])('%s', (line, found) => {
    const { fits, expected: _, at: __, ...slots } = scan(line);
    expect({ fits, slots }).toEqual({ fits: true, slots: found });
  });
});

describe('times', () => {
  const epoch = (text: string): number => new TimeReader().epoch(bytesOf(text), 0, text.length);

  test('seconds with an exponent', () => {
    expect(epoch('1.772446530E9')).toBe(1_772_446_530_000_000);
    expect(epoch('1.772446530123E9')).toBe(1_772_446_530_123_000);
    expect(epoch('1.772446530123e+9')).toBe(1_772_446_530_123_000);
    expect(epoch('1.772446530123e12')).toBe(1_772_446_530_123_000);
    expect(epoch('17724465301e-1')).toBe(NO_TIME);
    expect(epoch('1.7E9')).toBe(1_700_000_000_000_000);
    for (const text of ['E9', '1.7E', '1.7E999', '1.E', '1.7E2', '1e9x', '-1.7E9', `${'1'.repeat(50)}E9`])
      expect([text, epoch(text)]).toEqual([text, NO_TIME]);
  });

  test('the resolution is that of the digits', () => {
    const reader = new TimeReader();
    reader.epoch(bytesOf('1.772446530123E9'), 0, 16);
    expect(reader.fractionDigits).toBe(3);
  });

  test('a fraction of the length of a zone is not remembered as one', () => {
    const reader = new TimeReader(() => 0);
    const read = (text: string): number => reader.clf(bytesOf(text.padEnd(40)), 0, text.length);
    const minute = Date.UTC(2026, 2, 2, 10, 15) * 1000;
    for (let round = 0; round < 2; round += 1) {
      expect(read('02/Mar/2026:10:15:30.12345')).toBe(minute + 30_123_450);
      expect(read('02/Mar/2026:10:15:31.54321')).toBe(minute + 31_543_210);
      expect(read('02/Mar/2026:10:15:31.12345')).toBe(minute + 31_123_450);
      expect(read('02/Mar/2026:10:15:31 +0000')).toBe(minute + 31_000_000);
      expect(read('02/Mar/2026:10:15:31 +0100')).toBe(minute + 31_000_000 - 3_600_000_000);
      expect(read('02/Mar/2026:10:15:32.12345')).toBe(minute + 32_123_450);
    }
  });
});

describe('a pasted log_format', () => {
  const tabbed = '$remote_addr\t$time_local\t"$request"\t$status';

  test('its tabs are tabs', () => {
    expect(unwrapDirective(String.raw`log_format tsv '$remote_addr\t$time_local\t"$request"\t$status';`)).toBe(tabbed);
    expect(unwrapDirective(String.raw`$remote_addr\t$time_local\t"$request"\t$status`)).toBe(tabbed);
    expect(unwrapDirective(String.raw`log_format x "a\\tb \"$request\" \$ \'";`)).toBe(String.raw`a\tb "$request" $ '`);
  });

  test('so that the lines are read', () => {
    const { ops } = compileTemplate(unwrapDirective(String.raw`log_format tsv '$remote_addr\t$status';`));
    expect(ops[0]!.literal).toEqual(bytesOf('\t'));
    expect(compile({ kind: 'template', template: tabbed }).kind).toBe('text');
  });
});
