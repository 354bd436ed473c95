import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { analyze } from '../src/pipeline.js';

const record = (endMs: number, request: string, durationMs: number, address: string, user = ''): string =>
  JSON.stringify({
    msec: (endMs / 1000).toFixed(3),
    remote_addr: address,
    remote_user: user,
    request: `${request} HTTP/1.1`,
    status: 200,
    request_time: (durationMs / 1000).toFixed(3),
    upstream_response_time: (durationMs / 1000).toFixed(3),
  });

/** An edge that serves an API and passes each token request on; the issuer behind it logs the same requests once more. */
async function edgeAndIssuer(tokenEveryMs: number, skewMs: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'token-tax-'));
  const edge: [number, string][] = [];
  const issuer: [number, string][] = [];
  const t0 = 1_772_446_530_000;
  for (let at = 0; at < 100_000; at += 200) {
    edge.push([t0 + at + 90, record(t0 + at + 90, `GET /api/orders/${at}`, 90, '198.51.100.23')]);
    if (at % tokenEveryMs !== 0) continue;
    const durationMs = 20 + ((at / 200) % 40);
    const end = t0 + at + durationMs;
    edge.push([end, record(end, 'POST /oauth2/token', durationMs, `10.0.0.${(at / 200) % 3}`, 'orders')]);
    issuer.push([end - 2 + skewMs, record(end - 2 + skewMs, 'POST /oauth2/token', durationMs - 4, '10.1.1.1', 'orders')]);
  }
  const lines = (list: [number, string][]): string =>
    `${list
      .sort(([a], [b]) => a - b)
      .map(([, line]) => line)
      .join('\n')}\n`;
  await writeFile(join(folder, 'edge.log'), lines(edge));
  await writeFile(join(folder, 'issuer.log'), lines(issuer));
  return folder;
}

test.each([0, 100, -100])(
  'a fetch that stands in the log of the edge and of the issuer is one (clocks %i ms apart)',
  async (skewMs) => {
    const folder = await edgeAndIssuer(1000, skewMs);
    const both = await analyze({ inputs: [folder], lifetime: ['1h'] });
    expect(both.totals.fetches).toMatchObject({ all: 100, ok: 100, redundant: 99, necessary: 1 });
    expect(both.input.lines.deduplicated).toBe(100);
    expect(both.keys).toHaveLength(1);
    expect(both.keys[0]).toMatchObject({ client: 'orders', holders: 1, demand: 500 });
  },
);

test('the edge alone keeps its fetches', async () => {
  const folder = await edgeAndIssuer(1000, 0);
  const edge = await analyze({ inputs: [join(folder, 'edge.log')], lifetime: ['1h'] });
  expect(edge.totals.fetches).toMatchObject({ all: 100, ok: 100 });
  expect(edge.input.lines.deduplicated).toBe(0);
});

test('clocks that are seconds apart do not match: nothing is dropped on a guess', async () => {
  const folder = await edgeAndIssuer(10_000, 4_000);
  const both = await analyze({ inputs: [folder], lifetime: ['1h'] });
  expect(both.totals.fetches.ok).toBe(20);
  expect(both.input.lines.deduplicated).toBe(0);
});
