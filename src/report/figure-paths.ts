/** Where a figure stands in a result: ids as people type them, and all ids that a result has. */
import type { Analysis } from '../analysis/result.js';

export interface Found {
  /** With `[]` for each element of a list and `{}` for each free name: what `figures` is keyed by. */
  readonly pattern: string;
  /** The full id, with the name of each element where it has one. */
  readonly id: string;
  readonly value: unknown;
}

/** The members that name an element, by the list it stands in. Others are named by their number. */
const namedBy: Readonly<Record<string, string>> = {
  keys: 'id',
  findings: 'id',
  routes: 'route',
  inferred: 'route',
  simulation: 'policy',
  'totals.loggedCache': 'route',
  'input.files': 'name',
  'cost.items': 'id',
  'cost.models': 'id',
  'cost.showback.client': 'name',
  'cost.showback.route': 'name',
  'cost.showback.owner': 'name',
  'cost.showback.cause': 'name',
  'cost.showback.finding': 'name',
  possibleEndpoints: 'endpoint',
};

/** Members whose names come from the log. */
const free = new Set(['totals.failedByStatus', 'excludedFromDemand']);

const nameOf = (list: string, element: unknown, index: number): string => {
  const by = namedBy[list];
  const name = by === undefined ? undefined : (element as Record<string, unknown>)[by];
  return typeof name === 'string' ? name : String(index);
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** One step down: each child with the id and pattern it has. */
const children = ({ pattern, id, value }: Found): Found[] => {
  if (Array.isArray(value)) {
    const names = value.map((element, index) => nameOf(pattern, element, index));
    // Two of one name are told apart by their number.
    return value.map((element: unknown, index) => {
      const name = names.indexOf(names[index]!) === names.lastIndexOf(names[index]!) ? names[index]! : String(index);
      return { pattern: `${pattern}[]`, id: `${id}[${name}]`, value: element };
    });
  }
  if (!isObject(value)) return [];
  const dot = (path: string): string => (path === '' ? '' : `${path}.`);
  return Object.entries(value).map(([name, child]) =>
    free.has(pattern)
      ? { pattern: `${pattern}{}`, id: `${id}[${name}]`, value: child }
      : { pattern: dot(pattern) + name, id: dot(id) + name, value: child },
  );
};

const whole = (analysis: Analysis): Found => ({ pattern: '', id: '', value: analysis });

/** All numbers under a place, in the order of the JSON. */
export function* leaves(from: Found): Generator<Found> {
  if (typeof from.value === 'number') yield from;
  else for (const child of children(from)) yield* leaves(child);
}

export const allFigures = (analysis: Analysis): Generator<Found> => leaves(whole(analysis));

const matches = (wanted: string, id: string): boolean =>
  wanted === id || (wanted.startsWith(id) && /^[.[]/.test(wanted.slice(id.length)));

/** The place with this id; an element of a list may also be named by its number. undefined: there is none. */
export const find = (analysis: Analysis, wanted: string): Found | undefined => {
  const below = (place: Found, rest: string): Found | undefined => {
    if (rest === '') return place;
    for (const [index, child] of children(place).entries()) {
      const own = child.id.slice(place.id.length).replace(/^\./, '');
      for (const name of Array.isArray(place.value) ? [own, `[${index}]`] : [own]) {
        if (!matches(rest, name)) continue;
        const found = below(child, rest.slice(name.length).replace(/^\./, ''));
        if (found !== undefined) return found;
      }
    }
    return undefined;
  };
  return wanted === '' ? undefined : below(whole(analysis), wanted);
};

/** `keys[].fetches.ok` seen from `keys[k-1].fetches.redundant`: the same element. undefined where the two have no list in common. */
export const beside = (from: Found, pattern: string): string | undefined => {
  const selectors: string[] = [];
  let id = from.id;
  let seen = from.pattern;
  // Walk both at once: where the pattern has [], the id has a name between brackets, which may hold anything.
  const parts = seen.split(/(\[\]|\{\})/);
  for (const [index, part] of parts.entries()) {
    if (part === '[]' || part === '{}') {
      const next = parts[index + 1] ?? '';
      const end = next === '' ? id.length : id.lastIndexOf(`]${next}`) + 1;
      selectors.push(id.slice(0, end));
      id = id.slice(end);
    } else id = id.slice(part.length);
    seen = seen.slice(part.length);
  }
  const lists = pattern.split('[]');
  const common = from.pattern.split('[]');
  let made = lists[0]!;
  for (let at = 1; at < lists.length; at += 1) {
    if (common[at - 1] !== lists[at - 1] || selectors[at - 1] === undefined) return undefined;
    made += selectors[at - 1]! + lists[at]!;
  }
  return made;
};
