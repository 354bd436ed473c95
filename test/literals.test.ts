/** What is told of a format's lines from its template must hold for every line that it reads: detection leaves out formats by it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from '../src/formats/compile.js';
import type { Layout } from '../src/formats/define.js';
import { formats } from '../src/formats/index.js';
import { literalsOf, mayHaveWritten } from '../src/formats/literals.js';
import { Capture } from '../src/scan/capture.js';
import { lineScanner } from '../src/scan/file-scanner.js';
import { runs } from './support/runs.js';

const texts = formats.filter(({ layout }) => layout.kind !== 'json');

const reads = (layout: Layout): ((line: string) => boolean) => {
  const scanner = lineScanner(compile(layout), new Capture());
  return (line) => {
    const bytes = Buffer.from(`${line}\n`, 'latin1');
    return scanner.scan(bytes, 0, bytes.length - 1);
  };
};

/** A line in which some pieces are gone, doubled or from elsewhere: signs that templates are made of, most of all. */
const torn = (line: string): fc.Arbitrary<string> =>
  fc
    .array(
      fc.tuple(
        fc.nat({ max: line.length }),
        fc.nat({ max: 6 }),
        fc.constantFrom('', '', ' ', '"', '-', '[', ']', ',', '\t', '|', '/', '0', '"-"', 'a b'),
      ),
      { maxLength: 4 },
    )
    .map((cuts) => cuts.reduce((text, [at, length, by]) => text.slice(0, at) + by + text.slice(at + length), line));

describe.each(texts.map(({ id, layout, samples }) => ({ id, layout, samples })))('$id', ({ layout, samples }) => {
  const literals = literalsOf(layout)!;
  const isRead = reads(layout);
  const lines = samples.flatMap(({ line }) => line.split('\n')).map((line) => Buffer.from(line).toString('latin1'));

  test('no line that it reads is left out', () => {
    const read = lines.filter(isRead);
    expect(read.length).toBeGreaterThan(0);
    for (const line of read) expect([line, mayHaveWritten(literals, line)]).toEqual([line, true]);
    fc.assert(
      fc.property(fc.constantFrom(...lines).chain(torn), (line) => !isRead(line) || mayHaveWritten(literals, line)),
      { numRuns: runs(400) },
    );
  });
});

test('words come in order, and what a line may lack is not asked for', () => {
  const literals = literalsOf({ kind: 'patterns', patterns: ['$a [$b] "$c" x=$d$?( y=$e)', 'only'], fields: {} } as Layout)!;
  expect(literals).toEqual([['[', ']', '"', '"', 'x='], ['only']]);
  expect(mayHaveWritten(literals, '1 [2] "3" x=4')).toBe(true);
  expect(mayHaveWritten(literals, '1 "3" [2] x=4')).toBe(false);
  expect(mayHaveWritten(literals, 'the only one')).toBe(true);
});

test('few formats are left for the lines of another', () => {
  const combined = '10.0.0.7 - gw [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "gw/4.2"';
  const left = texts.filter(({ layout }) => mayHaveWritten(literalsOf(layout)!, combined)).map(({ id }) => id);
  expect(left).toContain('clf-combined');
  expect(left).not.toContain('haproxy');
  expect(left.length).toBeLessThan(texts.length / 2);
});
