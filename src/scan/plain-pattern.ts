/**
 * Patterns that can be read in one way only: runs of characters, each of which ends before a character that it may not hold. Nearly all
 * patterns of logs are such (`(?<time>\S+) (?<status>\d+) took (?<took>\d+)ms`). They are run character by character, in a tenth of the
 * time that an engine for all patterns takes. What is written in any other way is left to that engine.
 */

/** Places of the named groups, by the order in which they open: from, to, from, to... `unsure`: the other engine must look. */
export type PlainMatch = Int32Array | 'none' | 'unsure';

interface Item {
  /** 1 for each ASCII character that it takes. */
  readonly ascii: Uint8Array;
  /** It takes all other characters. */
  readonly others: boolean;
  readonly canBeEmpty: boolean;
  readonly isRun: boolean;
  /** Numbers of the groups that begin before it and end behind it. */
  opens: number;
  closes: number;
}

export interface PlainPattern {
  readonly names: readonly string[];
  match(line: string): PlainMatch;
}

const ASCII = 128;
const NONE = -1;
const SPECIAL = '\\.+*?()[]{}|^$';
const GROUP = /^\(\?P?<(\w+)>/;

type Characters = Pick<Item, 'ascii' | 'others'>;

const charactersOf = (takes: (char: string) => boolean, others: boolean): Characters => ({
  ascii: Uint8Array.from({ length: ASCII }, (_, code) => (takes(String.fromCharCode(code)) ? 1 : 0)),
  others,
});
const without = ({ ascii, others }: Characters): Characters => ({ ascii: ascii.map((one) => 1 - one), others: !others });

const one = (char: string): Characters => charactersOf((other) => other === char, false);
const any = charactersOf(() => true, true);
const digits = charactersOf((char) => /\d/.test(char), false);
const wordCharacters = charactersOf((char) => /\w/.test(char), false);
/** As RE2 has it: without the vertical tab. */
const spaces = charactersOf((char) => '\t\n\f\r '.includes(char), false);
const CLASSES: Readonly<Record<string, Characters>> = {
  d: digits,
  D: without(digits),
  w: wordCharacters,
  W: without(wordCharacters),
  s: spaces,
  S: without(spaces),
  t: one('\t'),
};

/** A backslash and what follows it. */
function escaped(char: string | undefined): Characters | undefined {
  if (char === undefined) return undefined;
  if (Object.hasOwn(CLASSES, char)) return CLASSES[char];
  return /[!-/:-@[-`{-~]/.test(char) ? one(char) : undefined;
}

interface Parsed {
  readonly characters: Characters;
  readonly next: number;
}

/** `[a-z_]`; undefined for one that says more than characters, ranges and the classes above. */
function parseClass(source: string, from: number): Parsed | undefined {
  let at = from + 1;
  const isNegated = source[at] === '^';
  if (isNegated) at += 1;
  const ascii = new Uint8Array(ASCII);
  let others = false;
  for (const start = at; ; ) {
    const char = source[at];
    if (char === undefined || char === '[' || char.charCodeAt(0) >= ASCII || (char === ']' && at === start)) return undefined;
    if (char === ']') break;
    const characters = char === '\\' ? escaped(source[at + 1]) : one(char);
    if (characters === undefined) return undefined;
    const isOne = char !== '\\';
    at += isOne ? 1 : 2;
    if (source[at] === '-' && source[at + 1] !== ']') {
      const end = source[at + 1];
      // Only plain ends: `a-z`.
      if (!isOne || char === '-' || end === undefined || !/[a-zA-Z0-9]/.test(end) || !/[a-zA-Z0-9]/.test(char) || end < char)
        return undefined;
      ascii.fill(1, char.charCodeAt(0), end.charCodeAt(0) + 1);
      at += 2;
      continue;
    }
    if (char === '-' && at - 1 !== start && source[at] !== ']') return undefined;
    characters.ascii.forEach((takes, code) => {
      if (takes === 1) ascii[code] = 1;
    });
    others ||= characters.others;
  }
  const characters = { ascii, others };
  return { characters: isNegated ? without(characters) : characters, next: at + 1 };
}

function parseAtom(source: string, at: number): Parsed | undefined {
  const char = source[at]!;
  if (char === '\\') {
    const characters = escaped(source[at + 1]);
    return characters === undefined ? undefined : { characters, next: at + 2 };
  }
  if (char === '.') return { characters: any, next: at + 1 };
  if (char === '[') return parseClass(source, at);
  if (SPECIAL.includes(char) || char.charCodeAt(0) >= ASCII || char.charCodeAt(0) < 32) return undefined;
  return { characters: one(char), next: at + 1 };
}

function parse(source: string): { items: Item[]; names: string[] } | undefined {
  const items: Item[] = [];
  const names: string[] = [];
  let opens = NONE;
  let open = NONE;
  for (let at = 0; at < source.length; ) {
    if (source[at] === '(') {
      const group = GROUP.exec(source.slice(at));
      if (group === null || open !== NONE) return undefined;
      opens = names.push(group[1]!) - 1;
      open = opens;
      at += group[0].length;
      continue;
    }
    if (source[at] === ')') {
      // One that holds nothing is not worth a thought; neither is one that is repeated.
      if (open === NONE || opens !== NONE || '+*?{'.includes(source[at + 1] ?? ' ')) return undefined;
      items.at(-1)!.closes = open;
      open = NONE;
      at += 1;
      continue;
    }
    const atom = parseAtom(source, at);
    if (atom === undefined) return undefined;
    at = atom.next;
    const sign = source[at];
    if (sign === '?' || sign === '{') return undefined;
    const isRun = sign === '+' || sign === '*';
    if (isRun) at += 1;
    if (isRun && '?+*{'.includes(source[at] ?? ' ')) return undefined;
    items.push({ ...atom.characters, canBeEmpty: sign === '*', isRun, opens, closes: NONE });
    opens = NONE;
  }
  return open === NONE ? { items, names } : undefined;
}

const meet = (a: Item, b: Item): boolean =>
  (a.others && b.others) || a.ascii.some((takes, code) => takes === 1 && b.ascii[code] === 1);

/** Whether no run may hold what may stand behind it, so that each ends where it must. */
function isClear(items: readonly Item[]): boolean {
  return items.every((item, at) => {
    if (!item.isRun) return true;
    for (const next of items.slice(at + 1)) {
      if (meet(item, next)) return false;
      if (!next.canBeEmpty) break;
    }
    return true;
  });
}

/** `pattern`: in RE2 syntax, for the whole line. Undefined for one that is not of this kind. */
export function plainPattern(pattern: string): PlainPattern | undefined {
  const parsed = parse(pattern.replace(/^\^/, '').replace(/(?<!\\)\$$/, ''));
  if (parsed === undefined || parsed.items.length === 0 || !isClear(parsed.items)) return undefined;
  const { items, names } = parsed;
  const places = new Int32Array(names.length * 2);
  return {
    names,
    match(line) {
      let at = 0;
      for (const { ascii, others, canBeEmpty, isRun, opens, closes } of items) {
        if (opens !== NONE) places[opens * 2] = at;
        const from = at;
        const most = isRun ? line.length : Math.min(line.length, at + 1);
        for (; at < most; at += 1) {
          const code = line.charCodeAt(at);
          if (code < ASCII ? ascii[code] === 0 : !others) break;
          // Of a character that takes two places only a run may take the halves for two.
          if (!isRun && code >= ASCII) return 'unsure';
        }
        if (at === from && !canBeEmpty) return 'none';
        if (closes !== NONE) places[closes * 2 + 1] = at;
      }
      return at === line.length ? places : 'none';
    },
  };
}
