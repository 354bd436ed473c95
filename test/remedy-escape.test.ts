/** Values from a log inside the languages of gateways: what a reader of the language makes of them is the value, and nothing runs. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  authority,
  endpointUrl,
  formBody,
  luaString,
  percent,
  pythonString,
  shellString,
  urlHost,
  urlPath,
} from '../src/remedy/escape.js';

/** Whole characters, with what is special somewhere more often than by chance. */
const special = fc.constantFrom(
  ...'\'"`\\$%{}[]();#&|<>*?!~^=@:/ \t\n\r\0'.split(''),
  '$(id)',
  '%{e}',
  '--',
  ']]',
  'é',
  '😀',
  '\u2028',
);
const hostile = fc.oneof(
  fc.array(fc.oneof(special, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ maxLength: 20 }),
);

/** Lua 5.1 to 5.4: \ddd is a byte; nothing else is written. */
const readLua = (text: string): string => {
  expect(text).toMatch(/^"(?:[^"\\\n\r]|\\\d{3})*"$/);
  expect(text).toMatch(/^[ -~]*$/);
  const bytes = [...text.slice(1, -1).matchAll(/\\(\d{3})|[^\\]/g)].map(([one, code]) =>
    code === undefined ? one.charCodeAt(0) : Number(code),
  );
  return Buffer.from(bytes).toString('utf8');
};

test('percent-encoded, nothing is special anywhere, and it comes back', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const encoded = percent(text);
      expect(encoded).toMatch(/^[A-Za-z0-9.~_%-]*$/);
      expect(decodeURIComponent(encoded)).toBe(text);
    }),
  );
});

test('the body of the token request has the scope and the audience that were given', () => {
  fc.assert(
    fc.property(fc.option(hostile, { nil: undefined }), fc.option(hostile, { nil: undefined }), (scope, audience) => {
      const read = Object.fromEntries(new URLSearchParams(formBody({ scope, audience })));
      expect(read).toEqual({
        grant_type: 'client_credentials',
        ...(scope === undefined ? {} : { scope }),
        ...(audience === undefined ? {} : { audience }),
      });
    }),
  );
});

test('a path has nothing in it that ends a directive, begins a variable, a query or a fragment', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const path = urlPath(text);
      expect(path).toMatch(/^\/[\w\-.~/%:@&*+,=]*$/);
      expect(urlPath(path)).toBe(path);
      expect(new URL(`http://a${path}`).search).toBe('');
    }),
  );
  expect(urlPath('/realms/a%20b/token')).toBe('/realms/a%20b/token');
});

test('a host is a host, or leads nowhere', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(urlHost(text)).toMatch(/^[\w.-]+$|^\[[0-9A-Fa-f:.]+\]$/);
    }),
  );
  expect(['auth.example.com', '10.0.0.7', '[::1]'].map(urlHost)).toEqual(['auth.example.com', '10.0.0.7', '[::1]']);
  expect(urlHost('a b; evil')).toBe('token-endpoint.invalid');
});

test.each([
  ['https', 443, 'auth.example.com'],
  ['https', 8443, 'auth.example.com:8443'],
  ['http', 80, 'auth.example.com'],
  ['http', 443, 'auth.example.com:443'],
] as const)('%s on %i is %s', (scheme, port, expected) => {
  const endpoint = { scheme, host: 'auth.example.com', port, path: '/oauth2/token' };
  expect(authority(endpoint)).toBe(expected);
  expect(endpointUrl(endpoint)).toBe(`${scheme}://${expected}/oauth2/token`);
});

test('Lua reads the text that was written', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(readLua(luaString(text))).toBe(text);
    }),
  );
});

test('Python reads the text that was written', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const written = pythonString(text);
      expect(written).toMatch(/^"(?:[ !#-[\]-~]|\\u[0-9a-f]{4}|\\U[0-9a-f]{8})*"$/);
      const read = written
        .slice(1, -1)
        .replace(/\\U([0-9a-f]{8})|\\u([0-9a-f]{4})/g, (_, long, brief) =>
          String.fromCodePoint(Number.parseInt(long ?? brief, 16)),
        );
      expect(read).toBe(text);
    }),
  );
});

test('a shell reads one word, which has no control characters', () => {
  const texts = fc.sample(hostile, 60);
  const script = `for word in ${texts.map(shellString).join(' ')}; do printf '%s\\0' "$word"; done`;
  const words = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
  expect(words).toEqual(texts.map((text) => text.replace(/[\u0000-\u001f\u007f]/g, ' ')));
});
