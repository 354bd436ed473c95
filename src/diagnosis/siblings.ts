/** TT115 and TT116: requests to the neighbours of a token endpoint that a cache would have saved. */
import { keyId } from '../analysis/identity.js';
import type { Finding, SiblingResult } from '../analysis/result.js';
import { percent, sentence } from './rule.js';

export interface SiblingRule {
  readonly code: string;
  readonly title: string;
  readonly kinds: readonly SiblingResult['kind'][];
  readonly fix: string;
  readonly risk: string | null;
}

/** Fewer requests are what caches ask anyway. */
const LEAST = 10;
/** Without a log of the gateway only the pace speaks, and a busy service with a cache has one too. */
const LEAST_BY_PACE = 50;

export const siblingName = ({ kind, endpoint, client }: SiblingResult): string => `${kind} ${endpoint} ${client}`;

/** Requests of this kind for each request of the gateway, of all who ask; undefined: demand is not known. */
function perRequest(siblings: readonly SiblingResult[], kind: SiblingResult['kind']): number | undefined {
  const same = siblings.filter((one) => one.kind === kind);
  return same.every(({ perDemand }) => perDemand === null)
    ? undefined
    : same.reduce((sum, { perDemand }) => sum + (perDemand === null ? 0 : 1 / perDemand), 0);
}

/** How sure it is that requests were not cached, and what a cache would have saved; undefined: nothing shows it. */
function judge(
  one: SiblingResult,
  each: number | undefined,
): { readonly redundant: number; readonly confidence: number; readonly saved: string } | undefined {
  if (one.redundant !== null) {
    // A document is the same for everybody: what is too much is counted.
    if (one.redundant < LEAST || one.redundant < 0.5 * one.ok) return undefined;
    return { redundant: one.redundant, confidence: 0.98, saved: `a cache would have saved ${percent(one.redundant / one.ok)}` };
  }
  const most = one.redundantBounds?.high ?? 0;
  if (most < LEAST) return undefined;
  const saved = `a cache would have saved up to ${percent(most / one.ok)}, by how many of them were about one token: no access log says that`;
  if (each !== undefined) return each < 0.5 ? undefined : { redundant: most, confidence: 0.9, saved };
  const paceMs = one.gapMs?.p50 ?? Infinity;
  const isFast = most >= LEAST_BY_PACE && most >= 0.9 * one.ok && paceMs < (one.lifetimeSeconds ?? 0) * 100;
  return isFast ? { redundant: most, confidence: 0.4, saved } : undefined;
}

/** `evidence` gives the lines of a row. */
export function siblingFindings(
  rules: readonly SiblingRule[],
  siblings: readonly SiblingResult[],
  evidence: (row: SiblingResult) => Finding['evidence'],
): Finding[] {
  return rules.flatMap((rule) =>
    siblings.flatMap((one): Finding[] => {
      if (!rule.kinds.includes(one.kind)) return [];
      const ratio = perRequest(siblings, one.kind);
      const judged = judge(one, ratio);
      if (judged === undefined) return [];
      const { redundant, confidence, saved } = judged;
      const each = ratio === undefined ? '' : `, all together ${ratio.toFixed(2)} for each request of the gateway`;
      return [
        {
          id: `${rule.code.toLowerCase()}-${keyId(siblingName(one)).slice(2)}`,
          code: rule.code,
          title: rule.title,
          key: null,
          owner: null,
          redundant,
          share: null,
          confidence: Math.round((100 * confidence * redundant) / (redundant + 3)) / 100,
          standing: one.lifetimeFrom === 'option' ? 'derived' : 'assumed',
          waitMs: one.requestMs === null ? null : Math.round(redundant * one.requestMs.mean),
          why: sentence(`the client ${one.client} asked ${one.endpoint} ${one.requests} times${each}; ${saved}`),
          whyNot: [],
          onset: null,
          histogram: null,
          timeline: null,
          figures: [
            { label: 'requests', value: `${one.requests}, ${one.necessary ?? 'not known how many'} needed` },
            { label: 'kept for', value: one.lifetimeSeconds === null ? 'not known' : `${one.lifetimeSeconds} s` },
          ],
          evidence: evidence(one),
          fix: rule.fix,
          risk: rule.risk,
        },
      ];
    }),
  );
}
