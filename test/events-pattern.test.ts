import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TokenTaxError } from '../src/errors.js';
import { compileGlob, couldMatchTemplate, matchGlob } from '../src/events/glob.js';
import { couldMatchFolded, matchesPattern, parseEndpointPattern } from '../src/events/pattern.js';
import type { Method } from '../src/events/request-batch.js';
import { runs } from './support/runs.js';

/** The rules of globs as plainly as they can be written, at exponential cost. */
const slowMatch = (glob: string, text: string): boolean => {
  if (glob === '') return text === '';
  if (glob === '/**' && text === '') return true;
  if (glob.startsWith('/**/')) {
    if (!text.startsWith('/')) return false;
    const rest = glob.slice(4);
    const starts = [...text].flatMap((char, at) => (char === '/' ? [at + 1] : []));
    return starts.some((at) => slowMatch(rest, text.slice(at)));
  }
  if (glob.startsWith('**')) return [...text, ''].some((_, at) => slowMatch(glob.slice(2), text.slice(at)));
  if (glob.startsWith('*')) {
    const run = /^[^/]*/.exec(text)![0];
    return [...run, ''].some((_, at) => slowMatch(glob.slice(1), text.slice(at)));
  }
  return text.startsWith(glob[0]!) && slowMatch(glob.slice(1), text.slice(1));
};

const globText = fc
  .array(fc.constantFrom('a', 'b', '/', '/a', '*', '**', '/**/', '/**'), { maxLength: 7 })
  .map((parts) => `/${parts.join('')}`)
  .filter((glob) => !glob.includes('***') && !glob.includes('**/**'));
const pathText = fc.array(fc.constantFrom('a', 'b', '/', 'ab'), { maxLength: 9 }).map((parts) => `/${parts.join('')}`);

test('globs match as the plain rules say', () => {
  let matches = 0;
  fc.assert(
    fc.property(globText, pathText, (glob, path) => {
      const fits = slowMatch(glob, path);
      if (fits) matches += 1;
      expect(matchGlob(compileGlob(glob), path), `${glob} ${path}`).toBe(fits);
    }),
    { numRuns: runs(20_000) },
  );
  expect(matches).toBeGreaterThan(500);
});

test('a template could match whenever a path that folds to it does', () => {
  const segments = fc.array(fc.constantFrom('a', 'b', 'ab', '{id}', '{*}', '{secret}'), { maxLength: 5 });
  const value = fc.constantFrom('a', 'b', 'ab', 'ba', 'aab');
  fc.assert(
    fc.property(globText, segments, fc.infiniteStream(value), (text, parts, values) => {
      const glob = compileGlob(text);
      const raw = parts.map((part) => (part.startsWith('{') ? values.next().value : part));
      if (matchGlob(glob, `/${raw.join('/')}`)) expect(couldMatchTemplate(glob, `/${parts.join('/')}`)).toBe(true);
    }),
    { numRuns: runs(10_000) },
  );
});

describe('folded paths', () => {
  const cases: [string, string, boolean][] = [
    ['/orders/17', '/orders/{id}', true],
    ['/orders/17/items', '/orders/{id}/items', true],
    ['/orders/17', '/orders/{id}/items', false],
    ['/orders/*/items', '/orders/{id}/items', true],
    ['/orders/**', '/orders/{id}/items/{id}', true],
    ['/a/**/z', '/a/{*}/{secret}/z', true],
    ['/orders/v-*-x', '/orders/{id}', true],
    ['/users/*', '/orders/{id}', false],
    ['/a/b', '/{id}', false],
    ['/orders', '/orders/', true],
    ['/', '/{id}', false],
  ];
  for (const [pattern, folded, could] of cases) {
    test(`${pattern} ${could ? 'could' : 'cannot'} match ${folded}`, () => {
      expect(couldMatchFolded(parseEndpointPattern(pattern), folded)).toBe(could);
    });
  }
});

