/** The file of `check --baseline`. */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Analysis } from '../analysis/result.js';
import { type Baseline, type Compared, mismatch } from '../diagnosis/baseline.js';
import { TokenTaxError } from '../errors.js';
import { shown } from '../report/cells.js';
import { count, percent, plural } from '../report/words.js';
import type { Io } from './io.js';

const LARGEST = 16 << 20;

const bad = (name: string, why: string, cause?: unknown): TokenTaxError =>
  new TokenTaxError('BAD_BASELINE', `${shown(name)} is not a baseline that this run can be held against`, { why, cause });

/** undefined: there is no such file. */
export const readBaseline = async (name: string, cwd: string): Promise<Baseline | undefined> => {
  const path = resolve(cwd, name);
  let text: string;
  try {
    if ((await stat(path)).size > LARGEST) throw bad(name, 'it is larger than 16 MiB');
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof TokenTaxError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw bad(name, code === 'EISDIR' ? 'it is a folder' : `it cannot be read (${code})`, cause);
  }
  const { baselineSchema } = await import('../diagnosis/baseline.schema.js');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad(name, 'it is not JSON');
  }
  const checked = baselineSchema.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw bad(name, shown(`${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'it has another form'}`));
};

/** @throws {TokenTaxError} BAD_BASELINE where a change could be that of the conditions alone */
export const refuseMismatch = (name: string, before: Baseline, now: Pick<Baseline, 'tool' | 'conditions'>): void => {
  const why = mismatch(before, now);
  if (why === undefined) return;
  throw new TokenTaxError('BAD_BASELINE', `${shown(name)} was not made under the conditions of this run`, {
    why: shown(why),
    help: `Run it as it was then, or delete the file and write a new one: token-tax check ... --baseline ${shown(name)} --update-baseline`,
  });
};

const commitPattern = /^[0-9a-f]{7,64}$/i;

/** The commit that was named, or that of the CI host; null without one. */
export const commitOf = (flag: string | undefined, { env }: Pick<Io, 'env'>): string | null => {
  if (flag !== undefined && !commitPattern.test(flag))
    throw new TokenTaxError('BAD_OPTION', `--commit cannot be "${flag}"`, {
      help: 'Write the hash of a commit, 7 to 64 of 0-9 and a-f.',
    });
  const found = [flag, env.GITHUB_SHA, env.CI_COMMIT_SHA, env.GIT_COMMIT, env.CIRCLE_SHA1].find(
    (text) => text !== undefined && text !== '',
  );
  return found !== undefined && commitPattern.test(found) ? found : null;
};

/** What a baseline hides, how old it is, and what has changed. */
export const baselineLines = (
  analysis: Analysis,
  before: Baseline,
  { known, fresh, worse, gone, ageDays }: Compared,
): string[] => {
  const { ok } = analysis.totals.fetches;
  const hidden = Object.values(before.findings).reduce((sum, { redundant }) => sum + redundant, 0);
  const now = known.reduce((sum, { redundant }) => sum + redundant, 0);
  const share = (redundant: number, fetches: number): string =>
    fetches === 0 ? '' : `, ${percent(redundant / fetches)} of its fetches`;
  const commit = before.commit === null ? 'no commit' : `commit ${shown(before.commit.slice(0, 7))}`;
  return [
    `baseline   ${plural(Object.keys(before.findings).length, 'finding')}, ${plural(hidden, 'redundant fetch', 'redundant fetches')}${share(hidden, before.fetches)}`,
    `           ${commit}, token-tax ${shown(before.tool)}, log up to ${shown(before.window.to.slice(0, 10))}: ${plural(ageDays, 'day')} before this one`,
    `known      ${plural(known.length, 'finding')}, ${plural(now, 'redundant fetch', 'redundant fetches')}${share(now, ok)}`,
    ...(worse.length === 0 ? [] : [`worse      ${count(worse.length)}`]),
    `new        ${count(fresh.length)}`,
    ...(gone.length === 0 ? [] : [`gone       ${count(gone.length)}`]),
  ];
};
