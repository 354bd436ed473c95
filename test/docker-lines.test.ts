/** Docker's own lines are taken apart without an object for each: the same inner lines as from JSON.parse. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { peelDocker } from '../src/scan/framing/docker.js';
import { type Piece, wrappers } from '../src/scan/framing/wrappers.js';
import { runs } from './support/runs.js';

const piece = (line: string, before = 'x'.repeat(3)): Piece => {
  const bytes = Buffer.from(`${before}${line}\n","stream":"stdout"`, 'latin1');
  return { bytes, from: before.length, to: before.length + Buffer.byteLength(line, 'latin1') };
};

/** What JSON says of a line: text without its newlines, stream, and whether the rest comes later. */
function slowly(line: string): unknown {
  const object = JSON.parse(line) as { log: string; stream: string };
  const text = object.log.replace(/[\r\n]+$/, '').replace(/[\r\n]+/g, ' ');
  return { text, stream: object.stream, isPart: !object.log.endsWith('\n'), writer: undefined };
}
const shown = (line: Piece): unknown => {
  const peeled = peelDocker(line);
  if (peeled === undefined) return undefined;
  const { bytes, from, to, stream, isPart, writer } = peeled;
  return { text: bytes.toString('utf8', from, to), stream, isPart, writer };
};

const text = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('10.0.0.7 - - ', '"GET /a HTTP/1.1" ', 'a&b<c>', '\t', '/x/y', '200 ') },
    fc.constantFrom('\\', '"', '\n', '\r', 'é', '\u0001', '\u007f', '\u2028', ' '),
    fc.string({ maxLength: 8 }),
  ),
  { maxLength: 8 },
);
const line = fc
  .tuple(
    text,
    fc.constantFrom('\n', '\n', '\n', '', '\r\n', '\n\n'),
    fc.constantFrom('stdout', 'stderr'),
    fc.constantFrom(0, 1, 2),
  )
  .map(([parts, end, stream, how]) => {
    const log = JSON.stringify(parts.join('') + end);
    // As Go escapes, and as some writers do.
    const escaped =
      how === 1
        ? log.replace(/[&<>]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`)
        : how === 2
          ? log.replaceAll('/', '\\/')
          : log;
    return `{"log":${escaped},"stream":"${stream}","time":"2026-03-02T10:15:30.123456789Z"}`;
  });

test('lines as Docker writes them', () => {
  let fast = 0;
  fc.assert(
    fc.property(line, (one) => {
      // The bytes of a log are UTF-8.
      const found = shown(piece(Buffer.from(one).toString('latin1')));
      if (found === undefined) return;
      fast += 1;
      expect(found).toEqual(slowly(one));
    }),
    { numRuns: runs(3000) },
  );
  expect(fast).toBeGreaterThan(300);
});

test('a hurt line is one only where JSON says the same', () => {
  const other = fc.constantFrom('', '"', '\\', '}', ',', '\\u0041', '\\ud800', '\0', 'x', '\\n', '{"log":"');
  fc.assert(
    fc.property(line, fc.nat(400), other, fc.boolean(), (one, place, inserted, over) => {
      const at = place % (one.length + 1);
      const hurt = one.slice(0, at) + inserted + one.slice(over ? at + 1 : at);
      const found = shown(piece(Buffer.from(hurt).toString('latin1')));
      if (found !== undefined) expect(found).toEqual(slowly(hurt));
    }),
    { numRuns: runs(3000) },
  );
});

test('what is written in another way is read as JSON', () => {
  const docker = wrappers.find(({ id }) => id === 'json:log')!;
  const other = '{"log":"GET /a\\n", "stream":"stdout","time":"2026-03-02T10:15:30Z","attrs":{"tag":"web"}}';
  expect(peelDocker(piece(other))).toBeUndefined();
  const peeled = docker.peel(piece(other))!;
  expect(peeled.bytes.toString('utf8', peeled.from, peeled.to)).toBe('GET /a');
  expect(docker.peel(piece('{"message":"x"}'))).toBeUndefined();
});
