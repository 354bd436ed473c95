/** The drawings of the web page, drawn here so that they are there without a script and on paper. Colours are names of the style sheet. */
import type { Analysis, Finding, KeyResult, PolicyResult } from '../analysis/result.js';
import { h, type Markup, none, when } from './html-markup.js';
import { count, duration, plural, seconds } from './words.js';

/** Units across a drawing; it is stretched to the room there is. */
const WIDE = 1000;

const near = (value: number): number => Number(value.toFixed(2));

const clock = (ms: number, days: boolean): string => {
  const iso = new Date(ms).toISOString();
  return days ? iso.slice(5, 16).replace('T', ' ') : iso.slice(11, 19);
};

/** Five times below a drawing, from end to end; UTC. */
export const timeAxis = (fromMs: number, toMs: number): Markup => {
  const days = toMs - fromMs > 86_400_000;
  const at = [0, 0.25, 0.5, 0.75, 1].map((share) => clock(fromMs + share * (toMs - fromMs), days));
  return h`<div class="axis" aria-hidden="true">${at.map((text) => h`<span>${text}</span>`)}</div>`;
};

type Step = Analysis['timeline'][number];

/** An area under steps, the first of which is the `first` of `of` that the drawing spans. */
export const stepsPath = (
  values: readonly number[],
  { first, of }: { first: number; of: number },
  most: number,
  high: number,
): string => {
  const wide = WIDE / of;
  const up = (value: number): number => near(high - (value / most) * high);
  const tops = values.map((value, index) => `L${near((first + index) * wide)} ${up(value)}H${near((first + index + 1) * wide)}`);
  return `M${near(first * wide)} ${high}${tops.join('')}V${high}Z`;
};

/** Requests behind fetches behind necessary fetches, as areas on one scale. */
export const timelineChart = ({ timeline }: Analysis): Markup => {
  const high = 220;
  const most = Math.max(1, ...timeline.map(({ requests, fetches }) => Math.max(requests, fetches)));
  const area = (name: keyof Omit<Step, 'from'>): Markup =>
    h`<path class="area-${name}" d="${stepsPath(
      timeline.map((step) => step[name]),
      { first: 0, of: timeline.length },
      most,
      high,
    )}"/>`;
  return h`<svg viewBox="0 0 ${WIDE} ${high}" preserveAspectRatio="none" height="${high}" role="img" aria-label="Requests, token fetches and necessary fetches over time; the table below holds the figures">${area('requests')}${area('fetches')}${area('necessary')}</svg>`;
};

const SPARK = 40;

/** The fetches of a finding over the whole window: the redundant ones below, the others on top of them. */
export const findingChart = ({ id, timeline: when_ }: Finding, { timeline, window }: Analysis): Markup => {
  const start = timeline[0];
  if (when_ === null || start === undefined || window === null) return none;
  const { first, fetches, redundant } = when_;
  const most = Math.max(1, ...fetches);
  const sum = (list: readonly number[]): number => list.reduce((all, one) => all + one, 0);
  const stepMs = stepOf(timeline, window);
  const fromMs = Date.parse(start.from);
  const span = { first, of: timeline.length };
  const area = (name: string, values: readonly number[]): Markup =>
    h`<path class="${name}" d="${stepsPath(values, span, most, SPARK)}"/>`;
  const says = `${plural(sum(fetches), 'fetch', 'fetches')}${sum(redundant) === 0 ? '' : `, ${count(sum(redundant))} of them redundant`}`;
  return h`<div class="spark" data-finding="${id}"><h4>When <span class="spark-says">${says}; at most ${count(most)} in ${duration(stepMs)}</span></h4><svg viewBox="0 0 ${WIDE} ${SPARK}" preserveAspectRatio="none" height="${SPARK}" role="img" aria-label="Fetches over time: ${says}">${area('others', fetches)}${when(sum(redundant) > 0, () => area('redundant', redundant))}</svg>${timeAxis(fromMs, fromMs + timeline.length * stepMs)}</div>`;
};

/** How long a step of the timeline is, in ms. */
export const stepOf = ([first, second]: Analysis['timeline'], window: { readonly from: string; readonly to: string }): number =>
  Math.max(
    1,
    first === undefined ? 0 : (second === undefined ? Date.parse(window.to) : Date.parse(second.from)) - Date.parse(first.from),
  );

type Life = Analysis['lives'][number];

