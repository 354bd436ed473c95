/** JSON and logfmt as printers: a sample of the format, with what a record says at the keys that the format has for it. */
import type { Field, Format, JsonLayout, Slot } from '../formats/define.js';
import { jsonFields } from '../formats/json-fields.js';
import { logfmtRecord } from '../formats/logfmt-pairs.js';
import type { Printer } from './print.js';
import { isEndStamped } from './print-text.js';
import { KNOWN, type LineRecord, valueWriter, type WriteValue } from './values.js';

type Json = { [key: string]: unknown };
const isObject = (value: unknown): value is Json => value !== null && typeof value === 'object' && !Array.isArray(value);

/** The object and the key in it at which a dotted path of the record ends; undefined: it has none. */
function placeOf(record: Json, path: string): readonly [holder: Json, key: string] | undefined {
  if (Object.hasOwn(record, path)) return [record, path];
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const inner = record[path.slice(0, dot)];
    if (!isObject(inner)) continue;
    const place = placeOf(inner, path.slice(dot + 1));
    if (place !== undefined) return place;
  }
  return undefined;
}

/** Puts a value at a dotted path, with the objects that it takes; false: something else is in the way. */
function addAt(record: Json, path: string, value: unknown): boolean {
  const keys = path.split('.');
  let holder = record;
  for (const key of keys.slice(0, -1)) {
    const inner = holder[key] ?? {};
    if (!isObject(inner)) return false;
    holder[key] = inner;
    holder = inner;
  }
  holder[keys.at(-1)!] = value;
  return true;
}

/** Names for what usual names are free to say, in the style of the samples of `json` and `logfmt`. */
const USUAL: Readonly<Partial<Record<Slot, string>>> = {
  host: 'host',
  client: 'client_ip',
  clientId: 'client_id',
  userAgent: 'user_agent',
  requestId: 'request_id',
  traceId: 'trace_id',
  upstream: 'upstream_ms',
  bytes: 'bytes',
  cache: 'cache_status',
  query: 'query',
  scope: 'scope',
  audience: 'audience',
  grantType: 'grant_type',
  expiresIn: 'expires_in',
  node: 'node',
  writer: 'hostname',
};

/** A value of the kind that a field holds, where no sample of the format shows one. */
const exampleOf = ({ as, slot }: Field): unknown => {
  if (as !== 'text') return 1;
  if (slot === 'cache') return 'MISS';
  return slot === 'requestId' || slot === 'traceId' ? '7c1e9a04b5d24f6f8a3b2c1d0e9f8a7b' : '';
};

/** The fields of a key that are no sum and no part of something else. */
const isSimple = ({ adds, param, masked, as, words, slot }: Field): boolean =>
  adds === undefined &&
  param === undefined &&
  masked === undefined &&
  as !== 'time-end' &&
  (words === undefined || slot === 'cache');

const listOf = (words: Field | readonly Field[]): readonly Field[] =>
  Array.isArray(words) ? (words as readonly Field[]) : [words as Field];

/** The text that means this value; undefined: none does. */
const wordFor = ({ words }: Field, value: string): string | undefined =>
  Object.entries(words ?? {}).find(([, meaning]) => meaning.toLowerCase() === value.toLowerCase())?.[0];

/** Stands in a text for a value; as JSON writes it. */
const MARK = /"\\u0001(\d+)"/;

interface Used {
  readonly path: string;
  /** The value as JSON; undefined: the key is left out. */
  readonly write: (record: LineRecord) => string | undefined;
}

