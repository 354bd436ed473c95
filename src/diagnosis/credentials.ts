/** TT118: credentials that stand in the logs, by kind and place. They are no fetches, and have no part in the totals. */
import { keyId } from '../analysis/identity.js';
import type { Analysis, Finding } from '../analysis/result.js';
import { sentence } from './rule.js';
import { tt118 } from './rules/tt118.js';

/** What the scanner has counted in one file. */
export interface CredentialCount {
  /** Not all lines were looked at. */
  readonly isPart: boolean;
  readonly found: readonly {
    readonly kind: string;
    readonly place: 'query' | 'address' | 'field';
    readonly lines: number;
    readonly first: readonly { readonly line: number; readonly offset: number }[];
  }[];
}

const PLACES = { query: 'the query of a request', address: 'the address of a request', field: 'a field' } as const;
const MOST_LINES = 5;

/** One finding for each kind, place and role of the file. `inTokenQueries`: those are said already, with their client. */
export function credentialFindings(
  byFile: ReadonlyMap<number, CredentialCount>,
  { input: { files } }: Analysis,
  inTokenQueries: ReadonlySet<number>,
): Finding[] {
  const rows = new Map<
    string,
    { kind: string; place: string; role: string; lines: number; isPart: boolean; at: Finding['evidence'][number][] }
  >();
  for (const [index, { isPart, found }] of [...byFile].sort(([a], [b]) => a - b)) {
    const file = files[index];
    if (file === undefined) continue;
    for (const { kind, place, lines, first } of found) {
      if (place === 'query' && inTokenQueries.has(index)) continue;
      const name = `${file.role} ${place} ${kind}`;
      const row = rows.get(name) ?? { kind, place: PLACES[place], role: file.role, lines: 0, isPart: false, at: [] };
      rows.set(name, row);
      row.lines += lines;
      row.isPart ||= isPart;
      for (const { line, offset } of first)
        if (row.at.length < MOST_LINES) row.at.push({ file: file.name, line: line + 1, byte: offset, at: null });
    }
  }
  return [...rows]
    .sort(([a, one], [b, other]) => other.lines - one.lines || (a < b ? -1 : 1))
    .map(([name, { kind, place, role, lines, isPart, at }]): Finding => {
      const some = isPart ? 'at least ' : '';
      return {
        id: `tt118-${keyId(name).slice(2)}`,
        code: tt118.code,
        title: tt118.title,
        key: null,
        owner: null,
        redundant: 0,
        share: null,
        confidence: 0.95,
        standing: 'measured',
        waitMs: null,
        why: sentence(
          `a credential (${kind}) stands in ${place} on ${some}${lines} ${lines === 1 ? 'line' : 'lines'} of the log of the ${role}; its value is not kept`,
        ),
        whyNot: [],
        onset: null,
        histogram: null,
        timeline: null,
        figures: [
          { label: 'kind, place', value: `${kind}, ${place}` },
          { label: 'lines', value: `${some}${lines}` },
        ],
        evidence: at,
        fix: tt118.fix,
        risk: tt118.risk,
      };
    });
}
