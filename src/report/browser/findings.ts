/** Findings follow the range chosen in the chart: their drawings show it, their words count what begins in it, and those without any go. */

export interface FindingTimes {
  readonly id: string;
  /** Counts in the steps of the run's timeline from step `first` on; null: no times are kept. */
  readonly timeline: {
    readonly first: number;
    readonly fetches: readonly number[];
    readonly redundant: readonly number[];
  } | null;
}

/** Steps of the timeline, both ends included. */
export interface Chosen {
  readonly first: number;
  readonly last: number;
  readonly of: number;
}

const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');
const plural = (value: number): string => `${count(value)} ${value === 1 ? 'fetch' : 'fetches'}`;

/** Returns how many of those with times have a fetch in the range, and of how many. */
export const findingsFollow = (findings: readonly FindingTimes[]): ((chosen: Chosen) => { some: number; of: number }) => {
  const timed = findings.flatMap(({ id, timeline }) => {
    const spark = document.querySelector<HTMLElement>(`.spark[data-finding="${CSS.escape(id)}"]`);
    if (timeline === null || spark === null) return [];
    return {
      timeline,
      article: spark.closest<HTMLElement>('.finding'),
      drawing: spark.querySelector('svg'),
      axis: spark.querySelector<HTMLElement>('.axis'),
      says: spark.querySelector('.spark-says'),
      before: spark.querySelector('.spark-says')?.textContent ?? '',
      cards: [...document.querySelectorAll<HTMLElement>(`.in-range[data-finding="${CSS.escape(id)}"]`)],
    };
  });
  return ({ first, last, of }) => {
    const whole = first === 0 && last === of - 1;
    let some = 0;
    for (const { timeline, article, drawing, axis, says, before, cards } of timed) {
      const inside = (list: readonly number[]): number =>
        list
          .slice(Math.max(0, first - timeline.first), Math.max(0, last + 1 - timeline.first))
          .reduce((all, one) => all + one, 0);
      const [fetches, redundant] = [inside(timeline.fetches), inside(timeline.redundant)];
      if (fetches > 0) some += 1;
      article?.classList.toggle('outside', fetches === 0);
      const wide = 1000 / of;
      const high = drawing?.getAttribute('height') ?? '40';
      drawing?.setAttribute('viewBox', `${first * wide} 0 ${(last + 1 - first) * wide} ${high}`);
      if (axis !== null) axis.hidden = !whole;
      const text = `${plural(fetches)}${redundant === 0 ? '' : `, ${count(redundant)} redundant`}`;
      if (says !== null) says.textContent = whole ? before : `in this range: ${text}`;
      for (const card of cards)
        card.textContent = whole ? '' : fetches === 0 ? 'nothing in this range' : `in this range: ${text}`;
    }
    return { some, of: timed.length };
  };
};
