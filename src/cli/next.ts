/** What to run next: the same run with what would tell more, ready to be pasted. */
import type { Analysis } from '../analysis/result.js';
import { rankedFindings } from '../report/finding-table.js';

export interface NextContext {
  /** The arguments of this run after `analyze`. */
  readonly args: readonly string[];
  readonly verbose: boolean;
  /** Longer commands than this are not worth pasting. */
  readonly width: number;
}

const simple = /^[\w@%+=:,./-]+$/;

const quoted = (argument: string): string => (simple.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`);

/** Flags that say how to print; without a value of their own. */
const presentation = new Set(['-q', '--quiet', '-v', '--verbose', '--no-progress', '--debug', '--details']);

const has = (args: readonly string[], flag: string): boolean =>
  args.some((argument) => argument === flag || argument.startsWith(`${flag}=`));

/** A path from a log goes into a command only if a shell has nothing to find in it. */
const pathOnly = /^[\w.-]*(?:\/[\w.-]+)+$/;

const additions = (
  { totals, keys, warnings, complete, possibleEndpoints, findings, inconclusive }: Analysis,
  { args, verbose }: NextContext,
): string[] => {
  const found: string[] = [];
  const lifeUnknown = keys.some(({ lifetimeSeconds, fetches }) => lifetimeSeconds === null && fetches.ok > 1);
  if (lifeUnknown && !has(args, '--lifetime')) found.push('--lifetime 3600s');
  const grantUnknown = keys.some(({ grant, fetches }) => grant === 'unknown' && fetches.unknown > 0);
  if (grantUnknown && !has(args, '--grant')) found.push('--grant service');
  const [possible] = possibleEndpoints;
  if (totals.fetches.all === 0 && possible !== undefined && pathOnly.test(possible.endpoint))
    found.push(`--token-endpoint ${possible.endpoint}`);
  if (findings.length > 0 && inconclusive === null) found.push('--details');
  if (!verbose && (warnings.length > 0 || !complete)) found.push('-v');
  if (!has(args, '--format')) found.push('--format json');
  return found;
};

const MOST = 2;

export const nextCommands = (analysis: Analysis, context: NextContext): string[] => {
  const args = context.args.filter((argument) => !presentation.has(argument));
  // Standard input has been read, and cannot be read again.
  if (args.length === 0 || args.includes('-')) return ['token-tax help analyze'];
  const again = `token-tax analyze ${args.map(quoted).join(' ')}`;
  const [first] = rankedFindings(analysis);
  const commands = [
    ...(first !== undefined && /^TT\d{3}$/.test(first.code) ? [`token-tax explain ${first.code}`] : []),
    ...additions(analysis, { ...context, args }).map((more) => `${again} ${more}`),
  ];
  const short = commands.filter((command) => command.length + 'Next: '.length <= context.width);
  return short.length === 0 ? ['token-tax help analyze'] : short.slice(0, MOST);
};
