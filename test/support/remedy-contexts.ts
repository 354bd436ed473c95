import fc from 'fast-check';
import { DEFAULT_PLACES, type RemedyContext } from '../../src/remedy/remedy.js';

export const context = (more: Partial<RemedyContext> = {}): RemedyContext => ({
  tokenEndpoint: { scheme: 'https', host: 'auth.example.com', port: 443, path: '/oauth2/token' },
  clientId: 'orders-gw',
  scope: 'orders.read orders.write',
  audience: 'https://orders.example.com',
  lifetimeMs: 3_600_000,
  marginMs: 60_000,
  ttlMs: 3_540_000,
  listen: { host: '127.0.0.1', port: 9180 },
  pathPrefix: '/token/',
  resolver: '10.0.0.2',
  places: DEFAULT_PLACES,
  ...more,
});

/** What ends a string, a line, a comment or a block in one of the languages, and what templates begin with. */
const hostile = fc
  .array(
    fc.constantFrom(
      '"',
      "'",
      '`',
      '\\',
      '\n',
      '\r',
      '\0',
      '\u2028',
      '\u0085',
      '{{',
      '}}',
      '${',
      '#{',
      '@(',
      '<!--',
      '-->',
      ']]>',
      '&',
      '<x>',
      ']]',
      '--',
      '*/',
      '; evil on;',
      ': ',
      ' #',
      '$(',
      '%0a',
      'é',
      '😀',
      'a',
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join(''));

export const hostileContext = fc
  .record({ clientId: hostile, scope: hostile, audience: hostile, path: hostile, host: hostile })
  .map(({ clientId, scope, audience, path, host }) =>
    context({ clientId, scope, audience, tokenEndpoint: { scheme: 'https', host, port: 443, path: `/${path}` } }),
  );
