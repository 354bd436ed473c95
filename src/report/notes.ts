/** What else has to be known to believe the verdict: failures, what was not counted, what was not read. */
import type { Analysis, CacheCounts, LineCounts } from '../analysis/result.js';
import { inferredText } from './blocks.js';
import { KEEP, shown } from './cells.js';
import { hidden as whatIsHidden } from './hidden.js';
import { oneEndpoint, ranked, weak } from './key-table.js';
import { type Item, type Page, sentence } from './page.js';
import { count, percent, plural } from './words.js';

interface Note {
  readonly text: string;
  readonly topic?: string;
  readonly style?: 'warn' | 'faint';
}

type Part = (analysis: Analysis) => readonly Note[];

const share = (part: number, whole: number): string =>
  `${count(part)} of ${count(whole)}${whole === 0 ? '' : ` (${percent(part / whole)})`}`;

/** `a; b and 3 more (-v)` */
const some = (parts: readonly string[], most: number): string => {
  const more = parts.length - most;
  return more <= 0 ? parts.join('; ') : `${parts.slice(0, most).join('; ')} and ${count(more)}${KEEP}more${KEEP}(-v)`;
};

const undecided: Part = ({ totals: { fetches } }) =>
  fetches.unknown === 0 ? [] : [{ text: `Not decided: ${share(fetches.unknown, fetches.ok)} ok fetches` }];

/** Rate limits first: they are what redundant fetches lead to. */
const byStatus = (failed: Readonly<Record<string, number>>): string[] =>
  Object.entries(failed)
    .sort(([a, many], [b, more]) => Number(b === '429') - Number(a === '429') || more - many || (a < b ? -1 : 1))
    .map(([status, times]) => `${count(times)}${KEEP}x${KEEP}${shown(status)}`);

const failed =
  (all: boolean): Part =>
  ({ totals: { fetches, failedByStatus } }) => {
    const statuses = byStatus(failedByStatus);
    const which = some(statuses, all || statuses.length <= 3 ? statuses.length : 2);
    return fetches.failed === 0
      ? []
      : [{ text: `Failed fetches: ${share(fetches.failed, fetches.all)}: ${which}`, style: 'warn' }];
  };

const hidden: Part = ({ totals: { hiddenHoldersNeeded, fetches }, keys, inconclusive }) => {
  if (hiddenHoldersNeeded === null || fetches.redundant === 0 || inconclusive !== null) return [];
  const needed = Math.ceil(hiddenHoldersNeeded);
  const where =
    whatIsHidden(keys) === 'holders'
      ? `${plural(needed, 'holder or key', 'holders or keys')} behind one address`
      : `${plural(needed, 'key')} that the log does not show (no scope)`;
  return [{ text: `${where} would make this normal` }];
};

const endpoint: Part = (analysis) => {
  const only = ranked(analysis).keys.length === 0 ? undefined : oneEndpoint(analysis.keys);
  return only === undefined ? [] : [{ text: `Token endpoint: ${shown(only)}`, topic: 'the token endpoint' }];
};

const weakNames: Part = (analysis) =>
  ranked(analysis).keys.some(weak)
    ? [{ text: 'Clients marked ~ were told apart by their address only', topic: 'what ~ means' }]
    : [];

const uncounted: Part = ({ totals: { fetches, fetchesWithoutStatus } }) => {
  const parts = [
    ...(fetches.excluded > 0 ? [`${count(fetches.excluded)} of ${count(fetches.all)} fetches were users signing in`] : []),
    ...(fetchesWithoutStatus > 0
      ? [plural(fetchesWithoutStatus, 'token request without a status', 'token requests without a status')]
      : []),
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
    return times === 0 ? [] : [`${count(times)}${KEEP}${name}`];
  });
  return parts.length === 0
    ? []
    : [{ text: `Other requests to the issuer: ${parts.join(', ')}`, topic: 'other issuer requests' }];
};

