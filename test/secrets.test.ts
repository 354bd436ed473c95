/**
 * No secret leaves: logs with a secret in every place where one has been seen, every way to print what was read or could not be read,
 * and not eight characters of any secret in any output.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../src/cli/main.js';
import { fakeIo } from './support/fake-io.js';

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Random looking, but the same in each run; no two share eight characters. */
const opaque = (seed: number, length = 40): string => {
  let state = seed * 2654435761;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'[(state >>> 16) % 57]!;
  }).join('');
};

const jwt = [
  base64url({ alg: 'RS256', typ: 'JWT', kid: 'k1' }),
  base64url({ iss: 'https://auth.example.com', sub: 'orders-gw', iat: 1_772_446_530, exp: 1_772_446_830 }),
  opaque(1, 86),
].join('.');
const basic = Buffer.from(`orders-gw:${opaque(2, 24)}`).toString('base64');

const secrets: Readonly<Record<string, string>> = {
  jwt,
  basic,
  'access token': opaque(3),
  'client secret': opaque(4),
  code: opaque(5),
  'refresh token': opaque(6),
  password: opaque(7, 24),
  bearer: opaque(8, 60),
  signature: opaque(9, 43),
  cookie: opaque(10),
};
const s = (name: string): string => secrets[name]!;

/** Targets of requests; the first of each pair goes to a token endpoint, so that everything about the caller is looked at. */
const targets: readonly string[] = [
  `/oauth2/token?grant_type=client_credentials&client_id=orders&client_secret=${s('client secret')}`,
  `/oauth2/token?grant_type=authorization_code&code=${s('code')}&redirect_uri=https%3A%2F%2Fshop.example.com`,
  `/oauth2/token?grant_type=refresh_token&refresh_token=${s('refresh token')}`,
  `/oauth2/token?client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=${jwt}`,
  `/oauth2/token?client_id=orders%26client_secret%3D${s('client secret')}`,
  `/oauth2/token?username=anna&password=${s('password')}&grant_type=password&scope=a&client_id=${jwt}`,
  `/oauth2/token;access_token=${s('access token')}`,
  `/realms/${jwt}/protocol/openid-connect/token`,
  `/api/orders?access_token=${s('access token')}`,
  `/api/orders?access%5ftoken=${s('access token')}&limit=50`,
  `/api/orders?X-Amz-Signature=${s('signature')}&sig=${s('signature')}`,
  `/api/reset/${jwt}`,
  `/api/reset/${s('bearer')}/done`,
  `https://anna:${s('password')}@api.example.com/api/orders?limit=1`,
  `https://anna:${s('password')}@auth.example.com/oauth2/token`,
  `/api/files/report.pdf#access_token=${s('access token')}`,
];

/** What stands in any other field. */
const words: readonly string[] = [
  jwt,
  `Bearer ${s('bearer')}`,
  `Basic ${basic}`,
  `orders-gw/4.2 (Authorization: Bearer ${s('bearer')})`,
  `https://shop.example.com/?access_token=${s('access token')}&x=1`,
  `https://anna:${s('password')}@shop.example.com/`,
  `session=${s('cookie')}`,
  `client_secret=${s('client secret')}`,
];

const time = (at: number): string => new Date(Date.UTC(2026, 2, 2, 10, 15, 0) + at * 1000).toISOString();
const clf = (at: number): string => {
  const [, hour] = /T(\d\d:\d\d:\d\d)/.exec(time(at))!;
  return `02/Mar/2026:${hour} +0000`;
};

interface Place {
  readonly target?: string;
  readonly user?: string;
  readonly host?: string;
  readonly referer?: string;
  readonly agent?: string;
  readonly id?: string;
  readonly node?: string;
}

const places: readonly Place[] = [
  ...targets.map((target) => ({ target })),
  ...words.flatMap((word) =>
    (['user', 'host', 'referer', 'agent', 'id', 'node'] as const).flatMap((field) => [
      { [field]: word },
      { [field]: word, target: '/api/orders' },
    ]),
  ),
];

const spaceless = (word = '-'): string => word.replaceAll(' ', '+');
const textLine = ({ target = '/oauth2/token', user, host, referer, agent, id, node }: Place, at: number): string =>
  `10.0.0.7 - ${spaceless(user)} [${clf(at)}] "POST ${target} HTTP/1.1" 200 812 "${referer ?? '-'}" "${agent ?? 'orders-gw/4.2'}" ` +
  `rt=0.020 urt="0.018" host=${spaceless(host)} node=${spaceless(node)} rid=${spaceless(id)}`;

