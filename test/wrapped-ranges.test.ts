/** Lines in wrappers are read in ranges too, where none of them hangs on another: the result is that of the whole, byte for byte. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openInput } from '../src/input/index.js';
import { analyze } from '../src/pipeline.js';
import { UnwrappedInput } from '../src/scan/framing/unwrap.js';
import { wrappers } from '../src/scan/framing/wrappers.js';
import { threading } from '../src/threads.js';
import { sharedReading } from './support/threads.js';

const { folder, share } = sharedReading();

const run = async (path: string, rangeBytes: number, workers: number): Promise<string> => {
  share(rangeBytes);
  return JSON.stringify(await analyze({ inputs: [path], workers }), undefined, 1);
};

/** What does not hang on where the ranges are cut: everything that the reports say of the log. */
const figures = (result: string): unknown => {
  const { totals, keys, routes, nodes, findings, input } = JSON.parse(result);
  const evidence = findings.map((one: { code: string; evidence: { line: number; byte: number }[] }) => [
    one.code,
    one.evidence.map(({ line, byte }) => [line, byte]),
  ]);
  const [{ outOfOrder, rejects, format }] = input.files;
  return { totals, keys, routes, nodes, evidence, lines: input.lines, outOfOrder, rejects, format };
};

const clock = (at: number): string => new Date(Date.UTC(2026, 2, 2, 10) + at * 1000).toISOString().slice(11, 19);
const access = (at: number): string =>
  `10.0.0.${at % 5} - gw [02/Mar/2026:${clock(at)} +0000] "${at % 3 === 0 ? 'POST /oauth2/token' : `GET /orders/${at}`} HTTP/1.1" ${at % 13 === 0 ? 401 : 200} 512 "-" "okhttp/4.12.0"`;
const stamp = (at: number): string => `2026-03-02T${clock(at)}.20${at % 10}Z`;

type Wrap = (at: number, host: string) => string;
const wrap: Readonly<Record<string, Wrap>> = {
  'syslog-5424': (at, host) => `<190>1 ${stamp(at)} ${host} nginx 7 - - ${access(at)}`,
  'syslog-3164': (at, host) => `<190>Mar  2 ${clock(at)} ${host} nginx[7]: ${access(at)}`,
  'json:MESSAGE': (at, host) => JSON.stringify({ _HOSTNAME: host, MESSAGE: access(at) }),
  'json:message': (at, host) => JSON.stringify({ '@timestamp': stamp(at), host: { name: host }, message: access(at) }),
  compose: (at, host) => `${host}  | ${access(at)}`,
  pod: (at, host) => `[pod/${host}/nginx] ${access(at)}`,
  collected: (at) => `${stamp(at)} ${access(at)}`,
  keycloak: (at, host) =>
    `2026-03-02 ${clock(at)},12${at % 10} DEBUG [org.keycloak.events] (executor-thread-${at % 30}) type="${at % 13 === 0 ? 'CLIENT_LOGIN_ERROR' : 'CLIENT_LOGIN'}", realmId="5c0f", realmName="shop", clientId="${host}", ${at % 4 === 0 ? 'error="say \\"no\\"", ' : ''}ipAddress="10.0.0.${at % 5}", grant_type="client_credentials"`,
};
const odd: readonly string[] = [
  '',
  '   ',
  'no request',
  '{"half":',
  '\u001b[31mred\u001b[0m',
  '<190>1 - - - - - -',
  `x${'y'.repeat(700)}`,
  '2026-03-02 10:00:00,123 ERROR [org.keycloak.services] (main) failed',
  '\tat org.keycloak.services.Main.run(Main.java:7)',
  'café | 10.0.0.1',
];

/** Each line, and what stands in front of it. */
const rows = fc.array(
  fc.tuple(fc.constantFrom('', '', '', ...odd), fc.constantFrom('gw-a', 'gw-b'), fc.integer({ min: -4, max: 4 })),
  { minLength: 1, maxLength: 20 },
);

