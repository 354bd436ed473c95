/**
 * W3C logs are read as the text that they are. What a row says was always asked of it word by word, which is slow and still done for logs
 * that are odd from their first lines on: that reader says what is right.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { w3cRows } from '../src/scan/framing/rows.js';
import { w3cLog } from '../src/scan/framing/w3c.js';
import { Kernel } from '../src/scan/kernel/kernel.js';
import { type FileReport, readRecords } from '../src/scan/read-records.js';
import { withoutHoles } from '../src/scan/record.js';
import { blocksOf, scanWith } from './support/engines.js';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'token-tax-w3c-'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

async function recordsOf(text: string, tz?: string) {
  writeFileSync(join(cwd, 'a.log'), text);
  let report: FileReport | undefined;
  const records: Readonly<Record<string, unknown>>[] = [];
  const options = { inputs: ['a.log'], cwd, ...(tz === undefined ? {} : { tz }) };
  for await (const chunk of readRecords(options, (file) => {
    report = file;
  }))
    records.push(...chunk.map((record) => ({ ...withoutHoles(record) })));
  return { records, counts: report!.counts!, error: report!.error };
}

/** Each line as the slow reader sees it; what is no row to it stays as it is. */
function rowByRow(text: string): string {
  const { read } = w3cRows();
  return text
    .split('\n')
    .map((line) => {
      const bytes = Buffer.from(line.replace(/\r$/, ''));
      return bytes.length === 0 ? '' : (read({ bytes, from: 0, to: bytes.length }) ?? line);
    })
    .join('\n');
}

/** As read, without what tells the one file from the other. */
const facts = ({ records, counts }: Awaited<ReturnType<typeof recordsOf>>) => ({
  records,
  counts: { read: counts.read, blank: counts.blank, notRequests: counts.notRequests, rejected: counts.rejected },
});

const IIS = ['date', 'time', 's-ip', 'cs-method', 'cs-uri-stem', 'cs-uri-query', 'cs-username', 'c-ip', 'cs(User-Agent)'];
const MORE = [
  'sc-status',
  'sc-substatus',
  'sc-win32-status',
  'sc-bytes',
  'time-taken',
  'cs(Host)',
  'X-Forwarded-For',
  's-computername',
];
const EDGE = ['date', 'time', 'x-edge-location', 'sc-bytes', 'c-ip', 'cs-method', 'cs(Host)', 'cs-uri-stem', 'sc-status'];
const EDGE_MORE = ['cs(User-Agent)', 'cs-uri-query', 'x-edge-result-type', 'x-edge-request-id', 'time-taken'];

const word = (column: string): fc.Arbitrary<string> => {
  switch (column.toLowerCase()) {
    case 'date':
      return fc.constantFrom('2026-03-02', '2026-03-02', '2026-02-28');
    case 'time':
      return fc.integer({ min: 0, max: 86_399 }).map((s) => new Date(s * 1000).toISOString().slice(11, 19));
    case 'cs-method':
      return fc.constantFrom('GET', 'POST', 'OPTIONS', 'PROPFIND');
    case 'cs-uri-stem':
      return fc.constantFrom(
        '/oauth2/token',
        '/api/orders/17',
        '/caf\u00e9',
        '/a+b',
        '/a%20b',
        '/',
        '/x/6f1b2c3d-0000-4000-8000-0123456789ab',
      );
    case 'cs-uri-query':
      return fc.constantFrom('-', 'a=1&b=2', 'client_id=orders&grant_type=client_credentials', 'q=%22x');
    case 'sc-status':
      return fc.constantFrom('200', '201', '401', '404', '500', '000', '-');
    case 'sc-bytes':
      return fc.constantFrom('0', '1530', '-', '99999999');
    case 'time-taken':
      return fc.constantFrom('0', '14', '0.120', '60001', '-');
    case 'c-ip':
      return fc.constantFrom('10.20.0.7', '2001:db8::7', '-');
    case 'cs(user-agent)':
      return fc.constantFrom('Mozilla/5.0+(X11;+Linux)', 'orders-gw/4.2', '-', 'Go%2520client', 'a%20b', '100%', '++http://x');
    case 'x-edge-result-type':
      return fc.constantFrom('Hit', 'Miss', 'RefreshHit', 'Error', 'Redirect', 'LimitExceeded', '-');
    default:
      return fc.constantFrom('-', 'www', 'api.example.com', '443', 'GW-1', '0');
  }
};

interface Columns {
  readonly names: readonly string[];
  readonly separator: string;
  readonly before: string;
}

/** Date and time stand beside each other, and all else anywhere. */
const columns: fc.Arbitrary<Columns> = fc.oneof(
  fc
    .tuple(fc.shuffledSubarray(IIS.slice(2), { minLength: 5 }), fc.shuffledSubarray(MORE), fc.boolean(), fc.boolean())
    .map(([some, more, isMicrosoft, isStarted]) => ({
      names: [...new Set(['date', 'time', 'cs-method', ...some, 'cs-uri-stem', ...more])],
      separator: ' ',
      before: `${isMicrosoft ? '#Software: Microsoft Internet Information Services 10.0\n' : ''}${isStarted ? '#Start-Date: 2026-03-02 10:00:00\n' : ''}#Version: 1.0\n`,
    })),
  fc.shuffledSubarray(EDGE_MORE).map((more) => ({ names: [...EDGE, ...more], separator: '\t', before: '#Version: 1.0\n' })),
);

