import { resolve } from 'node:path';
import { Command } from 'commander';
import { TokenTaxError } from '../../errors.js';
import type { Counts } from '../../idp/index.js';
import { plural } from '../../report/words.js';
import { parseDuration } from '../duration.js';
import { INTERRUPTED } from '../exit-code.js';
import { commandPage, type Example } from '../help-page.js';
import { several } from '../input-options.js';
import { print } from '../io.js';
import { latencyOf, rateOf, serveUntilStopped, shareOf, wholeOf } from '../serving.js';
import type { Context } from './index.js';

const examples: readonly Example[] = [
  ['token-tax idp --listen 127.0.0.1:9000 --log idp.jsonl', 'a stand-in provider'],
  ['token-tax idp --upstream https://auth.example.com --log idp.jsonl', 'in front of a real one'],
  ['token-tax analyze gw.log --idp idp.jsonl', 'what it recorded'],
];

interface Flags {
  readonly listen: string;
  readonly allowRemote?: boolean;
  readonly log?: string;
  readonly upstream?: string;
  readonly insecure?: boolean;
  readonly timeout?: string;
  readonly tokenPath?: string;
  readonly lifetime?: string;
  readonly timeScale?: string;
  readonly latency?: string;
  readonly fail?: string;
  readonly failStatus?: string;
  readonly rateLimit?: string;
  readonly client?: readonly string[];
  readonly seed?: string;
  readonly quiet?: boolean;
}

const define = (): Command =>
  new Command('idp')
    .description('a recording identity provider: stand-in or proxy')
    .configureHelp({ formatHelp: (self) => commandPage(self, examples) })
    .option('--listen <address>', 'where; port 0 is any that is free', '127.0.0.1:0')
    .option('--allow-remote', 'listen beyond this machine: whoever reaches it is handed tokens')
    .option('--log <file>', 'append a JSON line per request, that analyze --idp reads')
    .option('-q, --quiet', 'no counts on the terminal')
    .optionsGroup('Proxy')
    .option('--upstream <url>', 'forward to this provider, and record')
    .option('--insecure', 'do not verify its certificate')
    .option('--timeout <duration>', 'until it is given up (30s)')
    .optionsGroup('Stand-in')
    .option('--token-path <path>', 'of the token endpoint (/oauth2/token)')
    .option('--lifetime <duration>', 'of its tokens (1h)')
    .option('--time-scale <n>', 'tokens live 1/n as long, for a replay at n times the speed')
    .option('--latency <times>', '30ms, or p50=30ms,p99=200ms')
    .option('--fail <percent>', 'of the fetches fail: 5%')
    .option('--fail-status <status>', 'with this status (503)')
    .option('--rate-limit <rate>', 'beyond it 429 with Retry-After: 10/s')
    .option('--client <id:variable>', 'accept this client, its secret in that environment variable (repeatable; any)', several)
    .option('--seed <n>', 'of failures and latency (1)');

const clientsOf = (texts: readonly string[] | undefined, env: Context['io']['env']): Map<string, string> | undefined =>
  texts &&
  new Map(
    texts.map((text) => {
      const at = text.lastIndexOf(':');
      const secret = at > 0 ? env[text.slice(at + 1)] : undefined;
      if (secret === undefined || secret === '')
        throw new TokenTaxError('BAD_OPTION', '--client is not a client and the name of an environment variable that is set', {
          help: 'Write --client orders-gw:ORDERS_SECRET and set ORDERS_SECRET.',
        });
      return [text.slice(0, at), secret] as const;
    }),
  );

/** Total, rate, outcome, then the clients with most fetches. */
const countLine = (counts: Counts, perSecond: number): string => {
  const clients = Object.entries(counts.byClient).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const named = clients.slice(0, 5).map(([client, count]) => `${client} ${count}`);
  const more = clients.length > 5 ? [`${clients.length - 5} more`] : [];
  return [
    `${counts.all} fetches`,
    `${perSecond.toFixed(1)}/s`,
    `${counts.ok} ok`,
    `${counts.failed} failed`,
    `${counts.siblings} other requests`,
    ...named,
    ...more,
  ].join('  ');
};

const act = async (flags: Flags, { io, end }: Context): Promise<void> => {
  const { startIdentityProvider } = await import('../../idp/index.js');
  const { listen, allowRemote = false, upstream, insecure = false, tokenPath, quiet = false } = flags;
  if (tokenPath?.startsWith('/') === false)
    throw new TokenTaxError('BAD_OPTION', '--token-path does not start with /', { help: 'Write --token-path /oauth2/token' });
  const standInOnly = ['lifetime', 'timeScale', 'latency', 'fail', 'failStatus', 'rateLimit', 'client', 'seed'] as const;
  const odd = upstream === undefined ? undefined : standInOnly.find((name) => flags[name] !== undefined);
  if (odd !== undefined)
    throw new TokenTaxError(
      'BAD_OPTION',
      `--${odd.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is of the stand-in`,
      {
        why: 'with --upstream the real provider decides',
        help: 'Leave out one of the two.',
      },
    );
  const clients = clientsOf(flags.client, io.env);
  const idp = await startIdentityProvider({
    listen,
    allowRemote,
    insecure,
    ...(upstream === undefined ? {} : { upstream }),
    ...(tokenPath === undefined ? {} : { tokenPath }),
    ...(flags.log === undefined ? {} : { log: resolve(io.cwd, flags.log) }),
    ...(flags.timeout === undefined ? {} : { timeoutMs: parseDuration('--timeout', flags.timeout) }),
    ...(flags.lifetime === undefined ? {} : { lifetimeMs: parseDuration('--lifetime', flags.lifetime) }),
    ...(flags.timeScale === undefined ? {} : { timeScale: wholeOf('--time-scale', flags.timeScale, 1, 100_000) }),
    ...(flags.latency === undefined ? {} : { latency: latencyOf('--latency', flags.latency) }),
    ...(flags.fail === undefined ? {} : { failShare: shareOf('--fail', flags.fail) }),
    ...(flags.failStatus === undefined ? {} : { failStatus: wholeOf('--fail-status', flags.failStatus, 400, 599) }),
    ...(flags.rateLimit === undefined ? {} : { rateLimitPerSecond: rateOf('--rate-limit', flags.rateLimit) }),
    ...(clients === undefined ? {} : { clients }),
    ...(flags.seed === undefined ? {} : { seed: wholeOf('--seed', flags.seed, 0, 999_999_999) }),
  });
  if (insecure && upstream !== undefined)
    await print(io.stderr, 'warning: --insecure: the certificate of the provider is not verified\n');
  await print(io.stdout, `${upstream === undefined ? 'stand-in provider' : 'recording proxy'}  ${idp.url}\n`);
  let last = { all: 0, at: io.now() };
  const interrupted = await serveUntilStopped(
    io,
    quiet,
    () => {
      const counts = idp.counts();
      const at = io.now();
      const line = countLine(counts, at > last.at ? ((counts.all - last.all) * 1000) / (at - last.at) : 0);
      last = { all: counts.all, at };
      return line;
    },
    idp.close,
  );
  const { all, ok, failed, siblings } = idp.counts();
  if (!quiet)
    await print(io.stderr, `${plural(all, 'fetch', 'fetches')}: ${ok} ok, ${failed} failed; ${siblings} other requests\n`);
  if (interrupted) end(INTERRUPTED);
};

export const command = (context: Context): Command => define().action(async (flags: Flags) => await act(flags, context));
