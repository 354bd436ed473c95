/** The one sentence that is read first, and what it rests on. */
import type { Analysis } from '../analysis/result.js';
import { shown } from './cells.js';
import { hidden } from './hidden.js';
import { count, duration, percent, plural, seconds } from './words.js';

export interface VerdictLine {
  /** `96.4% of token fetches were redundant` */
  readonly says: string;
  /** `398,131 of 412,906 ok fetches`; empty where the sentence holds its figures itself. */
  readonly of: string;
  /** What has to hold for it, if anything is assumed. */
  readonly condition: string;
  /** Whether there is waste to look at. */
  readonly alarming: boolean;
}

const line = (says: string, of = '', condition = ''): VerdictLine => ({ says, of, condition, alarming: of !== '' });

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
    fetches.ahead === 0
      ? `${plural(fetches.ok, 'fetch', 'fetches')}${basis}, all needed`
      : `${count(fetches.ok)}${basis}; ${count(fetches.necessary)} needed, ${count(fetches.ahead)} ahead of time`;
  return line(`No redundant fetches: ${needed}.`);
};

/** The lives that a share was worked out for, where no log holds the real one; a longer life only where it makes a difference. */
const condition = ({ totals: { byLifetime, fetches } }: Analysis): string => {
  const [shortest, ...longer] = byLifetime
    .map((at) => ({ life: at.lifetimeSeconds, share: percent(at.redundant / fetches.ok, 'down') }))
    .sort((a, b) => a.life - b.life);
  if (shortest === undefined) return 'rests on an assumption (see -v)';
  const others = longer.filter(({ share }, index) => share !== [shortest, ...longer][index]!.share);
  const more = others.map(({ life, share }) => `${share} if ${seconds(life)}`).join(', ');
  return `if tokens live ${seconds(shortest.life)} or more (assumed)${more === '' ? '' : `; ${more}`}`;
};

export const verdict = (analysis: Analysis): VerdictLine => {
  const { fetches, redundantShare } = analysis.totals;
  if (analysis.inconclusive !== null) return line(`Inconclusive: ${shown(analysis.inconclusive)}`);
  if (fetches.ok === 0) return line(`No token fetch was answered 2xx: ${count(fetches.failed)} of ${count(fetches.all)} failed.`);
  if (clean(analysis)) return success(analysis);
  const of = `${count(fetches.redundant)} of ${count(fetches.ok)} ok fetches`;
  if (redundantShare.value === null) return line('Share of redundant token fetches: not known', of);
  if (redundantShare.standing === 'assumed') {
    return line(`At least ${headline(redundantShare)} of token fetches were redundant`, of, condition(analysis));
  }
  const standing = ['measured', 'derived'].includes(redundantShare.standing) ? '' : ` (${redundantShare.standing})`;
  return line(`${headline(redundantShare)} of token fetches were redundant${standing}`, of);
};

/** As the verdict prints its share: a floor is rounded down. */
const headline = ({ value, standing }: Analysis['totals']['redundantShare']): string =>
  value === null ? '' : percent(value, standing === 'assumed' ? 'down' : 'nearest');

/** `range 96.4% to 98.5%`, or nothing where low and high are the verdict itself. Equal shares are printed alike, however they are rounded. */
export const range = ({ totals, keys, inconclusive }: Analysis): { shares: string; counts: string } | undefined => {
  const { redundantShare, fetches, bounds, hiddenHoldersNeeded } = totals;
  const { value, low, high } = redundantShare;
  if (inconclusive !== null || low === null || high === null || (low === value && high === value)) return undefined;
  const end = (share: number, direction: 'down' | 'up'): string =>
    share === value ? headline(redundantShare) : percent(share, low === high ? 'nearest' : direction);
  const shares = `${end(low, 'down')} to ${end(high, 'up')}`;
  const same =
    Math.abs(low * fetches.ok - bounds.redundant.low) < 0.5 && Math.abs(high * fetches.ok - bounds.redundant.high) < 0.5;
  return {
    shares:
      hiddenHoldersNeeded !== null && value !== null && low < value
        ? `${shares} if ${hidden(keys)} are hidden`
        : `range ${shares}`,
    counts: same ? `${count(bounds.redundant.low)} to ${count(bounds.redundant.high)} of ${count(fetches.ok)}` : '',
  };
};

/** The verdict on one line, for scripts. */
export const verdictLine = (analysis: Analysis): string => {
  const { says, of, condition: when } = verdict(analysis);
  const parts = [of === '' ? says : `${says}: ${of}`, when, range(analysis)?.shares ?? ''].filter((part) => part !== '');
  return `${analysis.complete ? '' : 'PARTIAL RESULT: '}${parts.join(', ')}`;
};
