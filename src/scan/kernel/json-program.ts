/** Writes a program of JSON into the kernel's memory: levels, keys and words as assembly/json-nodes.ts and json-words.ts read them. */
import type { ValueWords } from '../../formats/define.js';
import type { Constant, JsonNode, JsonProgram, KeyUse } from '../../formats/program.js';
import { fieldWords, isKnownField, type SlotWords } from './fields.js';
import type { Kernel } from './kernel.js';

const encoder = new TextEncoder();
const NEWLINE = 10;
/** The head of a key that is compared at once takes eight bytes. */
const HEAD_BYTES = 8;

const PARTS: Readonly<Record<NonNullable<ValueWords['part']>, number>> = {
  host: 1,
  'last-segment': 2,
  'last-word': 3,
  'first-word': 4,
};

/** A level of keys, with what holds it. */
interface Level {
  readonly node: JsonNode;
  readonly keysFrom: number;
  readonly parent: number;
  readonly holder: number;
}

/** Levels in the order in which they are found from the root; a level comes behind that which holds it. */
function levelsOf(root: JsonNode): Level[] {
  const levels: Level[] = [{ node: root, keysFrom: 0, parent: 0, holder: -1 }];
  let keys = root.keys.length;
  for (let at = 0; at < levels.length; at += 1) {
    const { node, keysFrom } = levels[at]!;
    node.children.forEach((child, index) => {
      if (child === undefined) return;
      levels.push({ node: child, keysFrom: keys, parent: at, holder: keysFrom + index });
      keys += child.keys.length;
    });
  }
  return levels;
}

const keyCount = (levels: readonly Level[]): number => levels.reduce((sum, { node }) => sum + node.keys.length, 0);

/** True for a program in which the kernel knows every word. */
export function isSupportedJson(program: JsonProgram, kernel: Kernel): boolean {
  const levels = levelsOf(program.root);
  const { words } = program;
  const uses = words?.keys.flat() ?? [];
  return (
    levels.length <= kernel.at('MAX_LEVELS') &&
    keyCount(levels) <= kernel.at('MAX_KEYS') &&
    poolBytes(program, levels) <= kernel.at('POOL_BYTES') &&
    levels.every(({ node }) => node.keys.every((key) => !key.includes(NEWLINE))) &&
    program.fields.every(isKnownField) &&
    (words === undefined ||
      (words.keys.length <= kernel.at('MAX_WORD_KEYS') &&
        uses.length <= kernel.at('MAX_USES') &&
        words.sums.length <= kernel.at('MAX_SUMS') &&
        words.sums.every(({ parts }) => parts <= kernel.at('MAX_PARTS')) &&
        words.always.length <= kernel.at('MAX_ALWAYS') &&
        words.skips.length <= kernel.at('MAX_SKIPS')))
  );
}

/** More than is written, for each list and key a few bytes of room. */
function poolBytes({ words }: JsonProgram, levels: readonly Level[]): number {
  const keys = levels.flatMap(({ node }) => node.keys).reduce((sum, key) => sum + key.length + HEAD_BYTES, 0);
  const uses = (words?.keys.flat() ?? []).reduce((sum, { table = [], value, is }) => {
    const { none = [], absent = [], param = '', prefix = '' } = value ?? {};
    const texts = [...none, ...absent, param, prefix].reduce((all, text) => all + text.length * 3 + HEAD_BYTES, 0);
    return sum + texts + is.length + table.reduce((all, { text }) => all + text.length + 16, 0);
  }, 0);
  return keys + uses + (words?.pool.length ?? 0) + 64;
}

