/** Turns the layout of a format into the tables that the scanner runs. */
import { TokenTaxError } from '../errors.js';
import { compilePatterns } from './compile-patterns.js';
import { isPlain, plainUse, WordsCompiler } from './compile-words.js';
import type { Field, JsonLayout, Layout } from './define.js';
import {
  type JsonNode,
  type JsonProgram,
  type KeyUse,
  OP_LIST,
  OP_PAIRS,
  OP_QUOTED,
  OP_REST,
  OP_UNTIL,
  type Program,
  type TextOp,
  type TextProgram,
} from './program.js';
import { isJsonTemplate, jsonTemplateKeys, parseTemplate } from './template.js';
import { nginxVariables, pairKeys } from './variables.js';

const encoder = new TextEncoder();

/** Throws BAD_TEMPLATE for a template that no reader could read back. */
export function compile(layout: Layout): Program {
  if (layout.kind === 'json') return compileJson(layout.fields, layout);
  if (layout.kind === 'patterns') {
    return compilePatterns(layout.patterns, { ...nginxVariables, ...layout.fields }, { ...layout, pairKeys });
  }
  if (isJsonTemplate(layout.template)) return compileJsonTemplate(layout.template);
  return compileTemplate(layout.template);
}

const programs = new WeakMap<Layout, Program>();

/** Compiled once: for formats without settings, which the next file is held against too. */
export function compiled(layout: Layout): Program {
  let program = programs.get(layout);
  if (program === undefined) {
    program = compile(layout);
    programs.set(layout, program);
  }
  return program;
}

export function compileTemplate(template: string): TextProgram {
  const parts = parseTemplate(template);
  const fields: Field[] = [];
  const ops: TextOp[] = [];
  let lead = '';
  let quoted = false;
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at]!;
    if (part.kind === 'text') {
      if (at === 0) lead = part.text;
      // An odd number of quotes opens a quoted field or closes one.
      for (const char of part.text) if (char === '"') quoted = !quoted;
      continue;
    }
    const next = parts[at + 1];
    const literal = encoder.encode(next?.kind === 'text' ? next.text : '');
    if (part.name === 'pairs') {
      ops.push({ mode: OP_PAIRS, field: -1, literal });
      continue;
    }
    const field = nginxVariables[part.name];
    const index = field === undefined ? -1 : fields.push(field) - 1;
    ops.push({ mode: modeOf(literal, quoted, field), field: index, literal });
  }
  const pairs: { key: Uint8Array; field: number }[] = [];
  if (ops.some((op) => op.mode === OP_PAIRS)) {
    for (const [key, field] of Object.entries(pairKeys)) pairs.push({ key: encoder.encode(key), field: fields.push(field) - 1 });
  }
  return { kind: 'text', fields, lead: encoder.encode(lead), ops, pairKeys: pairs };
}

function modeOf(literal: Uint8Array, quoted: boolean, field: Field | undefined): TextOp['mode'] {
  if (literal.length === 0) return OP_REST;
  if (quoted) return OP_QUOTED;
  return field?.list === true ? OP_LIST : OP_UNTIL;
}

function compileJsonTemplate(template: string): JsonProgram {
  const fields: Record<string, Field> = {};
  for (const [key, name] of jsonTemplateKeys(template)) {
    const field = nginxVariables[name];
    if (field !== undefined) fields[key] = field;
  }
  if (!Object.values(fields).some(({ slot }) => slot === 'time')) {
    throw new TokenTaxError('BAD_TEMPLATE', 'the log format writes no time', { help: 'Add $msec or $time_iso8601 to it.' });
  }
  return compileJson(fields);
}

interface Growing {
  keys: Uint8Array[];
  fields: number[];
  children: (Growing | undefined)[];
  index: Map<string, number>;
}

const emptyNode = (): Growing => ({ keys: [], fields: [], children: [], index: new Map() });

/** A key that holds a dot itself (`"response.status": 200`) and a nested one (`{"response":{"status":200}}`) read the same. */
export function compileJson(
  fields: JsonLayout['fields'],
  { always = {}, skip = [], textObjects = [], written }: Pick<JsonLayout, 'always' | 'skip' | 'textObjects' | 'written'> = {},
): JsonProgram {
  const list: Field[] = [];
  const root = emptyNode();
  const words = new WordsCompiler(list);
  const uses = new Map<string, KeyUse[]>();
  const add = (path: string, use: KeyUse): void => {
    uses.set(path, [...(uses.get(path) ?? []), use]);
  };
  for (const path of textObjects) add(path, { ...plainUse, isObject: true });
  for (const [bit, path, value] of words.skipKeys(skip)) add(path, { ...plainUse, bit, is: encoder.encode(value.toLowerCase()) });
  for (const [path, one] of Object.entries(fields)) {
    const all: readonly Field[] = 'slot' in one ? [one] : one;
    const [field] = all;
    if (all.length === 1 && isPlain(field!) && !uses.has(path)) addPath(root, path, list.push(field!) - 1);
    else for (const each of all) add(path, words.use(each));
  }
  words.always(always);
  for (const [path, one] of uses) addPath(root, path, -2 - words.key(one));
  const object: JsonProgram = { kind: 'json', fields: list, root: freezeNode(root) };
  const program: JsonProgram = written === undefined ? object : { ...object, written };
  return uses.size === 0 && words.isEmpty() ? program : { ...program, words: words.program() };
}

function addPath(root: Growing, path: string, index: number): void {
  addKey(root, [path], index);
  if (path.includes('.')) addKey(root, path.split('.'), index);
}

function addKey(root: Growing, path: readonly string[], field: number): void {
  let node = root;
  path.forEach((key, depth) => {
    let at = node.index.get(key);
    if (at === undefined) {
      at = node.keys.push(encoder.encode(key)) - 1;
      node.index.set(key, at);
      node.fields.push(-1);
      node.children.push(undefined);
    }
    if (depth === path.length - 1) {
      if (node.fields[at] === -1) node.fields[at] = field;
    } else {
      node.children[at] ??= emptyNode();
      node = node.children[at]!;
    }
  });
}

const freezeNode = (node: Growing): JsonNode => ({
  keys: node.keys,
  fields: node.fields,
  children: node.children.map((child) => (child === undefined ? undefined : freezeNode(child))),
});
