/**
 * Captured traffic through real gateways, with a real provider behind the recording proxy: what the proxy counts is what the provider's
 * own events count, and what a cache saves is what the replay says.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { analyze } from '../../src/pipeline.js';
import { gatewayWorld } from '../support/gateway-world.js';

let opened: Awaited<ReturnType<typeof gatewayWorld>> | undefined;
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

describe.each(['nginx', 'haproxy', 'apache'] as const)('%s', (name) => {
  test.each([
    ['fetches for each request', false],
    ['has a cache', true],
  ])(
    '%s',
    async (_, keeps) => {
      opened = await gatewayWorld();
      const { proxy, idpLog, report, open, replay } = opened;
      const gateway = await open(name, keeps);
      const { result } = await replay(['--target', gateway.url, '--rate', '75/s', '--limit', '120', '--idp-log', idpLog]);
      const [arm] = result.arms;
      const { provider, backend } = await report();
      expect(arm).toMatchObject({ sent: 120, answered: 120, errors: {}, dropped: 0 });
      expect(backend.rejected401).toBe(0);
      expect(backend.requests).toBeGreaterThan(80);
      expect(provider).toEqual({ tokensIssued: keeps ? 1 : backend.requests, failedByStatus: {} });
      expect(proxy.counts()).toMatchObject({ all: provider.tokensIssued, ok: provider.tokensIssued, failed: 0 });
      expect(arm!.fetches).toBe(provider.tokensIssued);
      await gateway.stop();
      await proxy.close();
      // And what analyze makes of the logs that both wrote.
      const { totals } = await analyze({
        inputs: [],
        ...(gateway.log === undefined ? {} : { gateway: [gateway.log] }),
        idp: [idpLog],
      });
      expect(totals.fetches).toMatchObject({ all: provider.tokensIssued, ok: provider.tokensIssued, failed: 0 });
      // Requests that were there before the first token was may each need one.
      expect(totals.fetches.redundant).toBeGreaterThanOrEqual((provider.tokensIssued - 1) * 0.95);
      expect(totals.fetches.redundant).toBeLessThan(provider.tokensIssued);
    },
    40_000,
  );
});
