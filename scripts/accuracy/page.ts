/** docs/accuracy.md: every figure comes from the outcomes; what is bad is printed like what is good. */
import { neededFields } from '../../src/diagnosis/needs.js';
import { behaviours } from '../../src/generate/behaviours.js';
import { TABLE_SEEDS, TUNING_SEEDS, views } from './plan.js';
import type { Outcome } from './play.js';
import { boundScore, ENOUGH, given, isRight, NOTHING, ratio, redundantScore, subjects, verdictSums } from './score.js';

const share = (value: number | null): string => (value === null ? '-' : value.toFixed(3));
const percent = (value: number | null): string => (value === null ? '-' : `${(100 * value).toFixed(1)} %`);
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
const median = (values: readonly number[]): number | null => [...values].sort((a, b) => a - b)[values.length >> 1] ?? null;

export interface PageFacts {
  readonly hash: string;
  readonly seeds: 'table' | 'tuning';
  readonly cases: number;
}

/** The page in Markdown. `outcomes` in the order of the plan. */
export function pageOf(outcomes: readonly Outcome[], facts: PageFacts): string {
  const logged = outcomes.filter(({ view }) => view !== 'gateway only');
  const seeds = facts.seeds === 'table' ? TABLE_SEEDS : TUNING_SEEDS;
  return `# How right it is

Made by \`npm run accuracy\` (${outcomes.length} cases, seeds ${seeds.from} to ${seeds.to}) from sources with the hash \`${facts.hash}\`. Not edited by hand.

${method()}

## Redundant or not

Counts of redundant fetches per client and holder: precision is the part of those found that are, recall the part of those there are that was found. Where the
log hides the client or the holder, a cell is what it does show. *Mean* and *worst* are over cells with at least ${ENOUGH} redundant fetches.

${redundantTables(logged)}

## The four verdicts

Where the lifetime is known and the log shows holders and clients.

${verdictTable(plain(logged))}

## Bounds

How often the truth, of the fetches whose line is in the log, lies in \`totals.bounds.redundant\`, and how wide that is as a share of the ok fetches. *Within one* lets it be outside by one fetch for
each client and holder.

${table(
  ['view', 'cases', 'holds the truth', 'within one', 'mean width'],
  views
    .filter((view) => view !== 'gateway only')
    .map((view) => {
      const { cases, holds, nearlyHolds, width } = boundScore(logged.filter((one) => one.view === view));
      return [view, cases, percent(holds), percent(nearlyHolds), share(width)];
    }),
)}

## Causes

${causeTables(logged)}

## Joining

Single pairs of a fetch and the request that waited for it. Precision: of the pairs that are called matched; recall: of the fetches for which a request waited and whose
line is there. Stamps of whole seconds make \`--time-stamps end\` logs uncertain by one, which the skew error holds too.

${joinTable(logged)}

## Inferred from a gateway's log alone

By route with 100 requests or more. *Seen*: a slow mode was reported.

${inferredTable(outcomes)}
`;
}

const method = (): string => `## Method

\`token-tax generate\`'s fleets (src/generate) are played through in memory with numbers that are drawn anew for each case: lives from 10 s to 10 h, 4 to 23 lives in a log, 600 to
9,000 requests, 1 to 11 nodes, 1 to 8 workers, Poisson, steady, bursty and diurnal traffic, times to live, margins, retries, clumps and times of a fetch. Six pairs of formats, three
wrappers. The logs go through the same \`analyze\` as those of a user; the truth is what the simulation counted, by its own counterfactual, not by src/analysis. A case whose
truth does not show its cause (a cache that no request ever finds filled, an outage that nobody met) is drawn again; only the truth decides that, never the result.

- *full*: both logs, every field that the formats have. *issuer only*, *shared ids* (request ids in both logs), *nat* (all callers behind one address), *no client field*,
  *1 s stamps*, *partial window* (the log begins after the traffic), *skew* (0.4 s to 2 min), *lost lines* (0.2 to 3 %), *lifetime unknown*, *mixed fleet* (three clients of different causes),
  *gateway only*.
- How long tokens live is in the record where the format has it, else said by \`--lifetime\`; *lifetime unknown* has neither.
- Rules were worked on with seeds ${TUNING_SEEDS.from} to ${TUNING_SEEDS.to}; this page is made from ${TABLE_SEEDS.from} to ${TABLE_SEEDS.to}, of which nobody looks at single cases.
- Fleets that are made by a program are tidier than real ones: these figures say how well the method does where its model of caches holds.`;

const plain = (outcomes: readonly Outcome[]): Outcome[] =>
  outcomes.filter((one) => one.lifetimeKnown && !['nat', 'no client field', 'lost lines'].includes(one.view));

