import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { cells } from '../src/report/cells.js';
import { colors } from '../src/report/colors.js';
import { type TextOptions, text } from '../src/report/text.js';
import { samples } from './support/analysis-samples.js';
import { expectFile } from './support/expected.js';

const nextCommands = ['token-tax analyze logs/ -v', 'token-tax analyze logs/ --format json'];
const usual: TextOptions = { width: 80, unicode: true, verbose: false, quiet: false, version: '0.1.0', nextCommands };

const report = (analysis: Analysis, options: Partial<TextOptions> = {}): string => text(analysis, { ...usual, ...options });
const linesOf = (report: string): string[] => report.trimEnd().split('\n');
const all = Object.entries(samples);

describe('is what it was', () => {
  for (const [name, analysis] of all) {
    for (const width of [60, 80, 120, 200]) {
      test(`${name} at ${width} columns`, () => expectFile(`fixtures/reports/${name}.${width}.txt`, report(analysis, { width })));
    }
    test(`${name}, quiet`, () => expectFile(`fixtures/reports/${name}.quiet.txt`, report(analysis, { quiet: true })));
  }
  for (const name of ['no-cache', 'crowded', 'hostile', 'assumed']) {
    test(`${name}, verbose`, () => expectFile(`fixtures/reports/${name}.verbose.txt`, report(samples[name]!, { verbose: true })));
  }
  for (const name of ['no-cache', 'partial', 'healthy', 'inconclusive']) {
    test(`${name} in colour`, () => expectFile(`fixtures/reports/${name}.color.txt`, report(samples[name]!, { paint: colors })));
  }
  for (const name of ['no-cache', 'wide']) {
    test(`${name}, ASCII, below 60 columns`, () =>
      expectFile(`fixtures/reports/${name}.48.txt`, report(samples[name]!, { width: 48, unicode: false })));
  }
});

describe('fits', () => {
  for (const [name, analysis] of all) {
    test(`${name}: one screen of 24 lines at 80 columns and wider`, () => {
      for (const width of [80, 81, 100, 120, 200]) expect(linesOf(report(analysis, { width })).length).toBeLessThanOrEqual(24);
    });

    test(`${name}: no line is wider than the terminal, from 40 to 200 columns`, () => {
      for (let width = 40; width <= 200; width += width < 90 ? 1 : 11) {
        for (const verbose of [false, true]) {
          const wide = linesOf(report(analysis, { width, verbose, nextCommands: [] })).filter((line) => cells(line) > width);
          // A word that has no space in it cannot be broken; but nothing else stands on its line.
          for (const line of wide) expect(line.trim()).not.toContain(' ');
        }
      }
    });

    test(`${name}: no number is broken, no line ends in a space`, () => {
      for (let width = 40; width <= 130; width += width < 82 ? 3 : 12) {
        for (const line of linesOf(report(analysis, { width }))) {
          expect(line).not.toMatch(/\d[,.]$/);
          expect(line).not.toMatch(/^\s*[,.%]\d/);
          expect(line).not.toMatch(/ $/);
        }
      }
    });
  }

  test('what has no room is named', () => {
    expect(report(samples.crowded!)).toContain('More with -v: 2 warnings, possible endpoints');
    expect(report(samples.crowded!, { verbose: true })).not.toContain('More with -v');
  });
});

describe('colour and symbols', () => {
  for (const [name, analysis] of all) {
    test(`${name}: colour changes no word`, () => {
      for (const width of [60, 80, 120])
        expect(stripVTControlCharacters(report(analysis, { width, paint: colors }))).toBe(report(analysis, { width }));
    });
    test(`${name}: ASCII where asked for`, () => {
      if (name !== 'wide')
        for (const width of [48, 60, 80])
          expect(report(analysis, { width, unicode: false, verbose: true })).toMatch(/^[\x20-\x7e\n]*$/);
    });
  }
});

const number = (text: string): number => Number(text.replaceAll(',', ''));

/** Whether a printed share is the share, to the digits that are printed. */
const isShare = (printed: string, part: number, whole: number): boolean => {
  const value = (part / whole) * 100;
  const word = printed.replace('%', '');
  if (word.startsWith('<')) return part > 0 && value < number(word.slice(1));
  if (word.startsWith('>')) return part < whole && value > number(word.slice(1));
  const decimals = word.split('.')[1]?.length ?? 0;
  return Math.abs(number(word) - value) <= 10 ** -decimals + 1e-9;
};

