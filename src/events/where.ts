/**
 * `--where`: which requests count. A comparison of a field with a value, joined by `and`, `or`, `not` and parentheses:
 * `client == "orders-api" and not (status >= 500 or route =~ "/health/**")`. Written by hand, so that an error points at its place,
 * and linear in the text. What is compared are the names that a row's ids stand for, each of them once.
 */
import { TokenTaxError } from '../errors.js';
import { compileGlob, matchGlob } from './glob.js';
import { methods, type Names, NO_ID, type RequestBatch } from './request-batch.js';

/** True for a row that counts. */
export type RowTest = (batch: RequestBatch, row: number) => boolean;

type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=' | '=~' | '!~';

/** The text of a name; undefined where the log does not have it. */
interface NameField {
  readonly kind: 'name';
  /** Where the same id stands for the same text. */
  readonly column: 'route' | 'node' | 'agent' | 'caller' | 'method';
  readonly text: (names: Names, id: number) => string | undefined;
  /** Case does not matter. */
  readonly folded?: true;
  /** In a glob, `*` does not cross a slash. */
  readonly isPath?: true;
}

interface NumberField {
  readonly kind: 'number';
  readonly value: (batch: RequestBatch, row: number) => number | undefined;
}

/** A path as well as a route: the raw one of an authentication endpoint, else the folded one. */
interface PathField {
  readonly kind: 'path';
}

const name = (column: NameField['column'], text: NameField['text'], more: Partial<NameField> = {}): NameField => ({
  kind: 'name',
  column,
  text,
  ...more,
});

const route = name('route', ({ routes }, id) => routes[id]?.path, { isPath: true });
const callerPath = name('caller', ({ callers }, id) => callers[id]?.path, { isPath: true });

const fields = {
  client: name('caller', ({ callers }, id) => callers[id]?.client),
  address: name('caller', ({ callers }, id) => callers[id]?.address),
  host: name('caller', ({ callers }, id) => callers[id]?.host, { folded: true }),
  scope: name('caller', ({ callers }, id) => callers[id]?.scope),
  node: name('node', ({ nodes }, id) => nodes[id]),
  agent: name('agent', ({ agents }, id) => agents[id]?.name),
  method: name('method', (_, id) => methods[id], { folded: true }),
  route,
  path: { kind: 'path' },
  status: { kind: 'number', value: ({ status }, row) => (status[row] === 0 ? undefined : status[row]) },
  durationMs: { kind: 'number', value: ({ durationUs }, row) => (durationUs[row]! < 0 ? undefined : durationUs[row]! / 1000) },
} as const satisfies Readonly<Record<string, NameField | NumberField | PathField>>;

/** What may stand before an operator. */
export const whereFields = Object.keys(fields) as readonly (keyof typeof fields)[];

const MAX_LENGTH = 4096;
const MAX_DEPTH = 50;

interface Token {
  readonly kind: 'word' | 'text' | 'number' | 'operator' | 'open' | 'close' | 'end';
  readonly text: string;
  readonly at: number;
}

const operators = ['==', '!=', '<=', '>=', '=~', '!~', '<', '>'] as const satisfies readonly Operator[];

