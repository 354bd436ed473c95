/** Headers that are remembered: whatever lines came before, a line is peeled as it is peeled alone. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';

const inner = '10.0.0.1 - - [02/Mar/2026:10:15:30 +0000] "GET / HTTP/1.1" 200 1 "-" "-"';
const heads: Readonly<Record<string, readonly string[]>> = {
  'syslog-3164': [
    'Mar  2 10:15:30 lb1 haproxy[2114]: ',
    'Mar  2 10:15:31 lb1 haproxy[2114]: ',
    'Mar 12 10:15:31 lb1 haproxy[2114]: ',
    'Mar  2 10:15:30 lb2 haproxy[2114]: ',
    'Mar  2 10:15:30 2 haproxy[2114]: ',
    'Mar  2 10:15:30 3 haproxy[2114]: ',
    'Mar  2 10:15:30 h1: h1: ',
    'Mar  2 10:15:30 h2: h1: ',
    'Mar  2 10:15:30 h1: h2: ',
    'Mar  2 10:15:30 - haproxy: ',
    'Mar  2 10:15:30 lb1 haproxy[2115]: ',
    'Mar  2 10:15:30 lb1 haproxy[21145]: ',
    '<134>Mar  2 10:15:30 lb1 haproxy[2114]: ',
    '<135>Mar  2 10:15:30 lb1 haproxy[2114]: ',
    '2026-03-02T10:15:30.200Z lb1 haproxy[2114]: ',
    '2026-03-02T10:15:31.2Z lb1 haproxy[2114]: ',
    'Mar  2 10:15:30 lb1 haproxy[2114]:',
    'Mar  2 10:15:3x lb1 haproxy[2114]: ',
    'Mar  2 10:15:30 lb1  haproxy[2114]: ',
  ],
  'syslog-5424': [
    '<134>1 2026-03-02T10:15:30.200Z lb1 haproxy 2114 - - ',
    '<134>1 2026-03-02T10:15:31.200Z lb1 haproxy 2114 - - ',
    '<134>2 2026-03-02T10:15:30.200Z lb1 haproxy 2114 - - ',
    '<134>1 2026-03-02T10:15:30.200Z lb2 haproxy 2114 - - ',
    '<134>1 2026-03-02T10:15:30.200Z lb1 haproxy 2114 - [a@1 b="1"] ',
    '<134>1 2026-03-02T10:15:30.200Z lb1 haproxy 2114 - [a@1 b="2"] ',
    '<134>1 2026-03-02T10:15:30.200Z lb1 haproxy 2114 - [a@1 b="1"][c@2] ',
    '<134>1 2026-03-02T10:15:30.200Z lb1 haproxy 2114 - - \xef\xbb\xbf',
    '<134>1 - - haproxy 2114 - - ',
    '<134>1 2026-03-02T10:15:30.200Z lb1 haproxy 2114 - -',
  ],
  compose: ['gateway-1  | ', 'gateway-2  | ', 'gateway-1 | ', 'gateway-1  |', 'gateway-1  || ', `${'g'.repeat(120)} | `],
  pod: ['[pod/gateway-7c9/nginx] ', '[pod/gateway-7c8/nginx] ', '[pod/gateway-7c9/nginx]', '[pod/gateway-7c9/nginx/] '],
};

async function peeler(id: string): Promise<(line: string) => unknown> {
  vi.resetModules();
  const { wrappers } = await import('../src/scan/framing/wrappers.js');
  const wrapper = wrappers.find((one) => one.id === id)!;
  return (line) => {
    const bytes = Buffer.from(`before ${line} behind`, 'latin1');
    const peeled = wrapper.peel({ bytes, from: 7, to: bytes.length - 7 });
    return peeled === undefined ? undefined : { ...peeled, bytes: undefined, writer: peeled.writer ?? null };
  };
}

describe.each(Object.entries(heads))('%s', (id, mine) => {
  const lines = Object.values(heads)
    .flat()
    .flatMap((head) =>
      mine.includes(head) ? [`${head}${inner}`, head, head.slice(0, -1), `${head}\xef\xbb\xbf{`] : [`${head}x`],
    );

  test('is peeled as it is peeled alone', async () => {
    const alone: unknown[] = [];
    for (const line of lines) alone.push((await peeler(id))(line));
    expect(new Set(alone.map((one) => JSON.stringify(one))).size).toBeGreaterThan(2);
    const peel = await peeler(id);
    fc.assert(
      fc.property(fc.array(fc.nat(lines.length - 1), { minLength: 1, maxLength: 40 }), (order) => {
        for (const at of order) expect(peel(lines[at]!)).toEqual(alone[at]);
      }),
      { numRuns: 300 },
    );
  });
});
