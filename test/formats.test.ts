/** The samples of a format are its test: each line is read by the real scanner. Longer ones are in `fixtures/log-formats/`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Expected, Format } from '../src/formats/define.js';
import { formatById, formats } from '../src/formats/index.js';
import { detect } from '../src/scan/detect.js';
import { read } from './support/read.js';

const ownerOf = (lines: readonly string[]): string | undefined =>
  detect('sample.log', new TextEncoder().encode(lines.join('\n')), { logFormat: undefined, map: [], timeStamps: undefined })
    ?.format;

/** A JSON record without a request is of no format when it stands alone. */
const isClaimed = ({ skip }: Expected, { layout }: Format): boolean =>
  skip !== 'invalid' && !(skip === 'no-request' && layout.kind === 'json');

for (const format of formats) {
  describe(format.id, () => {
    for (const { line, gives } of format.samples) {
      test(line, () => expect(read(format, line)).toEqual(gives));
      if (isClaimed(gives, format)) test(`owns ${line}`, () => expect(ownerOf([line])).toBe(format.id));
    }

    test('is written down as it should be', () => {
      expect(existsSync(`src/formats/${format.id}.ts`)).toBe(true);
      expect(format.id).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(format.title).not.toBe('');
      expect(new URL(format.docs).protocol).toBe('https:');
      expect(format.samples.some(({ gives }) => gives.skip === undefined)).toBe(true);
    });
  });
}

test('ids and aliases name one format each', () => {
  const names = formats.flatMap(({ id, aliases = [] }) => [id, ...aliases]);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  for (const format of formats) for (const name of [format.id, ...(format.aliases ?? [])]) expect(formatById(name)).toBe(format);
});

test('every file of a format is in the index', () => {
  const files = readdirSync('src/formats').filter(
    (name) => name.endsWith('.ts') && readFileSync(`src/formats/${name}`, 'utf8').includes('export default defineFormat('),
  );
  expect(files.map((name) => name.replace(/\.ts$/, '')).sort()).toEqual(formats.map(({ id }) => id).sort());
});

/** One `.log` and, line by line, what each must give, with the format that must claim it. */
const folder = 'fixtures/log-formats';
for (const name of readdirSync(folder).filter((file) => file.endsWith('.log'))) {
  describe(`${folder}/${name}`, () => {
    const lines = readFileSync(`${folder}/${name}`, 'utf8').trimEnd().split('\n');
    const records = JSON.parse(readFileSync(`${folder}/${name.replace(/log$/, 'json')}`, 'utf8')) as ({
      format: string;
    } & Expected)[];

    test('has a record for each line', () => expect(records).toHaveLength(lines.length));

    for (const [at, { format: id, ...gives }] of records.entries()) {
      const line = lines[at] ?? '';
      const format = formatById(id) as Format;
      test(line, () => expect(read(format, line)).toEqual(gives));
      if (isClaimed(gives, format)) test(`${id} owns ${line}`, () => expect(ownerOf([line])).toBe(id));
    }
  });
}
