/** A/B on real nginx: against itself, and with the loopback between it and a real provider. */
import { afterEach, expect, test } from 'vitest';
import { startLoopback } from '../../src/idp/index.js';
import { gatewayWorld } from '../support/gateway-world.js';

let opened: Awaited<ReturnType<typeof gatewayWorld>> | undefined;
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

test('nginx against itself is the same, and with the loopback in between better', async () => {
  opened = await gatewayWorld();
  const { proxy, idpLog, report, open, replay } = opened;
  const loopback = await startLoopback({ tokenEndpoint: proxy.tokenEndpoint });
  opened.closing(loopback.close);
  const before = await open('nginx', false);
  const again = await open('nginx', false);
  const after = await open('nginx', false, loopback.tokenEndpoint);
  const args = ['--a', before.url, '--rate', '100/s', '--limit', '165', '--block', '550ms', '--idp-log', idpLog];
  const same = await replay([...args, '--b', again.url]);
  expect(same.result.comparison?.verdict).toBe('same');
  const better = await replay([...args, '--b', after.url]);
  expect([better.result.comparison?.verdict, better.status]).toEqual(['better', 0]);
  expect(better.result.arms[1]!.fetches).toBe(1);
  const { provider } = await report();
  expect(proxy.counts().all).toBe(provider.tokensIssued);
  expect(provider.tokensIssued).toBe(
    [...same.result.arms, ...better.result.arms].reduce((sum, { fetches }) => sum + (fetches ?? 0), 0),
  );
}, 60_000);
