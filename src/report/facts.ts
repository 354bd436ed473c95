/** The few figures beside the verdict, each with what it is a part of. */
import type { Analysis, Cost } from '../analysis/result.js';
import { shown } from './cells.js';
import { amount, cpuText, headroomText, monthBasis, unitPriceText } from './cost-words.js';
import { fact, type Item, type Page } from './page.js';
import { range, verdict } from './verdict.js';
import { count, duration, percent, plural, rate } from './words.js';

type Facts = (on: Page, analysis: Analysis) => readonly Item[];

const item = (lines: readonly string[], topic?: string): Item => (topic === undefined ? { lines } : { lines, topic });

const perThousand = (fetches: number, calls: number): string => rate((fetches / calls) * 1000);

const verdictFacts: Facts = (on, analysis) => {
  const { says, of, condition, alarming } = verdict(analysis);
  const between = range(analysis);
  return [
    item(fact(on, says, of, alarming ? on.paint.strong : undefined)),
    ...(condition === '' ? [] : [item(fact(on, condition))]),
    ...(between === undefined ? [] : [item(fact(on, between.shares, between.counts))]),
  ];
};

const sharedFacts: Facts = (on, { totals: { holder, fetches, shared } }) => {
  const more = shared.redundant - fetches.redundant;
  if (holder === 'shared' || more <= 0) return [];
  return [
    item(
      fact(
        on,
        `${count(more)} more saved by one shared cache`,
        `${percent(more / fetches.ok)} of ${count(fetches.ok)}; or by a loopback`,
      ),
    ),
  ];
};

const callFacts: Facts = (on, { totals: { demand, fetches, hitRatio } }) => {
  if (demand === null || demand === 0) return [item(fact(on, 'cache hit ratio not known', 'no gateway log'))];
  const { observed, achievable, moreFetchesThanRequests: excess } = hitRatio;
  const now = `${perThousand(fetches.ok, demand)} fetches per 1,000 API calls`;
  const ratio = observed === null ? 'cache hit ratio not known' : `cache hit ratio ${percent(observed)} (derived)`;
  return [
    item(fact(on, now, `${count(demand)} calls; ${perThousand(fetches.necessary, demand)} would do`)),
    ...(excess > 0 ? [item(fact(on, `${count(excess)} more fetches than API calls`), 'more fetches than calls')] : []),
    item(fact(on, ratio, achievable === null ? 'achievable: not known' : `${percent(achievable)} achievable`)),
  ];
};

const quantiles = (ms: readonly number[]): string =>
  ms.every((value) => value < 1000) ? `${ms.map((value) => Math.round(value)).join('/')} ms` : ms.map(duration).join(' / ');

const timeFacts: Facts = (on, { totals: { latency, fetches, peakFetchesPerSecond }, inconclusive }) => {
  const { fetchMs, redundantWaitMs, connectionsHeld } = latency;
  if (fetchMs === null && redundantWaitMs === null) return [item(fact(on, 'waiting time not known', 'no durations in the log'))];
  const took = fetchMs === null ? '' : `fetch p50/p95/p99: ${quantiles([fetchMs.p50, fetchMs.p95, fetchMs.p99])}`;
  if (fetches.redundant === 0 || inconclusive !== null) return took === '' ? [] : [item(fact(on, took))];
  const waited =
    redundantWaitMs === null
      ? 'waiting for redundant tokens: not known'
      : `${duration(redundantWaitMs)} waiting for redundant tokens`;
  const held =
    connectionsHeld === null
      ? []
      : [item(fact(on, `${rate(connectionsHeld)} connections held on average`, peak(peakFetchesPerSecond)), 'connections held')];
  return [item(fact(on, waited, took)), ...held];
};

const peak = (fetches: number): string => `at most ${plural(fetches, 'fetch', 'fetches')} in one second`;

const loadFacts: Facts = (on, analysis) => {
  if (analysis.totals.fetches.redundant === 0) return [];
  const [headroom, cpu] = [headroomText(analysis), cpuText(analysis)];
  return [
    ...(headroom === undefined ? [] : [item(fact(on, headroom.says, headroom.of), 'rate limit')]),
    ...(cpu === undefined ? [] : [item(fact(on, cpu.says, cpu.of), 'CPU of the issuer')]),
  ];
};

/** The first list with its day and what it rests on above all; the others are in the assumptions. */
const priceLists = (on: Page, { models }: Cost): Item[] => {
  const [first, ...more] = models.filter(({ asOf }) => asOf !== null);
  if (first === undefined) return [];
  const others = more.length === 0 ? '' : ` and ${plural(more.length, 'more list')}`;
  return [item(fact(on, shown(`prices: ${first.id} of ${first.asOf}${others}`), shown(first.assumes[0] ?? '')), 'prices')];
};

const costFacts: Facts = (on, { cost, load, totals }) => {
  if (cost === null)
    return totals.fetches.redundant === 0 || load === null || load.money === null
      ? []
      : [item(fact(on, `money: ${shown(load.money)}`, '--price adds it'), 'money')];
  const { currency, window, perMonth, perMonthWhyNot } = cost;
  return [
    item(fact(on, shown(`${amount(currency, window)} here, estimated`), shown(unitPriceText(currency, cost.unitPrice)))),
    item(
      perMonth === null
        ? fact(on, shown(`a month: not said, ${perMonthWhyNot ?? 'not known'}`))
        : fact(on, shown(`${amount(currency, perMonth)} a month, estimated`), monthBasis(cost)),
      'cost of a month',
    ),
    ...priceLists(on, cost),
  ];
};

export const facts: Facts = (on, analysis) => {
  const { inconclusive, totals } = analysis;
  const ofVerdict = inconclusive === null ? [sharedFacts, callFacts, timeFacts, loadFacts, costFacts] : [callFacts, timeFacts];
  const parts = totals.fetches.ok === 0 ? [verdictFacts] : [verdictFacts, ...ofVerdict];
  return parts.flatMap((part) => part(on, analysis));
};
