/** Findings in the text report: the table of causes, each finding in full, and the blocks beside them. */
import { describe, expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { cells } from '../src/report/cells.js';
import { rankedFindings } from '../src/report/finding-table.js';
import { oneFinding, type TextOptions, text } from '../src/report/text.js';
import { finding, samples } from './support/analysis-samples.js';
import { expectFile } from './support/expected.js';

const options: TextOptions = { width: 80, unicode: false, verbose: false, quiet: false, version: '0.1.0', nextCommands: [] };
const full = samples.diagnosed!;
const screen = (analysis: Analysis, more: Partial<TextOptions> = {}): string => text(analysis, { ...options, ...more });

test.each([48, 60, 80, 120])('in full at %i columns is what it was', (width) =>
  expectFile(`fixtures/reports/diagnosed.details.${width}.txt`, screen(full, { width, details: true })),
);

describe('the table', () => {
  test('ranks by cost, with the cause of each', () => {
    expect(screen(full)).toMatch(
      / # {2}client +cause +redundant +share +USD\n +1 {2}orders-api +TT101 no cache +291,402 +73\.2% +656\n +2 {2}billing-worker +TT104 refresh margin >= lifetime +71,930 +18\.1% +162\n/,
    );
  });

  test('ranks by time where nothing has a price', () => {
    const slow = full.findings.map((each, index) => ({ ...each, waitMs: 1000 * (index + 1) }));
    const shown = screen({ ...full, cost: null, findings: slow });
    expect(shown).toMatch(/cause +redundant +share +waited\n +1 {2}reports +TT105 fragmented cache key +10,481 +2\.63% +4 s\n/);
  });

  test('stops at 95 % and adds up to all redundant fetches', () => {
    const total = full.totals.fetches.redundant;
    const many = Array.from({ length: 60 }, (_, index) =>
      finding('TT101', full.keys[0]!, 5000 + index, total, { id: `f-${String(index).padStart(2, '0')}` }),
    );
    for (const findings of [full.findings, many, many.slice(0, 3)]) {
      for (const width of [60, 80, 120]) {
        for (const details of [false, true]) {
          const shown = screen({ ...full, findings }, { width, details });
          const table = /^ +# +client.*\n((?:(?: +\d+ {2}| {5}).*\n)+)/m.exec(shown)?.[1] ?? '';
          const rows = table.trimEnd().split('\n');
          expect(rows.length).toBeLessThanOrEqual(21);
          const sum = rows.reduce((all, row) => {
            const [, redundant = 'none'] =
              /(?:^| )([\d,]+)(?: +[\d.]+%(?: .*)?)?(?: +(?:[\d.,]+|\d+h \d+m))?$/.exec(row.replace(/ {2,}\d[\d.]*%.*$/, '')) ??
              [];
            return all + Number(redundant.replaceAll(',', ''));
          }, 0);
          expect(sum).toBe(total);
        }
      }
    }
  });

  test('what is no token fetch has a row, last, and is not added', () => {
    const beside = finding('TT115', full.keys[0]!, 34_350, 1, { share: null, title: 'introspection on every request' });
    const shown = screen({ ...full, findings: [beside, ...full.findings] }, { width: 120 });
    expect(shown).toMatch(/ 5 {2}orders-api +TT115 introspection on every request\n/);
  });

  test('none where nothing is decided', () => {
    const undecided = screen({ ...full, inconclusive: 'too little' }, { details: true });
    expect(undecided).not.toContain('TT101');
  });
});

describe('one finding', () => {
  const second = oneFinding(full, 2, options)!;

  test('says what, why, why not, where, and what to do', () => {
    expect(second).toMatch(/^2 {2}billing-worker -> idp\.example\/realms\/main/);
    for (const part of [
      'The token lives 300 s, but',
      'why not TT101?  tokens were reused until 09:14Z',
      'began          2026-03-02T09:14:00.000Z',
      'confidence     0.97, derived',
      'logs/gw-2.json.gz line 88,213, byte 41,220,118',
      'zcat logs/gw-2.json.gz | tail -c +41220119 | head -1',
      "tail -c +1 'logs/it is.log' | head -1",
      'risk           tokens are used up to 270 s longer',
      'token-tax explain TT104',
    ])
      expect(second).toContain(part);
  });

  test('bars are as long as their counts, and none is lost', () => {
    const bars = [...second.matchAll(/^ +[\d.m ]+s \|(#*)/gm)].map(([, bar]) => bar!.length);
    expect(bars).toEqual([1, 17, 40, 1, 0]);
    expect(second).toMatch(/1m 40s \| +<- healthy is here/);
  });

  test('is undefined beyond the last', () => {
    expect(oneFinding(full, 0, options)).toBeUndefined();
    expect(oneFinding(full, rankedFindings(full).length + 1, options)).toBeUndefined();
  });
});

test('an unlikely width breaks nothing but words that cannot be broken', () => {
  for (let width = 40; width <= 200; width += width < 90 ? 1 : 11) {
    for (const rank of [1, 2, 3, 4]) {
      for (const line of oneFinding(full, rank, { ...options, width })!.split('\n')) {
        expect(line).not.toMatch(/ $/);
        // A command that is cut cannot be pasted.
        if (cells(line) > width && !line.includes('tail -c')) expect(line.trim()).not.toMatch(/^\S+ \S+ \S/);
      }
    }
  }
});

describe('beside the findings', () => {
  test('the join, with its clocks and what is not matched', () => {
    const shown = screen(full, { verbose: true });
    expect(shown).toContain('Join of gateway and issuer');
    expect(shown).toContain('401,204 matched + 812 ambiguous + 10,890 without a request =');
    expect(shown).toContain("Clock of the issuer: -212 ms against the gateway's, give or take 8 ms");
  });
  test('what is inferred says so, on the screen too', () => {
    expect(screen(full, { width: 200 })).toMatch(/Inferred, not counted: \/reports\/\{id\}: 8\.3\d?% \(/);
    expect(screen(full, { verbose: true })).toContain('Inferred from the gateway alone, in no other figure');
  });
  test('siblings and policies', () => {
    const shown = screen(full, { details: true, width: 120 });
    expect(shown).toContain('introspection, orders-api at idp.example/oauth2/introspect: 40,112 requests');
    expect(shown.indexOf('as logged')).toBeLessThan(shown.indexOf('perfect (bound)'));
  });
});

test('hostile text is inert in every place', () => {
  for (const width of [40, 60, 80, 200]) {
    for (const verbose of [false, true]) {
      const shown = screen(samples['hostile-findings']!, { width, verbose, details: true });
      expect(shown).toMatch(/^[\x20-\x7e\n]*$/);
      expect(shown).not.toMatch(/^\s*::/m);
      expect(shown).not.toMatch(/##[a-z]*\[/i);
    }
  }
});
