/** The captured logs of real servers: each gets the cause that was built into it, and healthy ones get none. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AnalyzeOptions } from '../src/pipeline.js';
import { analyze } from '../src/pipeline.js';

const causes: Readonly<Record<string, readonly string[]>> = {
  'no-cache': ['TT101'],
  'shared-cache': [],
  'per-worker': ['TT106'],
  'short-cache': ['TT111'],
  'expiry-burst': ['TT103'],
  loopback: [],
  'failing-provider': ['TT110', 'TT101'],
};

for (const [name, codes] of Object.entries(causes)) {
  test(`${name}: ${codes.join(' and ') || 'nothing'}`, async () => {
    const cwd = join('fixtures/captures', name);
    const { lifetimeSeconds } = JSON.parse(readFileSync(join(cwd, 'truth.json'), 'utf8')) as { lifetimeSeconds: number };
    const logFormat = name === 'per-worker' ? readFileSync(join(cwd, 'log-format.txt'), 'utf8').trim() : undefined;
    const files = ['gateway.log', 'issuer.log', ...(name === 'loopback' ? ['loopback.log'] : [])];
    const options: AnalyzeOptions = {
      inputs: files,
      cwd,
      lifetime: [`${lifetimeSeconds}s`],
      ...(logFormat === undefined ? {} : { logFormat }),
    };
    const result = await analyze(options);
    expect(result.findings.map(({ code }) => code).filter((code) => code !== 'TT115' && code !== 'TT116')).toEqual(codes);
    const explained = result.findings.filter(({ share }) => share !== null).reduce((sum, { redundant }) => sum + redundant, 0);
    expect(explained).toBeLessThanOrEqual(result.totals.fetches.redundant);
    for (const { evidence, whyNot } of result.findings) {
      expect(evidence.length).toBeGreaterThan(0);
      for (const { file, line, byte } of evidence) {
        const text = readFileSync(join(cwd, file));
        expect(text.subarray(byte).toString().split('\n')[0]).toBe(text.toString().split('\n')[line - 1]);
      }
      for (const { because } of whyNot) expect(because).not.toBe('');
    }
  });
}
