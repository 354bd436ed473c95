import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { TokenTaxError } from '../../errors.js';
import { errorText } from '../../report/error.js';
import { INTERRUPTED } from '../exit-code.js';
import { commandPage, type Example } from '../help-page.js';
import { addInputOptions, ownFormatsOf, several, stdinFor } from '../input-options.js';
import { print } from '../io.js';
import { checkOutput, openOutput, writeOutput } from '../outputs.js';
import { fromManifest, manifestText } from '../replay-manifest.js';
import { authOf, type ReplayFlags, settingsOf } from '../replay-options.js';
import type { Context } from './index.js';

const examples: readonly Example[] = [
  ['token-tax replay gw.log --target http://localhost:8080', 'the plan; nothing is sent'],
  ['token-tax replay gw.log --target http://localhost:8080 --send', 'send it'],
  ['token-tax replay gw.log --a http://localhost:80 --b http://localhost:81', 'compare two'],
];

/** 3: nothing came back. 4: what came back is no evidence. */
const statusOf = (result: import('../../replay/index.js').ReplayResult): number => {
  if (result.interrupted) return INTERRUPTED;
  if (result.arms.some(({ answered, warmUp }) => answered + warmUp === 0) || result.stopped !== null) return 3;
  if (result.arms.some(({ errors }) => errors['no token'] !== undefined)) return 3;
  if (result.selfCheck.saturated || result.comparison?.verdict === 'inconclusive') return 4;
  return 0;
};

const act = async (inputs: readonly string[], typed: ReplayFlags, context: Context): Promise<void> => {
  const { io } = context;
  const { flags, named } = await fromManifest(inputs, typed, io.cwd);
  const replay = await import('../../replay/index.js');
  const { readReplay } = await import('../replay-inputs.js');
  const { planText, resultText } = await import('../replay-text.js');
  const settings = await settingsOf(flags, io);
  const raw = flags.raw === undefined ? undefined : { name: flags.raw, path: resolve(io.cwd, flags.raw) };
  const manifest = flags.manifest === undefined ? undefined : { name: flags.manifest, path: resolve(io.cwd, flags.manifest) };
  for (const file of [raw, manifest]) if (file !== undefined) await checkOutput(file);
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort());
  try {
    let unreadable = false;
    const problems: string[] = [];
    const records = await readReplay(
      { ...flags, ...stdinFor(io, named), inputs: named, cwd: io.cwd, own: ownFormatsOf(io, flags), signal: abort.signal },
      ({ error }) => {
        if (error === undefined) return;
        unreadable = true;
        problems.push(errorText(error, { debug: flags.debug === true, version: context.version }));
      },
    );
    await print(io.stderr, problems.join(''));
    if (flags.hermetic === true) {
      const { hermetic } = await import('../replay-hermetic.js');
      const status = await hermetic(records, flags, settings, io, abort.signal);
      context.end(unreadable ? 3 : status);
      return;
    }
    const plan = replay.makePlan(records, settings.plan);
    const targets = [];
    for (const { name, flag, url } of settings.targets)
      targets.push({
        name,
        target: await replay.checkTarget(flag, url, {
          allowHosts: flags.allowHost ?? [],
          recordedHosts: plan.hosts,
          allowRecorded: flags.yesProduction === true,
        }),
      });
    const sending = flags.send === true;
    const auth = await authOf(
      flags,
      io,
      targets.map(({ target }) => target),
    );
    const asText = flags.format !== 'json';
    const planSettings = { ...settings, targets, auth: auth.words, marker: settings.markerText, sent: sending };
    if (asText) await print(io.stdout, planText(plan, planSettings));
    if (manifest !== undefined) await writeOutput(manifest, manifestText(named, flags, plan, context.version));
    if (plan.requests.length === 0) {
      if (sending || records.length === 0) await print(io.stderr, 'there is nothing to send\n');
      context.end(unreadable ? 3 : 4);
      return;
    }
    if (!sending) {
      if (!asText) await print(io.stdout, `${JSON.stringify(settings.planJson(plan), null, 2)}\n`);
      if (unreadable) context.end(3);
      return;
    }
    if (flags.insecure === true) await print(io.stderr, 'warning: TLS is not verified (--insecure)\n');
    const stream = raw === undefined ? undefined : await openOutput(raw);
    let lines: string[] = [];
    let writing = Promise.resolve();
    let writeError: unknown;
    const flush = (): void => {
      const text = lines.join('');
      lines = [];
      if (stream !== undefined && text !== '')
        writing = writing
          .then(() => stream.write(text))
          .catch((error: unknown) => {
            writeError ??= error;
            abort.abort();
          });
    };
    let said = io.now();
    const result = await replay
      .runReplay({
        ...settings.run,
        plan,
        arms: targets,
        ...(auth.authorize === undefined ? {} : { authorize: auth.authorize }),
        ...(settings.fetches === undefined ? {} : { fetches: settings.fetches }),
        signal: abort.signal,
        ...(stream === undefined
          ? {}
          : {
              onRaw: (line) => {
                lines.push(`${JSON.stringify(line)}\n`);
                if (lines.length >= 512) flush();
              },
            }),
        onProgress: (done, all) => {
          if (flags.progress === false || io.now() - said < 10_000) return;
          said = io.now();
          void print(io.stderr, `${done} of ${all} requests\n`);
        },
      })
      .catch(async (error: unknown) => {
        await stream?.discard();
        throw error;
      });
    flush();
    await writing;
    if (writeError !== undefined) {
      await stream?.discard();
      throw writeError;
    }
    await stream?.commit();
    const { manifestOf } = await import('../replay-manifest.js');
    const json = { ...settings.planJson(plan), manifest: manifestOf(named, flags, plan, context.version), result };
    await print(io.stdout, asText ? `\n${resultText(result)}` : `${JSON.stringify(json, null, 2)}\n`);
    if (result.arms.every(({ answered, errors, warmUp }) => answered + warmUp === 0 && errors.refused !== undefined)) {
      // Not thrown: the result was printed, and it says how far the run got.
      const error = new TokenTaxError(
        'TARGET_UNREACHABLE',
        `${targets[0]!.target.url.host} was not reachable (connection refused)`,
        {
          why: 'no request was answered; there is no result, so this is not a pass',
        },
      );
      await print(io.stderr, errorText(error, { debug: flags.debug === true, version: context.version }));
    }
    context.end(unreadable ? 3 : statusOf(result));
  } finally {
    stopListening();
  }
};

