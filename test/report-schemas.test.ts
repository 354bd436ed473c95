/** Formats of others by the schemas of others (`test/schemas/README.md`), for every sample, hostile ones as well. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import draft04 from 'ajv-draft-04';
import formats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import type { Analysis } from '../src/analysis/result.js';
import { report } from '../src/report/reporters.js';
import { samples } from './support/analysis-samples.js';
import { brokenBudget as budget } from './support/budgets.js';
import { openMetricsMistakes } from './support/openmetrics.js';

const schemaOf = (name: string): string => readFileSync(`test/schemas/${name}`, 'utf8');

const strict = new draft04.default({ strict: false, allErrors: true, unicodeRegExp: false });
formats.default(strict as unknown as Ajv);
const sarif = strict.compile(JSON.parse(schemaOf('sarif-2.1.0.json')));

/** What https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format asks for. */
const gitlab = new Ajv({ allErrors: true }).compile({
  type: 'array',
  items: {
    type: 'object',
    required: ['description', 'check_name', 'fingerprint', 'severity', 'location'],
    properties: {
      description: { type: 'string', minLength: 1 },
      check_name: { type: 'string', minLength: 1 },
      fingerprint: { type: 'string', minLength: 1 },
      severity: { enum: ['info', 'minor', 'major', 'critical', 'blocker'] },
      location: {
        type: 'object',
        required: ['path', 'lines'],
        properties: {
          // Relative to the root of the repository, without a dot in front.
          path: { type: 'string', minLength: 1, not: { pattern: '^\\./' } },
          lines: { type: 'object', required: ['begin'], properties: { begin: { type: 'integer', minimum: 1 } } },
        },
      },
    },
  },
});

/** As of version 5 of this schema a skipped case says why, as failures do (xunit-plugin of Jenkins, junit-10.xsd). */
const junitSchema = schemaOf('jenkins-junit.xsd').replace(
  '<xs:element name="skipped" type="xs:string"/>',
  '<xs:element name="skipped"><xs:complexType mixed="true"><xs:attribute name="type" type="xs:string"/><xs:attribute name="message" type="xs:string"/></xs:complexType></xs:element>',
);

const evil = '\x1b[2J</skipped>]]>&bogus; "\'<x>\ufffe\r\n::error::x\u2028\\';

const all: Readonly<Record<string, Analysis>> = {
  ...samples,
  'with budgets': {
    ...samples.diagnosed!,
    budgets: [
      budget({}),
      budget({ id: 'minHitRatio', result: 'pass' }),
      budget({ id: 'maxAddedP95', unit: 'ms', level: 'warn' }),
      budget({ id: `maxCost client ${evil}`, found: null, low: null, high: null, result: 'skip', level: 'warn', why: evil }),
      budget({ id: `maxCost route ${evil}`, found: null, low: null, high: null, result: 'skip', why: evil }),
    ],
  },
};

describe.each(Object.entries(all))('%s', (_, analysis) => {
  test('SARIF 2.1.0', async () => {
    sarif(JSON.parse(await report(analysis, 'sarif')));
    expect(sarif.errors ?? []).toEqual([]);
  });

  test('JUnit XML', async () => {
    const { valid, errors } = await validateXML({
      xml: { fileName: 'report.xml', contents: await report(analysis, 'junit') },
      schema: { fileName: 'junit.xsd', contents: junitSchema },
    });
    expect(errors.map(({ message }) => message)).toEqual([]);
    expect(valid).toBe(true);
  });

  test('Code Quality of GitLab', async () => {
    gitlab(JSON.parse(await report(analysis, 'gitlab')));
    expect(gitlab.errors ?? []).toEqual([]);
  });

  test('OpenMetrics', async () => expect(openMetricsMistakes(await report(analysis, 'openmetrics'))).toEqual([]));
});

describe('the checks find mistakes', () => {
  test('in SARIF, JUnit and Code Quality', async () => {
    expect(sarif({ version: '2.1.0', runs: [{ results: [] }] })).toBe(false);
    expect(gitlab([{ description: 'x', check_name: 'y', fingerprint: 'z', severity: 'bad', location: { path: 'a' } }])).toBe(
      false,
    );
    const { valid } = await validateXML({
      xml: [{ fileName: 'a.xml', contents: '<testsuites skipped="1"/>' }],
      schema: [{ fileName: 'b.xsd', contents: junitSchema }],
    });
    expect(valid).toBe(false);
  });

  test.each([
    ['# TYPE a gauge\na 1\n', 'does not end with # EOF'],
    ['a{b="c"d="e"} 1\n# EOF\n', 'line 1: no sample: a{b="c"d="e"} 1'],
    ['# TYPE a gauge\n\na 1\n# EOF\n', 'line 2: empty'],
    ['# TYPE a gauge\na 1\na 1\n# EOF\n', 'line 3: the series comes again'],
    ['# TYPE a gauge\na{x="1",x="2"} 1\n# EOF\n', 'line 2: a label comes again'],
    ['# TYPE a info\na 1\n# EOF\n', 'line 2: not of the family a'],
    ['# TYPE a info\na_info 2\n# EOF\n', 'line 2: information is 1'],
    ['# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n', 'line 2: the name does not end in _seconds'],
    ['# TYPE a gauge\na 1\n# HELP a x\n# EOF\n', 'line 3: about a family that has samples'],
    ['# TYPE a gauge\n# TYPE b gauge\n# TYPE a gauge\n# EOF\n', 'line 3: the family a comes again'],
    ['# TYPE a gauge\n# HELP a x\\y\n# EOF\n', 'line 2: a backslash that escapes nothing'],
  ])('in OpenMetrics: %j', (text, mistake) => expect(openMetricsMistakes(text)).toContain(mistake));
});
