import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { parseLifetime, parseMargin } from '../../analysis/options.js';
import type { Analysis, Finding } from '../../analysis/result.js';
import { TokenTaxError } from '../../errors.js';
import { nearest } from '../../input/near.js';
import { adviceFor, MUST_NOT_BE_SHARED } from '../../remedy/advice.js';
import { fillIns, groundsFor, type Wishes } from '../../remedy/context.js';
import { expectedOf } from '../../remedy/expected.js';
import { remedies, remedyFor, remedyNames } from '../../remedy/index.js';
import type { Remedy, TokenEndpoint } from '../../remedy/remedy.js';
import { verifyFix } from '../../remedy/verify.js';
import { shown } from '../../report/cells.js';
import { inert } from '../../report/json.js';
import { page } from '../../report/page.js';
import { plain } from '../../report/paint.js';
import { type Fix, fixText, verifiedText } from '../fix-text.js';
import { commandPage, type Example } from '../help-page.js';
import { print } from '../io.js';
import { checkOutput, writeOutput } from '../outputs.js';
import { readResult } from '../saved-result.js';
import { terminal } from '../terminal.js';
import { type Flags as AnalyzeFlags, toAnalyzeOptions, warningLines, withCounting, withInputs } from './analyze.js';
import type { Context } from './index.js';

const examples: readonly Example[] = [
  ['token-tax fix --result tax.json --for nginx', 'what to configure, what it saves'],
  ['token-tax fix logs/ --for gravitee --out fix', 'from logs; the files into a folder'],
  ['token-tax fix --for list', 'the gateways it knows'],
  ['token-tax fix --verify before.json after.json', 'did it do what was promised?'],
];

interface Flags extends Omit<AnalyzeFlags, 'format' | 'finding'> {
  readonly format: 'text' | 'json';
  readonly result?: string;
  readonly finding?: string;
  readonly for?: string;
  readonly out?: string;
  readonly verify?: boolean;
  readonly issuer?: string;
  readonly clientId?: string;
  readonly scope?: string;
  readonly audience?: string;
  readonly listen?: string;
  readonly resolver?: string;
}

/** Throws USAGE with the name that was probably meant. */
function chosenRemedy(name: string): Remedy {
  const remedy = remedyFor(name);
  if (remedy !== undefined) return remedy;
  const near = nearest(name, remedyNames());
  throw new TokenTaxError('USAGE', `no remedy is known for the gateway "${shown(name)}"`, {
    ...(near === undefined
      ? { why: `the closest that fits any gateway is "nginx": an internal endpoint beside it` }
      : { why: `did you mean "${near}"?` }),
    help: `token-tax fix --for ${near ?? 'list'}`,
  });
}

function issuerOf(text: string): TokenEndpoint {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.password !== '')
    throw new TokenTaxError('BAD_OPTION', `--issuer cannot be "${shown(text)}"`, {
      help: 'Write the URL of the token endpoint without credentials: https://auth.example.com/oauth2/token.',
    });
  const scheme = url.protocol === 'http:' ? 'http' : 'https';
  return {
    scheme,
    host: url.hostname,
    port: url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port),
    path: url.pathname,
  };
}

function listenOf(text: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\]):(\d{1,5})$/.exec(text) ?? [];
  if (host === '' || Number(port) < 1 || Number(port) > 65_535)
    throw new TokenTaxError('BAD_OPTION', `--listen cannot be "${shown(text)}"`, {
      why: 'whoever reaches this address gets tokens, so it is on the loopback',
      help: 'Write an address of the loopback with its port: 127.0.0.1:9180.',
    });
  return { host, port: Number(port) };
}

function wishesOf(flags: Flags): Wishes {
  if (flags.resolver !== undefined && !/^[0-9A-Fa-f.:[\]]{2,60}$/.test(flags.resolver))
    throw new TokenTaxError('BAD_OPTION', `--resolver cannot be "${shown(flags.resolver)}"`, {
      help: 'Write an address: 10.0.0.2.',
    });
  return {
    ...(flags.issuer === undefined ? {} : { issuer: issuerOf(flags.issuer) }),
    ...(flags.clientId === undefined ? {} : { clientId: flags.clientId }),
    ...(flags.scope === undefined ? {} : { scope: flags.scope }),
    ...(flags.audience === undefined ? {} : { audience: flags.audience }),
    ...(flags.listen === undefined ? {} : { listen: listenOf(flags.listen) }),
    ...(flags.resolver === undefined ? {} : { resolver: flags.resolver }),
    lifetimes: (flags.lifetime ?? []).map(parseLifetime),
    margin: parseMargin(flags.margin),
  };
}