function redundantTables(outcomes: readonly Outcome[]): string {
  const row = (name: string, some: readonly Outcome[]): (string | number)[] => {
    const { cases, precision, recall, meanCellPrecision, meanCellRecall, worst } = redundantScore(some);
    return [
      name,
      cases,
      share(precision),
      share(recall),
      share(meanCellPrecision),
      share(meanCellRecall),
      worst === null ? '-' : `${share(worst.value)} (${worst.of})`,
    ];
  };
  const head = ['cases with', 'cases', 'precision', 'recall', 'mean precision', 'mean recall', 'worst cell (case)'];
  const known = outcomes.filter(({ lifetimeKnown }) => lifetimeKnown);
  const ofViews = views
    .filter((view) => view !== 'gateway only' && view !== 'lifetime unknown')
    .map((view) =>
      row(
        view,
        known.filter((one) => one.view === view),
      ),
    );
  const unknown = outcomes.filter(({ lifetimeKnown }) => !lifetimeKnown);
  const first = table(head, [
    row('**lifetime known**', known),
    ...ofViews,
    row('**lifetime not known, or wrongly said**', unknown),
  ]);
  const second = table(
    ['cause or pattern', ...head.slice(1)],
    behaviours.map(({ id }) =>
      row(
        id,
        plain(outcomes).filter((one) => one.behaviour === id && one.view !== 'mixed fleet'),
      ),
    ),
  );
  return `${first}\n\nBy cause, where the lifetime is known and nothing of the key is hidden or lost:\n\n${second}`;
}

function verdictTable(outcomes: readonly Outcome[]): string {
  const { truth, found } = verdictSums(outcomes);
  const names = ['ok', 'necessary', 'ahead', 'redundant', 'unknown'] as const;
  return table(
    ['', ...names],
    [
      ['truth', ...names.map((name) => truth[name])],
      ['found', ...names.map((name) => found[name])],
    ],
  );
}

function causeTables(outcomes: readonly Outcome[]): string {
  const all = subjects(outcomes);
  const sick = all.filter(({ client }) => client.cause !== null);
  const withFields = sick.filter(({ client }) => client.hasFields);
  // Some causes have a second way to happen: `TT110-401`.
  const codes = behaviours.map(({ id }) => id).filter((id) => /^TT\d+$/.test(id));
  const perCode = codes.map((code) => {
    const own = sick.filter(({ client }) => client.cause === code);
    const there = own.filter(({ client }) => client.hasFields);
    const missing = own.filter(({ client }) => !client.hasFields);
    const right = there.filter(({ client }) => isRight(client)).length;
    const said = (test: (code: string) => boolean): number => missing.filter(({ client }) => test(given(client))).length;
    return [
      code,
      own.length,
      new Set(own.map(({ outcome }) => outcome.formats)).size,
      `${right} of ${there.length}`,
      percent(ratio(right, there.length)),
      there.filter(({ client }) => given(client) === 'TT199').length,
      missing.length,
      said((one) => one === code),
      said((one) => one === 'TT199' || one === NOTHING),
    ];
  });
  const rights = withFields.filter(({ client }) => isRight(client)).length;
  const columns = [...codes, 'TT199', NOTHING];
  const matrix = codes.map((code) => [
    code,
    ...columns.map((column) => {
      const count = withFields.filter(({ client }) => client.cause === code && given(client) === column).length;
      return count === 0 ? '' : count;
    }),
  ]);
  const bins = [0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01];
  const calibration = bins.slice(0, -1).map((from, at) => {
    const own = sick.filter(
      ({ client }) =>
        client.code !== null && client.code !== 'TT199' && client.confidence >= from && client.confidence < bins[at + 1]!,
    );
    const meanConfidence = ratio(
      own.reduce((sum, { client }) => sum + client.confidence, 0),
      own.length,
    );
    return [
      `${from} to ${Math.min(1, bins[at + 1]!)}`,
      own.length,
      share(meanConfidence),
      share(ratio(own.filter(({ client }) => isRight(client)).length, own.length)),
    ];
  });
  return `The finding that comes first for the client of a case, against its cause. Where all fields are there that the cause needs: **${rights} of ${withFields.length}, ${percent(ratio(rights, withFields.length))}**.
Where one is missing, TT199 or nothing is right, and wrong where all are there. *Demand* of one of several clients is there where fetches can be given to single requests
(*fine stamps*: below a second, or ids in both logs).

${table(['cause', 'cases', 'pairs of formats', 'right, fields there', 'share', 'of them TT199', 'a field missing', 'right all the same', 'TT199 or nothing'], perCode)}

What was said (columns) where the cause was (rows), fields there:

${table(['', ...columns], matrix)}

Confidence of the first finding against how often it is the cause, all cases with a cause, TT199 left out:

${table(['confidence', 'findings', 'mean confidence', 'right'], calibration)}

Findings about fleets that are healthy. Behind one address or without a lifetime, a healthy fleet and a sick one can leave the same log; TT199 is not counted as an alarm.

${falseAlarms(all)}

What each cause needs from the log; without one of these TT199 is right:

${table(
  ['cause', 'fields'],
  codes.flatMap((code) => [
    [code, (neededFields[code] ?? []).join(', ') || 'none'],
    ...(code === 'TT110' ? [['TT110, after an upstream 401', neededFields['TT110-401']!.join(', ')]] : []),
  ]),
)}`;
}

