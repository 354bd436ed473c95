import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redactText, secretKinds } from '/work/main/src/redact/index.js';
import { findSecrets } from '/work/main/src/redact/find.js';
const pieces = fc.constantFrom(
  'token', 'client_secret', 'code', 'Cookie', 'Authorization', 'Bearer', 'Basic ', 'eyJ', 'eyJhbGciOi', '.', '=', ':', '"', "'", '\\"', '\\x22',
  '\\\\', '%22', '%3D', '%253D', '%', '&', '%26', '\\u0026', ' ', '\n', ',', ';', '{', '}', '[', ']', '://', '@', '/', 'ghp_abcdef1', 'AKIAABCDEF12',
  '<redacted:token>', '{secret}', '<redacted:', '\uE000', '-----BEGIN PRIVATE KEY-----', '-----END', 'abc', 'hvs.', '{id}', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6',
);
const hostile = fc.array(pieces, { maxLength: 30 }).map((p) => p.join(''));
test('idem', () => {
  let worst = 0;
  fc.assert(fc.property(hostile, (t) => { const o = redactText(t); expect(redactText(o)).toBe(o); expect(secretKinds(o)).toEqual([]); }), { numRuns: 300000 });
}, 300000);
