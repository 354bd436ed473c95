/** A result in every format: whole, the same bytes each time, valid as its readers want it, and inert whatever the log held. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import type { Analysis, BudgetResult } from '../src/analysis/result.js';
import { csvCell } from '../src/report/csv-cell.js';
import { code, prose } from '../src/report/markdown-text.js';
import { report, reportFormats } from '../src/report/reporters.js';
import { samples } from './support/analysis-samples.js';
import { brokenBudget as budget } from './support/budgets.js';

const evil = '\x1b[2J`</script><img src=x onerror=alert(1)>|@everyone [a](http://b) =cmd|" /C calc"!A0\r\n::error::x\n| # %0A';

const base = Object.values(samples).find(({ findings }) => findings.length > 2)!;

const withBudgets: Analysis = {
  ...base,
  budgets: [
    budget({}),
    budget({ id: 'minHitRatio', measure: 'minHitRatio', comparison: 'at least', found: 0.99, limit: 0.95, result: 'pass' }),
    budget({ id: 'maxAddedP95', unit: 'ms', found: 80, limit: 50, level: 'warn' }),
    budget({
      id: `maxCost client ${evil}`,
      unit: 'money',
      found: null,
      low: null,
      high: null,
      limit: 3,
      result: 'skip',
      why: evil,
    }),
  ],
};

const all: Readonly<Record<string, Analysis>> = { ...samples, 'with budgets': withBudgets };

/** The cells of a file of comma-separated values (RFC 4180). */
const cellsOf = (text: string): string[][] => {
  const rows: string[][] = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/gy;
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text);
    if (found === null) throw new Error(`no CSV at ${cell.lastIndex}`);
    rows.at(-1)!.push((found[1] ?? found[2]!).replaceAll('""', '"'));
    if (found[3] === '\n') rows.push([]);
  }
  return rows.slice(0, -1);
};

const visibleOnly = /^[^\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f]*$/;

