import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { candidateWords, classifyEndpoint } from '../src/events/endpoints.js';
import type { Provider } from '../src/events/providers/define.js';
import { providers } from '../src/events/providers/index.js';

const lifeOf = ({ defaultLifetimeSeconds, lifetimeMark }: Provider): number | undefined =>
  defaultLifetimeSeconds === undefined || lifetimeMark === '?' ? undefined : defaultLifetimeSeconds * 1000;

test('the list holds every file, by its name, once', () => {
  const files = readdirSync('src/events/providers').filter((name) => name !== 'index.ts' && name !== 'define.ts');
  expect(providers.map(({ id }) => `${id}.ts`).sort()).toEqual(files.sort());
});

for (const provider of providers) {
  const { id, samples } = provider;
  describe(id, () => {
    test('is well formed', () => {
      expect(provider.docs).toMatch(/^https:\/\//);
      expect(provider.certainBy.includes('host')).toBe(provider.hosts.length > 0);
      expect(provider.certainBy.includes('path')).toBe(provider.tokenPaths.length > 0);
      expect(provider.hostPaths.length > 0).toBe(provider.hosts.length > 0);
      expect(provider.defaultLifetimeSeconds === undefined).toBe(provider.lifetimeMark === undefined);
      expect(samples.fetches.length).toBeGreaterThan(0);
      expect(samples.nearMisses.length).toBeGreaterThan(0);
      for (const host of provider.hosts) expect(host).toBe(host.toLowerCase());
    });
    test('has paths that the byte search finds', () => {
      for (const path of [...provider.tokenPaths, ...provider.hostPaths].filter((path) => path !== '/')) {
        expect(
          candidateWords.some((word) => path.toLowerCase().replaceAll('*', '').includes(word)),
          path,
        ).toBe(true);
      }
    });
    for (const sample of samples.fetches) {
      test(`fetch ${sample.method} ${sample.host ?? ''}${sample.path}`, () => {
        const found = classifyEndpoint(sample, []);
        expect(found.kind).toBe(sample.gives ?? 'token');
        if (found.kind === 'ambiguous') return;
        expect(found.provider?.id).toBe(provider.certainBy.length > 0 ? id : undefined);
        expect(found.provider?.defaultLifetimeMs).toBe(provider.certainBy.length > 0 ? lifeOf(provider) : undefined);
      });
    }
    for (const sample of samples.nearMisses) {
      test(`near miss ${sample.method} ${sample.host ?? ''}${sample.path}`, () => {
        const found = classifyEndpoint(sample, []);
        expect(found.kind).toBe(sample.gives);
        if (found.kind === 'token') expect(found.provider?.id).not.toBe(id);
      });
    }
  });
}

test('lifetimes that are not confirmed are never used', () => {
  const { provider } = classifyEndpoint({ method: 'POST', path: '/as/token.oauth2' }, []);
  expect(provider).toEqual({ id: 'pingfederate' });
});

test('paths that many products share name no provider', () => {
  for (const path of [
    '/oauth2/token',
    '/oauth/token',
    '/connect/token',
    '/oauth/v2/token',
    '/token',
    '/dex/token',
    '/oauth2/v1/token',
  ]) {
    expect(classifyEndpoint({ method: 'POST', path }, []).provider).toBeUndefined();
  }
});

test('a random life counts with its low end', () => {
  const found = classifyEndpoint({ method: 'POST', host: 'login.microsoftonline.com', path: '/acme/oauth2/v2.0/token' }, []);
  expect(found.provider).toEqual({ id: 'entra-v2', defaultLifetimeMs: 3_600_000 });
});
