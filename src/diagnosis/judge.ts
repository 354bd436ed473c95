/** From symptoms to causes: which rules win, how sure that is, and which redundant fetch belongs to which. */
import { type Judgement, percent, type Rule } from './rule.js';
import { rules } from './rules/index.js';
import { tt199 } from './rules/tt199.js';
import type { Symptoms } from './symptoms.js';

export interface Cause {
  readonly rule: Pick<Rule, 'code' | 'title' | 'fix' | 'risk'>;
  readonly redundant: number;
  readonly confidence: number;
  readonly why: string;
  readonly whyNot: readonly { readonly code: string; readonly because: string }[];
}

/** About other things than too many ok fetches: they stand beside the cause of those. */
const APART = new Set(['TT107', 'TT109', 'TT110', 'TT112', 'TT117']);

/** Read off the requests themselves. */
const BY_PARTITION = new Set(['TT105', 'TT114']);

/** Weight of all causes that no rule knows. */
const OTHER_CAUSES = 0.08;

/** Below, no cause is more likely than the rest together. */
const DECIDED = 0.5;

/** Fewer redundant fetches than this, and than this share of the ok ones, are noise at the ends of a log. */
const LEAST_REDUNDANT = 3;
const LEAST_SHARE = 0.03;

interface Scored {
  readonly rule: Rule;
  readonly judged: Judgement;
}

/**
 * Confidence is the posterior of the rule: its score against those of all rules that explain the same fetches, with a flat prior and
 * a weight for causes unknown, shrunk by how little evidence there is (n pieces count n / (n + 1)).
 */
export function causesOf(symptoms: Symptoms): Cause[] {
  // What says of single requests whether they fetch leaves little for causes that only have the shape of the whole.
  const told = symptoms.partition?.fit ?? 0;
  const first = rules.map((rule): Scored => ({ rule, judged: rule.judge(symptoms) }));
  // So does what the answers themselves say.
  const answered = first.find(({ rule }) => rule.code === 'TT109')!.judged.score;
  const scored = first.map(({ rule, judged }): Scored => {
    const isOther = !BY_PARTITION.has(rule.code) && !APART.has(rule.code);
    const left = (isOther ? 1 - told : 1) * (APART.has(rule.code) || BESIDE.has(`${rule.code} TT109`) ? 1 : 1 - answered);
    return left === 1 ? { rule, judged } : { rule, judged: { ...judged, score: judged.score * left } };
  });
  const causes: Cause[] = [];
  let left = symptoms.redundant;
  for (const { rule, judged } of scored) {
    if (!APART.has(rule.code) || judged.score < DECIDED || judged.explains >= LEAST_REDUNDANT) continue;
    const confidence = shrunk(judged.score / (judged.score + OTHER_CAUSES), judged.pieces);
    causes.push({ rule, redundant: 0, confidence, why: judged.why, whyNot: [] });
  }
  if (symptoms.redundant < LEAST_REDUNDANT || symptoms.redundant < LEAST_SHARE * symptoms.ok) return causes;

  let rivals = scored.filter(({ rule, judged }) => judged.explains >= Math.max(1, rule.least) && judged.score > 0);
  const losers = scored.filter(({ rule }) => !['TT117', 'TT107'].includes(rule.code));
  while (left > 0 && rivals.length > 0) {
    const total = rivals.reduce((sum, { judged }) => sum + judged.score, OTHER_CAUSES);
    const order = [...rivals].sort((a, b) => b.judged.score - a.judged.score || (a.rule.code < b.rule.code ? -1 : 1));
    const best = order[0]!;
    const confidence = shrunk(best.judged.score / total, best.judged.pieces);
    if (confidence < DECIDED) break;
    const redundant = Math.min(left, best.judged.explains);
    left -= redundant;
    causes.push({ rule: best.rule, redundant, confidence, why: best.judged.why, whyNot: against(best.rule.code, losers) });
    if (left < Math.max(LEAST_REDUNDANT, 0.1 * symptoms.redundant)) return causes;
    // What is left has another cause: one that explains fetches beyond those of the first.
    rivals = rivals.filter(
      ({ rule, judged }) => rule !== best.rule && judged.explains > redundant * 0.1 && beside(best.rule.code, rule.code),
    );
  }
  if (left >= Math.max(LEAST_REDUNDANT, 0.1 * symptoms.redundant)) causes.push(undecided(symptoms, rivals, left));
  return causes;
}

/** Pairs of causes that one key can have at once; others exclude each other. */
const BESIDE = new Set([
  'TT103 TT111',
  'TT103 TT108',
  'TT103 TT106',
  'TT106 TT111',
  'TT106 TT101',
  'TT106 TT108',
  'TT103 TT113',
  'TT106 TT113',
  'TT110 TT101',
  'TT103 TT109',
]);
const beside = (a: string, b: string): boolean => BESIDE.has(`${a} ${b}`) || BESIDE.has(`${b} ${a}`);

const shrunk = (confidence: number, pieces: number): number => Math.round((100 * confidence * pieces) / (pieces + 1)) / 100;

/** The two rivals that came closest, or that a reader would think of first. */
function against(winner: string, scored: readonly Scored[]): Cause['whyNot'] {
  const first = RIVALS[winner] ?? [];
  return scored
    .filter(
      ({ rule, judged }) => rule.code !== winner && judged.against !== '' && (judged.score > 0.1 || first.includes(rule.code)),
    )
    .sort((a, b) => b.judged.score - a.judged.score || (a.rule.code < b.rule.code ? -1 : 1))
    .slice(0, 2)
    .map(({ rule, judged }) => ({ code: rule.code, because: judged.against }));
}

/** What each cause is taken for most easily. */
const RIVALS: Readonly<Record<string, readonly string[]>> = {
  TT101: ['TT111', 'TT106'],
  TT102: ['TT101', 'TT103'],
  TT103: ['TT106', 'TT101'],
  TT104: ['TT101', 'TT111'],
  TT105: ['TT106', 'TT101'],
  TT106: ['TT103', 'TT105'],
  TT108: ['TT111', 'TT101'],
  TT110: ['TT101'],
  TT111: ['TT101', 'TT108'],
  TT112: ['TT111', 'TT113'],
  TT113: ['TT103', 'TT112'],
};

function undecided(symptoms: Symptoms, rivals: readonly Scored[], left: number): Cause {
  const closest = [...rivals].sort((a, b) => b.judged.score - a.judged.score || (a.rule.code < b.rule.code ? -1 : 1)).slice(0, 2);
  const total = closest.reduce((sum, { judged }) => sum + judged.score, OTHER_CAUSES);
  const top = closest[0]?.judged.score ?? 0;
  const whyNot = closest.map(({ rule, judged }) => ({
    code: rule.code,
    because: `${judged.against}; the log would have to show: ${rule.needs.filter((field) => field !== 'start' && field !== 'status').join(', ')}`,
  }));
  const why = `${left} redundant fetches, ${percent(left / symptoms.ok)} of those that were ok, fit no cause better than all others`;
  return { rule: tt199, redundant: left, confidence: Math.round(100 * (1 - top / (top + total))) / 100, why, whyNot };
}
