/**
 * The definitions of the perfect cache once more, the obvious way: plain arrays, exact fractions, a fresh search at every step. Slow,
 * and shares no code with what it checks.
 */
export interface SlowFetch {
  readonly start: number;
  readonly life: number;
  readonly usable: number;
}

export interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

function plus(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom };
}

/** N(F), and the sum of which it is the floor. */
export function slowCover(fetches: readonly SlowFetch[], windowEnd: number): { n: number; sum: Fraction } {
  if (fetches.length === 0) return { n: 0, sum: { top: 0n, bottom: 1n } };
  let sum: Fraction = { top: 1n, bottom: 1n };
  let longest = 0;
  fetches.forEach((fetch, i) => {
    const next = fetches[i + 1];
    if (next === undefined) return;
    const gap = next.start - fetch.start;
    longest = Math.max(longest, gap);
    sum = plus(sum, { top: BigInt(Math.min(gap, fetch.usable)), bottom: BigInt(fetch.usable) });
  });
  const last = fetches.at(-1)!;
  const tail = Math.max(0, Math.min(windowEnd - last.start, longest, last.usable - 1));
  sum = plus(sum, { top: BigInt(tail), bottom: BigInt(last.usable) });
  return { n: Number(sum.top / sum.bottom), sum };
}

/** When the perfect cache fetches. */
export function slowWalk(demand: readonly number[], fetches: readonly SlowFetch[], duration: number): number[] {
  const made: number[] = [];
  let usableUntil = Number.NEGATIVE_INFINITY;
  for (const t of demand) {
    if (t < usableUntil) continue;
    const before = fetches.filter(({ start }) => start <= t);
    const life = before.length > 0 ? before.at(-1)!.usable : fetches[0]!.usable;
    usableUntil = t + duration + life;
    made.push(t);
  }
  return made;
}

/** Which fetches are timely. Lifetimes that are multiples of 20 ms keep the fractions out of it. */
export function slowTimely(fetches: readonly SlowFetch[], resolution: number, refused: readonly number[]): boolean[] {
  const granted: number[] = [];
  return fetches.map(({ start }, i) => {
    if (i === 0) return true;
    const previous = fetches[i - 1]!;
    const enough = previous.life / 2 - Math.max(previous.life / 20, resolution);
    if (start - previous.start >= enough) return true;
    const revoked = refused.some((at) => at <= start && start - at <= 2_000);
    if (!revoked || granted.some((at) => start - at < 60_000)) return false;
    granted.push(start);
    return true;
  });
}

/** Nearest rank, on a sorted copy. */
export function slowQuantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length - 1e-9) - 1)] ?? 0;
}

export interface SlowVerdict {
  readonly necessary: number;
  readonly ahead: number;
  readonly redundant: number;
}

/** The formulas of the design, where the resolution does not matter. */
export function slowVerdict(ok: number, n: number, timely: number): SlowVerdict {
  const necessary = Math.min(n, ok);
  return {
    necessary,
    ahead: Math.max(0, Math.min(timely, ok) - necessary),
    redundant: Math.max(0, ok - Math.max(n, timely)),
  };
}

/** Takes `redundant` fetches: round by round the latest of each life, the last life first; when none is left, the untimely anchors. */
export function slowChoice(
  fetches: readonly SlowFetch[],
  duration: number,
  timely: readonly boolean[],
  redundant: number,
): boolean[] {
  const lives: { anchor: number; others: number[] }[] = [];
  fetches.forEach(({ start }, i) => {
    const life = lives.at(-1);
    const anchor = life && fetches[life.anchor]!;
    if (life === undefined || start >= anchor!.start + duration + anchor!.usable) lives.push({ anchor: i, others: [] });
    else if (!timely[i]) life.others.push(i);
  });
  lives.reverse();
  const order: number[] = [];
  while (lives.some(({ others }) => others.length > 0)) {
    for (const { others } of lives) if (others.length > 0) order.push(others.pop()!);
  }
  for (const { anchor } of lives) if (!timely[anchor]) order.push(anchor);
  const chosen = new Set(order.slice(0, redundant));
  return fetches.map((_, i) => chosen.has(i));
}