const written = (wrapper: Wrap, lines: readonly (readonly [string, string, number])[], end: string, last: string): string =>
  // The head says what the log is, however little of it is odd.
  [
    ...Array.from({ length: 200 }, (_, at) => wrapper(at, 'gw-a')),
    ...lines.flatMap(([before, host, step], at) => [...(before === '' ? [] : [before]), wrapper(200 + at + step, host)]),
  ].join(end) + last;

let files = 0;
const save = (text: string | Uint8Array, end = '.log'): string => {
  files += 1;
  const path = join(folder, `${files}${end}`);
  writeFileSync(path, text);
  return path;
};

const cutBy = async (path: string): Promise<readonly string[] | undefined> => {
  const source = { name: path, path, group: path, named: true };
  const input = new UnwrappedInput(openInput(source as never));
  await input.head(1 << 18);
  input.close();
  return input.cutBy;
};

test('in ranges of any size a log in wrappers is as it is in one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(wrap)),
      rows,
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      fc.integer({ min: 60, max: 12_000 }),
      async (id, lines, end, isEnded, rangeBytes) => {
        const text = written(wrap[id]!, lines, end, isEnded ? end : '');
        const path = save(text);
        const whole = await run(path, 1 << 24, 1);
        const cut = await run(path, rangeBytes, 1);
        expect(figures(cut)).toEqual(figures(whole));
        expect(figures(await run(save(gzipSync(text), '.log.gz'), rangeBytes, 1))).toEqual(figures(whole));
      },
    ),
    { numRuns: 25 },
  );
}, 60_000);

test.each(Object.keys(wrap))('%s: several threads share one file', async (id) => {
  const lines = Array.from(
    { length: 90 },
    (_, at) => [odd[at % 60] ?? '', at % 2 === 0 ? 'gw-a' : 'gw-b', (at % 5) - 2] as const,
  );
  const path = save(written(wrap[id]!, lines, '\n', '\n'));
  expect(await cutBy(path)).toEqual(expect.arrayContaining([id]));
  const alone = await run(path, 700, 1);
  const before = threading.handedOver;
  expect(await run(path, 700, 3)).toBe(alone);
  expect(threading.handedOver).toBe(before + 2);
  expect(JSON.parse(alone).input.lines.parsed).toBeGreaterThan(150);
});

test('a wrapper is found again by its id', () => {
  const ids = wrappers.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('wrappers in wrappers, and a line that is too long to hold', async () => {
  const nested = (at: number): string =>
    JSON.stringify({ host: 'h1', message: `<190>1 ${stamp(at)} gw-a nginx 7 - - ${access(at)}` });
  const long = `<190>1 ${'x'.repeat((1 << 20) + 10)}`;
  const path = save([...Array.from({ length: 80 }, (_, at) => nested(at)), long, nested(81), long, nested(82)].join('\n'));
  expect(await cutBy(path)).toEqual(['json:message', 'syslog-5424']);
  const whole = await run(path, 1 << 24, 1);
  const cut = await run(path, 300_000, 1);
  expect(figures(cut)).toEqual(figures(whole));
  expect(await run(path, 300_000, 3)).toBe(cut);
  expect(JSON.parse(cut).input.files[0].rejects[0]).toMatchObject({ count: 2 });
});

test('a line that may be a part of another, or of columns that were named before it, keeps the file in one', async () => {
  const docker = (at: number): string => JSON.stringify({ log: `${access(at)}\n`, stream: 'stdout', time: stamp(at) });
  const cri = (at: number): string => `${stamp(at)} stdout F ${access(at)}`;
  const w3c = (at: number): string =>
    at === 0 ? '#Fields: date time c-ip cs-method cs-uri-stem sc-status' : `2026-03-02 ${clock(at)} 10.0.0.1 GET /a 200`;
  const insights = (at: number): string =>
    at === 0 ? '@timestamp,@message' : `2026-03-02 ${clock(at)}.000,"${access(at).replaceAll('"', '""')}"`;
  for (const line of [docker, cri, w3c, insights]) {
    const path = save(Array.from({ length: 80 }, (_, at) => line(at)).join('\n'));
    expect(await cutBy(path)).toBeUndefined();
    expect(await run(path, 700, 3)).toBe(await run(path, 700, 1));
  }
});