const jsonLine = ({ target = '/oauth2/token', user, host, referer, agent, id, node }: Place, at: number): string =>
  JSON.stringify({
    ts: time(at),
    method: 'POST',
    url: target,
    status: 200,
    duration_ms: 20,
    client_ip: '10.0.0.7',
    client_id: user ?? 'orders-gw',
    host: host ?? 'auth.example.com',
    referer,
    user_agent: agent,
    request_id: id,
    node,
    scope: user,
    audience: host,
    // Never printed, whatever they hold.
    authorization: `Basic ${basic}`,
    access_token: jwt,
  });

const logs: Readonly<Record<string, string>> = {
  'text.log': `${places.map(textLine).join('\n')}\n`,
  'records.log': `${places.map(jsonLine).join('\n')}\n`,
};

/** So many characters in a row of any secret. */
const found = (output: string, length = 8): string[] =>
  Object.entries(secrets).flatMap(([name, secret]) => {
    for (let from = 0; from + length <= secret.length; from += 1) {
      const at = output.indexOf(secret.slice(from, from + length));
      if (at >= 0) return [`${name} in ${JSON.stringify(output.slice(Math.max(0, at - 80), at + 40))}`];
    }
    return [];
  });

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'token-tax-secrets-'));
  for (const [name, text] of Object.entries(logs)) writeFileSync(join(cwd, name), text);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const run = async (...argv: string[]): Promise<{ all: string; out: string; status: number }> => {
  const io = fakeIo({ cwd, columns: 200, stdoutIsTTY: true });
  const status = await main(['analyze', ...argv], io);
  return { all: io.out() + io.err(), out: io.out(), status };
};

const views: readonly (readonly string[])[] = [
  [],
  ['-v'],
  ['-q'],
  ['--format', 'json'],
  ['-v', '--lifetime', '300s', '--holder', 'shared', '--grant', 'service'],
  ['--format', 'json', '--grant', 'service', '--token-endpoint', '/api/**'],
  ['--output', 'json=result.json', '--output', 'text=result.txt'],
];

describe('of what was read, nothing secret is printed', () => {
  for (const name of Object.keys(logs)) {
    for (const flags of views) {
      test(`${name} ${flags.join(' ')}`, async () => {
        const { all, status } = await run(name, ...flags);
        expect(found(all)).toEqual([]);
        expect([0, 4]).toContain(status);
        expect(all).not.toBe('');
        if (flags[0] === '--output')
          for (const file of ['result.json', 'result.txt']) expect(found(readFileSync(join(cwd, file), 'utf8'))).toEqual([]);
      });
    }
  }

  test('every line was read: the secrets went through the whole program', async () => {
    for (const name of Object.keys(logs)) {
      const { out } = await run(name, '--format', 'json');
      expect(JSON.parse(out).input.lines).toMatchObject({ read: places.length, parsed: places.length });
    }
  });
});

describe('of what is exported or shown line by line, nothing is secret', () => {
  const exports: readonly (readonly string[])[] = [['export'], ['export', '--format', 'csv'], ['formats', 'test']];
  for (const name of Object.keys(logs)) {
    for (const argv of exports) {
      test(`${argv.join(' ')} ${name}`, async () => {
        const io = fakeIo({ cwd });
        expect(await main([...argv, name], io)).toBe(0);
        expect(found(io.out() + io.err())).toEqual([]);
        if (argv[0] === 'export') expect(io.out().split('\n').length).toBeGreaterThan(places.length);
      });
    }
  }
});

test('a logged token gives its lifetime and nothing else', async () => {
  const record = (at: number): string =>
    JSON.stringify({
      ts: time(at),
      method: 'POST',
      path: '/oauth2/token',
      status: 200,
      client_id: 'orders',
      client_ip: '10.0.0.7',
      access_token: jwt,
    });
  writeFileSync(join(cwd, 'tokens.log'), `${[0, 100, 200, 300].map(record).join('\n')}\n`);
  const { all, out } = await run('tokens.log', '--format', 'json');
  const { keys } = JSON.parse(out);
  // exp - iat = 300 s; the token was logged by the issuer as it was made.
  expect(keys).toMatchObject([{ lifetimeSeconds: { min: 300, median: 300, max: 300 }, lifetimeFrom: 'expires_in' }]);
  expect(found(all)).toEqual([]);
});

interface Breaking {
  readonly what: string;
  readonly lines: (line: string) => string[];
  /** A piece that lost its name, and is shorter than this, cannot be told from other words. */
  readonly shortest?: number;
}

const cuts = [0.2, 0.5, 0.8];

