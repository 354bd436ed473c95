/** Two results beside each other on a terminal. */
import type { Change, Comparison } from '../simulation/compare.js';
import { cells, pad, shown, wrap } from './cells.js';
import type { Page } from './page.js';
import { duration, percent, rate } from './words.js';

export const changeNames: Readonly<Record<Change['id'], string>> = {
  fetchesPer1000: 'fetches per 1,000 calls',
  fetchesPerHour: 'fetches per hour',
  hitRatio: 'hit ratio (derived)',
  redundantShare: 'redundant share',
  failedShare: 'failed fetches',
  waitPerCallMs: 'redundant wait per call',
  callsPerHour: 'calls per hour',
};

export const verdictWords: Readonly<Record<Comparison['verdict'], string>> = {
  better: 'Better',
  same: 'Same',
  worse: 'Worse',
  inconclusive: 'Inconclusive',
};

export const changeValue = ({ unit }: Pick<Change, 'unit'>, of: number | null): string => {
  if (of === null) return 'not known';
  if (unit === 'share') return percent(of);
  return unit === 'ms' ? duration(of) : rate(of);
};

/** One decimal where it matters. */
const signed = (of: number): string =>
  `${of >= 0 ? '+' : '-'}${Math.abs(of).toFixed(Math.abs(of) < 99.5 && Math.abs(of) >= 10 ? 1 : Math.abs(of) < 10 ? 2 : 0)}`;

/** The ends of an interval need less. */
const whole = (of: number): string => (Math.abs(of) >= 10 ? `${of >= 0 ? '+' : '-'}${Math.abs(of).toFixed(0)}` : signed(of));

/** `-98.2% (-98.4 to -98.0)`; where nothing was told from noise, how much would have been. */
export const changeText = ({ kind, change, low, high }: Change): string => {
  if (change === null) return '';
  // Eleven times as much is easier to take in than 1,000 % more.
  if (kind === 'relative' && change > 9) {
    const times = (of: number): string => `x${rate(of + 1)}`;
    return low === null || high === null ? times(change) : `${times(change)} (${times(low)} to ${times(high)})`;
  }
  const text = kind === 'relative' ? `${signed(change * 100)}%` : `${signed(change * 100)} pts`;
  if (low === null || high === null) return text;
  return `${text} (${whole(low * 100)} to ${whole(high * 100)})`;
};

export const comparisonText = (on: Page, comparison: Comparison): string => {
  const head = ['', 'before', 'after', 'change (95% interval)', ''];
  const rows = comparison.changes.map((one) => [
    changeNames[one.id],
    changeValue(one, one.before),
    changeValue(one, one.after),
    changeText(one),
    one.verdict ?? (one.id === 'callsPerHour' ? '(traffic)' : '(context)'),
  ]);
  const widths = head.map((title, column) => Math.max(cells(title), ...rows.map((row) => cells(row[column]!))));
  const wide = widths.reduce((sum, width) => sum + width + 2, 0) <= on.width;
  const lines: string[] = [];
  if (wide) {
    const row = (parts: readonly string[]): string =>
      `  ${parts.map((part, column) => (column === 1 || column === 2 ? ' '.repeat(widths[column]! - cells(part)) + part : pad(part, widths[column]!))).join('  ')}`.trimEnd();
    lines.push(on.paint.faint(row(head)), ...rows.map(row));
  } else {
    for (const [label, before, after, change, verdict] of rows)
      lines.push(`  ${label}: ${verdict}`, `    ${before} to ${after}`, ...(change === '' ? [] : [`    ${change}`]));
  }
  const notes = [
    ...comparison.changes.flatMap(({ id, why }) => (why === null ? [] : [`${changeNames[id]}: ${why}.`])),
    ...partsText(comparison),
    ...(comparison.notComparable.length === 0
      ? []
      : [
          `Not comparable, fewer than 50 calls in one of the two: ${comparison.notComparable.slice(0, 8).map(shown).join(', ')}${comparison.notComparable.length > 8 ? ` and ${comparison.notComparable.length - 8} more` : ''}.`,
        ]),
    ...comparison.warnings.map((text) => `Warning: ${shown(text)}.`),
  ].flatMap((note) => wrap(note, on.width - 2).map((line) => `  ${line}`));
  return [
    on.paint.strong(`${verdictWords[comparison.verdict]}: ${changeNames[comparison.changes[0]?.id ?? 'fetchesPerHour']}`),
    '',
    ...lines,
    ...(notes.length === 0 ? [] : ['', ...notes]),
    '',
  ].join('\n');
};

export function partsText({ parts: of }: Comparison): string[] {
  if (of === null) return [];
  const whole = Math.abs(of.behaviour) + Math.abs(of.mix);
  if (whole < 0.005) return [];
  const share = (part: number): string => `${Math.round((Math.abs(part) / whole) * 100)}%`;
  return [`Of the change, ${share(of.behaviour)} is fetching otherwise, ${share(of.mix)} is a different mix of clients.`];
}
