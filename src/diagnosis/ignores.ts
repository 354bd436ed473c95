/** Findings that somebody answers for: with a reason, an owner and a day on which that ends. */
import type { Analysis, BudgetResult, Finding } from '../analysis/result.js';
import { compileGlob, matchGlob } from '../events/glob.js';

export interface Ignore {
  /** Globs and a code; what is not given fits all. At least one is. */
  readonly client?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly code?: string | undefined;
  /** `findings[].id`. */
  readonly id?: string | undefined;
  readonly reason: string;
  readonly owner?: string | undefined;
  /** The last day it holds, `2026-09-01`. */
  readonly until?: string | undefined;
}

export interface AppliedIgnores {
  /** What is left of the findings. */
  readonly findings: readonly Finding[];
  readonly hidden: readonly { readonly finding: Finding; readonly ignore: Ignore }[];
  /** Redundant fetches of hidden findings, by key. */
  readonly redundant: ReadonlyMap<string | null, number>;
  /** One failure for each ignore that has run out. */
  readonly expired: readonly BudgetResult[];
  /** Ignores that fit nothing. */
  readonly unused: readonly Ignore[];
}

export const nameOf = ({ id, code, client, endpoint }: Ignore): string =>
  [id, code, client, endpoint].filter((part) => part !== undefined).join(' ');

const fits = (ignore: Ignore, finding: Finding, analysis: Analysis): boolean => {
  const key = analysis.keys.find(({ id }) => id === finding.key);
  const glob = (pattern: string | undefined, text: string | undefined): boolean =>
    pattern === undefined || (text !== undefined && matchGlob(compileGlob(pattern), text));
  return (
    (ignore.id === undefined || ignore.id === finding.id) &&
    (ignore.code === undefined || ignore.code === finding.code) &&
    glob(ignore.client, key?.client) &&
    glob(ignore.endpoint, key?.endpoint)
  );
};

/** @param today `2026-09-01`: the day of the check; an ignore holds on its last day. */
export function applyIgnores(analysis: Analysis, ignores: readonly Ignore[], today: string): AppliedIgnores {
  const live = ignores.filter(({ until }) => until === undefined || until >= today);
  const over = ignores.filter((ignore) => !live.includes(ignore));
  const hidden = analysis.findings.flatMap((finding) => {
    const ignore = live.find((one) => fits(one, finding, analysis));
    return ignore === undefined ? [] : [{ finding, ignore }];
  });
  const redundant = new Map<string | null, number>();
  for (const { finding } of hidden) redundant.set(finding.key, (redundant.get(finding.key) ?? 0) + finding.redundant);
  return {
    findings: analysis.findings.filter((finding) => !hidden.some((one) => one.finding === finding)),
    hidden,
    redundant,
    expired: over.map((ignore) => {
      const many = analysis.findings.filter((finding) => fits(ignore, finding, analysis)).length;
      const owner = ignore.owner === undefined ? '' : `, owner ${ignore.owner}`;
      return {
        id: `ignore ${nameOf(ignore)}`,
        measure: 'ignore',
        scope: { kind: 'all', pattern: null },
        unit: 'count',
        found: 1,
        low: 1,
        high: 1,
        limit: 0,
        comparison: 'at most',
        level: 'error',
        result: 'fail',
        standing: 'measured',
        why: `this ignore ended on ${ignore.until} (${ignore.reason}${owner}); it fits ${many === 1 ? '1 finding' : `${many} findings`} of today. Renew it with a reason, or remove it`,
      };
    }),
    unused: live.filter((ignore) => !analysis.findings.some((finding) => fits(ignore, finding, analysis))),
  };
}
