/** What else has to be known to believe the verdict: failures, what was not counted, what was not read. */
import type { Analysis, CacheCounts, LineCounts } from '../analysis/result.js';
import { shown } from './cells.js';
import { ranked, weak } from './key-table.js';
import type { Page } from './page.js';
import { count, percent, plural } from './words.js';

export interface Note {
  readonly text: string;
  /** What stands in for it when there is no room; a note without one is always printed. */
  readonly topic?: string;
  readonly style?: 'warn' | 'faint';
}

type Part = (analysis: Analysis) => readonly Note[];

const share = (part: number, whole: number): string =>
  `${count(part)} of ${count(whole)}${whole === 0 ? '' : ` (${percent(part / whole)})`}`;

const undecided: Part = ({ totals: { fetches } }) =>
  fetches.unknown === 0 ? [] : [{ text: `Not decided: ${share(fetches.unknown, fetches.ok)} of the fetches answered 2xx` }];

/** Rate limits first: they are what redundant fetches lead to. */
const byStatus = (failed: Readonly<Record<string, number>>): string =>
  Object.entries(failed)
    .sort(([a, many], [b, more]) => Number(b === '429') - Number(a === '429') || more - many || (a < b ? -1 : 1))
    .map(([status, times]) => `${shown(status)}: ${count(times)}`)
    .join(', ');

const failed: Part = ({ totals: { fetches, failedByStatus } }) =>
  fetches.failed === 0
    ? []
    : [{ text: `Failed fetches: ${share(fetches.failed, fetches.all)}; ${byStatus(failedByStatus)}`, style: 'warn' }];

const hidden: Part = ({ totals: { hiddenHoldersNeeded, fetches } }) =>
  hiddenHoldersNeeded === null || fetches.redundant === 0
    ? []
    : [
        {
          text: `${plural(Math.ceil(hiddenHoldersNeeded), 'holder or key', 'holders or keys')} behind one address would make this normal`,
        },
      ];

const weakNames: Part = (analysis) =>
  ranked(analysis).keys.some(weak)
    ? [{ text: 'Clients marked ~ were told apart by their address only', topic: 'what ~ means' }]
    : [];

const uncounted: Part = ({ totals: { fetches, fetchesWithoutStatus } }) => {
  const parts = [
    ...(fetches.excluded > 0 ? [`${count(fetches.excluded)} of ${count(fetches.all)} fetches are users signing in`] : []),
    ...(fetchesWithoutStatus > 0 ? [`${plural(fetchesWithoutStatus, 'token request')} without a status`] : []),
  ];
  return parts.length === 0 ? [] : [{ text: `Not counted: ${parts.join('; ')}`, topic: 'fetches not counted' }];
};

const siblingNames = {
  introspection: 'introspection',
  jwks: 'JWKS',
  discovery: 'discovery',
  userinfo: 'userinfo',
  revocation: 'revocation',
  review: 'token review',
} as const;

const siblings: Part = ({ siblings: found }) => {
  const parts = Object.entries(siblingNames).flatMap(([id, name]) => {
    const times = found[id as keyof typeof siblingNames];
    return times === 0 ? [] : [`${count(times)} ${name}`];
  });
  return parts.length === 0
    ? []
    : [{ text: `Beside token fetches: ${parts.join(', ')} requests`, topic: 'other identity endpoints' }];
};

const asked = ({ hit, miss, expired, stale, updating, revalidated, bypass }: CacheCounts): number =>
  hit + miss + expired + stale + updating + revalidated + bypass;

const logged =
  (most: number): Part =>
  ({ totals: { loggedCache } }) => {
    const routes = [...loggedCache].sort((a, b) => asked(b) - asked(a) || (a.route < b.route ? -1 : 1));
    const parts = routes
      .slice(0, most)
      .map(
        (route) =>
          `${shown(route.route)} ${route.hitRatio === null ? 'ratio not known' : percent(route.hitRatio)} of ${count(asked(route))}`,
      );
    const more = routes.length > most ? [`${plural(routes.length - most, 'more route')} (-v)`] : [];
    return parts.length === 0
      ? []
      : [{ text: `Cache hits as logged: ${[...parts, ...more].join('; ')}`, topic: 'cache hits as logged' }];
  };