describe('adds up', () => {
  for (const [name, analysis] of all) {
    const { fetches, failedByStatus } = analysis.totals;
    const screens = [60, 80, 120].flatMap((width) => [report(analysis, { width }), report(analysis, { width, verbose: true })]);

    test(`${name}: the sample itself`, () => {
      const { lines, files } = analysis.input;
      expect(fetches.ok).toBe(fetches.necessary + fetches.ahead + fetches.redundant + fetches.unknown);
      expect(fetches.all).toBe(fetches.ok + fetches.failed + fetches.excluded);
      expect(fetches.failed).toBe(Object.values(failedByStatus).reduce((sum, times) => sum + times, 0));
      expect(lines.read).toBe(lines.parsed + lines.rejected + lines.filtered + lines.blank);
      expect(lines.read).toBe(files.reduce((sum, file) => sum + file.lines.read, 0));
      expect(fetches.ok).toBe(analysis.keys.reduce((sum, key) => sum + key.fetches.ok, 0));
    });

    test(`${name}: every share is what its counts say`, () => {
      for (const screen of screens) {
        for (const [, part, whole, share] of screen.matchAll(/([\d,]+) of ([\d,]+) \(([<>\d.]+%)\)/g))
          expect(isShare(share!, number(part!), number(whole!))).toBe(true);
        const [, verdict, part, whole] = /([<>\d.]+%) of token fetches were redundant\s+([\d,]+) of ([\d,]+)/.exec(screen) ?? [];
        if (verdict !== undefined) expect(isShare(verdict, number(part!), number(whole!))).toBe(true);
      }
    });

    test(`${name}: the rows add up to all redundant and all ok fetches`, () => {
      for (const screen of screens) {
        const rows = [...screen.matchAll(/^ {2}[ \d]+ .*? {2}([\d,]+) +([\d,]+)(?: +([<>\d.]+%))?$/gm)];
        if (rows.length === 0) continue;
        const sum = (column: number): number => rows.reduce((total, row) => total + number(row[column]!), 0);
        expect(sum(1)).toBe(fetches.ok);
        expect(sum(2)).toBe(fetches.redundant);
        for (const [, , redundant, share] of rows)
          if (share !== undefined) expect(isShare(share, number(redundant!), fetches.redundant)).toBe(true);
      }
    });

    test(`${name}: the lines read are the sum of their parts`, () => {
      for (const screen of screens) {
        const joined = screen.replace(/\n +/g, ' ');
        const found = [...joined.matchAll(/Read ([\d,]+) lines? = ((?:[\d,]+ [a-z]+(?: \([<>\d.]+%\))?(?: \+ )?)+)/g)];
        expect(found.length).toBeGreaterThan(0);
        for (const [, read, parts] of found) {
          const sum = [...parts!.matchAll(/([\d,]+) [a-z]+/g)].reduce((total, [, part]) => total + number(part!), 0);
          expect(sum).toBe(number(read!));
        }
      }
    });
  }

  test('rates are fetches over calls', () => {
    const { fetches, demand } = samples['no-cache']!.totals;
    expect(report(samples['no-cache']!)).toContain('523 fetches per 1,000 API calls           789,868 calls; 7.6 would do');
    expect(Math.round((fetches.ok / demand!) * 1000)).toBe(523);
    expect(((fetches.necessary / demand!) * 1000).toFixed(2)).toBe('7.60');
  });

  test('the failed fetches by status, 429 first, are all of them', () => {
    expect(report(samples.crowded!, { verbose: true, width: 120 })).toContain(
      '1,514 of 387,626 (0.39%): 900 x 429; 300 x 401; 300 x 503; 12 x 400; 2 x 500',
    );
  });
});

