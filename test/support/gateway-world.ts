/** Real gateways between a replay and a real provider, which the recording proxy stands in front of. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gateways, type RunningGateway } from '../../fixtures/gateways/gateways.mjs';
import { main } from '../../src/cli/main.js';
import { startIdentityProvider } from '../../src/idp/index.js';
import type { ReplayResult } from '../../src/replay/index.js';
import { fakeIo } from './fake-io.js';

const LOG = resolve('fixtures/captures/no-cache/gateway.log');
const SECRET = 'secret-of-orders-gw';

/** What the provider and the back end counted themselves. */
export interface Report {
  readonly provider: { readonly tokensIssued: number; readonly failedByStatus: Readonly<Record<string, number>> };
  readonly backend: { readonly requests: number; readonly rejected401: number };
}

export const gatewayWorld = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'token-tax-gateways-'));
  const closers: (() => Promise<unknown> | unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const child = fork('fixtures/captures/identity-provider.mjs', { silent: true });
  closers.push(() => child.disconnect());
  child.send({ start: { lifetimeSeconds: 300, delayMs: 5, secret: SECRET } });
  const [{ ports }] = (await once(child, 'message')) as [{ ports: { provider: number; backend: number } }];
  const idpLog = join(folder, 'idp.jsonl');
  const proxy = await startIdentityProvider({ upstream: `http://127.0.0.1:${ports.provider}`, log: idpLog });
  closers.push(proxy.close);
  return {
    proxy,
    idpLog,
    report: async (): Promise<Report> => {
      child.send({ report: true });
      return ((await once(child, 'message')) as [{ report: Report }])[0].report;
    },
    open: async (name: keyof typeof gateways, keeps: boolean, tokenEndpoint = proxy.tokenEndpoint): Promise<RunningGateway> => {
      const own = join(folder, `${name}-${closers.length}`);
      const gateway = await gateways[name]({ folder: own, tokenEndpoint, backendPort: ports.backend, secret: SECRET, keeps });
      closers.push(() => gateway.stop());
      return gateway;
    },
    /** The traffic of a capture, by the command. */
    replay: async (args: readonly string[]): Promise<{ status: number; result: ReplayResult }> => {
      const io = fakeIo({ cwd: folder });
      const status = await main(['replay', LOG, ...args, '--send', '--format', 'json', '--no-progress'], io);
      if (io.out() === '') throw new Error(io.err());
      return { status, result: (JSON.parse(io.out()) as { result: ReplayResult }).result };
    },
    closing: (close: () => Promise<unknown>): void => void closers.push(close),
    close: async (): Promise<void> => {
      for (const close of closers.splice(0).reverse()) await close();
    },
  };
};
