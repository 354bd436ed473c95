/** What `-v` and `--details` say beside the verdict: how the logs were joined, what is only inferred, the neighbours of tokens. */
import type { Analysis, Inferred, Join, SiblingResult } from '../analysis/result.js';
import { shown } from './cells.js';
import { type Page, sentence } from './page.js';
import { count, duration, percent, plural, rate, seconds } from './words.js';

const section = (on: Page, title: string, body: readonly string[]): string[] =>
  body.length === 0 ? [] : ['', ...sentence(on, title, '').map(on.paint.strong), ...body];

const ways: Readonly<Record<Join['by'], string>> = {
  trace: 'by the spans of traces',
  id: 'by request or trace ids',
  time: 'by node and time',
  instance: 'by instance: holders only, no single fetches',
  single: 'as one gateway and one caller: holders only, no single fetches',
  none: 'not possible',
};

const signed = (ms: number): string => `${ms < 0 ? '-' : '+'}${duration(Math.abs(ms))}`;

const joined = (on: Page, { join, routes }: Analysis): string[] => {
  if (join === null) return [];
  const { by, matched, ambiguous, unmatchedGateway, unmatchedIssuer, skewMs, skewSpreadMs } = join;
  const single = by === 'trace' || by === 'id' || by === 'time';
  const fetches = single ? matched + ambiguous + unmatchedIssuer : 0;
  const taxed = routes
    .filter(({ taxMs }) => taxMs !== null)
    .sort((a, b) => b.fetches - a.fetches || (a.route < b.route ? -1 : 1));
  return [
    ...sentence(on, `Joined ${ways[by]}`),
    ...(fetches === 0
      ? []
      : sentence(
          on,
          `Fetches: ${count(matched)} matched + ${count(ambiguous)} ambiguous + ${count(unmatchedIssuer)} without a request = ${count(fetches)}`,
        )),
    ...(!single || unmatchedGateway === 0 ? [] : sentence(on, `Requests without a fetch inside: ${count(unmatchedGateway)}`)),
    ...(skewMs === null
      ? []
      : sentence(
          on,
          `Clock of the issuer: ${signed(skewMs)} against the gateway's${skewSpreadMs === null ? '' : `, give or take ${duration(skewSpreadMs)}`}`,
        )),
    ...taxed
      .slice(0, 5)
      .flatMap(({ route, fetches: own, demand, taxMs }) =>
        sentence(
          on,
          `${shown(route)}: ${plural(own, 'fetch', 'fetches')} for ${plural(demand, 'call')}, p50/p95/p99 ${duration(taxMs!.p50)} / ${duration(taxMs!.p95)} / ${duration(taxMs!.p99)}`,
        ),
      ),
  ];
};

/** What a gateway's own log says of hidden callouts, in one sentence. */
export const inferredText = (each: Inferred): string => {
  const { route, requests, slowShare, slowShareLow, slowShareHigh, overheadMs, overheadLowMs, overheadHighMs, periodSeconds } =
    each;
  const share = `${percent(slowShare)} (${percent(slowShareLow, 'down')} to ${percent(slowShareHigh, 'up')})`;
  const size = `${duration(overheadMs)} (${duration(overheadLowMs)} to ${duration(overheadHighMs)})`;
  const period = periodSeconds === null ? '' : `, again every ${seconds(periodSeconds)}`;
  return `${shown(route)}: ${share} of ${plural(requests, 'request')} take ${size} more${period}`;
};

const siblingText = ({
  kind,
  client,
  endpoint,
  requests,
  perDemand,
  necessary,
  redundant,
  redundantBounds,
  lifetimeSeconds,
  lifetimeFrom,
}: SiblingResult): string => {
  const rateText = perDemand === null ? '' : `, one for ${rate(perDemand)} API calls`;
  const cache = `by a cache${lifetimeSeconds === null ? '' : ` of ${seconds(lifetimeSeconds)}`}${lifetimeFrom === 'assumed' ? ' (assumed)' : ''}`;
  const saved =
    necessary !== null && redundant !== null
      ? `; ${count(redundant)} saved ${cache}`
      : redundantBounds !== null && redundantBounds.high > 0
        ? `; none to ${count(redundantBounds.high)} saved ${cache}, by how many tokens they are about`
        : '';
  return `${kind}, ${shown(client)} at ${shown(endpoint)}: ${plural(requests, 'request')}${rateText}${saved}`;
};

const savable = ({ redundantBounds }: SiblingResult): number => redundantBounds?.high ?? 0;

const MOST = 10;

const some = <T>(on: Page, items: readonly T[], text: (item: T) => string): string[] => [
  ...items.slice(0, MOST).flatMap((item) => sentence(on, text(item))),
  ...(items.length > MOST ? sentence(on, `and ${count(items.length - MOST)} more (--format json)`) : []),
];

export const blocks = (on: Page, analysis: Analysis): string[] => [
  ...section(on, 'Join of gateway and issuer', joined(on, analysis)),
  ...section(on, 'Inferred from the gateway alone, in no other figure', some(on, analysis.inferred, inferredText)),
  ...section(
    on,
    'Beside tokens, in no figure of token fetches',
    some(
      on,
      [...analysis.siblingKeys].sort((a, b) => savable(b) - savable(a) || b.requests - a.requests),
      siblingText,
    ),
  ),
];