const headOf = ({ names, before }: Columns): string => `${before}#Fields: ${names.join(' ')}\n`;
const rowsOf = ({ names, separator }: Columns, maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(...names.map(word)), { minLength: 3, maxLength })
    .map((rows) => rows.map((values) => `${values.join(separator)}\n`).join(''));

const log = columns.chain((of) => rowsOf(of, 20).map((rows) => ({ of, text: headOf(of) + rows })));

test('a log reads as its rows do one by one', async () => {
  await fc.assert(
    fc.asyncProperty(log, async ({ text }) => {
      expect(w3cLog(Buffer.from(text))).toBeDefined();
      const [fast, slow] = [await recordsOf(text), await recordsOf(rowByRow(text))];
      expect(fast.error).toBeUndefined();
      expect(facts(fast)).toEqual(facts(slow));
    }),
    { numRuns: 150 },
  );
});

const spaced = columns.filter(({ separator }) => separator === ' ');
/** So many bytes are looked at to find a format. */
const HEAD = 256 * 1024;

test('far behind the head other columns, other days and values in quotes are read as what they are', async () => {
  const odd = [
    '#Date: 2026-03-05 00:00:00',
    '#Fields: time c-ip cs-method cs-uri sc-status cs(User-Agent)',
    '10:00:01 10.0.0.9 GET /api/orders?limit=5 200 "an agent (x; y)"',
    '10:00:02 10.0.0.9 GET',
    '',
  ].join('\n');
  const two = fc
    .tuple(spaced, spaced)
    .chain(([first, other]) => fc.tuple(fc.constant(first), rowsOf(first, 5), fc.constant(other), rowsOf(other, 5)));
  await fc.assert(
    fc.asyncProperty(two, async ([first, rows, other, others]) => {
      const long = rows.repeat(Math.ceil(HEAD / rows.length));
      const text = headOf(first) + long + headOf(other) + others + odd + headOf(first) + rows;
      const [fast, slow] = [await recordsOf(text), await recordsOf(rowByRow(text))];
      expect(facts(fast).counts).toEqual(facts(slow).counts);
      // What the first columns have no place for is left out.
      const has = (name: string): boolean => first.names.includes(name);
      const common = ({ records }: typeof fast) =>
        records.map(({ time, method, path, status, client, query, line, skip }) => ({
          ...{ time, method, path, line, skip },
          ...(has('sc-status') ? { status } : {}),
          ...(has('c-ip') ? { client } : {}),
          ...(has('cs-uri-query') ? { query } : {}),
        }));
      expect(common(fast)).toEqual(common(slow));
    }),
    { numRuns: 10 },
  );
});

test('the kernel reads rows as the scanner does', () => {
  const kernel = new Kernel();
  let fast = 0;
  fc.assert(
    fc.property(log, fc.array(fc.nat(400), { maxLength: 3 }), ({ text }, cuts) => {
      const { program, stamped } = w3cLog(Buffer.from(text))!.format;
      const bytes = new Uint8Array(Buffer.from(text));
      const { fastRows, ...one } = scanWith(kernel, { program, stamped }, blocksOf(bytes, cuts, ''));
      const { fastRows: _, ...other } = scanWith(undefined, { program, stamped }, blocksOf(bytes, cuts, ''));
      fast += fastRows;
      expect(one).toEqual(other);
    }),
  );
  expect(fast).toBeGreaterThan(0);
});

test('its stamps are UTC, whatever zone others are in', async () => {
  const text = '#Fields: date time cs-method cs-uri-stem sc-status\n2026-03-02 10:15:30 GET /a 200\n';
  const { records } = await recordsOf(text, 'Europe/Berlin');
  expect(records.at(-1)!.time).toBe(Date.UTC(2026, 2, 2, 10, 15, 30));
});

test('rows of a local time behind rows of UTC are bad lines: nobody knows their UTC', async () => {
  const text = '#Fields: date time cs-method cs-uri-stem\n2026-03-02 10:15:30 GET /a\n'.replace(/[^\n]*\n$/, (row) =>
    row.repeat(Math.ceil(HEAD / row.length)),
  );
  const local = '#Fields: date-local time-local cs-method cs-uri-stem\n2026-03-02 11:15:30 GET /local\n';
  const { records, counts } = await recordsOf(text + local);
  expect(records.some(({ path }) => path === '/local')).toBe(false);
  expect(counts.rejected).toBe(1);
});

describe('what is not read as text', () => {
  const row = '2026-03-02 10:15:30 GET /a 200\n';
  const fields = '#Fields: date time cs-method cs-uri-stem sc-status\n';
  test.each([
    ['quotes in the head', `${fields}2026-03-02 10:15:30 GET "/a b" 200\n`],
    ['several spaces', `${fields}2026-03-02 10:15:30  GET /a 200\n`],
    ['two headers', `${fields}${row}#Fields: date time cs-uri-stem cs-method sc-status\n2026-03-02 10:15:30 /a GET 200\n`],
    ['a date in a directive', `#Date: 2026-03-02 00:00:00\n#Fields: time cs-method cs-uri-stem\n10:15:30 GET /a\n`],
    ['a target in one piece', '#Fields: date time cs-method cs-uri\n2026-03-02 10:15:30 GET /a?b=c\n'],
    ['no header', row],
    ['no row', fields],
  ])('%s', async (_, text) => {
    expect(w3cLog(Buffer.from(text))).toBeUndefined();
    if (text.includes('GET') && text.startsWith('#')) expect((await recordsOf(text)).records.length).toBeGreaterThan(0);
  });

  test('a header that the log has lost can be given', () => {
    expect(w3cLog(Buffer.from(row), fields.trim())?.format.id).toBe('w3c');
  });
});
