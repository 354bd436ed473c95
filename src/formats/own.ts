/** Formats that a user has written down: a pattern with named groups, or names of JSON keys, and samples that prove it. */
import type { Expected, Format } from './define.js';
import { jsonFields, type MapRule, parseMapRule, valueAt } from './json-fields.js';

/** As it stands in the configuration. */
export interface OwnFormatDefinition {
  readonly id: string;
  readonly title?: string | undefined;
  readonly docs?: string | undefined;
  /** A regular expression (RE2 syntax) for the whole line; its named groups are the fields. */
  readonly pattern?: string | undefined;
  /** Field to group or key, as `--map` has it: `{"client": "svc", "duration": "took:ms"}`. */
  readonly map?: Readonly<Record<string, string>> | undefined;
  readonly stamped?: 'start' | 'end' | undefined;
  readonly samples: readonly OwnSample[];
}

export interface OwnSample {
  readonly line: string;
  /** As `Expected`; `time` may also be written as RFC 3339. */
  readonly gives: { readonly [K in keyof Expected]?: Expected[K] | (K extends 'time' ? string : never) | undefined };
}

/** What a line of the pattern has in its groups; undefined for a line that does not match. */
export type GroupReader = (line: string) => Readonly<Record<string, string>> | undefined;

/** Stands in each record that a pattern has made: it tells them from other JSON. No group can have this name. */
const MARK = 'own-format';

/** Turns a line into the JSON that the format reads; undefined for a line that does not match. */
export const ownRow =
  (id: string, read: GroupReader): ((line: string) => string | undefined) =>
  (line) => {
    const groups = read(line);
    return groups === undefined ? undefined : JSON.stringify({ [MARK]: id, ...groups });
  };

/** Fails with the rule that is wrong, in the words of `--map`. */
const rulesOf = (map: OwnFormatDefinition['map']): MapRule[] =>
  Object.entries(map ?? {}).map(([field, names]) => parseMapRule(`${field}=${names}`));

/** What a sample must give, with its time in ms since the epoch. */
export const expectedOf = ({ time, ...gives }: OwnSample['gives']): Expected =>
  ({ ...gives, ...(time === undefined ? {} : { time: typeof time === 'string' ? Date.parse(time) : time }) }) as Expected;

/**
 * The format of a definition, from the records that its samples are. A record that the format claims has the keys of its map that
 * all samples have.
 */
export function ownFormat(definition: OwnFormatDefinition, records: readonly Record<string, unknown>[]): Format {
  const { id, title, docs, map, pattern } = definition;
  const rules = rulesOf(map);
  const { fields, stamped } = jsonFields(records, rules);
  const isSteady = ({ names }: MapRule): boolean =>
    records.every((record) => names.some((name) => valueAt(record, name) !== undefined));
  const needs = pattern === undefined ? rules.filter(isSteady).map(({ names }) => names) : [[`${MARK}=${id}`]];
  return {
    id,
    title: title ?? 'from the configuration',
    docs: docs ?? 'the configuration file',
    stamped: definition.stamped ?? stamped,
    layout: { kind: 'json', fields, needs },
    samples: definition.samples.map(({ line, gives }) => ({ line, gives: expectedOf(gives) })),
  };
}
