/**
 * TT105 by keys: one client that keeps many tokens of one endpoint, each fetched no more often than it needs. Different scopes are different
 * tokens and no fault; but where one of them has all that another asks for, or they are many, fewer tokens might do. Nothing of it is in the
 * redundant fetches: it is said as information.
 */
import { keyId } from '../analysis/identity.js';
import type { Analysis, Finding, KeyResult } from '../analysis/result.js';
import { sentence } from './rule.js';
import { tt105 } from './rules/tt105.js';

/** A client with fewer tokens than this has them because it does different things. */
const MANY = 6;
const MANY_NESTED = 3;
/** More of its fetches redundant than this: then its caches do not work, and that comes first. */
const MOST_REDUNDANT = 0.1;

export function scopeFindings({ keys }: Analysis): Finding[] {
  const byClient = new Map<string, KeyResult[]>();
  for (const key of keys) {
    if (key.grant !== 'service' || key.client === '' || key.basis.client === 'address' || key.fetches.ok === 0) continue;
    const name = JSON.stringify([key.endpoint, key.client]);
    const list = byClient.get(name);
    if (list === undefined) byClient.set(name, [key]);
    else list.push(key);
  }
  return [...byClient].flatMap(([name, list]) => findingOf(name, list) ?? []);
}

function findingOf(name: string, list: readonly KeyResult[]): Finding | undefined {
  if (list.length < MANY_NESTED) return undefined;
  const sum = (pick: (key: KeyResult) => number): number => list.reduce((total, key) => total + pick(key), 0);
  const ok = sum(({ fetches }) => fetches.ok);
  if (sum(({ fetches }) => fetches.redundant) > MOST_REDUNDANT * ok) return undefined;
  const nested = list.filter((key) => list.some((other) => other !== key && covers(other, key)));
  const isNested = nested.length >= MANY_NESTED - 1;
  if (!isNested && list.length < MANY) return undefined;
  // What one token of all would have needed is at least what the busiest of them did.
  const saved = ok - Math.max(...list.map(({ fetches }) => fetches.ok));
  const { endpoint, client } = list[0]!;
  const why = isNested
    ? `the client ${client} keeps ${list.length} tokens of ${endpoint}, and ${nested.length} of them ask for no more than another one has; one token for those would save up to ${saved} of ${ok} fetches`
    : `the client ${client} keeps ${list.length} tokens of ${endpoint}, told apart by scope or audience, each fetched as often as it needs; if one token may have all of that, up to ${saved} of ${ok} fetches are not needed. Only whoever set the scopes can say so`;
  return {
    id: `tt105-${keyId(name).slice(2)}`,
    code: tt105.code,
    title: tt105.title,
    key: null,
    owner: null,
    redundant: 0,
    share: null,
    confidence: isNested ? 0.45 : 0.25,
    standing: 'assumed',
    waitMs: null,
    why: sentence(why),
    whyNot: [],
    onset: null,
    histogram: null,
    timeline: null,
    figures: [
      { label: 'tokens', value: String(list.length) },
      { label: 'fetches', value: `${ok} ok` },
      { label: 'would decide', value: 'whether the scopes are needed apart' },
    ],
    evidence: [],
    fix: tt105.fix,
    risk: tt105.risk,
  };
}

/** `one` has every scope of `other`, more of them, and the same audience. */
function covers(one: KeyResult, other: KeyResult): boolean {
  if (one.audience !== other.audience || one.scope === null || other.scope === null) return false;
  const words = new Set(one.scope.split(' '));
  const asked = other.scope.split(' ');
  return words.size > asked.length && asked.every((word) => words.has(word));
}
