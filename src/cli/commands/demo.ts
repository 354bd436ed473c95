import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { TokenTaxError } from '../../errors.js';
import { report } from '../../report/reporters.js';
import { count, duration, percent, rate } from '../../report/words.js';
import { commandPage, type Example } from '../help-page.js';
import { print } from '../io.js';
import type { Context } from './index.js';

const examples: readonly Example[] = [
  ['token-tax demo', 'ten seconds, no network'],
  ['token-tax demo --output demo', 'keep logs and results'],
];

interface Flags {
  readonly output?: string;
  readonly debug?: boolean;
}

type Tour = Awaited<ReturnType<typeof import('../demo/tour.js')['tour']>>;
type Leg = Tour['before'];

const orNone = (value: number | null, words: (value: number) => string): string => (value === null ? '-' : words(value));

const table = ({ before, after }: Tour): string => {
  const row = (name: string, of: (leg: Leg) => string): string =>
    `  ${name.padEnd(32)}${of(before).padStart(10)}${of(after).padStart(10)}\n`;
  const arm = ({ replay }: Leg) => replay.arms[0]!;
  return [
    `  ${''.padEnd(32)}${'before'.padStart(10)}${'after'.padStart(10)}\n`,
    row('requests', (leg) => count(arm(leg).answered)),
    row('token fetches at the provider', ({ fetches }) => count(fetches)),
    row('per 1,000 requests', (leg) => rate((leg.fetches * 1000) / arm(leg).answered)),
    row('redundant, as analyze says', ({ analysis }) => orNone(analysis.totals.redundantShare?.value ?? null, percent)),
    row('hit ratio', ({ analysis }) => orNone(analysis.totals.hitRatio.observed, percent)),
    row('response p50', (leg) => duration(arm(leg).response?.p50 ?? 0)),
    row('response p95', (leg) => duration(arm(leg).response?.p95 ?? 0)),
    row('late or dropped sends', (leg) => count(arm(leg).late + arm(leg).dropped)),
  ].join('');
};

const act = async (flags: Flags, context: Context): Promise<void> => {
  const { io } = context;
  const { tour } = await import('../demo/tour.js');
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort());
  const folder = flags.output === undefined ? await mkdtemp(join(tmpdir(), 'token-tax-demo-')) : resolve(io.cwd, flags.output);
  const started = io.now();
  // Outside of what cleans up: a folder that was there before is not ours to remove.
  if (flags.output !== undefined)
    await mkdir(folder).catch((cause: NodeJS.ErrnoException) => {
      stopListening();
      throw new TokenTaxError('UNWRITABLE_OUTPUT', `cannot make the folder ${flags.output} (${cause.code})`, {
        help: 'Name a folder that does not exist yet.',
        cause,
      });
    });
  try {
    await print(io.stdout, 'token-tax demo: a gateway without a token cache, then with one. All of it on 127.0.0.1.\n\n');
    const shown = await tour({
      folder,
      analyze: context.analyze,
      write: report,
      say: (line) => print(io.stdout, `${line}\n`),
      signal: abort.signal,
    });
    const { before, after } = shown;
    const saved = 1 - after.fetches / before.fetches;
    await print(
      io.stdout,
      `\n${table(shown)}\n  ${percent(saved)} of the fetches were not needed. Counted at the provider, in ${duration(io.now() - started)}.\n`,
    );
    await print(
      io.stdout,
      `
Look closer
  report in a browser: ${before.html}
                       ${after.html}
  token-tax analyze --gateway ${before.gatewayLog} --idp ${before.idpLog}
  results as JSON: ${before.json}
                   ${after.json}
Now with your own logs
  token-tax analyze access.log
`,
    );
  } catch (error) {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
    throw error;
  } finally {
    stopListening();
  }
};

export const command = (context: Context): Command =>
  new Command('demo')
    .description('a tour on this machine: what redundant fetches are, found, fixed and counted again')
    .configureHelp({ formatHelp: (self) => commandPage(self, examples) })
    .optionsGroup('Output')
    .option('--output <folder>', 'where logs and results go, a new folder; a temporary one if not given')
    .option('--debug', 'add the stack to an error')
    .action(async (flags: Flags) => await act(flags, context));