/** In the order in which they are tried. */
const shapes: readonly (readonly [Token['kind'], RegExp])[] = [
  ['open', /\(/y],
  ['close', /\)/y],
  ['text', /"[^"]*"|'[^']*'/y],
  ['operator', /==|!=|<=|>=|=~|!~|<|>/y],
  ['word', /&&|\|\||!/y],
  ['number', /-?\d+(?:\.\d+)?(?![\w./*:{}@+-])/y],
  ['word', /[\w./*:{}@+-]+/y],
];

/** Signs that stand for words. */
const spelled: Readonly<Record<string, string>> = { '&&': 'and', '||': 'or', '!': 'not' };

class Parser {
  private readonly tokens: readonly Token[];
  private next = 0;
  private depth = 0;

  constructor(private readonly source: string) {
    if (source.length > MAX_LENGTH)
      throw new TokenTaxError('BAD_OPTION', `--where is longer than ${MAX_LENGTH} characters`, {
        help: 'Filter the log itself.',
      });
    this.tokens = this.read();
  }

  private fail(at: number, expected: string, help?: string): never {
    throw new TokenTaxError('BAD_OPTION', 'cannot read the expression of --where', {
      place: {
        file: '--where',
        text: this.source.replace(/[\x00-\x1f\x7f]/g, ' '),
        column: at,
        expected: `expected ${expected}`,
      },
      help: help ?? `Fields: ${whereFields.join(', ')}. Example: --where 'client == "orders-api" and status < 500'`,
    });
  }

  private read(): Token[] {
    const { source } = this;
    const tokens: Token[] = [];
    const blank = /\s*/y;
    for (let at = 0; ; ) {
      blank.lastIndex = at;
      at += blank.exec(source)![0].length;
      if (at === source.length) break;
      const token = shapes.flatMap(([kind, shape]) => {
        shape.lastIndex = at;
        const text = shape.exec(source)?.[0];
        return text === undefined ? [] : [{ kind, text, at }];
      })[0];
      if (token === undefined) return this.unreadable(at);
      const { kind, text } = token;
      tokens.push({ kind, text: kind === 'text' ? text.slice(1, -1) : (spelled[text] ?? text), at });
      at += text.length;
    }
    tokens.push({ kind: 'end', text: '', at: source.length });
    return tokens;
  }

  private unreadable(at: number): never {
    const char = this.source[at]!;
    if (char === '"' || char === "'") this.fail(this.source.length, `the end of the text, ${char}`);
    if (char === '=') this.fail(at, '"==" for equal, or "=~" for a glob');
    return this.fail(at, 'a field, a value in quotes, or an operator');
  }

  private token(): Token {
    return this.tokens[this.next]!;
  }

  private is(kind: Token['kind']): boolean {
    return this.token().kind === kind;
  }

  private takeWord(word: string): boolean {
    const { kind, text } = this.token();
    if (kind !== 'word' || text.toLowerCase() !== word) return false;
    this.next += 1;
    return true;
  }

  whole(): RowTest {
    if (this.is('end')) this.fail(0, 'a comparison, such as status < 500');
    const test = this.or();
    if (!this.is('end')) this.fail(this.token().at, '"and", "or" or the end');
    return test;
  }

  private or(): RowTest {
    const all = [this.and()];
    while (this.takeWord('or')) all.push(this.and());
    return all.length === 1 ? all[0]! : (batch, row) => all.some((test) => test(batch, row));
  }

  private and(): RowTest {
    const all = [this.unary()];
    while (this.takeWord('and')) all.push(this.unary());
    return all.length === 1 ? all[0]! : (batch, row) => all.every((test) => test(batch, row));
  }

  private unary(): RowTest {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) this.fail(this.token().at, 'less nesting');
    let test: RowTest;
    if (this.takeWord('not')) {
      const inner = this.unary();
      test = (batch, row) => !inner(batch, row);
    } else if (this.is('open')) {
      this.next += 1;
      test = this.or();
      if (!this.is('close')) this.fail(this.token().at, '")"');
      this.next += 1;
    } else test = this.comparison();
    this.depth -= 1;
    return test;
  }

  private comparison(): RowTest {
    const { kind, text, at } = this.token();
    const known = whereFields.find((field) => field.toLowerCase() === text.toLowerCase());
    if (kind !== 'word' || known === undefined)
      return this.fail(at, kind === 'word' ? 'a field: there is none of this name' : 'a field');
    this.next += 1;
    const field: NameField | NumberField | PathField = fields[known];
    const operator = this.token();
    if (operator.kind !== 'operator') return this.fail(operator.at, `an operator after ${known}: ${operators.join(' ')}`);
    this.next += 1;
    const value = this.token();
    if (value.kind !== 'text' && value.kind !== 'number' && value.kind !== 'word')
      return this.fail(value.at, field.kind === 'number' ? 'a number' : 'a value in quotes');
    this.next += 1;
    if (field.kind === 'number') return this.numberTest(field, operator, value);
    if (['<', '<=', '>', '>='].includes(operator.text)) return this.fail(operator.at, `== != =~ or !~: ${known} is a text`);
    if (value.kind === 'word' && /^(?:and|or|not)$/i.test(value.text)) return this.fail(value.at, 'a value in quotes');
    if (field.kind === 'name') return nameTest(field, operator.text as Operator, value.text);
    const byCaller = nameTest(callerPath, operator.text as Operator, value.text);
    const byRoute = nameTest(route, operator.text as Operator, value.text);
    return (batch, row) => (batch.caller[row] === NO_ID ? byRoute(batch, row) : byCaller(batch, row));
  }

  private numberTest({ value }: NumberField, operator: Token, { kind, text, at }: Token): RowTest {
    if (operator.text === '=~' || operator.text === '!~') return this.fail(operator.at, '== != < <= > or >=: it is a number');
    const wanted = Number(text);
    if (kind === 'word' || text.trim() === '' || !Number.isFinite(wanted)) return this.fail(at, 'a number');
    const compare = comparisons[operator.text as keyof typeof comparisons];
    return (batch, row) => {
      const found = value(batch, row);
      // What the log does not say equals nothing.
      return found === undefined ? operator.text === '!=' : compare(found, wanted);
    };
  }
}

const comparisons = {
  '==': (a: number, b: number) => a === b,
  '!=': (a: number, b: number) => a !== b,
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
};

const YES = 1;
const NO = 2;

/** Asks once per id; the answers are kept as long as the ids mean the same. */
function nameTest({ column, text, folded, isPath }: NameField, operator: Operator, value: string): RowTest {
  const fold = (one: string): string => (folded === true ? one.toLowerCase() : one);
  const wanted = fold(value);
  // Only in a path is a slash more than a letter.
  const glob = compileGlob(isPath === true ? wanted : wanted.replace(/\*+/g, '**'));
  const isGlob = operator === '=~' || operator === '!~';
  const negated = operator === '!=' || operator === '!~';
  const matches = (found: string | undefined): boolean =>
    found !== undefined && (isGlob ? matchGlob(glob, fold(found)) : fold(found) === wanted);
  let answers = new Uint8Array(64);
  let askedOf: Names | undefined;
  return (batch, row) => {
    const id = batch[column][row]!;
    if (id === NO_ID) return negated;
    if (askedOf !== batch.names) {
      answers = new Uint8Array(64);
      askedOf = batch.names;
    }
    if (id >= answers.length) {
      const longer = new Uint8Array(Math.max(id + 1, answers.length * 2));
      longer.set(answers);
      answers = longer;
    }
    if (answers[id] === 0) answers[id] = matches(text(batch.names, id)) !== negated ? YES : NO;
    return answers[id] === YES;
  };
}

/** @throws {TokenTaxError} BAD_OPTION with the place of what cannot be read */
export const parseWhere = (source: string): RowTest => new Parser(source).whole();
