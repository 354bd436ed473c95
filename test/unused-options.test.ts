import { expect, test } from 'vitest';
import { parseLifetime } from '../src/analysis/options.js';
import { unusedLifetimes } from '../src/analysis/unused-options.js';

const key = (client: string, path = '/oauth2/token', host?: string) => ({ client, path, host });
const keys = [key('orders'), key('billing', '/realms/shop/protocol/openid-connect/token', 'idp.example')];
const messages = (...texts: readonly string[]): string[] =>
  unusedLifetimes(texts.map(parseLifetime), keys).map(({ message }) => message);

test('what matches a key is used, also when another rule overrules it', () => {
  expect(messages('300s', 'orders=60s', '/oauth2/token=1h', 'idp.example/realms/*/protocol/openid-connect/token=5m')).toEqual([]);
});

test('a client or an endpoint that is not there', () => {
  expect(messages('300s', 'order=60s', '/oauth/token=1h')).toEqual([
    '--lifetime order=60s matched no client; seen: billing, orders',
    '--lifetime /oauth/token=1h matched no token endpoint; seen: /oauth2/token, idp.example/realms/shop/protocol/openid-connect/token',
  ]);
});

test('a few names, each once', () => {
  const many = ['e', 'd', 'c', 'b', 'a', 'a'].map((client) => key(client));
  expect(unusedLifetimes([parseLifetime('x=1s')], many)).toEqual([
    { id: 'lifetime-unused', message: '--lifetime x=1s matched no client; seen: a, b, c and 2 more' },
  ]);
});

test('without a fetch nothing is said', () => expect(unusedLifetimes([parseLifetime('x=1s')], [])).toEqual([]));