describe('endpoint patterns', () => {
  const cases: [string, Method, string | undefined, string, boolean][] = [
    ['/oauth/token', 'POST', undefined, '/oauth/token', true],
    ['/oauth/token', 'POST', undefined, '/oauth/token/?a=b', true],
    ['/oauth/token/', 'GET', 'x', '/oauth/token', true],
    ['/oauth/token', 'POST', undefined, '/prefix/oauth/token', false],
    ['/oauth/token', 'POST', undefined, '/OAuth/Token', false],
    ['POST /v1/*/login', 'POST', undefined, '/v1/a/login', true],
    ['post /v1/*/login', 'POST', undefined, '/v1/a/login', true],
    ['POST /v1/*/login', 'GET', undefined, '/v1/a/login', false],
    ['POST /v1/*/login', 'POST', undefined, '/v1/a/b/login', false],
    ['**/token'.replace('**', '/**'), 'POST', undefined, '/token', true],
    ['/**/token', 'POST', undefined, '/a/b/token', true],
    ['/api/**', 'GET', undefined, '/api', true],
    ['/api/**', 'GET', undefined, '/api/', true],
    ['/api/**', 'GET', undefined, '/api/a/b', true],
    ['/api/**', 'GET', undefined, '/apis', false],
    ['auth.example.com/token', 'POST', 'AUTH.example.com:8443', '/token', true],
    ['Auth.Example.com/token', 'POST', 'auth.example.com', '/token', true],
    ['auth.example.com/token', 'POST', undefined, '/token', false],
    ['auth.example.com/token', 'POST', '-', '/token', false],
    ['*.example.com/token', 'POST', 'a.b.example.com', '/token', true],
    ['*.example.com/token', 'POST', 'example.com', '/token', false],
    ['https://auth.example.com:8443/token', 'POST', 'auth.example.com', '/token', true],
    ['POST  idp/**', 'POST', 'idp', '/x', true],
    ['/', 'GET', undefined, '/', true],
    ['/', 'GET', undefined, '/a', false],
    ['/a.b+c(d)', 'GET', undefined, '/a.b+c(d)', true],
    ['/a.b', 'GET', undefined, '/axb', false],
  ];
  for (const [pattern, method, host, path, fits] of cases) {
    test(`${pattern} ${fits ? 'takes' : 'leaves'} ${method} ${host ?? ''}${path}`, () => {
      expect(matchesPattern(parseEndpointPattern(pattern), { method, host, path })).toBe(fits);
    });
  }

  const mistakes: [string, RegExp][] = [
    ['', /empty/],
    ['  ', /empty/],
    ['token', /no path that starts with \//],
    ['FETCH /token', /"FETCH" is not an HTTP method/],
    ['OTHER /token', /"OTHER" is not an HTTP method/],
    ['/token?grant_type=x', /query/],
    ['/a b', /blank/],
    ['POST idp /token', /blank/],
    ['/a/***', /\*\*\*/],
    ['/a\x1b', /control/],
    [`/${'a'.repeat(2000)}`, /longer than/],
  ];
  for (const [pattern, message] of mistakes) {
    test(`${JSON.stringify(pattern.slice(0, 30))} is refused`, () => {
      expect(() => parseEndpointPattern(pattern)).toThrow(message);
      expect(() => parseEndpointPattern(pattern)).toThrow(expect.objectContaining({ code: 'BAD_OPTION', exit: 2 }));
      expect(() => parseEndpointPattern(pattern)).toThrow(TokenTaxError);
    });
  }

  test('a pattern survives the way to a worker', () => {
    const pattern = parseEndpointPattern('POST *.example.com/**/token');
    expect(structuredClone(pattern)).toEqual(pattern);
  });

  test('hostile paths come back', () => {
    const pattern = parseEndpointPattern(`/${'**a'.repeat(30)}/${'*a'.repeat(30)}b`);
    expect(matchesPattern(pattern, { method: 'GET', path: `/${'a'.repeat(100_000)}` })).toBe(false);
    expect(couldMatchFolded(pattern, `/${'{id}'.repeat(10_000)}`)).toBe(false);
  });
});
