/** Compiles the words of JSON formats that need more than a look at the place of a value. */
import type { Field, JsonLayout, Reading, Slot, ValueWords } from './define.js';
import type { Constant, KeyUse, WordsProgram } from './program.js';

const encoder = new TextEncoder();
const empty = new Uint8Array(0);

export const plainUse: KeyUse = {
  field: -1,
  unitField: -1,
  sum: -1,
  place: 0,
  isEnd: false,
  isObject: false,
  table: undefined,
  other: undefined,
  value: undefined,
  bit: 0,
  is: empty,
};

/** Two readings in one: the number, and the duration with a unit. */
const PAIRED: Readonly<Partial<Record<Reading, Reading>>> = {
  'seconds-or-unit': 'seconds',
  'nanoseconds-or-unit': 'nanoseconds',
};

/** Powers of ten that turn a number into us. */
const SCALES: Readonly<Partial<Record<Reading, number>>> = { seconds: 6, milliseconds: 3, microseconds: 0, nanoseconds: -3 };

const VALUE_WORDS: readonly (keyof ValueWords)[] = ['none', 'absent', 'param', 'part', 'masked', 'decode', 'prefix'];

const hasValueWords = (field: Field): boolean => VALUE_WORDS.some((word) => field[word] !== undefined);

/** True for a field whose value is what stands at its key. */
export const isPlain = (field: Field): boolean =>
  !hasValueWords(field) &&
  field.words === undefined &&
  field.adds === undefined &&
  field.as !== 'time-end' &&
  !(field.as in PAIRED) &&
  !(field.list === true && field.as === 'text' && JOINED.has(field.slot));

/** Slots in which a list of strings is one text; that of attempts is a text already. */
const JOINED: ReadonlySet<Slot> = new Set<Slot>(['scope', 'audience']);

export class WordsCompiler {
  private readonly keys: (readonly KeyUse[])[] = [];
  private readonly constants = new Map<string, Constant>();
  private poolText = '';
  private readonly sums = new Map<Slot, { field: number; scale: number; parts: number }>();
  private readonly given: { field: number; means: Constant }[] = [];
  private readonly skips: number[] = [];
  private endField = -1;
  private writes = false;

  constructor(private readonly fields: Field[]) {}

  isEmpty(): boolean {
    return this.given.length === 0;
  }

  /** The keys that tell which records are no requests: bit, path, value. */
  skipKeys(skip: NonNullable<JsonLayout['skip']>): [bit: number, path: string, value: string][] {
    let next = 1;
    return skip.flatMap((conditions) => {
      let mask = 0;
      const keys = Object.entries(conditions).map(([path, value]): [number, string, string] => {
        const bit = next;
        next <<= 1;
        mask |= bit;
        return [bit, path, value];
      });
      this.skips.push(mask);
      return keys;
    });
  }

  use(field: Field): KeyUse {
    const { slot, as, words } = field;
    if (as === 'time-end') {
      this.writes = true;
      this.endField = this.addField({ slot, as: 'microseconds' });
      return { ...plainUse, isEnd: true, ...this.valueOf(field) };
    }
    if (field.adds === true) return { ...plainUse, ...this.addend(field), ...this.valueOf(field) };
    const number = PAIRED[as];
    const index = this.addField(number === undefined ? field : { slot, as: number });
    const unitField = number === undefined ? -1 : this.addField({ slot, as: 'duration-unit' });
    return { ...plainUse, field: index, unitField, ...this.valueOf(field), ...this.tableOf(words) };
  }

  private addend({ slot, as }: Field): Partial<KeyUse> {
    this.writes = true;
    const known = this.sums.get(slot);
    const sum = known ?? { field: this.addField({ slot, as: 'microseconds' }), scale: SCALES[as] ?? 0, parts: 0 };
    this.sums.set(slot, sum);
    sum.parts += 1;
    return { sum: [...this.sums.keys()].indexOf(slot), place: sum.parts - 1 };
  }

  private valueOf(field: Field): Partial<KeyUse> {
    const joins = field.list === true && JOINED.has(field.slot);
    if (field.decode !== undefined || field.prefix !== undefined || joins) this.writes = true;
    return hasValueWords(field) || joins ? { value: field } : {};
  }

  private tableOf(words: ValueWords['words']): Partial<KeyUse> {
    if (words === undefined) return {};
    this.writes = true;
    const table = Object.entries(words)
      .filter(([text]) => text !== '*')
      .map(([text, meaning]) => ({ text: encoder.encode(text.toLowerCase()), means: this.constant(meaning) }));
    const { '*': other } = words;
    return { table, other: other === undefined ? undefined : this.constant(other) };
  }

  key(uses: readonly KeyUse[]): number {
    return this.keys.push(uses) - 1;
  }

  /** Added last, so that whatever a record says comes before it. */
  always(given: NonNullable<JsonLayout['always']>): void {
    for (const [slot, text] of Object.entries(given) as [Slot, string][]) {
      this.writes = true;
      this.given.push({ field: this.addField({ slot, as: slot === 'status' ? 'number' : 'text' }), means: this.constant(text) });
    }
  }

  private addField(field: Field): number {
    return this.fields.push(field) - 1;
  }

  /** ASCII only: places count characters. */
  private constant(text: string): Constant {
    const known = this.constants.get(text);
    if (known !== undefined) return known;
    const from = this.poolText.length;
    this.poolText += text;
    const made = { from, to: this.poolText.length };
    this.constants.set(text, made);
    return made;
  }

  program(): WordsProgram {
    return {
      keys: this.keys,
      pool: encoder.encode(this.poolText),
      always: this.given,
      skips: this.skips,
      sums: [...this.sums.values()],
      endField: this.endField,
      writes: this.writes || this.keys.some((uses) => uses.some(({ isObject }) => isObject)),
    };
  }
}
