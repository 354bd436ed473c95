/** Drawings of two results on the same scales: pairs of bars, intervals around no change, and both timelines. */
import type { Analysis } from '../analysis/result.js';
import type { Change } from '../simulation/compare.js';
import { stepOf, stepsPath } from './html-charts.js';
import { h, type Markup, none, type Part, table } from './html-markup.js';
import { count, duration, rate } from './words.js';

const near = (value: number): number => Number(value.toFixed(2));

/** Before above after; both of the same length are the same number. */
export const pairBars = (before: number | null, after: number | null, most: number): Markup => {
  const bar = (name: string, value: number | null): Markup =>
    h`<i class="${name}" style="width:${value === null || most <= 0 ? 0 : near(Math.min(100, (value / most) * 100))}%"></i>`;
  return h`<div class="pair" aria-hidden="true">${bar('before', before)}${bar('after', after)}</div>`;
};

/** Where a change lies on the scale of its kind: ratios by their logarithm, so that half and double are as far from none. */
const place = ({ kind }: Change, value: number): number => (kind === 'relative' ? Math.log(Math.max(1e-4, 1 + value)) : value);

/** The interval of a change around none, on the scale of all changes of its kind. */
export const intervalChart = (one: Change, all: readonly Change[]): Part => {
  const { change, low, high, kind } = one;
  if (low === null || high === null) return none;
  const alike = all.filter((each) => each.kind === kind && each.low !== null && each.high !== null);
  const reach = Math.max(
    kind === 'relative' ? 0.1 : 0.02,
    ...alike.flatMap((each) => [each.low!, each.high!].map((end) => Math.abs(place(each, end)))),
  );
  const x = (value: number): number => near(50 + (place(one, value) / reach) * 48);
  const [from, to] = [x(low), x(high)];
  const dot = change === null ? none : h`<b style="left:${x(change)}%"></b>`;
  return h`<div class="interval" aria-hidden="true"><i style="left:${from}%;width:${near(Math.max(0.6, to - from))}%"></i>${dot}</div>`;
};

const HIGH = 150;
const MINUTE_MS = 60_000;

interface Side {
  readonly name: string;
  readonly analysis: Analysis;
  readonly stepMs: number;
  readonly lastsMs: number;
}

const sideOf = (name: string, analysis: Analysis): Side => {
  const { timeline, window } = analysis;
  const stepMs = window === null ? 1 : stepOf(timeline, window);
  return { name, analysis, stepMs, lastsMs: stepMs * timeline.length };
};

const figures = ['requests', 'fetches', 'necessary'] as const;

/** One below the other: a minute is as wide in both, and a fetch a minute as high. */
export const bothOverTime = (before: Analysis, after: Analysis): Part => {
  const sides = [sideOf('Before', before), sideOf('After', after)];
  if (sides.some(({ analysis }) => analysis.window === null || analysis.timeline.length === 0)) return none;
  const perMinute = (value: number, { stepMs }: Side): number => (value * MINUTE_MS) / stepMs;
  const longest = Math.max(...sides.map(({ lastsMs }) => lastsMs));
  const most = Math.max(
    1,
    ...sides.flatMap((one) => one.analysis.timeline.map(({ requests, fetches }) => perMinute(Math.max(requests, fetches), one))),
  );
  const draw = (one: Side): Markup => {
    const area = (name: (typeof figures)[number]): Markup =>
      h`<path class="area-${name}" d="${stepsPath(
        one.analysis.timeline.map((step) => perMinute(step[name], one)),
        { first: 0, of: longest / one.stepMs },
        most,
        HIGH,
      )}"/>`;
    return h`<div class="side"><h3>${one.name} <small>${duration(one.lastsMs)}</small></h3><svg viewBox="0 0 1000 ${HIGH}" preserveAspectRatio="none" height="${HIGH}" role="img" aria-label="${one.name}: requests, token fetches and necessary fetches a minute; the table below holds the figures">${figures.map(area)}</svg></div>`;
  };
  const times = [0, 0.25, 0.5, 0.75, 1].map((share) => duration(share * longest));
  const sum = ({ analysis }: Side, name: (typeof figures)[number]): number =>
    analysis.timeline.reduce((total, step) => total + step[name], 0);
  return h`<p class="lead">A minute is as wide and a fetch a minute as high in both; the top is ${rate(most)} a minute.</p><ul class="key"><li class="c-calls">requests</li><li class="c-redundant">token fetches</li><li class="c-necessary">necessary fetches</li></ul>${sides.map(draw)}<div class="axis" aria-hidden="true">${times.map((text) => h`<span>${text}</span>`)}</div>${table(
    'Both timelines',
    [
      { title: 'side' },
      ...figures.flatMap((name) => [
        { title: name, figure: true },
        { title: `${name} a minute`, figure: true },
      ]),
    ],
    sides.map((one) => ({
      cells: [
        { shows: one.name },
        ...figures.flatMap((name) => {
          const total = sum(one, name);
          const each = (total * MINUTE_MS) / one.lastsMs;
          return [
            { shows: count(total), by: total },
            { shows: rate(each), by: each },
          ];
        }),
      ],
    })),
  )}`;
};
