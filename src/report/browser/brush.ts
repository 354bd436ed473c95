/** The chart over time, and the range chosen in it: by dragging or by two sliders. What has a time shows only what lies in the range. */
import uPlot from 'uplot';
import { type FindingTimes, findingsFollow } from './findings.js';

interface Step {
  readonly from: string;
  readonly requests: number;
  readonly fetches: number;
  readonly necessary: number;
}

interface Life {
  readonly key: string;
  readonly holder: string;
  readonly from: string;
  readonly verdict: 'necessary' | 'ahead' | 'redundant' | 'unknown';
}

interface Result {
  readonly timeline: readonly Step[];
  readonly lives: readonly Life[];
  readonly findings: readonly FindingTimes[];
}

const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');
const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 19);
const dayAndClock = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
const color = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const find = <E extends Element>(selector: string): E | null => document.querySelector<E>(selector);

const words = { necessary: 'necessary', ahead: 'ahead', redundant: 'redundant', unknown: 'undecided' } as const;

/** The lanes are stretched so that they show the range; their words count what begins in it. */
const lanes = (lives: readonly Life[]): ((fromMs: number, toMs: number, whole: boolean) => void) => {
  const box = find<HTMLElement>('#lanes');
  if (box === null) return () => {};
  const [first, last] = [Number(box.dataset.from), Number(box.dataset.to)];
  const nothingDrawn = find<HTMLElement>('#lanes-none');
  const all = [...box.querySelectorAll<HTMLElement>('.lane')].map((lane) => ({
    lane,
    drawing: lane.querySelector('svg'),
    says: lane.querySelector('.lane-says'),
    before: lane.querySelector('.lane-says')?.textContent ?? '',
    lives: lives.filter(({ key, holder }) => key === lane.dataset.client && holder === lane.dataset.holder),
  }));
  const axis = find<HTMLElement>('#lane-axis');
  const times = [...document.querySelectorAll('#lane-axis span')];
  return (fromMs, toMs, whole) => {
    const start = whole ? first : Math.max(first, Math.min(fromMs, last));
    const end = whole ? last : Math.min(last, Math.max(toMs, first));
    const nothing = end <= start;
    const x = (ms: number): number => ((ms - first) / (last - first)) * 1000;
    times.forEach((time, index) => {
      time.textContent = nothing ? '' : clock(start + (index / Math.max(1, times.length - 1)) * (end - start));
    });
    let some = 0;
    for (const { lane, drawing, says, before, lives: own } of all) {
      drawing?.setAttribute(
        'viewBox',
        nothing
          ? `2000 0 1 ${drawing.getAttribute('height')}`
          : `${x(start)} 0 ${x(end) - x(start)} ${drawing.getAttribute('height')}`,
      );
      const inside = own.filter(({ from }) => Date.parse(from) >= fromMs && Date.parse(from) < toMs);
      lane.classList.toggle('outside', !whole && inside.length === 0);
      if (inside.length > 0) some += 1;
      if (says === null) continue;
      const parts = (['necessary', 'ahead', 'redundant', 'unknown'] as const)
        .map((verdict) => [inside.filter((life) => life.verdict === verdict).length, words[verdict]] as const)
        .filter(([many]) => many > 0)
        .map(([many, word]) => `${count(many)} ${word}`);
      says.textContent = whole ? before : `in this range: ${parts.length === 0 ? 'no fetch drawn' : parts.join(', ')}`;
    }
    const isEmpty = !whole && some === 0;
    if (nothingDrawn !== null) nothingDrawn.hidden = !isEmpty;
    if (axis !== null) axis.hidden = isEmpty;
  };
};

const draw = (at: HTMLElement, steps: readonly Step[], stepMs: number, chosen: (from: number, to: number) => void): uPlot => {
  const last = steps.at(-1)!;
  // Steps end where the next begins: one more point closes the last.
  const column = (of: (step: Step) => number): number[] => [...steps.map(of), of(last)];
  const times = [...steps.map(({ from }) => Date.parse(from) / 1000), (Date.parse(last.from) + stepMs) / 1000];
  const stepped = uPlot.paths.stepped!({ align: 1 });
  const series = (label: string, name: string, wide: number): uPlot.Series => ({
    label,
    stroke: () => color(name),
    fill: () => color(name),
    width: wide,
    paths: stepped,
    points: { show: false },
    value: (_, value) => (value === null ? '' : count(value)),
  });
  const axis = {
    stroke: () => color('--soft'),
    grid: { stroke: () => color('--line'), width: 1 },
    ticks: { stroke: () => color('--line'), width: 1 },
    font: '12px system-ui, sans-serif',
  };
  const long = times.at(-1)! - times[0]! > 86_400;
  return new uPlot(
    {
      width: Math.max(260, at.clientWidth),
      height: 280,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
      cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false } },
      scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.05)] } },
      series: [
        { label: 'UTC', value: (_, value) => (value === null ? '' : dayAndClock(value * 1000)) },
        series('requests', '--calls', 1),
        series('fetches', '--tax', 1),
        series('necessary', '--need', 1),
      ],
      axes: [
        {
          ...axis,
          space: 90,
          values: (_, splits) =>
            splits.map((each) => (long ? dayAndClock(each * 1000).slice(5, 16) : clock(each * 1000).replace(/:00$/, ''))),
        },
        { ...axis, size: 58, values: (_, splits) => splits.map((each) => (Number.isInteger(each) ? count(each) : '')) },
      ],
      hooks: {
        setSelect: [
          (chart) => {
            if (chart.select.width < 2) return;
            const inside = (pixel: number): number =>
              Math.max(0, Math.min(steps.length - 1, Math.floor((chart.posToVal(pixel, 'x') - times[0]!) / (stepMs / 1000))));
            chosen(inside(chart.select.left), inside(chart.select.left + chart.select.width - 0.01));
          },
        ],
      },
    },
    [times, column(({ requests }) => requests), column(({ fetches }) => fetches), column(({ necessary }) => necessary)],
    at,
  );
};

