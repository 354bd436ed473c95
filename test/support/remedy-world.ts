/** A real provider and a back end that accepts only its living tokens; for each holder a recording proxy in front of the provider. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startIdentityProvider } from '../../src/idp/index.js';
import type { ExchangeRecord } from '../../src/idp/records.js';

export interface Issuer {
  readonly tokenEndpoint: string;
  readonly log: string;
  /** Token requests, in the order in which they were answered. */
  readonly fetches: readonly ExchangeRecord[];
  close(): Promise<void>;
}

interface Report {
  readonly backend: { readonly requests: number; readonly rejected401: number };
  readonly provider: { readonly tokensIssued: number };
}

export const openWorld = async (lifetimeSeconds: number, secret: string, delayMs = 10) => {
  const folder = mkdtempSync(join(tmpdir(), 'token-tax-remedies-'));
  // Servers that give up root's rights must get at their files.
  chmodSync(folder, 0o711);
  const closers: (() => Promise<unknown> | unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const child = fork('fixtures/captures/identity-provider.mjs', { silent: true });
  closers.push(() => child.disconnect());
  child.send({ start: { lifetimeSeconds, delayMs, secret } });
  const [{ ports }] = (await once(child, 'message')) as [{ ports: { provider: number; backend: number } }];
  const asked = async (message: object): Promise<{ readonly report: Report; readonly tokens: readonly string[] }> => {
    const reply = once(child, 'message');
    child.send(message);
    return (await reply)[0];
  };
  return {
    folder,
    backendPort: ports.backend,
    folderOf: (name: string): string => {
      const own = join(folder, name);
      mkdirSync(own, { recursive: true });
      return own;
    },
    issuer: async (name: string, listen = '127.0.0.1:0'): Promise<Issuer> => {
      const log = join(folder, `${name}-idp.jsonl`);
      const fetches: ExchangeRecord[] = [];
      const proxy = await startIdentityProvider({
        upstream: `http://127.0.0.1:${ports.provider}`,
        log,
        listen,
        onRecord: (record) => void (record.path === '/oauth2/token' && fetches.push(record)),
      });
      closers.push(proxy.close);
      return { tokenEndpoint: `${proxy.url}/oauth2/token`, log, fetches, close: proxy.close };
    },
    outage: (on: boolean): void => void child.send({ outage: on }),
    report: async (): Promise<Report> => (await asked({ report: true })).report,
    /** All tokens that the provider issued. */
    tokens: async (): Promise<readonly string[]> => (await asked({ tokens: true })).tokens,
    /** Those issued so far are worth nothing from now on. */
    revoke: async (): Promise<void> => void (await asked({ revoke: true })),
    closing: (close: () => Promise<unknown>): void => void closers.push(close),
    close: async (): Promise<void> => {
      for (const close of closers.splice(0).reverse()) await close();
    },
  };
};

/** The most of these that were under way at one moment. */
export const mostAtOnce = (fetches: readonly ExchangeRecord[]): number => {
  const steps = fetches
    .flatMap(({ time, durationMs }) => [[time, 1] as const, [time + Math.floor(durationMs), -1] as const])
    .sort(([a, up], [b, down]) => a - b || up - down);
  let now = 0;
  return steps.reduce((most, [, step]) => {
    now += step;
    return Math.max(most, now);
  }, 0);
};