const isPlain = (text: string): boolean => !/["\\\u0000-\u001f]/.test(text);
const quoted = (text: string): string => (isPlain(text) ? `"${text}"` : JSON.stringify(text));

function writeJson(field: Field, old: unknown, isEnd: boolean, path: string): Used['write'] | undefined {
  const isList = Array.isArray(old) && old.length === 1 && typeof old[0] === 'string';
  const sample = isList ? String(old[0]) : old === null ? '' : typeof old === 'object' ? undefined : String(old);
  if (sample === undefined || field.param !== undefined || field.masked) return undefined;
  const write: WriteValue | undefined = valueWriter(field, sample, isEnd, path);
  if (write === undefined) return undefined;
  const isNumber = typeof old === 'number';
  const json = (value: string): string => (isNumber ? String(Number(value)) : isList ? `[${quoted(value)}]` : quoted(value));
  const nothing = field.none?.[0];
  const like = /^[A-Z][a-z]/.test(sample) ? (word: string) => word : (word: string) => word.toLowerCase();
  return (record) => {
    const value = write(record);
    if (value === '') return nothing === undefined ? undefined : json(nothing);
    if (field.words === undefined) return json(value);
    const word = wordFor(field, value);
    return word === undefined ? undefined : json(like(word));
  };
}

/** Every way in which keys may be missing has its own text around the values. */
function assemble(text: (left: ReadonlySet<number>) => string, used: readonly Used[]): (record: LineRecord) => string {
  const known = new Map<string, { readonly texts: readonly string[]; readonly order: readonly number[] }>();
  const values: (string | undefined)[] = new Array(used.length);
  return (record) => {
    let shape = '';
    for (let at = 0; at < used.length; at += 1) {
      values[at] = used[at]!.write(record);
      shape += values[at] === undefined ? '0' : '1';
    }
    let around = known.get(shape);
    if (around === undefined) {
      const left = new Set(used.keys());
      for (const [at, value] of values.entries()) if (value === undefined) left.delete(at);
      const parts = text(left).split(MARK);
      around = { texts: parts.filter((_, at) => at % 2 === 0), order: parts.filter((_, at) => at % 2 === 1).map(Number) };
      known.set(shape, around);
    }
    const { texts, order } = around;
    let out = texts[0]!;
    for (let at = 0; at < order.length; at += 1) out += values[order[at]!]! + texts[at + 1]!;
    return out;
  };
}

/** Times of whole seconds from which a duration is to be read say none. */
const isTooCoarse = (probe: Json, layout: JsonLayout): boolean =>
  Object.entries(layout.fields).some(([path, words]) => {
    if (listOf(words)[0]?.as !== 'time-end') return false;
    const place = placeOf(probe, path);
    return place !== undefined && /:\d\dZ$|^\d{10}$/.test(String(place[0][place[1]]));
  });

export function jsonPrinter(format: Format, layout: JsonLayout): Printer | undefined {
  const isLogfmt = layout.written === 'logfmt';
  const parse = (line: string): Json | undefined => {
    if (isLogfmt) return logfmtRecord(line);
    try {
      return JSON.parse(line) as Json;
    } catch {
      return undefined;
    }
  };
  const probes = format.samples
    .filter(({ gives }) => gives.skip === undefined && gives.path !== undefined)
    .map(({ line }) => parse(line))
    .filter((one) => one !== undefined);
  const probe = probes.find((one) => !isTooCoarse(one, layout));
  if (probe === undefined) return undefined;
  const isFree = Object.keys(layout.fields).length === 0;
  if (isFree) for (const [slot, name] of Object.entries(USUAL)) addUsual(probe, slot as Slot, name);
  const fields = isFree ? jsonFields([probe], []).fields : layout.fields;
  const slots = new Set<Slot>();
  const ways: [string, Field][] = [];
  const add = (path: string, list: readonly Field[]): void => {
    ways.push([path, list[0]!]);
    for (const { slot } of list) slots.add(slot);
  };
  for (const [path, words] of Object.entries(fields)) if (placeOf(probe, path) !== undefined) add(path, listOf(words));
  const hasTarget = slots.has('target') || slots.has('request');
  for (const slot of KNOWN) {
    if (slots.has(slot) || (slot === 'clientId' && slots.has('identity')) || (slot === 'query' && hasTarget)) continue;
    const found = Object.entries(fields).find(([, words]) => listOf(words)[0]?.slot === slot && isSimple(listOf(words)[0]!));
    if (found === undefined) continue;
    const [path, words] = found;
    const shown = probes.map((one) => placeOf(one, path)).find((place) => place !== undefined);
    if (addAt(probe, path, shown === undefined ? exampleOf(listOf(words)[0]!) : shown[0][shown[1]])) add(path, listOf(words));
  }
  if (slots.has('durationMore') || slots.has('upstreamMore')) return undefined;
  const isEnd = isEndStamped(format);
  const summed = new Set<Slot>();
  const used = ways.flatMap(([path, field]): Used[] => {
    const [holder, key] = placeOf(probe, path)!;
    if (field.adds) {
      // The first part has all of it.
      const isFirst = !summed.has(field.slot);
      summed.add(field.slot);
      if (!isFirst) return [{ path, write: () => (typeof holder[key] === 'number' ? '0' : '"0"') }];
    }
    const write = writeJson(field, holder[key], isEnd, path);
    return write === undefined ? [] : [{ path, write }];
  });
  const source = JSON.stringify(probe);
  const text = (left: ReadonlySet<number>): string => {
    const out = JSON.parse(source) as Json;
    for (const [at, { path }] of used.entries()) {
      const [holder, key] = placeOf(out, path)!;
      if (left.has(at)) holder[key] = `\u0001${at}`;
      else delete holder[key];
    }
    return isLogfmt ? logfmtText(out) : JSON.stringify(out);
  };
  const print = isLogfmt
    ? assemble(
        text,
        used.map(({ path, write }) => ({ path, write: (record: LineRecord) => logfmtValue(write(record)) })),
      )
    : assemble(text, used);
  return { format: format.id, shows: slots, print };
}

function addUsual(probe: Json, slot: Slot, name: string): void {
  const has = Object.values(jsonFields([probe], []).fields).some((field) => field.slot === slot);
  const hasTarget = slot === 'query' && Object.values(jsonFields([probe], []).fields).some((field) => field.slot === 'target');
  if (has || hasTarget) return;
  const isNumber = slot === 'upstream' || slot === 'bytes' || slot === 'expiresIn';
  probe[name] = isNumber ? 1 : exampleOf({ slot, as: 'text' });
  if (slot === 'client') probe[name] = '10.20.0.7';
}

const bare = (value: string): string => (/^[^\s"=]+$/.test(value) ? value : JSON.stringify(value));

/** `key=value key="a value"`; marks stay as JSON writes them. */
const logfmtText = (record: Json): string =>
  Object.entries(record)
    .map(([key, value]) => `${key}=${String(value).startsWith('\u0001') ? JSON.stringify(value) : bare(String(value))}`)
    .join(' ');

const logfmtValue = (json: string | undefined): string | undefined => {
  if (json === undefined) return undefined;
  return bare(String(JSON.parse(json)));
};
