/** The CI host that runs us: what it shows of a check, besides the text of its log. */
import { appendFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import process from 'node:process';
import type { Analysis } from '../analysis/result.js';
import { shown } from '../report/cells.js';
import { report } from '../report/reporters.js';
import { type Io, print } from './io.js';
import { writeOutput } from './outputs.js';
import { isSet } from './terminal.js';

export const ciWishes = ['auto', 'github', 'gitlab', 'none'] as const;
export type CiWish = (typeof ciWishes)[number];

export interface CiHost {
  /** Before anything else is printed. */
  begin(): Promise<void>;
  /** What the host takes besides text; what fails of it is said on stderr and does not change the verdict. */
  publish(analysis: Analysis): Promise<void>;
  /** Whatever happened: text after this is the host's again. */
  end(): Promise<void>;
}

/** GitHub drops a summary that is larger, whole. */
const MOST_SUMMARY_BYTES = 1 << 20;
export const GITLAB_REPORT = 'gl-code-quality-report.json';

const failed = (what: string, cause: unknown): string =>
  `warning: ${what}: ${shown((cause as NodeJS.ErrnoException).code ?? (cause as Error).message)}; the verdict stands without it\n`;

/** Log text in a report could look like a command to the runner; between these two lines it takes none. */
const githubHost = (io: Io, quiet: boolean): CiHost => {
  const token = process.getBuiltinModule('node:crypto').randomBytes(16).toString('hex');
  let begun = false;
  const end = async (): Promise<void> => {
    if (begun) await print(io.stdout, `::${token}::\n`);
    begun = false;
  };
  return {
    begin: async () => {
      begun = true;
      await print(io.stdout, `::stop-commands::${token}\n`);
    },
    publish: async (analysis) => {
      await end();
      if (!quiet) await print(io.stdout, await report(analysis, 'github'));
      const file = io.env.GITHUB_STEP_SUMMARY;
      if (file === undefined || file === '') return;
      try {
        const summary = `${await report(analysis, 'md')}\n`;
        const there = await stat(file).then(
          ({ size }) => size,
          () => 0,
        );
        if (there + Buffer.byteLength(summary) > MOST_SUMMARY_BYTES)
          await print(io.stderr, 'warning: the summary of this step is full, so the result was not added to it\n');
        else await appendFile(file, summary);
      } catch (cause) {
        await print(io.stderr, failed('the summary of this step cannot be written', cause));
      }
    },
    end,
  };
};

const gitlabHost = (io: Io, writes: boolean): CiHost => ({
  begin: async () => {},
  publish: async (analysis) => {
    if (!writes) return;
    try {
      await writeOutput({ name: GITLAB_REPORT, path: resolve(io.cwd, GITLAB_REPORT) }, await report(analysis, 'gitlab'));
      await print(io.stderr, `wrote ${GITLAB_REPORT}, for artifacts:reports:codequality (--ci=none: not)\n`);
    } catch (cause) {
      await print(io.stderr, failed(`${GITLAB_REPORT} cannot be written`, cause));
    }
  },
  end: async () => {},
});

/**
 * The host that was named, or the one this environment is of; undefined where there is none, or where something else than text is printed. A
 * report of the host's own kind that was asked for by name (`--output gitlab=FILE`) is not written twice.
 */
export const ciHost = (
  io: Io,
  wish: CiWish,
  { format, outputs, quiet }: { readonly format: string; readonly outputs: readonly string[]; readonly quiet: boolean },
): CiHost | undefined => {
  if (format !== 'text' || wish === 'none') return undefined;
  if (wish === 'github' || (wish === 'auto' && isSet(io.env.GITHUB_ACTIONS))) return githubHost(io, quiet);
  if (wish === 'gitlab' || (wish === 'auto' && isSet(io.env.GITLAB_CI))) return gitlabHost(io, !outputs.includes('gitlab'));
  return undefined;
};
