/** The few figures beside the verdict, each with what it is a part of. */
import type { Analysis } from '../analysis/result.js';
import { fact, type Page } from './page.js';
import { range, verdict } from './verdict.js';
import { count, duration, money, percent, plural, rate } from './words.js';

type Lines = string[];

const perThousand = (fetches: number, calls: number): string => rate((fetches / calls) * 1000);

const verdictFacts = (on: Page, analysis: Analysis): Lines => {
  const { says, of, condition, good } = verdict(analysis);
  const lines = fact(on, says, of, good ? undefined : 'strong');
  if (condition !== '') lines.push(...fact(on, condition, ''));
  const between = analysis.inconclusive === null ? range(analysis) : undefined;
  if (between !== undefined) lines.push(...fact(on, `range ${between.shares}`, between.counts));
  return lines;
};

const sharedFacts = (on: Page, { totals: { holder, fetches, shared } }: Analysis): Lines => {
  if (holder === 'shared') return [];
  const more = shared.redundant - fetches.redundant;
  if (more <= 0) return [];
  return fact(
    on,
    `${count(more)} more saved by one shared cache`,
    `${percent(more / fetches.ok)} of ${count(fetches.ok)}; or by a loopback`,
  );
};

const callFacts = (on: Page, { totals: { demand, fetches, hitRatio } }: Analysis): Lines => {
  if (demand === null || demand === 0) return fact(on, 'cache hit ratio not known', 'no gateway log');
  const lines = fact(
    on,
    `${perThousand(fetches.ok, demand)} fetches per 1,000 API calls`,
    `${count(demand)} calls; ${perThousand(fetches.necessary, demand)} would do`,
  );
  const { observed, achievable, moreFetchesThanRequests } = hitRatio;
  const excess = moreFetchesThanRequests > 0 ? `${count(moreFetchesThanRequests)} more fetches than calls` : '';
  const could = achievable === null ? 'achievable: not known' : `${percent(achievable)} achievable`;
  return [
    ...lines,
    ...fact(
      on,
      observed === null ? 'cache hit ratio not known' : `cache hit ratio ${percent(observed)} (derived)`,
      [could, excess].filter(Boolean).join('; '),
    ),
  ];
};

const quantiles = (ms: readonly number[]): string =>
  ms.every((value) => value < 1000) ? `${ms.map((value) => Math.round(value)).join(' / ')} ms` : ms.map(duration).join(' / ');

const timeFacts = (on: Page, { totals: { latency, fetches } }: Analysis): Lines => {
  const { fetchMs, redundantWaitMs, connectionsHeld } = latency;
  if (fetchMs === null && redundantWaitMs === null) return fact(on, 'waiting time not known', 'no durations in the log');
  const waited =
    redundantWaitMs === null
      ? 'waiting for redundant tokens: not known'
      : fetches.redundant === 0
        ? ''
        : `${duration(redundantWaitMs)} waiting for redundant tokens`;
  const took = fetchMs === null ? '' : `p50 / p95 / p99  ${quantiles([fetchMs.p50, fetchMs.p95, fetchMs.p99])}`;
  const lines = waited === '' ? fact(on, 'a fetch takes', took) : fact(on, waited, took);
  if (connectionsHeld !== null && fetches.redundant > 0) lines.push(...held(on, connectionsHeld));
  return lines;
};

const held = (on: Page, connections: number): Lines => fact(on, `${rate(connections)} connections held by fetches`, 'on average');

const between = (currency: string, { low, base, high }: { low: number; base: number; high: number }): string => {
  const [least, most] = [money(currency, low), money(currency, high)];
  return least === most ? money(currency, base) : `${least} to ${money('', high)}`;
};

const costFacts = (on: Page, { cost }: Analysis): Lines => {
  if (cost === null) return [];
  const { amount, per, unit } = cost.unitPrice;
  const lines = fact(
    on,
    `${between(cost.currency, cost.window)} in this window (estimated)`,
    `${`${cost.currency} ${amount}`.trim()} per ${plural(per, unit)}`,
  );
  if (cost.perMonth !== null)
    lines.push(...fact(on, `${between(cost.currency, cost.perMonth)} a month (estimated)`, 'if all months are like this window'));
  return lines;
};

export const facts = (on: Page, analysis: Analysis): Lines => {
  const first = verdictFacts(on, analysis);
  if (analysis.totals.fetches.ok === 0) return first;
  return [
    ...first,
    ...sharedFacts(on, analysis),
    ...callFacts(on, analysis),
    ...timeFacts(on, analysis),
    ...costFacts(on, analysis),
  ];
};