/** By id or number; not said: the first that a cache ends, else the first. Throws BAD_OPTION for one that is not there. */
function chosenFinding(
  { findings }: Analysis,
  wanted: string | undefined,
): { readonly finding: Finding; readonly number: number } {
  if (wanted === undefined) {
    const at = Math.max(
      0,
      findings.findIndex(({ code, redundant }) => redundant > 0 && adviceFor(code).cache),
    );
    return { finding: findings[at]!, number: at + 1 };
  }
  const at = /^\d+$/.test(wanted) ? Number(wanted) - 1 : findings.findIndex(({ id }) => id === wanted);
  const finding = findings[at];
  if (finding !== undefined) return { finding, number: at + 1 };
  const same = findings.find(
    ({ id, code }) => id.slice(0, 5) === wanted.slice(0, 5).toLowerCase() || code === wanted.toUpperCase(),
  );
  const near =
    nearest(
      wanted,
      findings.map(({ id }) => id),
    ) ?? same?.id;
  throw new TokenTaxError('BAD_OPTION', `there is no finding "${shown(wanted)}"`, {
    why: `this result has ${findings.length === 1 ? 'one, number 1' : `${findings.length}, numbered from 1`}; a finding that is gone has been fixed, or its key has changed`,
    help: near === undefined ? 'token-tax analyze shows them by number' : `The closest is ${near}: --finding ${near}`,
  });
}

