/** The one sentence that is read first, and what it rests on. */
import type { Analysis } from '../analysis/result.js';
import { shown } from './cells.js';
import { count, duration, percent, plural, seconds } from './words.js';

export interface VerdictLine {
  /** `96.4% of token fetches were redundant` */
  readonly says: string;
  /** `398,131 of 412,906 answered 2xx`; empty where the sentence holds its figures itself. */
  readonly of: string;
  /** What has to hold for it, if anything is assumed. */
  readonly condition: string;
  readonly good: boolean;
}

const line = (says: string, of = '', condition = '', good = false): VerdictLine => ({ says, of, condition, good });

const windowMs = ({ window }: Analysis): number | null =>
  window === null ? null : Date.parse(window.to) - Date.parse(window.from);

/** Nothing redundant, nothing undecided, and not because of a guess. */
const clean = ({ totals: { fetches, redundantShare } }: Analysis): boolean =>
  fetches.ok > 0 &&
  fetches.redundant === 0 &&
  fetches.unknown === 0 &&
  (redundantShare.high ?? 0) === 0 &&
  (redundantShare.standing === 'measured' || redundantShare.standing === 'derived');

const success = (analysis: Analysis): VerdictLine => {
  const { demand, fetches } = analysis.totals;
  const ms = windowMs(analysis);
  const basis = demand === null ? (ms === null ? '' : ` in ${duration(ms)}`) : ` for ${plural(demand, 'call')}`;
  const needed =
    fetches.ahead === 0 ? 'all needed' : `${count(fetches.necessary)} needed and ${count(fetches.ahead)} ahead of time`;
  return line(`No redundant fetches: ${plural(fetches.ok, 'fetch', 'fetches')}${basis}, ${needed}.`, '', '', true);
};

/** The lives that a share was worked out for, where no log holds the real one: `96.4% at 300 s, 98.1% at 3,600 s`. */
const condition = ({ totals: { byLifetime, fetches } }: Analysis): string => {
  const [shortest, ...longer] = [...byLifetime].sort((a, b) => a.lifetimeSeconds - b.lifetimeSeconds);
  if (shortest === undefined) return 'rests on an assumption (see -v)';
  const others = longer.map((at) => `${percent(at.redundant / fetches.ok)} if ${seconds(at.lifetimeSeconds)}`).join(', ');
  return `if tokens live ${seconds(shortest.lifetimeSeconds)} or more (assumed)${others === '' ? '' : `; ${others}`}`;
};

export const verdict = (analysis: Analysis): VerdictLine => {
  const { fetches, redundantShare } = analysis.totals;
  if (analysis.inconclusive !== null) return line(`Inconclusive: ${shown(analysis.inconclusive)}`);
  if (fetches.ok === 0) return line(`No token fetch was answered 2xx: ${count(fetches.failed)} of ${count(fetches.all)} failed.`);
  if (clean(analysis)) return success(analysis);
  const of = `${count(fetches.redundant)} of ${count(fetches.ok)} answered 2xx`;
  if (redundantShare.value === null) return line('Share of redundant token fetches: not known', of);
  if (redundantShare.standing === 'assumed') {
    return line(`At least ${percent(redundantShare.value, 'down')} of token fetches were redundant`, of, condition(analysis));
  }
  const standing = ['measured', 'derived'].includes(redundantShare.standing) ? '' : ` (${redundantShare.standing})`;
  return line(`${percent(redundantShare.value)} of token fetches were redundant${standing}`, of);
};

/** `96.4% to 98.5%`, or nothing where low and high are the verdict itself. */
export const range = ({
  totals: { redundantShare, fetches, bounds },
}: Analysis): { shares: string; counts: string } | undefined => {
  const { value, low, high } = redundantShare;
  if (low === null || high === null || (low === value && high === value)) return undefined;
  const same =
    Math.abs(low * fetches.ok - bounds.redundant.low) < 0.5 && Math.abs(high * fetches.ok - bounds.redundant.high) < 0.5;
  return {
    shares: `${percent(low, 'down')} to ${percent(high, 'up')}`,
    counts: same ? `${count(bounds.redundant.low)} to ${count(bounds.redundant.high)} of ${count(fetches.ok)}` : '',
  };
};

/** The verdict on one line, for scripts. */
export const verdictLine = (analysis: Analysis): string => {
  const { says, of, condition: when } = verdict(analysis);
  const between = analysis.inconclusive === null ? range(analysis) : undefined;
  const parts = [
    of === '' ? says : `${says}: ${of}`,
    ...(when === '' ? [] : [when]),
    ...(between === undefined ? [] : [`range ${between.shares}`]),
  ];
  return `${analysis.complete ? '' : 'PARTIAL RESULT: '}${parts.join(', ')}`;
};