describe('says', () => {
  const screen = (name: string, more: Partial<Analysis> = {}): string => report({ ...samples[name]!, ...more });

  test('what it assumes', () => {
    expect(screen('assumed')).toMatch(
      /At least 96\.4% of token fetches .*\n {2}if tokens live 300 s or more \(assumed\); 97\.8% if 3,600 s, 98\.0% if 86,400 s\n/,
    );
    expect(screen('assumed')).toContain('51 holders or keys behind one address would make this normal');
  });

  test('what the log hides: holders behind an address, or keys without a scope', () => {
    const { totals, keys } = samples['no-cache']!;
    const low = { ...totals, redundantShare: { ...totals.redundantShare, low: 0 }, hiddenHoldersNeeded: 5.2 };
    const seen = keys.map((each) => ({ ...each, basis: { ...each.basis, holder: 'node' as const } }));
    const behind = keys.map((each) => ({ ...each, basis: { ...each.basis, holder: 'address' as const } }));
    const linked = behind.map((each) => ({ ...each, bounds: { ...each.bounds, byDemand: each.bounds.byFetches } }));
    for (const some of [seen, linked]) {
      expect(screen('no-cache', { totals: low, keys: some })).toContain(
        '6 keys that the log does not show (no scope) would make this normal',
      );
      expect(screen('no-cache', { totals: low, keys: some })).toMatch(/ {2}0% to [\d.]+% if keys are hidden/);
    }
    expect(screen('no-cache', { totals: low, keys: behind })).toContain(
      '6 holders or keys behind one address would make this normal',
    );
    expect(screen('no-cache', { totals: low, keys: behind })).toMatch(/ {2}0% to [\d.]+% if holders are hidden/);
  });

  test('equal shares alike', () => {
    const { totals } = samples.tiny!;
    const fetches = { ...totals.fetches, all: 6, ok: 6, necessary: 1, redundant: 5 };
    const of = (low: number, high: number, standing: 'derived' | 'assumed' = 'derived'): Analysis => ({
      ...samples.tiny!,
      totals: {
        ...totals,
        fetches,
        redundantShare: { value: 5 / 6, low: low / 6, high: high / 6, standing },
        bounds: { ...totals.bounds, redundant: { low, high } },
      },
    });
    expect(report(of(0, 5))).toMatch(/83\.3% of token fetches .*5 of 6 ok fetches\n {2}range 0% to 83\.3% +0 to 5 of 6\n/);
    expect(report(of(5, 6))).toMatch(/range 83\.3% to 100% +5 to 6 of 6\n/);
    expect(report(of(0, 5, 'assumed'))).toMatch(/At least 83\.3% of [\s\S]*range 0% to 83\.3% +0 to 5 of 6\n/);
    // 1 of 6 is 16.67%: a low end that is not the verdict is rounded down, a high end up.
    expect(report(of(1, 5))).toContain('range 16.6% to 83.3%');
  });

  test('nobody to blame where nothing is decided', () => {
    const undecided = screen('no-cache', { inconclusive: 'only 80.0% of the lines could be read' });
    expect(undecided).toContain('Inconclusive: only 80.0% of the lines could be read');
    expect(undecided).not.toMatch(/orders|redundant|shared cache|would make this normal/);
  });

  test('that nothing is wrong, with its figures', () => {
    expect(screen('healthy')).toContain('No redundant fetches: 64 for 46,400 calls; 52 needed, 12 ahead of time.');
    const { totals } = samples.healthy!;
    const fetches = { ...totals.fetches, necessary: 64, ahead: 0 };
    expect(report({ ...samples.healthy!, totals: { ...totals, fetches } })).toContain(
      'No redundant fetches: 64 fetches for 46,400 calls, all needed.',
    );
    expect(report({ ...samples.healthy!, totals: { ...totals, fetches, demand: null } })).toContain(
      'No redundant fetches: 64 fetches in 58m 00s, all needed.',
    );
  });

  test('no success where the redundant are not known', () => {
    const { totals } = samples.healthy!;
    const guesses = [
      { ...totals, redundantShare: { ...totals.redundantShare, standing: 'assumed' as const } },
      { ...totals, redundantShare: { ...totals.redundantShare, high: 0.2 } },
      { ...totals, fetches: { ...totals.fetches, necessary: 50, unknown: 2 } },
    ];
    for (const guess of guesses) expect(report({ ...samples.healthy!, totals: guess })).not.toContain('No redundant fetches');
  });

  test('that it does not know', () => {
    expect(screen('inconclusive')).toContain('Inconclusive: 3 token fetches in 40 s, and no lifetime to hold them against');
    expect(screen('inconclusive')).not.toContain('were redundant');
    expect(screen('assumed')).toContain('cache hit ratio not known                 no gateway log');
    expect(screen('assumed')).toContain('waiting time not known                    no durations in the log');
  });

  test('that it is a part, also in one line', () => {
    expect(screen('partial')).toContain('PARTIAL RESULT: 1 of 3 files not read to the end (logs/gw-2.json.gz: the');
    expect(report(samples.partial!, { quiet: true })).toMatch(
      /^PARTIAL RESULT: 96\.4% of token fetches were redundant: 398,131 of 412,906 ok fetches/,
    );
  });

  test('what a shared cache would save, unless that is the headline', () => {
    expect(screen('no-cache')).toContain('4,200 more saved by one shared cache      1.02% of 412,906; or by a loopback');
    const { totals } = samples['no-cache']!;
    expect(report({ ...samples['no-cache']!, totals: { ...totals, holder: 'shared' } })).not.toContain('shared cache');
  });

  test('no zero for a little, no all for nearly all', () => {
    expect(screen('tiny')).toContain('<0.01% of token fetches were redundant    1 of 1,000,001 ok fetches');
  });

  test('a price with its unit', () => {
    expect(report(samples.crowded!, { verbose: true })).toMatch(
      /USD 845 \(450 to 853\) here, estimated +USD 2\.25 per 1,000 token responses/,
    );
    expect(screen('no-cache')).not.toMatch(/estimated|USD/);
  });

  test('next commands last', () => {
    expect(screen('no-cache')).toMatch(/\n\nNext: token-tax analyze logs\/ -v\n {6}token-tax analyze logs\/ --format json\n$/);
  });
});

describe('hostile names', () => {
  const screens = [false, true].flatMap((verbose) =>
    [48, 60, 80, 200].flatMap((width) => [false, true].map((quiet) => report(samples.hostile!, { verbose, width, quiet }))),
  );

  test('no control character but the line feed', () => {
    for (const screen of screens)
      expect(screen).toMatch(/^[^\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f]*$/);
  });

  test('no command of a CI host', () => {
    for (const screen of screens) {
      expect(screen).not.toMatch(/^\s*::/m);
      expect(screen).not.toMatch(/##[a-z]*\[/i);
    }
  });

  test('they stay readable', () => {
    expect(report(samples.hostile!, { width: 200, verbose: true })).toContain('\\x1b[2J\\x1b]0;owned\\x07orders');
  });
});
