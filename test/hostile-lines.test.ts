/** Lines that are written to keep a reader busy: each is read in time that grows with its length, or these tests do not end. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DocumentReader } from '../src/scan/framing/documents.js';
import { keycloakWrapper, oneLine, wrappers } from '../src/scan/framing/wrappers.js';

const LONG = 1_000_000;

const read = (text: string): string | undefined => {
  const bytes = Buffer.from(text);
  const event = keycloakWrapper().peel({ bytes, from: 0, to: bytes.length });
  return event?.bytes.toString('utf8', event.from, event.to);
};
const HEAD = '2026-03-02 10:15:00,123 INFO  [org.keycloak.events] (thread) type="CLIENT_LOGIN", realmId="r"';

describe('events of Keycloak', () => {
  test.each([
    ['letters', 'a'.repeat(LONG)],
    ['keys before a comma of their value', `${'k=1;'.repeat(LONG / 4)},x`],
    ['spaces before a comma', `k=${' '.repeat(LONG)},x`],
    ['quotes without an end', 'k="\\'.repeat(LONG / 4)],
  ])('%s', (_, rest) => {
    expect(JSON.parse(read(`${HEAD}, ${rest}`) ?? '{}')).toMatchObject({ type: 'CLIENT_LOGIN', realm: 'r' });
  });

  test('pairs are read as they are written, in quotes or without', () => {
    const key = fc.stringMatching(/^[a-z][a-zA-Z_]{0,12}$/).filter((one) => !['type', 'realmId', 'realm', 'null'].includes(one));
    const value = fc.stringMatching(/^[\w:/?&=.;-]{1,20}$/).filter((one) => one !== 'null');
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(key, value, fc.boolean()), { maxLength: 8, selector: ([name]) => name }), (pairs) => {
        const text = pairs.map(([name, one, isQuoted]) => `, ${name}=${isQuoted ? `"${one}"` : one}`).join('');
        const { keycloakTime, realm, type, realmId, ...found } = JSON.parse(read(HEAD + text) ?? '{}');
        const safe = pairs.filter(([name]) => !['realmName', 'token_id', 'refresh_token_id', 'code_id'].includes(name));
        expect([keycloakTime, type, realmId]).toEqual(['2026-03-02T10:15:00.123', 'CLIENT_LOGIN', 'r']);
        for (const [name, one] of safe) expect(found[name]).toBe(one);
      }),
    );
  });
});

describe('text of many lines in a value', () => {
  test('is one line, as the plain expressions make it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab\r\n]{0,30}$/), (text) => {
        expect(oneLine(text)).toBe(text.replace(/[\r\n]+$/, '').replace(/[\r\n]+/g, ' '));
      }),
    );
  });

  test('in an envelope and in an event of a document', () => {
    const message = `${'\n'.repeat(LONG)}x`;
    const bytes = Buffer.from(JSON.stringify({ message }));
    const peeled = wrappers.find(({ id }) => id === 'json:message')!.peel({ bytes, from: 0, to: bytes.length })!;
    expect(peeled.bytes.toString('utf8', peeled.from, peeled.to)).toBe(' x');
    const document = Buffer.from(JSON.stringify({ events: [{ message }] }));
    const block = new DocumentReader('events').block({
      bytes: document,
      start: 0,
      end: document.length,
      offset: 0,
      overlongBytes: 0,
    });
    expect(block.bytes.toString('utf8', 0, block.end)).toBe(' x\n');
  });
});
