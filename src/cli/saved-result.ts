/** A result that was saved by this version, an older or a somewhat newer one. */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { z } from 'zod';
import type { Analysis } from '../analysis/result.js';
import { TokenTaxError } from '../errors.js';
import { shown } from '../report/cells.js';

const LARGEST_RESULT = 400_000_000;

const refused = (name: string, why: string, help?: string): TokenTaxError =>
  new TokenTaxError('BAD_RESULT', `${shown(name)} is not a result that this version can explain`, {
    why,
    ...(help === undefined ? {} : { help }),
  });

type Members = Record<string, unknown>;

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);

const member = (value: unknown, name: PropertyKey): unknown =>
  typeof value === 'object' && value !== null ? (value as Members)[String(name)] : undefined;

const at = (value: unknown, path: readonly PropertyKey[]): unknown => path.reduce(member, value);

/** What stands for "not known" of a member, from its JSON Schema: null, an empty list; undefined where nothing does. */
const nothingOf = (schema: unknown): unknown => {
  if (!isMembers(schema)) return undefined;
  const { type, anyOf } = schema;
  if (type === 'null' || (Array.isArray(type) && type.includes('null'))) return null;
  if (Array.isArray(anyOf) && anyOf.some((one) => nothingOf(one) === null)) return null;
  return type === 'array' ? [] : undefined;
};

/** The JSON Schema of what stands at a path of the result. */
const schemaAt = (schema: unknown, path: readonly PropertyKey[]): unknown => {
  let here = schema;
  for (const step of path) {
    if (isMembers(here) && Array.isArray(here.anyOf)) here = here.anyOf.find((one) => isMembers(one) && one.type !== 'null');
    if (!isMembers(here)) return undefined;
    here = typeof step === 'number' ? here.items : (member(here.properties, step) ?? here.additionalProperties);
  }
  return here;
};

/**
 * Within a version of the schema members may be added, and none changes its meaning. So what an older result lacks is "not known" where the
 * schema has a word for that, and what a newer one has more is left out. Returns whether anything was mended; `value` is changed.
 */
const mend = (value: unknown, issues: readonly z.core.$ZodIssue[], schema: unknown): boolean => {
  let mended = false;
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') {
      const here = at(value, issue.path);
      if (!isMembers(here)) continue;
      for (const key of issue.keys) delete here[key];
      mended = true;
      continue;
    }
    const name = issue.path.at(-1);
    const above = at(value, issue.path.slice(0, -1));
    if (name === undefined || !isMembers(above) || String(name) in above) continue;
    const nothing = nothingOf(schemaAt(schema, issue.path));
    if (nothing === undefined) continue;
    above[String(name)] = nothing;
    mended = true;
  }
  return mended;
};

/** Members that were added may hold members that were added. */
const MOST_ROUNDS = 6;

/** A saved result, held against the schema. Throws BAD_RESULT with what is wrong, also for one of a newer version of the schema. */
export const readResult = async (name: string, cwd: string): Promise<Analysis> => {
  const path = resolve(cwd, name);
  let text: string;
  try {
    if ((await stat(path)).size > LARGEST_RESULT) throw refused(name, 'it is larger than 400 MB');
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof TokenTaxError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new TokenTaxError(
      'BAD_RESULT',
      `cannot read ${shown(name)}: ${code === 'ENOENT' ? 'there is no such file' : (code ?? 'it failed')}`,
      {
        cause,
      },
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused(name, 'it is not JSON');
  }
  const version = member(value, 'schemaVersion');
  if (version === undefined) throw refused(name, 'it has no schemaVersion');
  if (version !== '1') {
    const newer = typeof version === 'string' && Number(version) > 1;
    const help = newer ? 'use the version of token-tax that wrote it, or a newer one' : undefined;
    throw refused(name, `its schemaVersion is ${shown(JSON.stringify(version).slice(0, 40))}, and this version knows "1"`, help);
  }
  const [{ resultSchema }, { z }] = await Promise.all([import('../report/options.schema.js'), import('zod')]);
  let checked = resultSchema.safeParse(value);
  for (let round = 0; !checked.success && round < MOST_ROUNDS; round += 1) {
    if (!mend(value, checked.error.issues, z.toJSONSchema(resultSchema, { io: 'input' }))) break;
    checked = resultSchema.safeParse(value);
  }
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const more = checked.error.issues.length - 1;
  const where = issue?.path.map(String).join('.') ?? '';
  throw refused(name, shown(`${where === '' ? '' : `${where}: `}${issue?.message ?? ''}${more > 0 ? `, and ${more} more` : ''}`));
};