export const command = (context: Context): Command =>
  addInputOptions(
    new Command('replay')
      .description('the requests of logs again, on a gateway of yours; prints the plan, sends with --send')
      .argument('[inputs...]')
      .configureHelp({ formatHelp: (self) => commandPage(self, examples) })
      .optionsGroup('Input'),
  )
    .option('--since <time>', 'requests from this time on: 2026-03-02T10:00Z, or -24h from the end of the log')
    .option('--until <time>', 'requests up to this time')
    .option('--where <expression>', `requests like this: 'host == "api" and status < 500'`)
    .option('--sample <share>', 'of the clients, whole clients: 10%')
    .option('--limit <n>', 'so many requests at most')
    .optionsGroup('Where to')
    .option('--target <url>', 'the gateway; its path goes in front of the paths of the log')
    .option('--a <url>', 'with --b: both get the same traffic in alternating blocks')
    .option('--b <url>', 'the other one')
    .option('--send', 'send; nothing is sent without it')
    .option('--allow-host <host>', 'a target that is neither here nor in a private network (repeatable)', several)
    .option('--yes-production', 'the target may be the host that the log was recorded from')
    .optionsGroup('When')
    .addOption(
      new Option('--model <model>', 'open (default): at the times of the log; closed: when the last one was answered').choices([
        'open',
        'closed',
      ]),
    )
    .option('--connections <n>', 'requests under way at most (256; closed model 10)')
    .option('--speed <factor>', 'times as fast as the log: 4x')
    .option('--rate <rate>', 'evenly spaced instead: 50/s')
    .option('--max-gap <duration>', 'cut longer gaps of the log to this')
    .option('--warm-up <duration>', 'the start of each block is sent and not counted')
    .option('--block <duration>', 'how long A and B take turns (60s)')
    .option('--repeats <n>', 'run it so many times (1)')
    .option('--fifo', 'one request of a client at a time, in their order')
    .optionsGroup('What')
    .option('--allow-method <methods>', 'besides GET, HEAD and OPTIONS: POST,PUT (repeatable)', several)
    .option('--body <template>', `bodies, which logs do not have: 'POST /orders/*=order.json' (repeatable)`, several)
    .option('--header <header>', `set a header: 'Accept: application/json' (repeatable)`, several)
    .option('--host <host>', 'the Host header, if not that of the target')
    .option('--auth-env <name>', 'Authorization from this environment variable')
    .option('--auth-file <file>', 'Authorization from this file')
    .option('--oauth-token-endpoint <url>', 'fetch own tokens here (client credentials, cached)')
    .option('--oauth-client-id-env <name>', 'variable with the client id (TT_CLIENT_ID)')
    .option('--oauth-client-secret-env <name>', 'variable with the client secret (TT_CLIENT_SECRET)')
    .option('--oauth-scope <scope>', 'scope to ask for')
    .option('--http2', 'HTTP/2 where the target offers it (TLS)')
    .option('--insecure', 'do not verify TLS certificates')
    .optionsGroup('On this machine alone')
    .option('--hermetic', 'with a stand-in provider that counts; no network beyond 127.0.0.1')
    .option('--gateway-command <command>', 'starts the gateway; reads PORT, TOKEN_ENDPOINT, ISSUER_URL, BACKEND_URL')
    .option('--within <duration>', 'speed the log up to fit into this (20s)')
    .option('--token-lifetime <duration>', 'of the tokens of the stand-in provider, in time of the log')
    .option('--max-fetches-per-1000 <n>', 'exit 1 if there are more token fetches in 1,000 requests')
    .option('--max-fetches <n>', 'exit 1 if there are more token fetches')
    .optionsGroup('Limits')
    .option('--timeout <duration>', 'for one request, from connecting to the last byte (30s)')
    .option('--max-body <size>', 'bytes read of one answer: 64MB (default)')
    .option('--stop-error-rate <share>', 'stop when more of the last 200 fail (50%; off)')
    .option('--stop-429 <n>', 'stop at so many 429 among the last 200 (20; off)')
    .option('--stop-p99 <duration>', 'stop when the last 200 are slower than this')
    .optionsGroup('Output')
    .option('--idp-log <file>', 'count token fetches in the log that the identity provider writes (repeatable)', several)
    .addOption(new Option('--format <format>', 'text (default) or json').choices(['text', 'json']))
    .option('--raw <file>', 'one JSON line for each request')
    .option('--manifest <file>', 'write all that is needed to run it again')
    .option('--from-manifest <file>', 'run what a manifest says')
    .option('--seed <n>', 'of the sample and the run id (1)')
    .option('--no-progress', 'no progress on stderr')
    .option('--debug', 'add the stack to an error')
    .action(async (inputs: string[], flags: ReplayFlags) => await act(inputs, flags, context));
