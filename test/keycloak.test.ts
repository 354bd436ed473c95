/** Events of Keycloak have a short way to JSON and a long one: the short one is taken for ordinary lines, and comes to the same. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventOf } from '../src/scan/framing/keycloak.js';
import { PlainEvents } from '../src/scan/framing/plain-events.js';

const out = Buffer.alloc(1 << 16);
const events = new PlainEvents();
/** With bytes around it that are none of its own. */
function plainEvent(text: string): unknown {
  const bytes = Buffer.from(`"=, ${text}, "x`);
  const end = events.write(bytes, 4, bytes.length - 4, out, 7);
  return end < 0 ? undefined : JSON.parse(Buffer.from(out.subarray(7, end)).toString());
}

const value = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom('orders-gw', 'https://api.example.com', '10.20.0.7', 'null', '', 'a b', 'x=y', 'openid email'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('say "x"', 'a, b', 'a,b', 'back\\slash', 'caf\u00e9', ' ', 'end ', 'tab\there', '"', ','),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
);
const key = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.constantFrom(
      'clientId',
      'ipAddress',
      'error',
      'grant_type',
      'scope',
      'token_id',
      'a.b-c',
      'realmName',
      'userId',
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom('realm', 'x y', '', 'keycloakTime', 'type') },
  // More than are remembered.
  { weight: 3, arbitrary: fc.nat({ max: 60 }).map((at) => `k${at}`) },
);
const pair = fc.tuple(key, value, fc.boolean()).map(([name, text, quoted]) => `${name}=${quoted ? `"${text}"` : text}`);
const line = fc
  .tuple(
    fc.constantFrom(
      '2026-03-02 10:15:30,123 DEBUG ',
      '2026-03-02 10:15:59.123456789 DEBUG ',
      '2026-03-02T10:15:30.5Z WARN  ',
      '2026-03-02T10:16:30.5 WARN  ',
      '2026-03-02 10:15:30 INFO ',
      '2026-03-02 10:15:3x INFO ',
    ),
    fc.constantFrom('[org.keycloak.events] (t) ', '[org.keycloak.events] (t-1) ', '[o.k.events] (x) '),
    fc.constantFrom('type="CLIENT_LOGIN", realmId="5c0f"', 'type=REFRESH_TOKEN, realmId=5c0f', 'type=A'),
    fc.oneof(
      { weight: 4, arbitrary: fc.uniqueArray(pair, { maxLength: 5, selector: (text) => text.slice(0, 4) }) },
      { weight: 1, arbitrary: fc.array(pair, { maxLength: 5 }) },
    ),
    fc.constantFrom('', '', '', '', '', ',', ' ', ', '),
  )
  .map(([stamp, category, type, pairs, end]) => `${stamp}${category}${[type, ...pairs].join(', ')}${end}`);

test('both ways give the same event', () => {
  let short = 0;
  fc.assert(
    fc.property(line, (text) => {
      const plain = plainEvent(text);
      if (plain === undefined) return;
      short += 1;
      expect(plain).toEqual(JSON.parse(eventOf(text)!));
    }),
    { numRuns: 3000 },
  );
  expect(short).toBeGreaterThan(300);
});

test('what was read before changes nothing that is written', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (texts) => {
      const [reader, alone] = [new PlainEvents(), Buffer.alloc(1 << 14)];
      for (const text of texts) {
        const bytes = Buffer.from(text);
        const end = reader.write(bytes, 0, bytes.length, out, 0);
        const wanted = new PlainEvents().write(bytes, 0, bytes.length, alone, 0);
        // It may begin anew with the keys, but not read what is odd.
        if (end >= 0 || wanted < 0) expect(end).toBe(wanted);
        if (end >= 0) expect(out.subarray(0, end).equals(alone.subarray(0, wanted))).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test('each byte of a value is looked at, wherever it stands', () => {
  const head = '2026-03-02 10:00:00,024 DEBUG [org.keycloak.events] (t) type="A", realmId="r", ';
  for (let byte = 0; byte < 256; byte += 1) {
    for (let at = 0; at < 9; at += 1) {
      for (const [open, close] of [
        ['x="', '"'],
        ['x=', ''],
      ]) {
        const text = `${head}${open}${'v'.repeat(at)}\u0000${'v'.repeat(9 - at)}${close}`;
        const bytes = Buffer.from(text);
        bytes[bytes.indexOf(0)] = byte;
        const end = new PlainEvents().write(bytes, 0, bytes.length, out, 0);
        const isOdd = byte < 32 || byte > 126 || byte === 34 || byte === 92 || (open === 'x=' && byte === 44);
        if (isOdd) expect(end, `${byte} at ${at}`).toBe(-1);
        else if (!(open === 'x=' && at === 0 && byte === 39)) expect(end, `${byte} at ${at}`).toBeGreaterThan(0);
      }
    }
  }
});

test('an ordinary line goes the short way', () => {
  const text =
    '2026-03-02 10:00:00,024 DEBUG [org.keycloak.events] (executor-thread-1) type="CLIENT_LOGIN", realmId="5c0f6f7e", realmName="shop", clientId="mail-gw", userId="null", ipAddress="10.20.0.10", token_id="secret-1"';
  expect(plainEvent(text)).toEqual({
    keycloakTime: '2026-03-02T10:00:00.024',
    realm: 'shop',
    type: 'CLIENT_LOGIN',
    realmId: '5c0f6f7e',
    realmName: 'shop',
    clientId: 'mail-gw',
    ipAddress: '10.20.0.10',
  });
});
