/** How to see the line that a finding points to. */
import type { Evidence } from '../analysis/result.js';
import { shown } from './cells.js';

const simple = /^[\w@%+=:,./-]+$/;

/** For a shell: a name that comes from a folder may hold anything. What cannot be shown as it is stands in `$'...'`. */
export const quoted = (name: string): string => {
  const safe = name.startsWith('-') ? `./${name}` : name;
  if (simple.test(safe)) return safe;
  const visible = shown(safe);
  const single = `'${visible.replaceAll("'", `'\\''`)}'`;
  if (visible === safe) return single;
  const code = (character: string): string => {
    const point = character.codePointAt(0)!;
    return point < 0x80 ? `\\x${point.toString(16).padStart(2, '0')}` : `\\U${point.toString(16).padStart(8, '0')}`;
  };
  return `$'${[...safe].map((character) => (/[\w@%+=:,./ -]/.test(character) ? character : code(character))).join('')}'`;
};

const readers: readonly (readonly [RegExp, string])[] = [
  [/\.gz$/i, 'zcat'],
  [/\.zst$/i, 'zstdcat'],
  [/\.bz2$/i, 'bzcat'],
  [/\.xz$/i, 'xzcat'],
];

/** Prints the line: `zcat logs/gw.gz | tail -c +41220119 | head -1`. */
export const evidenceCommand = ({ file, byte }: Evidence): string => {
  const reader = readers.find(([ending]) => ending.test(file))?.[1];
  const from = `tail -c +${byte + 1}`;
  return reader === undefined ? `${from} ${quoted(file)} | head -1` : `${reader} ${quoted(file)} | ${from} | head -1`;
};