/** The first alone: it is a hint where to look, not a figure of this report. */
const inferred: Part = ({ inferred: found }) => {
  const [first] = [...found].sort((a, b) => b.slowShare * b.requests - a.slowShare * a.requests || (a.route < b.route ? -1 : 1));
  const more = found.length > 1 ? `; and ${count(found.length - 1)}${KEEP}more${KEEP}(-v)` : '';
  return first === undefined ? [] : [{ text: `Inferred, not counted: ${inferredText(first)}${more}`, topic: 'what is inferred' }];
};

const asked = ({ hit, miss, expired, stale, updating, revalidated, bypass }: CacheCounts): number =>
  hit + miss + expired + stale + updating + revalidated + bypass;

const logged =
  (most: number): Part =>
  ({ totals: { loggedCache } }) => {
    const routes = [...loggedCache].sort((a, b) => asked(b) - asked(a) || (a.route < b.route ? -1 : 1));
    const parts = routes.map(
      (route) =>
        `${shown(route.route)} ${route.hitRatio === null ? 'not known' : percent(route.hitRatio)} of ${count(asked(route))}`,
    );
    return parts.length === 0 ? [] : [{ text: `Cache hits as logged: ${some(parts, most)}`, topic: 'logged cache hits' }];
  };

const possible =
  (most: number): Part =>
  ({ possibleEndpoints }) => {
    const found = [...possibleEndpoints].sort((a, b) => b.requests - a.requests || (a.endpoint < b.endpoint ? -1 : 1));
    const parts = found.map((each) => `${shown(each.endpoint)} (${plural(each.requests, 'request')}; ${shown(each.missing)})`);
    return parts.length === 0
      ? []
      : [{ text: `Maybe token endpoints, not counted: ${some(parts, most)}`, topic: 'possible endpoints' }];
  };

const warnings: Part = ({ warnings: found }) => {
  const many = plural(found.length, 'warning');
  return found.length === 0
    ? []
    : [{ text: `${many} (-v lists ${found.length === 1 ? 'it' : 'them'})`, style: 'warn', topic: many }];
};

/** `Read 1,204 lines = 1,200 parsed + 4 rejected (0.33%)`: parts that are 0 say nothing, but for the rejected. */
export const accounting = ({ read, parsed, rejected, filtered, blank }: LineCounts): string => {
  const parts = [
    `${count(parsed)} parsed`,
    `${count(rejected)} rejected${rejected === 0 ? '' : ` (${percent(rejected / read)})`}`,
    ...(filtered > 0 ? [`${count(filtered)} filtered`] : []),
    ...(blank > 0 ? [`${count(blank)} blank`] : []),
  ];
  return `Read ${plural(read, 'line')} = ${parts.join(' + ')}`;
};

/** What some of the parsed lines were. */
export const within = ({ deduplicated, notRequests }: LineCounts): string =>
  [
    ...(deduplicated > 0 ? [`${count(deduplicated)} seen twice and counted once`] : []),
    ...(notRequests > 0 ? [`${count(notRequests)} without a request`] : []),
  ].join(', ');

const special: Part = ({ input }) => {
  const what = within(input.lines);
  return what === ''
    ? []
    : [{ text: `Of the lines parsed: ${what}`, style: 'faint', topic: 'lines seen twice or without a request' }];
};

const lines: Part = ({ input }) => [
  { text: `${accounting(input.lines)}${input.lines.rejected > 0 ? `; see${KEEP}--rejects` : ''}`, style: 'faint' },
];

/** In the order they are printed. The lines read come last. */
const parts = (all: boolean): readonly Part[] => [
  undecided,
  failed(all),
  hidden,
  weakNames,
  endpoint,
  uncounted,
  siblings,
  ...(all ? [] : [inferred]),
  logged(all ? Number.POSITIVE_INFINITY : 2),
  possible(all ? Number.POSITIVE_INFINITY : 1),
  all ? () => [] : warnings,
  special,
  lines,
];

export const notes = (on: Page, analysis: Analysis, verbose: boolean): readonly Item[] =>
  parts(verbose)
    .flatMap((part) => part(analysis))
    .map(({ text, topic, style }) => {
      const plainLines = sentence(on, text);
      return {
        lines: style === undefined ? plainLines : plainLines.map(on.paint[style]),
        ...(topic === undefined ? {} : { topic }),
      };
    });