describe.each(Object.entries(all))('%s', (_, analysis) => {
  test.each(reportFormats)('%s: ends with a line feed, has no control character, and is the same again', async (format) => {
    const text = await report(analysis, format);
    expect(text).toMatch(/\n$/);
    expect(text).toMatch(visibleOnly);
    expect(await report(structuredClone(analysis), format)).toBe(text);
  });

  test('ndjson: each line is an object with its type, and nothing is lost', async () => {
    const lines = (await report(analysis, 'ndjson'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { type, ...run } = lines[0];
    expect(type).toBe('run');
    expect(run).toMatchObject({ schemaVersion: '1', complete: analysis.complete, totals: analysis.totals });
    const of = (wanted: string) => lines.filter((line) => line.type === wanted).map(({ type: _type, ...rest }) => rest);
    expect(of('key')).toEqual(analysis.keys);
    expect(of('finding')).toEqual(analysis.findings);
    expect(of('budget')).toEqual(analysis.budgets);
    expect(of('policy')).toEqual(analysis.simulation ?? []);
  });

  test('csv: one row for each key, no cell is a formula', async () => {
    const [head, ...rows] = cellsOf(await report(analysis, 'csv'));
    expect(rows).toHaveLength(analysis.keys.length);
    for (const row of rows) {
      expect(row).toHaveLength(head!.length);
      for (const cell of row) expect(cell).not.toMatch(/^[=+@\t\r\uff1d\uff0b\uff20]./);
    }
    const redundant = head!.indexOf('redundant');
    expect(rows.map((row) => Number(row[redundant]))).toEqual(analysis.keys.map(({ fetches }) => fetches.redundant));
  });

  test('md: fits into a comment, and no text of a log is more than text', async () => {
    const text = await report(analysis, 'md');
    expect(Buffer.byteLength(text)).toBeLessThan(65_536);
    expect(text.startsWith('### token-tax: ')).toBe(true);
    const outside = text.replace(/(`+)[^\n]*?\1/g, '').replace(/<\/?(?:details|summary)>/g, '');
    expect(outside).not.toMatch(/<[a-z/!]/i);
    expect(outside).not.toMatch(/(^|[^\\])\]\(/);
    expect(outside).not.toMatch(/(^|\s)@\w/);
    expect(outside).not.toMatch(/https?:\/\//);
    // Each row of a table has as many cells as its head.
    for (const table of text.match(/(?:^\|.*\n)+/gm) ?? []) {
      const widths = table
        .trimEnd()
        .split('\n')
        .map((row) => row.split(/(?<!\\)\|/).length);
      expect(new Set(widths).size).toBe(1);
    }
  });

  test('sarif: rules and results agree, each result has a message and a fingerprint of its own', async () => {
    const { version, runs } = JSON.parse(await report(analysis, 'sarif'));
    expect(version).toBe('2.1.0');
    const [{ tool, results, invocations }] = runs;
    expect(invocations[0].executionSuccessful).toBe(analysis.complete);
    expect(results).toHaveLength(
      (analysis.inconclusive === null ? analysis.findings.length : 0) +
        analysis.budgets.filter(({ result }: BudgetResult) => result === 'fail').length,
    );
    const prints = results.map(({ partialFingerprints }: { partialFingerprints: object }) => JSON.stringify(partialFingerprints));
    expect(new Set(prints).size).toBe(prints.length);
    for (const { ruleId, ruleIndex, message, locations } of results) {
      if (ruleIndex !== undefined) expect(tool.driver.rules[ruleIndex].id).toBe(ruleId);
      expect(message.text).not.toBe('');
      for (const { physicalLocation } of locations) {
        expect(() => new URL(physicalLocation.artifactLocation.uri, 'file:///base/')).not.toThrow();
        expect(physicalLocation.region?.startLine ?? 1).toBeGreaterThan(0);
      }
    }
  });

  test('junit: XML whose counts add up', async () => {
    const text = await report(analysis, 'junit');
    expect(XMLValidator.validate(text)).toBe(true);
    const { testsuites } = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '',
      isArray: (name) => name === 'testsuite' || name === 'testcase',
    }).parse(text);
    const cases = testsuites.testsuite.flatMap(({ testcase }: { testcase: object[] }) => testcase);
    const number = (kind: string): number => cases.filter((each: object) => Object.hasOwn(each, kind)).length;
    expect(testsuites).toMatchObject({
      tests: String(cases.length),
      failures: String(number('failure')),
      errors: String(number('error')),
    });
    const skipped = testsuites.testsuite.map((suite: { skipped: string }) => Number(suite.skipped));
    expect(skipped.reduce((sum: number, one: number) => sum + one, 0)).toBe(number('skipped'));
    expect(cases).toHaveLength(2 + analysis.budgets.length);
    expect(number('failure')).toBe(analysis.budgets.filter(({ level, result }) => level === 'error' && result === 'fail').length);
    expect(number('error') > 0).toBe(
      !analysis.complete ||
        analysis.inconclusive !== null ||
        analysis.budgets.some(({ level, result }) => level === 'error' && result === 'skip'),
    );
  });

  test('github: nothing but annotations, ten of a level at most', async () => {
    const lines = (await report(analysis, 'github')).trimEnd().split('\n');
    for (const line of lines)
      expect(line).toMatch(/^::(?:error|warning|notice) (?:[a-z]+=[^,:\r\n]*,)*title=[^,:\r\n]*::[^\r\n]+$/);
    for (const level of ['error', 'warning'])
      expect(lines.filter((line) => line.startsWith(`::${level} `)).length).toBeLessThanOrEqual(10);
  });

  test('gitlab: issues with all that GitLab asks for', async () => {
    const issues = JSON.parse(await report(analysis, 'gitlab'));
    const prints = new Set<string>();
    for (const { description, check_name, fingerprint, severity, location } of issues) {
      expect(description).not.toBe('');
      expect(check_name).toMatch(/^token-tax\//);
      expect(['info', 'minor', 'major', 'critical', 'blocker']).toContain(severity);
      expect(location.lines.begin).toBeGreaterThan(0);
      expect(typeof location.path).toBe('string');
      prints.add(fingerprint);
    }
    expect(prints.size).toBe(issues.length);
  });

  test('openmetrics: the grammar holds, and no series comes twice', async () => {
    const text = await report(analysis, 'openmetrics');
    expect(text.endsWith('\n# EOF\n')).toBe(true);
    const series = new Set<string>();
    let family = '';
    for (const line of text.slice(0, -'# EOF\n'.length).trimEnd().split('\n')) {
      const meta = /^# (TYPE|HELP|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) \S.*$/.exec(line);
      if (meta !== null) {
        if (meta[1] === 'TYPE') family = meta[2]!;
        expect(meta[2]).toBe(family);
        if (meta[1] === 'UNIT') expect(family.endsWith(`_${line.split(' ')[3]}`)).toBe(true);
        continue;
      }
      const sample =
        /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?)$/.exec(
          line,
        );
      expect(sample, line).not.toBeNull();
      expect([family, `${family}_info`]).toContain(sample![1]);
      const name = `${sample![1]}${sample![2] ?? ''}`;
      expect(series.has(name), name).toBe(false);
      series.add(name);
    }
  });
});

test.each([
  ['=1+1', "'=1+1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['-2', "'-2"],
  ['-', '-'],
  ['a,"b"', '"a,""b"""'],
  ['two\nlines', 'two\\x0alines'],
])('a cell: %j', (value, cell) => expect(csvCell(value)).toBe(cell));

test('a number is a number, what is not there is empty', () => {
  expect([csvCell(-2), csvCell(null), csvCell(undefined), csvCell(0)]).toEqual(['-2', '', '', '0']);
});

test.each([
  ['plain', '`plain`'],
  ['a`b', '``a`b``'],
  ['`edge`', '`` `edge` ``'],
  ['a|b', '`a\\|b`'],
  ['', '-'],
])('code of %j', (text, markdown) => expect(code(text)).toBe(markdown));

test('prose holds no link, mention or element', () => {
  expect(prose('<b>@you</b> [x](http://y) www.z')).toBe('&lt;b&gt;&#64;you&lt;/b&gt; \\[x\\]\\(http&#58;//y\\) www&#46;z');
});
