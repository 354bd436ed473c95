/** OpenMetrics as the reference parser reads it: `prometheus_client.openmetrics.parser`, Debian's python3-prometheus-client. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { report } from '../../src/report/reporters.js';
import { samples } from '../support/analysis-samples.js';

const PARSE = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = list(text_string_to_metric_families(sys.stdin.read()))
print(json.dumps([[f.name, f.type, f.unit, [[s.name, s.labels, s.value] for s in f.samples]] for f in families]))
`;

type Families = [
  name: string,
  type: string,
  unit: string,
  samples: [name: string, labels: Record<string, string>, value: number][],
][];

const parsed = (text: string): Families =>
  JSON.parse(execFileSync('/usr/bin/python3', ['-c', PARSE], { input: text, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] }));

test.each(Object.entries(samples))('%s', async (_, analysis) => {
  const families = parsed(await report(analysis, 'openmetrics'));
  const of = (name: string) => families.find(([own]) => own === name)?.[3] ?? [];
  expect(of('token_tax')[0]?.[1]).toEqual({ version: analysis.tool.version });
  const ok = of('token_tax_ok_fetches').map(([, labels, value]) => [labels.verdict, value]);
  const { necessary, ahead, redundant, unknown } = analysis.totals.fetches;
  expect(Object.fromEntries(ok)).toEqual({ necessary, ahead, redundant, unknown });
  expect(of('token_tax_key_fetches')).toHaveLength(4 * Math.min(200, analysis.keys.length));
});

test('the parser refuses what is wrong', () => {
  expect(() => parsed('# TYPE a gauge\na 1\n')).toThrow();
});
