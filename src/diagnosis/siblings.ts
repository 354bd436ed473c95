/** TT115 and TT116: requests to the neighbours of a token endpoint that a cache would have saved. */
import { keyId } from '../analysis/identity.js';
import type { Finding, SiblingResult } from '../analysis/result.js';
import { percent } from './rule.js';

export interface SiblingRule {
  readonly code: string;
  readonly title: string;
  readonly kinds: readonly SiblingResult['kind'][];
  readonly fix: string;
  readonly risk: string | null;
}

/** Fewer requests are what caches ask anyway. */
const LEAST = 10;

export function siblingFindings(rules: readonly SiblingRule[], siblings: readonly SiblingResult[]): Finding[] {
  return rules.flatMap((rule) =>
    siblings.flatMap((one): Finding[] => {
      const redundant = one.redundant ?? 0;
      if (!rule.kinds.includes(one.kind) || redundant < LEAST || redundant < 0.5 * one.ok) return [];
      const each =
        one.perDemand === null ? '' : `, one for each ${Math.max(1, Math.round(one.perDemand))} requests of the gateway`;
      return [
        {
          id: `${rule.code.toLowerCase()}-${keyId(`${one.kind} ${one.endpoint} ${one.client}`).slice(2)}`,
          code: rule.code,
          title: rule.title,
          key: null,
          owner: null,
          redundant,
          share: null,
          confidence: Math.round((100 * redundant) / (redundant + 3)) / 100,
          standing: one.lifetimeFrom === 'assumed' ? 'assumed' : 'derived',
          waitMs: one.requestMs === null ? null : Math.round(redundant * one.requestMs.mean),
          why: `${one.client} asked ${one.endpoint} ${one.requests} times${each}; a cache would have saved ${percent(redundant / one.ok)}`,
          whyNot: [],
          onset: null,
          histogram: null,
          figures: [{ label: 'requests', value: `${one.requests}, ${one.necessary ?? '?'} needed` }],
          evidence: [],
          fix: rule.fix,
          risk: rule.risk,
        },
      ];
    }),
  );
}
