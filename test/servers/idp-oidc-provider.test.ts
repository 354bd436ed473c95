/** A real provider behind the recording proxy, and the loopback in front of both: the proxy counts what the provider's events count. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { startIdentityProvider, startLoopback } from '../../src/idp/index.js';

test('oidc-provider, the recording proxy and the loopback agree', async () => {
  const child = fork('fixtures/captures/identity-provider.mjs', { silent: true });
  child.send({ start: { lifetimeSeconds: 300, delayMs: 20, secret: 's1' } });
  const [{ ports }] = (await once(child, 'message')) as [{ ports: { provider: number } }];
  const proxy = await startIdentityProvider({ upstream: `http://127.0.0.1:${ports.provider}` });
  const loopback = await startLoopback({ tokenEndpoint: `${proxy.url}/oauth2/token` });
  const ask = (url: string, secret = 's1') =>
    fetch(url, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`orders-gw:${secret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'orders.read' }),
    });
  try {
    for (let n = 0; n < 5; n += 1) expect((await ask(`${proxy.url}/oauth2/token`)).status).toBe(200);
    expect((await ask(`${proxy.url}/oauth2/token`, 'wrong')).status).toBe(401);
    expect((await fetch(`${proxy.url}/oauth2/jwks`)).status).toBe(200);
    const cached = await Promise.all(Array.from({ length: 40 }, () => ask(loopback.tokenEndpoint)));
    expect(cached.every(({ status }) => status === 200)).toBe(true);
    expect((await ask(loopback.tokenEndpoint, 'wrong')).status).toBe(401);
    child.send({ report: true });
    const [{ report }] = await once(child, 'message');
    // Five and one for the loopback.
    expect(report.provider).toEqual({ tokensIssued: 6, failedByStatus: { 401: 2 } });
    expect(proxy.counts()).toMatchObject({ ok: 6, failed: 2, failedByStatus: { 401: 2 }, siblings: report.siblings.jwks });
  } finally {
    await loopback.close();
    await proxy.close();
    child.disconnect();
  }
}, 30_000);