/** Bars in one lane lie below each other; more than these lie on top of each other, which makes them darker. */
const MOST_ROWS = 8;
const ROW = 6;
const TICKS = 8;
/** The shortest life that a verdict assumes where no log holds the real one. */
const ASSUMED_LIFE_MS = 300_000;

interface Lane {
  readonly client: string;
  readonly holder: string;
  readonly lives: readonly { readonly life: Life; readonly fromMs: number; readonly toMs: number; readonly row: number }[];
  readonly mostAlive: number;
}

const laneOf = (client: string, holder: string, lives: readonly Life[]): Lane => {
  const sorted = lives
    .map((life) => ({ life, fromMs: Date.parse(life.from) }))
    .sort((a, b) => a.fromMs - b.fromMs)
    .map((each) => ({ ...each, toMs: each.fromMs + (each.life.lifetimeSeconds ?? ASSUMED_LIFE_MS / 1000) * 1000 }));
  const ends: number[] = [];
  const alive: number[] = [];
  let mostAlive = 0;
  let turn = 0;
  const drawn = sorted.map((each) => {
    for (let at = alive.length - 1; at >= 0; at -= 1) if (alive[at]! <= each.fromMs) alive.splice(at, 1);
    alive.push(each.toMs);
    mostAlive = Math.max(mostAlive, alive.length);
    // What was needed is the first row, so that all below it is what was not.
    if (each.life.verdict !== 'redundant') return { ...each, row: 0 };
    const free = ends.findIndex((end) => end <= each.fromMs);
    if (free < 0) turn += 1;
    const row = free >= 0 ? free : ends.length < MOST_ROWS - 1 ? ends.length : turn % (MOST_ROWS - 1);
    ends[row] = Math.max(ends[row] ?? 0, each.toMs);
    return { ...each, row: row + 1 };
  });
  return { client, holder, lives: drawn, mostAlive };
};

/** One lane for each client and holder, in the order of the result: most redundant first. */
export const lanesOf = ({ lives }: Analysis): readonly Lane[] => {
  const groups = new Map<string, { client: string; holder: string; lives: Life[] }>();
  for (const life of lives) {
    const id = `${life.key}\0${life.holder}`;
    const group = groups.get(id) ?? { client: life.key, holder: life.holder, lives: [] };
    group.lives.push(life);
    groups.set(id, group);
  }
  return [...groups.values()].map((group) => laneOf(group.client, group.holder, group.lives));
};

/** What the lanes span: from the first fetch that is drawn to the last, and as much of its life as is a fifth of that. */
export const lanesSpan = (lanes: readonly Lane[], window: { readonly toMs: number }): { fromMs: number; toMs: number } => {
  const all = lanes.flatMap(({ lives }) => lives);
  const first = all.reduce((least, { fromMs }) => Math.min(least, fromMs), Number.POSITIVE_INFINITY);
  const last = all.reduce((most, { fromMs }) => Math.max(most, fromMs), 0);
  const end = all.reduce((most, { toMs }) => Math.max(most, toMs), 0);
  const room = Math.min(end, Math.max(window.toMs, last + 1000), last + Math.max(1000, (last - first) / 5));
  return { fromMs: first, toMs: Math.max(first + 1000, room) };
};

const tally = ({ lives }: Lane): string =>
  (['necessary', 'ahead', 'redundant', 'unknown'] as const)
    .map((verdict) => [lives.filter(({ life }) => life.verdict === verdict).length, verdict] as const)
    .filter(([many]) => many > 0)
    .map(([many, verdict]) => `${count(many)} ${verdict === 'unknown' ? 'undecided' : verdict}`)
    .join(', ');

