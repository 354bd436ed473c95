import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { analyze } from '../../src/pipeline.js';
import { readRecords } from '../../src/scan/read-records.js';
import { withoutHoles } from '../../src/scan/record.js';

/** For a suite of shapes: lines, and objects as JSON, are a file of their own. */
export function shapeReader() {
  let cwd: string;
  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), 'token-tax-shapes-'));
  });
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));
  const inputs = ['a.log'];
  const analysisOf = (...lines: readonly (string | object)[]) => {
    const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
    writeFileSync(join(cwd, inputs[0]!), `${text}\n`);
    return analyze({ inputs, cwd });
  };
  /** What is read of them, and the format that was found. */
  const readAs = async (...lines: readonly (string | object)[]) => {
    const { input } = await analysisOf(...lines);
    const records: Readonly<Record<string, unknown>>[] = [];
    for await (const chunk of readRecords({ inputs, cwd }, () => {}))
      records.push(...chunk.map((record) => ({ ...withoutHoles(record) })));
    return { records, format: input.files[0]!.format };
  };
  return { analysisOf, readAs };
}