/** Ways in which a line can be unreadable, so that the message shows a part of it. */
const broken: readonly Breaking[] = [
  { what: 'the time is gone', lines: (line) => [line.replace(/\[[^\]]*\]/, '[now]').replace(/"ts":"[^"]*"/, '"ts":"now"')] },
  { what: 'the first bracket is gone', lines: (line) => [line.replace('[', '').replace('"ts"', '"ts')] },
  { what: 'the quotes are gone', lines: (line) => [line.replaceAll('"', '')] },
  { what: 'the status is a word', lines: (line) => [line.replace(' 200 ', ' fine ').replace('"status":200', '"status":"fine"')] },
  { what: 'something stands behind the request', lines: (line) => [line.replace('HTTP/1.1"', 'HTTP/1.1"!')] },
  { what: 'a control character in it', lines: (line) => [line.replace('HTTP/1.1', '\u0001\u001b[31m')] },
  { what: 'cut at its end', lines: (line) => cuts.map((share) => line.slice(0, Math.ceil(line.length * share))), shortest: 16 },
  { what: 'cut at its start', lines: (line) => cuts.map((share) => line.slice(Math.floor(line.length * share))), shortest: 16 },
];

const flagsOf = [[], ['--log-format', 'clf'], ['--log-format', 'nginx-json', '--debug', '--format', 'json']] as const;

describe('of what could not be read, nothing secret is printed', () => {
  for (const { what, lines, shortest } of broken) {
    for (const [kind, line] of Object.entries({ text: textLine, JSON: jsonLine })) {
      test(`${kind}: ${what}`, async () => {
        const leaks: string[] = [];
        for (const [at, place] of places.entries()) {
          for (const [part, text] of lines(line(place, at)).entries()) {
            writeFileSync(join(cwd, 'bad.log'), `${text}\n`);
            const { all } = await run('bad.log', ...flagsOf[(at + part) % 3]!);
            leaks.push(...found(all, shortest));
          }
        }
        expect(leaks.slice(0, 3)).toEqual([]);
      });
    }
  }

  test('a secret longer than what is looked at, with its name far in front', async () => {
    // Short words between slashes: nothing but the name gives them away.
    const long = Array.from({ length: 1200 }, (_, at) => opaque(at + 100, 9)).join('/');
    const line = jsonLine({ target: `/api/orders?access_token=${long}&limit=1` }, 0).replace('"status":200', '"status":');
    writeFileSync(join(cwd, 'bad.log'), `${line}\n`);
    const { all } = await run('bad.log', '--log-format', 'nginx-json');
    expect(all).toContain('^ expected a value');
    for (let at = 0; at < 1200; at += 1) expect(all).not.toContain(opaque(at + 100, 9));
  });

  test('names of fields and files', async () => {
    const named = `access_token=${s('access token')}`;
    writeFileSync(join(cwd, 'fields.log'), `${JSON.stringify({ [jwt]: 1, [named]: 2, method: 'GET' })}\n`);
    const fields = await run('fields.log');
    expect(fields.all).toContain('--map');
    expect(found(fields.all)).toEqual([]);
    // What a download of a signed URL is called when nobody says otherwise.
    const download = `gw.log?X-Amz-Credential=AKIA&X-Amz-Signature=${s('signature')}`;
    writeFileSync(join(cwd, download), logs['text.log']!);
    for (const flags of [['-v'], ['--format', 'json'], ['--log-format', 'clf'], ['--idp', 'missing.log']])
      expect(found((await run('gw.log[?]*', ...flags)).all)).toEqual([]);
    rmSync(join(cwd, download));
  });
});

describe('a format that does not fit takes a credential apart at its space', () => {
  const secret = 'sk9XyZ7qPlm3TTokenSecretValue0042';
  const rest = '[02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 812 "-" "a"\n';
  const lines: Readonly<Record<string, string>> = {
    'as the first words': `Bearer ${secret} - - ${rest}`,
    'as address and user': `auth.example.com Bearer ${secret} - ${rest}`,
    'as user': `auth.example.com:443 10.0.0.1 BEARER ${secret} ${rest}`,
    'behind the name of its header': `auth.example.com:443 Authorization: Basic ${secret} ${rest}`,
    'after two spaces': `Bearer  ${secret} - - ${rest}`,
  };
  const options = [[], ['--log-format', 'apache-vhost'], ['--log-format', 'clf-combined'], ['--log-format', 'clf']];
  test.each(
    Object.entries(lines).flatMap(([name, line]) => options.map((flags) => [name, flags.join(' '), line, flags] as const)),
  )('%s %s', async (_, __, line, flags) => {
    const folder = mkdtempSync(join(tmpdir(), 'split-'));
    try {
      writeFileSync(join(folder, 'gw.log'), line.repeat(5));
      for (const argv of [
        ['export', 'gw.log', '--rejects', ...flags],
        ['analyze', 'gw.log', '-v', '--details', '--rejects', ...flags],
        ['analyze', 'gw.log', '--format', 'json', ...flags],
      ]) {
        const io = fakeIo({ cwd: folder });
        await main(argv, io);
        expect(io.out() + io.err()).not.toContain(secret);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