export const brush = (): void => {
  const at = find<HTMLElement>('#chart');
  const [from, to] = [find<HTMLInputElement>('#from'), find<HTMLInputElement>('#to')];
  const data = JSON.parse(find('#result')?.textContent ?? 'null') as Result | null;
  const steps = data?.timeline ?? [];
  if (at === null || from === null || to === null || data === null || steps.length === 0) return;
  const firstMs = Date.parse(steps[0]!.from);
  const stepMs = steps.length > 1 ? Date.parse(steps[1]!.from) - firstMs : 1000;
  const showLanes = lanes(data.lives);
  const showFindings = findingsFollow(data.findings);
  // Rows of the table, and lines to look at.
  const rows = [...document.querySelectorAll<HTMLElement>('[data-at]')];
  let chart: uPlot | undefined;

  const show = (first: number, last: number): void => {
    const whole = first === 0 && last === steps.length - 1;
    const [start, end] = [firstMs + first * stepMs, firstMs + (last + 1) * stepMs];
    const inside = steps.slice(first, last + 1);
    const sum = (of: (step: Step) => number): number => inside.reduce((all, step) => all + of(step), 0);
    from.value = String(first);
    to.value = String(last);
    for (const [input, output, ms] of [
      [from, '#from-says', start],
      [to, '#to-says', end],
    ] as const) {
      const text = dayAndClock(ms);
      input.setAttribute('aria-valuetext', `${text} UTC`);
      const says = find(output);
      if (says !== null) says.textContent = text;
    }
    for (const row of rows) row.hidden = Number(row.dataset.at) < start || Number(row.dataset.at) >= end;
    showLanes(start, end, whole);
    const shown = showFindings({ first, last, of: steps.length });
    const [requests, fetches, necessary] = [sum((s) => s.requests), sum((s) => s.fetches), sum((s) => s.necessary)];
    const says = find('#chosen');
    if (says !== null)
      says.textContent = `${whole ? 'Whole window' : `${dayAndClock(start)} to ${clock(end)} UTC`}: ${count(requests)} requests, ${count(fetches)} token fetches, ${count(necessary)} of them necessary.${whole ? '' : `${shown.of === 0 ? '' : ` ${shown.some} of ${shown.of} ${shown.of === 1 ? 'finding' : 'findings'} ${shown.some === 1 ? 'has' : 'have'} fetches in this range.`} Policies, costs and tables of clients are of the whole window.`}`;
    if (chart === undefined) return;
    const left = chart.valToPos(start / 1000, 'x');
    const width = whole ? 0 : chart.valToPos(end / 1000, 'x') - left;
    chart.setSelect({ left: whole ? 0 : left, width, top: 0, height: whole ? 0 : chart.over.clientHeight }, false);
  };

  const chosen = (): readonly [number, number] => [Number(from.value), Number(to.value)];
  const make = (): void => {
    chart?.destroy();
    chart = draw(at, steps, stepMs, show);
    // The drawing has its words in the line below and its figures in the table.
    at.querySelector('.uplot')?.setAttribute('aria-hidden', 'true');
    requestAnimationFrame(() => show(...chosen()));
  };
  from.addEventListener('input', () => show(Math.min(Number(from.value), Number(to.value)), Number(to.value)));
  to.addEventListener('input', () => show(Number(from.value), Math.max(Number(from.value), Number(to.value))));
  find('#whole')?.addEventListener('click', () => show(0, steps.length - 1));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', make);
  let width = 0;
  new ResizeObserver(() => {
    if (at.clientWidth === width || at.clientWidth === 0) return;
    width = at.clientWidth;
    make();
  }).observe(at);
  show(0, steps.length - 1);
};