/** A bar for each token from its fetch to its end, a tick for each fetch. */
export const laneChart = (lane: Lane, span: { readonly fromMs: number; readonly toMs: number }): Markup => {
  const rows = Math.max(1, ...lane.lives.map(({ row }) => row + 1));
  const high = TICKS + rows * ROW + 2;
  const x = (ms: number): number => near(((ms - span.fromMs) / (span.toMs - span.fromMs)) * WIDE);
  const bars = lane.lives.map(({ life, fromMs, toMs, row }) => {
    const start = x(fromMs);
    const wide = near(Math.max(0.8, Math.min(WIDE, x(toMs)) - start));
    const guessed = life.lifetimeSeconds === null ? ' guessed' : '';
    return h`<rect class="${life.verdict}${guessed}" x="${start}" y="${TICKS + row * ROW}" width="${wide}" height="${ROW - 1}"/>`;
  });
  const ticks = (['necessary', 'ahead', 'redundant', 'unknown'] as const).map((verdict) => {
    const at = lane.lives.filter(({ life }) => life.verdict === verdict).map(({ fromMs }) => `M${x(fromMs)} 0v${TICKS - 1}`);
    return at.length === 0 ? none : h`<path class="tick ${verdict}" d="${at.join('')}"/>`;
  });
  const says = `${lane.client} at ${lane.holder}: ${plural(lane.lives.length, 'fetch', 'fetches')}, ${tally(lane)}; at most ${plural(lane.mostAlive, 'token')} valid at once`;
  const rest = `${plural(lane.lives.length, 'fetch', 'fetches')}: ${tally(lane)}; up to ${plural(lane.mostAlive, 'token')} valid at once`;
  return h`<div class="lane" data-client="${lane.client}" data-holder="${lane.holder}"><div class="lane-name"><b>${lane.client}</b> <span>${lane.holder}</span><small class="lane-says">${rest}</small></div><svg viewBox="0 0 ${WIDE} ${high}" preserveAspectRatio="none" height="${high}" role="img" aria-label="${says}">${bars}${ticks}</svg></div>\n`;
};

/** Gaps between fetches as bars with their numbers: a list, so that it reads as one. */
export const histogramChart = ({ histogram }: Finding, key: KeyResult | undefined): Markup => {
  if (histogram === null) return none;
  const { fromMs, counts } = histogram;
  const most = Math.max(...counts);
  if (counts.length === 0 || most <= 0) return none;
  const life = key?.lifetimeSeconds?.median;
  // A healthy cache fetches once in nine tenths of a life, or a little earlier.
  const healthy = life === undefined ? -1 : fromMs.findLastIndex((from) => from <= life * 900);
  const drawn = counts.map((times, index) => times > 0 || index === healthy);
  const [start, end] = [drawn.indexOf(true), drawn.lastIndexOf(true)];
  return h`<div class="histogram"><h4>Gap between fetches of a holder, from</h4><ul>${counts
    .slice(start, end + 1)
    .map((times, at) => {
      const index = start + at;
      const wide = times === 0 ? 0 : near(Math.max(0.5, (times / most) * 100));
      return h`<li><span class="n">${duration(fromMs[index] ?? 0)}</span><span class="bar" aria-hidden="true"><i style="width:${wide}%"></i></span><span class="n">${count(times)}</span>${when(index === healthy, () => h`<em>healthy is here</em>`)}</li>`;
    })}</ul></div>`;
};

/** How far a number of fetches reaches on a scale in powers, in percent. */
export const onScale = (fetches: number, most: number): number =>
  most <= 1 ? (fetches > 0 ? 100 : 0) : near(Math.min(100, (Math.log10(1 + fetches) / Math.log10(1 + most)) * 100));

/** Fetches (up, in powers) against how long a revoked token goes on being used (right). Marks are those of the table. */
export const frontierChart = (rows: readonly (PolicyResult & { readonly mark: string })[]): Markup => {
  const points = rows.filter(
    ({ policy, fetches, revocationDelaySeconds }) =>
      policy !== 'bound' && fetches.high !== null && fetches.high > 0 && revocationDelaySeconds !== null,
  );
  const far = Math.max(0, ...points.map(({ revocationDelaySeconds }) => revocationDelaySeconds ?? 0));
  const most = Math.max(0, ...rows.map(({ fetches }) => fetches.high ?? fetches.low));
  if (points.length < 3 || far === 0) return none;
  return h`<figure class="frontier"><figcaption>Fetches (up, in powers of ten) against how long a revoked token is still used (right): the lower left is best. Numbers are those of the table.</figcaption><div class="plot" aria-hidden="true"><span class="y top">${count(most)}</span><span class="y low">0</span><div class="field">${points.map(
    ({ mark, title, fetches, revocationDelaySeconds }) =>
      h`<i class="${mark === '' ? 'logged' : ''}" style="left:${near(Math.sqrt((revocationDelaySeconds ?? 0) / far) * 100)}%;bottom:${onScale(fetches.high ?? 0, most)}%" title="${title}">${mark === '' ? '*' : mark}</i>`,
  )}</div><span class="x left">0 s</span><span class="x right">${seconds(far)}</span></div></figure>`;
};