/** Text that a shell takes as it stands. */
const word = (text: string): string => (/^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`);

const list = (): string =>
  [
    'Gateways that fix knows (other names in brackets)',
    '',
    ...remedies.map(({ id, title, aliases }) => `  ${id.padEnd(12)} ${title} [${aliases.join(', ')}]`),
    '',
  ].join('\n');

interface Source {
  readonly analysis: Analysis;
  /** The same logs again under the policy of the remedy; undefined: there is only a saved result. */
  readonly under: ((policy: string, key: string | null) => Promise<Analysis>) | undefined;
}

async function sourceOf(inputs: readonly string[], flags: Flags, context: Context): Promise<Source> {
  const { io } = context;
  const named = [...inputs, ...(flags.gateway ?? []), ...(flags.idp ?? []), ...(flags.loopback ?? [])];
  if (flags.result !== undefined) {
    if (named.length > 0) throw new TokenTaxError('USAGE', 'fix takes a saved result or logs, not both');
    return { analysis: await readResult(flags.result, io.cwd), under: undefined };
  }
  if (named.length === 0 || named.includes('-'))
    throw new TokenTaxError(
      'USAGE',
      named.length === 0 ? 'fix needs a saved result, or logs' : 'fix reads logs twice, and standard input can be read once',
      {
        help: 'token-tax fix --result tax.json --for nginx (tax.json: analyze --output json=tax.json), or name log files.',
      },
    );
  const { result, for: gateway, out, verify, issuer, clientId, scope, audience, listen, resolver, finding, ...rest } = flags;
  const options = toAnalyzeOptions(inputs, context, { ...rest, format: 'text' });
  const analysis = await context.analyze(options);
  await print(io.stderr, warningLines(analysis));
  const under = async (policy: string, key: string | null): Promise<Analysis> =>
    await context.analyze({ ...options, simulate: { policies: [policy], ...(key === null ? {} : { key }) } });
  return { analysis, under };
}

async function fixOf(source: Source, inputs: readonly string[], flags: Flags): Promise<Fix> {
  const { analysis } = source;
  const { finding, number } = chosenFinding(analysis, flags.finding);
  const { cache, steps } = adviceFor(finding.code);
  const key = analysis.keys.find(({ id }) => id === finding.key);
  const shared = {
    finding: { id: finding.id, number, code: finding.code, title: finding.title, client: key?.client ?? null },
    advice: [...steps, ...(finding.risk === null || cache ? [] : [finding.risk])],
    notShared: MUST_NOT_BE_SHARED,
  };
  if (!cache) {
    const notes =
      flags.for === undefined ? [] : [`No configuration for ${shown(flags.for)}: keeping tokens does not end ${finding.code}.`];
    return {
      ...shared,
      remedy: null,
      files: [],
      fillIn: [],
      assumptions: [],
      policy: null,
      expected: null,
      expectedWhyNot: null,
      risks: [],
      verify: 'token-tax analyze LOGS',
      notes,
    };
  }
  if (flags.for === undefined)
    throw new TokenTaxError('USAGE', 'fix needs the name of your gateway', {
      help: 'token-tax fix --for list shows those it knows.',
    });
  const remedy = chosenRemedy(flags.for);
  const { context, assumptions } = groundsFor(key, wishesOf(flags));
  const policy = remedy.policy(context);
  const played = source.under === undefined ? analysis : await source.under(policy.id, finding.key);
  const found = expectedOf(played, finding, remedy, context);
  const files = remedy.files(context);
  const logs = inputs.length === 0 ? 'LOGS' : inputs.map(word).join(' ');
  const simulate = `token-tax simulate ${logs} --policy ${policy.id}${finding.key === null ? '' : ` --key ${word(finding.key)}`} --output json=before.json`;
  const user =
    key !== undefined && key.grant === 'unknown'
      ? ['The log does not tell whether these are service tokens: if they belong to users, do not share them.']
      : [];
  return {
    ...shared,
    remedy: { id: remedy.id, title: remedy.title, docs: remedy.docs },
    files,
    fillIn: fillIns(files.map(({ text }) => text)),
    assumptions: [
      ...assumptions,
      ...analysis.assumptions.filter(({ affects }) => affects.includes('simulation')).map(({ value }) => value),
    ],
    policy: policy.id,
    expected: found.expected,
    expectedWhyNot: found.expected === null ? { why: found.why, closest: closestOf(analysis, policy), command: simulate } : null,
    risks: [...user, ...remedy.risks(context)],
    verify: [
      remedy.verify(context),
      '# Before and after, from the same kind of log:',
      simulate,
      'token-tax analyze LATER-LOGS --output json=after.json',
      `token-tax fix --verify before.json after.json --for ${remedy.id}`,
    ].join('\n'),
    notes: remedy.notes,
  };
}

/** What the result has for a cache in the same place, in words. */
const closestOf = ({ simulation }: Analysis, { cache }: { readonly cache: string }): string | null => {
  const wanted = cache === 'shared' ? 'shared,single-flight' : 'node,single-flight';
  const line = simulation?.find(({ policy }) => policy === wanted);
  const logged = simulation?.find(({ policy }) => policy === 'as-logged');
  if (line === undefined || logged === undefined) return null;
  const { low, high } = line.fetches;
  const much = high === null ? `${low} or more` : low === high ? String(low) : `${low} to ${high}`;
  return `${wanted}, ${much} of ${logged.fetches.low} fetches, for all clients`;
};

async function writeFiles(fix: Fix, out: string, cwd: string): Promise<string[]> {
  const names: string[] = [];
  const folder = resolve(cwd, out);
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new TokenTaxError('UNWRITABLE_OUTPUT', `cannot make the folder ${shown(out)}`, { cause });
  }
  for (const { name } of fix.files) {
    const there = await stat(join(folder, name)).catch(() => undefined);
    if (there !== undefined)
      throw new TokenTaxError('UNWRITABLE_OUTPUT', `${shown(join(out, name))} is there already`, {
        why: 'a configuration that somebody may have filled in is not written over',
        help: 'Name another folder, or move the file away.',
      });
  }
  for (const { name, text } of fix.files) {
    const file = { name: join(out, name), path: join(folder, name) };
    await checkOutput(file);
    await writeOutput(file, text);
    names.push(file.name);
  }
  return names;
}

async function verify(inputs: readonly string[], flags: Flags, context: Context): Promise<void> {
  const { io } = context;
  const [first, second] = inputs;
  if (first === undefined || second === undefined || inputs.length > 2)
    throw new TokenTaxError('USAGE', 'fix --verify needs two saved results', {
      help: 'token-tax fix --verify before.json after.json',
    });
  const before = await readResult(first, io.cwd);
  const after = await readResult(second, io.cwd);
  const remedy = flags.for === undefined ? undefined : chosenRemedy(flags.for);
  const some = before.findings.length === 0 ? undefined : chosenFinding(before, flags.finding).finding;
  const { context: grounds } = groundsFor(
    before.keys.find(({ id }) => id === some?.key),
    wishesOf(flags),
  );
  const verified = verifyFix(before, after, remedy?.policy(grounds), grounds.ttlMs + grounds.marginMs);
  const { width, unicode, color } = terminal(io, flags.color);
  const paint = color ? (await import('../../report/colors.js')).colors : plain;
  await print(
    io.stdout,
    flags.format === 'json'
      ? `${inert(JSON.stringify(verified, undefined, 2))}\n`
      : verifiedText(page({ width: Math.min(width, 100), unicode, paint }), verified),
  );
  if (verified.verdict === 'cannot tell') context.end(4);
  else if (verified.verdict !== 'kept') context.end(1);
}

const act = async (inputs: readonly string[], flags: Flags, context: Context): Promise<void> => {
  const { io } = context;
  if (flags.verify === true) return await verify(inputs, flags, context);
  if (flags.for === 'list') return await print(io.stdout, list());
  if (flags.for !== undefined) chosenRemedy(flags.for);
  const source = await sourceOf(inputs, flags, context);
  const { analysis } = source;
  if (analysis.findings.length === 0) {
    await print(
      io.stdout,
      analysis.inconclusive === null
        ? 'Nothing to fix: there is no finding.\n'
        : `Not decided: ${shown(analysis.inconclusive)}.\n`,
    );
    return context.end(analysis.inconclusive !== null ? 4 : analysis.complete ? 0 : 3);
  }
  const fix = await fixOf(source, [...inputs, ...(flags.gateway ?? []), ...(flags.idp ?? []), ...(flags.loopback ?? [])], flags);
  const written = flags.out === undefined || fix.files.length === 0 ? [] : await writeFiles(fix, flags.out, io.cwd);
  const { width, unicode, color } = terminal(io, flags.color);
  const paint = color ? (await import('../../report/colors.js')).colors : plain;
  await print(
    io.stdout,
    flags.format === 'json'
      ? `${inert(JSON.stringify(fix, undefined, 2))}\n`
      : fixText(page({ width: Math.min(width, 100), unicode, paint }), fix, written),
  );
  if (!analysis.complete) context.end(3);
};

export const command = (context: Context): Command =>
  withCounting(
    withInputs(
      new Command('fix')
        .description('what to configure at your gateway, what it saves, and whether it did')
        .configureHelp({ formatHelp: (self) => commandPage(self, examples) })
        .optionsGroup('Fix')
        .option('--for <gateway>', 'nginx, kong, gravitee, envoy and more; "list" shows all')
        .option('--result <file>', 'a saved result, in place of logs (analyze --output json=FILE)')
        .option('--finding <id>', 'which finding, by id or number; the first that a cache ends if not given')
        .option('--out <folder>', 'write the files into this folder')
        .option('--verify', 'two saved results, before and after: was the promise kept?')
        .optionsGroup('What the log does not say')
        .option('--issuer <url>', 'the token endpoint: https://auth.example.com/oauth2/token')
        .option('--client-id <id>', 'the client')
        .option('--scope <scopes>', 'the scopes it asks for, parted by spaces')
        .option('--audience <audience>', 'the audience it asks for')
        .option('--listen <address>', 'of an internal endpoint, on the loopback (127.0.0.1:9180)')
        .option('--resolver <address>', 'the DNS server that the gateway asks while it runs'),
    ),
  )
    .optionsGroup('Output')
    .addOption(new Option('--format <format>', 'text (default) or json').choices(['text', 'json']).default('text'))
    .addOption(new Option('--color <when>', 'auto (default), always, never').choices(['auto', 'always', 'never']).default('auto'))
    .action(async (inputs: string[], flags: Flags) => await act(inputs, flags, context));
