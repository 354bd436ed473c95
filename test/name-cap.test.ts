/** Caps on names: whatever the order and however many share the names, the same are left. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { limitFor, NameCap, nameHash } from '../src/events/name-cap.js';

const MAX = 8;

/** Names that a cap has left, and its limit. */
function kept(names: readonly string[]): { readonly names: readonly string[]; readonly limit: number } {
  const left = new Map<number, string>();
  const cap = new NameCap(MAX, (id) => void left.delete(id));
  names.forEach((name, id) => {
    if (cap.find(name) !== undefined || !cap.admits(name)) return;
    left.set(id, name);
    cap.add(name, id);
  });
  return { names: [...left.values()].sort(), limit: cap.limit };
}

/** As it is meant: the first of 2^32, 2^31, ... below which no more than MAX of all names lie. */
function expected(names: readonly string[]): { readonly names: readonly string[]; readonly limit: number } {
  const all = [...new Set(names)];
  let limit = 2 ** 32;
  while (all.filter((name) => nameHash(name) < limit).length > MAX) limit /= 2;
  return { names: all.filter((name) => nameHash(name) < limit).sort(), limit };
}

test('the names that are left do not hang on their order', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 4 }), { maxLength: 200 }), (names) => {
      expect(kept(names)).toEqual(expected(names));
      expect(kept([...names].reverse())).toEqual(expected(names));
    }),
  );
});

test('names that several have capped come to the same', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ maxLength: 4 }), fc.nat(2)), { maxLength: 200 }), (shared) => {
      const parts = [0, 1, 2].map((part) => kept(shared.filter(([, of]) => of === part).map(([name]) => name)));
      const lowest = Math.min(...parts.map(({ limit }) => limit));
      const union = [...new Set(parts.flatMap(({ names }) => names))];
      const limit = limitFor(union, MAX, lowest);
      const left = union.filter((name) => nameHash(name) < limit).sort();
      expect({ names: left, limit }).toEqual(expected(shared.map(([name]) => name)));
    }),
  );
});