function falseAlarms(all: ReturnType<typeof subjects>): string {
  const healthy = all.filter(({ client }) => client.cause === null);
  const isAlarm = (code: string): boolean => code !== NOTHING && code !== 'TT199';
  const row = (name: string, some: typeof healthy): (string | number)[] => {
    const alarms = some.filter(({ client }) => isAlarm(given(client)));
    const codes = new Map<string, number>();
    for (const { client } of alarms) codes.set(given(client), (codes.get(given(client)) ?? 0) + 1);
    return [
      name,
      some.length,
      alarms.length,
      percent(ratio(alarms.length, some.length)),
      [...codes]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([code, count]) => `${code} ${count}`)
        .join(', '),
      some.filter(({ client }) => given(client) === 'TT199').length,
    ];
  };
  const head = ['', 'cases', 'alarms', 'share', 'codes', 'TT199'];
  const clear = healthy.filter(({ outcome }) => outcome.view !== 'nat' && outcome.lifetimeKnown);
  return table(head, [
    row('**holders seen, lifetime known**', clear),
    ...behaviours
      .filter(({ healthy: is }) => is === true)
      .map(({ id }) =>
        row(
          id,
          clear.filter(({ outcome }) => outcome.behaviour === id),
        ),
      ),
    row(
      'behind one address',
      healthy.filter(({ outcome }) => outcome.view === 'nat'),
    ),
    row(
      'lifetime not known',
      healthy.filter(({ outcome }) => outcome.view !== 'nat' && !outcome.lifetimeKnown),
    ),
  ]);
}

function joinTable(outcomes: readonly Outcome[]): string {
  const rows: (string | number)[][] = [];
  for (const view of views) {
    for (const coarse of [false, true]) {
      const own = outcomes.filter((one) => one.view === view && one.join !== null && one.join.stepMs >= 1000 === coarse);
      if (own.length === 0) continue;
      const sum = (pick: (join: NonNullable<Outcome['join']>) => number): number =>
        own.reduce((total, { join }) => total + pick(join!), 0);
      const errors = own.flatMap(({ join }) => join!.skewErrorMs ?? []);
      rows.push([
        view,
        coarse ? '1 s' : 'finer',
        own.length,
        sum(({ sure }) => sure),
        share(
          ratio(
            sum(({ right }) => right),
            sum(({ sure }) => sure),
          ),
        ),
        share(
          ratio(
            sum(({ right }) => right),
            sum(({ possible }) => possible),
          ),
        ),
        errors.length,
        median(errors) ?? '-',
        errors.length === 0 ? '-' : Math.max(...errors),
      ]);
    }
  }
  return table(
    ['view', 'stamps', 'cases', 'matched', 'precision', 'recall', 'skew said', 'median error, ms', 'largest, ms'],
    rows,
  );
}

function inferredTable(outcomes: readonly Outcome[]): string {
  const all = outcomes.flatMap(({ inferred }) => inferred);
  const row = (name: string, some: typeof all): (string | number)[] => {
    const seen = some.flatMap(({ found }) => found ?? []);
    return [
      name,
      some.length,
      seen.length,
      percent(ratio(seen.filter(({ holdsShare }) => holdsShare).length, seen.length)),
      share(median(seen.map(({ shareError }) => shareError))),
      percent(ratio(seen.filter(({ holdsWait }) => holdsWait).length, seen.length)),
      percent(median(seen.map(({ waitError }) => waitError))),
    ];
  };
  const head = [
    'requests that waited',
    'routes',
    'seen',
    'interval holds the share',
    'median error of the share',
    'interval holds the wait',
    'median error of the wait',
  ];
  return table(head, [
    row(
      'none',
      all.filter((one) => one.share === 0),
    ),
    row(
      'up to 5 %',
      all.filter((one) => one.share > 0 && one.share <= 0.05),
    ),
    row(
      '5 to 95 %',
      all.filter((one) => one.share > 0.05 && one.share <= 0.95),
    ),
    row(
      'more',
      all.filter((one) => one.share > 0.95),
    ),
  ]);
}
