/** What zod found, as what a person has to change. */
import { z } from 'zod';
import { nearest } from '../input/near.js';

export interface Mistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly help: string | undefined;
  /** The name of the setting is wrong, not its value. */
  readonly atKey: boolean;
}

type Issue = z.core.$ZodIssue;
type Shape = { readonly [name: string]: unknown };

const isShape = (value: unknown): value is Shape => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The names that may stand at a path, from the JSON Schema. */
const namesAt = (schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] => {
  let at: unknown = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  for (const step of path) {
    if (!isShape(at)) return [];
    at =
      typeof step === 'number'
        ? at.items
        : ((isShape(at.properties) ? at.properties[String(step)] : undefined) ?? at.additionalProperties);
  }
  return isShape(at) && isShape(at.properties) ? Object.keys(at.properties) : [];
};

const named = (path: readonly PropertyKey[], noun: string): string =>
  path.length === 0
    ? `the ${noun}`
    : path
        .map(String)
        .join('.')
        .replace(/\.(\d+)(?=\.|$)/g, '[$1]');

const types: Readonly<Record<string, string>> = {
  string: 'text in quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object { }',
  record: 'an object { }',
  array: 'a list [ ]',
  tuple: 'a level and a value: ["warn", VALUE]',
};

const choices = (values: readonly unknown[]): string => values.map((value) => `"${String(value)}"`).join(', ');

/** One mistake for each name that is not known, else one for the issue. */
export const mistakeOf = (issue: Issue, schema: z.ZodType, noun = 'configuration'): readonly Mistake[] => {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const at = named(path, noun);
  const one = (message: string, help?: string): readonly Mistake[] => [{ path, message, help, atKey: false }];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const names = namesAt(schema, path);
        const meant = nearest(key, names);
        return {
          path: [...path, key],
          message: `there is no setting "${named([...path, key], noun)}"`,
          help: meant === undefined ? `there are ${names.join(', ')}` : `did you mean "${meant}"?`,
          atKey: true,
        };
      });
    case 'invalid_type':
      return one(
        issue.input === undefined ? `${at} is missing` : `${at} must be ${types[issue.expected] ?? issue.expected}`,
        `write ${types[issue.expected] ?? issue.expected}`,
      );
    case 'invalid_value': {
      const meant = typeof issue.input === 'string' ? nearest(issue.input, issue.values.map(String)) : undefined;
      return one(
        `${at} cannot be ${JSON.stringify(issue.input)?.slice(0, 60) ?? 'left out'}`,
        meant === undefined ? `write ${choices(issue.values)}` : `did you mean "${meant}"?`,
      );
    }
    case 'invalid_union': {
      // Of a budget: a value, or a level and a value.
      const levels = issue.errors.flat().find((each) => each.code === 'invalid_value');
      if (levels?.code === 'invalid_value')
        return mistakeOf(
          { ...levels, path: [...path, ...levels.path], input: pick(issue.input, levels.path) } as Issue,
          schema,
          noun,
        );
      if (path.at(-1) === 'extends' || path[1] === 'map')
        return one(`${at} is no name`, 'write a name in quotes, or a list of names');
      return one(`${at} is not a value that fits`, 'write a value such as "5%", or a level and a value: ["warn", "5%"]');
    }
    case 'too_small':
      // A message of our own says more.
      if (!issue.message.startsWith('Too small')) return one(`${at}: ${issue.message}`);
      return one(
        `${at} must be ${issue.origin === 'string' || issue.origin === 'array' ? 'longer' : `at least ${issue.minimum}`}`,
      );
    case 'too_big':
      return one(
        `${at} must be ${issue.origin === 'string' || issue.origin === 'array' ? 'shorter' : `at most ${issue.maximum}`}`,
      );
    case 'custom': {
      const [message = '', help] = issue.message.split('\n');
      return one(`${at} ${message}`, help);
    }
    default:
      return one(`${at}: ${issue.message}`);
  }
};

const pick = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[step] : undefined),
    value,
  );
