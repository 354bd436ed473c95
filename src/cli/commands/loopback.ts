import { resolve } from 'node:path';
import { Command } from 'commander';
import type { LoopbackCounts } from '../../idp/index.js';
import { parseDuration } from '../duration.js';
import { INTERRUPTED } from '../exit-code.js';
import { commandPage, type Example } from '../help-page.js';
import { print } from '../io.js';
import { serveUntilStopped, shareOf } from '../serving.js';
import type { Context } from './index.js';

const examples: readonly Example[] = [
  ['token-tax loopback --token-endpoint https://auth.example.com/oauth2/token', 'try the remedy'],
  ['token-tax analyze gw.log --loopback cache.jsonl', 'what it saved'],
];

interface Flags {
  readonly tokenEndpoint: string;
  readonly listen: string;
  readonly allowRemote?: boolean;
  readonly insecure?: boolean;
  readonly margin?: string;
  readonly refreshAhead: string;
  readonly lifetime?: string;
  readonly timeout?: string;
  readonly log?: string;
  readonly quiet?: boolean;
}

const define = (): Command =>
  new Command('loopback')
    .description('the remedy on trial: a cache in front of the token endpoint')
    .configureHelp({ formatHelp: (self) => commandPage(self, examples) })
    .requiredOption('--token-endpoint <url>', 'of the real provider')
    .option('--listen <address>', 'where; port 0 is any that is free', '127.0.0.1:0')
    .option('--allow-remote', 'listen beyond this machine: credentials and tokens pass here without TLS')
    .option('--margin <margin>', 'how long before its end a token is no longer handed out: 30s or 10% (min(60s, 10%))')
    .option('--refresh-ahead <percent>', 'of the life after which it is renewed in the background; 100%: not ahead', '80%')
    .option('--lifetime <duration>', 'of tokens whose provider says none; without it they are not kept')
    .option('--timeout <duration>', 'until the provider is given up (10s)')
    .option('--insecure', 'do not verify its certificate')
    .option('--log <file>', 'append a JSON line per request, that analyze --loopback reads')
    .option('-q, --quiet', 'no counts on the terminal');

const countLine = ({ requests, hits, collapsed, upstream, upstreamFailed, stale, negative, bypassed }: LoopbackCounts): string =>
  `${requests} requests  ${hits} hits  ${collapsed} collapsed  ${upstream} to the provider (${upstreamFailed} failed)  ${stale} stale  ${negative} negative  ${bypassed} passed through`;

const act = async (flags: Flags, { io, end }: Context): Promise<void> => {
  const { startLoopback } = await import('../../idp/index.js');
  const { tokenEndpoint, listen, allowRemote = false, insecure = false, margin, quiet = false } = flags;
  const ahead = shareOf('--refresh-ahead', flags.refreshAhead);
  const loopback = await startLoopback({
    tokenEndpoint,
    listen,
    allowRemote,
    insecure,
    refreshAhead: ahead >= 1 ? undefined : ahead,
    ...(margin === undefined
      ? {}
      : { margin: margin.endsWith('%') ? { share: shareOf('--margin', margin) } : { ms: parseDuration('--margin', margin) } }),
    ...(flags.lifetime === undefined ? {} : { defaultLifetimeMs: parseDuration('--lifetime', flags.lifetime) }),
    ...(flags.timeout === undefined ? {} : { timeoutMs: parseDuration('--timeout', flags.timeout) }),
    ...(flags.log === undefined ? {} : { log: resolve(io.cwd, flags.log) }),
  });
  if (insecure) await print(io.stderr, 'warning: --insecure: the certificate of the provider is not verified\n');
  await print(io.stdout, `loopback  ${loopback.tokenEndpoint}\n`);
  const interrupted = await serveUntilStopped(io, quiet, () => countLine(loopback.counts()), loopback.close);
  if (!quiet) await print(io.stderr, `${countLine(loopback.counts())}\n`);
  if (interrupted) end(INTERRUPTED);
};

export const command = (context: Context): Command => define().action(async (flags: Flags) => await act(flags, context));