const possible =
  (most: number): Part =>
  ({ possibleEndpoints }) => {
    const found = [...possibleEndpoints].sort((a, b) => b.requests - a.requests || (a.endpoint < b.endpoint ? -1 : 1));
    const parts = found
      .slice(0, most)
      .map(({ endpoint, requests, missing }) => `${shown(endpoint)} (${plural(requests, 'request')}; ${shown(missing)})`);
    const more = found.length > most ? [`${plural(found.length - most, 'more path')} (-v)`] : [];
    return parts.length === 0
      ? []
      : [{ text: `Perhaps token endpoints, not counted: ${[...parts, ...more].join(', ')}`, topic: 'possible endpoints' }];
  };

const warnings: Part = ({ warnings: found }) =>
  found.length === 0
    ? []
    : [
        {
          text: `${plural(found.length, 'warning')} (-v lists ${found.length === 1 ? 'it' : 'them'})`,
          style: 'warn',
          topic: plural(found.length, 'warning'),
        },
      ];

/** `Read 1,204 lines = 1,200 parsed + 4 rejected (0.33%)`: parts that are 0 say nothing, but for the rejected. */
export const accounting = ({ read, parsed, rejected, filtered, blank, deduplicated, notRequests }: LineCounts): string => {
  const lost = `${count(rejected)} rejected${rejected === 0 ? '' : ` (${percent(rejected / read)})`}`;
  const parts = [
    `${count(parsed)} parsed`,
    lost,
    ...(filtered > 0 ? [`${count(filtered)} filtered`] : []),
    ...(blank > 0 ? [`${count(blank)} blank`] : []),
  ];
  const inside = [
    ...(deduplicated > 0 ? [`${count(deduplicated)} seen twice`] : []),
    ...(notRequests > 0 ? [`${count(notRequests)} not requests`] : []),
  ];
  return `Read ${plural(read, 'line')} = ${parts.join(' + ')}${inside.length === 0 ? '' : `; of the parsed: ${inside.join(', ')}`}`;
};

const lines: Part = ({ input }) => [{ text: accounting(input.lines), style: 'faint' }];

/** In the order they are printed. */
const parts = (all: boolean): readonly Part[] => [
  undecided,
  failed,
  hidden,
  weakNames,
  uncounted,
  siblings,
  logged(all ? Number.POSITIVE_INFINITY : 2),
  possible(all ? Number.POSITIVE_INFINITY : 1),
  all ? () => [] : warnings,
  lines,
];

/** What is kept longest where there is not room for all. */
const keepFirst = ['warning', 'possible', 'fetches not', 'cache', 'other', 'what'];

const importance = ({ topic = '' }: Note): number =>
  keepFirst.findIndex((start) => topic.replace(/^[\d,]+ /, '').startsWith(start));

export const notes = (_on: Page, analysis: Analysis, verbose: boolean): readonly Note[] =>
  parts(verbose).flatMap((part) => part(analysis));

/** Leaves out what matters least until `fits`, and says in one line what was left out. */
export const condense = (all: readonly Note[], fits: (kept: readonly Note[]) => boolean): readonly Note[] => {
  const leftOut: Note[] = [];
  const kept = (): Note[] => {
    const rest = all.filter((note) => !leftOut.includes(note));
    if (leftOut.length === 0) return rest;
    const more = { text: `More with -v: ${leftOut.map(({ topic }) => topic).join(', ')}`, style: 'faint' } as const;
    return [...rest.slice(0, -1), more, ...rest.slice(-1)];
  };
  const optional = all.filter(({ topic }) => topic !== undefined).sort((a, b) => importance(b) - importance(a));
  for (const note of optional) {
    if (fits(kept())) break;
    leftOut.push(note);
  }
  return kept();
};
