/** Figures over time: the timeline of a run, and the lives of its tokens. */
import type { HolderVerdict, KeyVerdict } from './assess-key.js';
import type { Window } from './demand.js';
import type { FileTally } from './part.js';
import { typicalDurationMs, usableMs } from './perfect-cache.js';
import type { Analysis } from './result.js';

const BUCKETS = 120;
const MAX_LIVES = 500;

const verdictWords = ['unknown', 'necessary', 'ahead', 'redundant'] as const;
const UNDECIDED = 0;
const NECESSARY = 1;
const AHEAD = 2;
const REDUNDANT = 3;

/**
 * A verdict for each single fetch, so that they add up to the counts: the redundant ones are flagged; of the others those that a
 * perfect cache would have made are necessary, the earliest first, then come the ones ahead, and what is left is unknown. Indexes
 * into `verdictWords`.
 */
function verdictsOf(holder: HolderVerdict, life: (index: number) => number | undefined): Uint8Array {
  const { fetches, redundantFlags, necessary, ahead } = holder;
  const out = new Uint8Array(fetches.count);
  let left = necessary;
  let until = -Infinity;
  const typical = typicalDurationMs(fetches);
  for (let index = 0; index < fetches.count; index += 1) {
    if (redundantFlags[index] === 1) out[index] = REDUNDANT;
    else if (left > 0 && fetches.startMs[index]! >= until) {
      out[index] = NECESSARY;
      left -= 1;
      until = fetches.startMs[index]! + typical + usableMs(life(index) ?? 300_000, { kind: 'default' });
    }
  }
  let leftAhead = ahead;
  for (let index = 0; index < fetches.count && (left > 0 || leftAhead > 0); index += 1) {
    if (out[index] !== UNDECIDED) continue;
    if (left > 0) {
      out[index] = NECESSARY;
      left -= 1;
    } else {
      out[index] = AHEAD;
      leftAhead -= 1;
    }
  }
  return out;
}

const lifeOf =
  ({ lives }: KeyVerdict, holder: number): ((index: number) => number | undefined) =>
  (index) => {
    const life = lives[holder];
    return life === undefined || typeof life === 'number' ? life : life[index];
  };

/** Buckets of a power of two seconds, aligned to the epoch, so that the cells of the files add up exactly. */
export function timelineOfRun(
  judged: readonly KeyVerdict[],
  tallies: readonly FileTally[],
  window: Window,
): Analysis['timeline'] {
  let widthMs = 1000;
  while (
    (window.toMs - window.fromMs) / widthMs > BUCKETS ||
    tallies.some(({ requestsOverTime }) => requestsOverTime.widthMs > widthMs)
  )
    widthMs *= 2;
  const first = Math.floor(window.fromMs / widthMs);
  const count = Math.floor(window.toMs / widthMs) - first + 1;
  const requests = new Float64Array(count);
  const fetches = new Float64Array(count);
  const necessary = new Float64Array(count);
  const at = (ms: number): number => Math.min(count - 1, Math.max(0, Math.floor(ms / widthMs) - first));
  for (const { requestsOverTime } of tallies) {
    requestsOverTime.forEach((fromMs, by) => {
      requests[at(fromMs)]! += by;
    });
  }
  for (const key of judged) {
    key.holders.forEach((holder, index) => {
      verdictsOf(holder, lifeOf(key, index)).forEach((verdict, fetch) => {
        const bucket = at(holder.fetches.startMs[fetch]!);
        fetches[bucket]! += 1;
        if (verdict === NECESSARY) necessary[bucket]! += 1;
      });
    });
  }
  return Array.from({ length: count }, (_, bucket) => ({
    from: new Date((first + bucket) * widthMs).toISOString(),
    requests: requests[bucket]!,
    fetches: fetches[bucket]!,
    necessary: necessary[bucket]!,
  }));
}

/** The first tokens of the keys with the most redundant fetches. */
export function livesOf(judged: readonly KeyVerdict[]): Analysis['lives'] {
  const out: {
    key: string;
    holder: string;
    from: string;
    lifetimeSeconds: number | null;
    verdict: (typeof verdictWords)[number];
  }[] = [];
  for (const key of judged) {
    key.holders.forEach((holder, index) => {
      const room = MAX_LIVES - out.length;
      if (room <= 0) return;
      const life = lifeOf(key, index);
      const verdicts = verdictsOf(holder, life);
      for (let fetch = 0; fetch < Math.min(room, verdicts.length); fetch += 1) {
        const ms = life(fetch);
        out.push({
          key: key.key.key.client,
          holder: holder.holder,
          from: new Date(holder.fetches.startMs[fetch]!).toISOString(),
          lifetimeSeconds: ms === undefined ? null : ms / 1000,
          verdict: verdictWords[verdicts[fetch]!]!,
        });
      }
    });
  }
  return out;
}
