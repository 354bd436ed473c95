/** The kernel and the TypeScript scanner are one engine: whatever the lines are, the result has the same bytes. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { formats } from '../src/formats/index.js';
import { type AnalyzeOptions, analyze } from '../src/pipeline.js';
import { json } from '../src/report/json.js';
import { runs } from './support/runs.js';

const before = process.env.TOKEN_TAX_ENGINE;
afterEach(() => {
  if (before === undefined) delete process.env.TOKEN_TAX_ENGINE;
  else process.env.TOKEN_TAX_ENGINE = before;
});

const by = async (engine: 'ts' | 'wasm', options: AnalyzeOptions): Promise<string> => {
  process.env.TOKEN_TAX_ENGINE = engine;
  return json(await analyze(options));
};

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'token-tax-engines-'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe('captures', () => {
  const captures = readdirSync('fixtures/captures', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  test.each(captures.map(({ name }) => name))('%s', async (name) => {
    const folder = resolve('fixtures/captures', name);
    const pasted = readdirSync(folder).includes('log-format.txt');
    const options = {
      inputs: readdirSync(folder).filter((file) => file.endsWith('.log')),
      cwd: folder,
      lifetime: ['20s'],
      ...(pasted ? { logFormat: readFileSync(join(folder, 'log-format.txt'), 'utf8') } : {}),
    };
    expect(await by('wasm', options)).toBe(await by('ts', options));
  });
});

describe('random lines', () => {
  const text = fc.string({ maxLength: 8 }).map((word) => word.replace(/[\r\n]/g, ' '));
  const numbers = fc.constantFrom(
    '0',
    '-',
    '',
    '200',
    '404',
    '499',
    '599',
    '999',
    '1000',
    '000',
    '0.000',
    '0.001',
    '12.345',
    '1e3',
    '0.1, 0.2',
    '0.1, - : 0.3',
    '99999999999999999999',
    '-1',
    '-0.5',
    '.5',
    '5.',
    '0.0000019',
  );
  const targets = fc.oneof(
    fc.constantFrom(
      '/',
      '/api/orders/7',
      '/oauth2/token',
      '/oauth2/token?client_id=a&scope=b+a',
      '/realms/x/protocol/openid-connect/token',
      '/healthz',
      '/a%20b',
      '/caf\u00e9',
      '/a\\x22b',
      'https://h.example/oauth2/token',
      '*',
      '-',
      '',
      '/a b',
      '/a"b',
      '/a\\"b?c d',
      '//',
      '/introspect',
      `/${'x/'.repeat(60)}`,
    ),
    text.map((word) => `/${word}`),
  );
  const agents = fc.oneof(
    fc.constantFrom('-', '', 'orders-gw/4.2', 'kube-probe/1.29', 'Mozilla/5.0 (X11)', 'a\\x22b\\\\', 'a"b'),
    text,
  );
  const stamps = fc.oneof(
    fc.nat(200_000).map((second) => {
      const at = new Date(Date.UTC(2026, 1, 27) + second * 1000);
      const [, day, month, year] = /(\d+) (\w+) (\d+)/.exec(at.toUTCString())!;
      return `${day}/${month}/${year}:${at.toISOString().slice(11, 19)} +0000`;
    }),
    fc.constantFrom(
      '28/Feb/2026:23:59:60 +0000',
      '29/Feb/2026:10:00:00 +0000',
      '01/Mar/2026:10:00:00 -0530',
      '01/Mar/2026:24:00:00 +0000',
      '1/Mar/2026:10:00:00 +0000',
      '01/Mar/2026:10:00:00',
      '01/mar/2026:10:00:00 +0000',
      '-',
      '01/Mar/2026:10:00:00.123 +0000',
      '01/Mar/0026:10:00:00 +0000',
    ),
  );
  const filled: Readonly<Record<string, fc.Arbitrary<string>>> = {
    remote_addr: fc.constantFrom('10.0.0.1', '10.0.0.2', '::1', '-', 'host.example', '10.0.0.1:5123'),
    ident: fc.constantFrom('-', 'x'),
    remote_user: fc.constantFrom('-', 'orders', 'billing', '', 'a b'),
    time_local: stamps,
    request: fc
      .tuple(
        fc.constantFrom('GET', 'POST', 'OPTIONS', 'PROPFIND', 'get', '-', '', '\\x16\\x03'),
        targets,
        fc.constantFrom(' HTTP/1.1', ' HTTP/2.0', '', ' HTTP'),
      )
      .map(([method, target, version]) => `${method} ${target}${version}`),
    status: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('200', '201', '401', '429', '503', '-') },
      { weight: 1, arbitrary: numbers },
    ),
    body_bytes_sent: numbers,
    http_referer: agents,
    http_user_agent: agents,
    http_x_forwarded_for: agents,
    request_time: numbers,
    upstream_response_time: numbers,
    pairs: fc
      .array(
        fc.tuple(
          fc.constantFrom('rt', 'urt', 'uct', 'cs', 'rid', 'ua', 'host', 'node', 'cid', 'x'),
          fc.oneof(numbers, fc.constantFrom('HIT', 'MISS', 'gw-1', 'a b')),
          fc.boolean(),
        ),
      )
      .map((pairs) =>
        pairs.map(([key, value, quoted]) => (quoted || value.includes(' ') ? `${key}="${value}"` : `${key}=${value}`)).join(' '),
      ),
  };

  for (const { id, layout, samples } of formats) {
    if (layout.kind !== 'template') continue;
    const names = [...layout.template.matchAll(/\$(\w+)/g)].map(([, name = '']) => name);
    const made = fc
      .tuple(...names.map((name) => filled[name]!))
      .map((values) => names.reduce((line, name, at) => line.replace(`$${name}`, () => values[at]!), layout.template));
    const torn = fc.tuple(made, fc.nat(300), fc.nat(300)).map(([line, a, b]) => line.slice(0, a) + line.slice(a + (b % 20)));
    const lines = fc.array(
      fc.oneof({ weight: 8, arbitrary: made }, { weight: 1, arbitrary: torn }, { weight: 1, arbitrary: text }),
      { minLength: 1, maxLength: 60 },
    );

    test(id, async () => {
      await fc.assert(
        fc.asyncProperty(lines, fc.constantFrom('\n', '\r\n'), async (some, end) => {
          // Good lines before and between: the format is found, and the kernel has learnt its names.
          const good = samples.filter(({ gives }) => gives.skip === undefined).map(({ line }) => line);
          const all = [
            ...Array<string[]>(Math.ceil(1000 / good.length))
              .fill(good)
              .flat(),
            ...some,
            ...good,
            ...some,
          ];
          writeFileSync(join(cwd, 'a.log'), all.join(end));
          const options = { inputs: ['a.log'], cwd, logFormat: id, lifetime: ['300s'] };
          expect(await by('wasm', options)).toBe(await by('ts', options));
        }),
        { numRuns: runs(40) },
      );
    }, 120_000);
  }
});