export function writeJsonProgram(program: JsonProgram, kernel: Kernel, flags: number, callerSlots: number): void {
  const { heap } = kernel;
  const view = new DataView(heap.buffer);
  let pool = kernel.at('POOL');
  const keep = (bytes: Uint8Array): number => {
    heap.set(bytes, pool);
    pool += bytes.length;
    return pool - bytes.length;
  };
  const words = (at: number, values: readonly number[]): void => {
    values.forEach((value, index) => {
      view.setInt32(at + index * 4, value, true);
    });
  };
  const levels = levelsOf(program.root);
  const keyAt = (key: number): number => kernel.at('KEYS') + key * kernel.at('KEY_BYTES');
  const levelAt = (level: number): number => kernel.at('LEVELS') + level * kernel.at('LEVEL_BYTES');
  const field = (index: number): SlotWords => fieldWords(program.fields[index]);
  levels.forEach(({ node, keysFrom, parent, holder }, place) => {
    const end = keysFrom + node.keys.length;
    words(levelAt(place), [keyAt(keysFrom), keyAt(end), holder < 0 ? 0 : keyAt(holder), levelAt(parent)]);
    node.keys.forEach((key, index) => {
      const target = node.fields[index]!;
      const { slot, reading } = field(target);
      const at = keyAt(keysFrom + index);
      words(at, [keep(key), key.length, target < -1 ? target : slot, reading]);
      const child = levels.findIndex((level) => level.holder === keysFrom + index);
      words(at + 32, [target, child < 0 ? 0 : levelAt(child)]);
    });
  });

  const { words: said } = program;
  const poolAt = keep(said?.pool ?? new Uint8Array(0));
  const meaning = ({ from, to }: Constant): readonly [number, number] => [poolAt + from, poolAt + to];
  const list = (entries: readonly (readonly number[])[]): number => {
    const at = pool;
    pool += entries.reduce((sum, entry) => sum + entry.length * 4, 0);
    words(at, entries.flat());
    return at;
  };
  const texts = (all: readonly string[]): readonly number[] => {
    const entries = all.map((text) => encoder.encode(text)).map((bytes) => [keep(bytes), bytes.length]);
    return [list(entries), all.length];
  };
  const text = (bytes: Uint8Array): readonly number[] => [keep(bytes), bytes.length];
  let useAt = kernel.at('USES');
  const writeUse = (use: KeyUse): void => {
    const { value } = use;
    const own = field(use.field);
    const unit = field(use.unitField);
    const table = (use.table ?? []).map((entry) => [...text(entry.text), ...meaning(entry.means)]);
    words(useAt, [own.slot, use.field, own.reading, use.unitField, unit.reading, use.sum, use.place, useFlags(use, program)]);
    words(useAt + 32, [value?.part === undefined ? 0 : PARTS[value.part], ...texts(value?.none ?? [])]);
    words(useAt + 44, [...texts(value?.absent ?? []), ...text(encoder.encode(value?.param ?? ''))]);
    words(useAt + 60, [...text(encoder.encode(value?.prefix ?? '')), list(table), table.length]);
    words(useAt + 76, [...(use.other === undefined ? [0, 0] : meaning(use.other)), use.bit, ...text(use.is)]);
    useAt += kernel.at('USE_BYTES');
  };
  said?.keys.forEach((uses, key) => {
    const from = useAt;
    uses.forEach(writeUse);
    const kinds = (uses.some(({ isObject }) => isObject) ? 1 : 0) | (uses.some(({ value }) => value?.list === true) ? 2 : 0);
    words(kernel.at('WORD_KEYS') + key * kernel.at('WORD_KEY_ENTRY'), [from, useAt, kinds]);
  });
  said?.sums.forEach(({ field: index, scale, parts }, place) => {
    const { slot, reading } = field(index);
    words(kernel.at('SUMS') + place * kernel.at('SUM_BYTES'), [slot, index, reading, scale, parts]);
  });
  said?.always.forEach(({ field: index, means }, place) => {
    const { slot, reading } = field(index);
    words(kernel.at('ALWAYS') + place * kernel.at('ALWAYS_BYTES'), [slot, index, reading, ...meaning(means)]);
  });
  words(kernel.at('SKIPS'), said?.skips ?? []);
  const listed = (['scope', 'audience'] as const).map((slot) => 1 << fieldWords({ slot, as: 'text' }).slot);
  const endField = said?.endField ?? -1;
  kernel.exports.configureJson(
    program.written === undefined ? 1 : 2,
    levels.length,
    keyCount(levels),
    listed.reduce((sum, bit) => sum | bit, 0),
    said === undefined ? 0 : 1,
    said?.sums.length ?? 0,
    said?.always.length ?? 0,
    said?.skips.length ?? 0,
    endField,
    field(endField).reading,
    flags,
    callerSlots,
  );
}

function useFlags({ isEnd, unitField, field, table, value }: KeyUse, { fields }: JsonProgram): number {
  return (
    (isEnd ? 1 : 0) |
    (unitField >= 0 && fields[field]!.as === 'seconds' ? 2 : 0) |
    (value?.masked === true ? 4 : 0) |
    (value?.decode === undefined ? 0 : 8) |
    (value?.decode === 'plus' ? 16 : 0) |
    (table === undefined ? 0 : 32) |
    (value === undefined ? 0 : 64)
  );
}
