/** A log in its wrappers says the same as the log: whatever stands around its lines, and however they were cut. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { analyze } from '../src/pipeline.js';
import { Unwrapper, wrappersOf } from '../src/scan/framing/unwrap.js';

const dir = resolve('fixtures/captures/no-cache');
const logs = readdirSync(dir).filter((file) => file.endsWith('.log'));
const linesOf = (file: string): string[] => readFileSync(join(dir, file), 'utf8').trimEnd().split('\n');

let cwd: string;
let plain: Analysis;
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'token-tax-wrappers-'));
  plain = await analyze({ inputs: logs, cwd: dir, lifetime: ['20s'] });
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

type Wrap = (line: string, at: number) => string | readonly string[];

const stamp = '2026-03-02T10:15:30.200000000Z';
const cri: Wrap = (line) => `${stamp} stdout F ${line}`;
const criParts: Wrap = (line, at) => [
  `${stamp} stdout P ${line.slice(0, 40)}`,
  ...(at % 20 === 0 ? [`${stamp} stderr F something else is going on`] : []),
  `${stamp} stdout P ${line.slice(40, 50)}`,
  `${stamp} stdout F ${line.slice(50)}`,
];
const docker: Wrap = (line) => JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: stamp });
const dockerParts: Wrap = (line) => [
  JSON.stringify({ log: line.slice(0, 40), stream: 'stdout', time: stamp }),
  JSON.stringify({ log: `${line.slice(40)}\n`, stream: 'stdout', time: stamp }),
];
const once: Readonly<Record<string, (line: string) => string>> = {
  cri: (line) => String(cri(line, 0)),
  docker: (line) => String(docker(line, 0)),
  'syslog 5424': (line) => `<190>1 2026-03-02T10:15:30.200Z lb1 nginx 7 - [a@1 b="]\\""] ${line}`,
  'syslog 3164': (line) => `<134>Mar  2 10:15:30 lb1 nginx[7]: ${line}`,
  'syslog without its number': (line) => `Mar  2 10:15:30 lb1 nginx: ${line}`,
  compose: (line) => `gateway-1  | ${line}`,
  'compose in colours': (line) => `\x1b[36mgateway-1  |\x1b[0m ${line}`,
  kubectl: (line) => `[pod/gateway-7c9/nginx] ${line}`,
  journald: (line) => JSON.stringify({ __REALTIME_TIMESTAMP: '1772446530200000', MESSAGE: line }),
  'journald bytes': (line) => JSON.stringify({ __REALTIME_TIMESTAMP: '1772446530200000', MESSAGE: [...Buffer.from(line)] }),
  'fluent bit': (line) => JSON.stringify({ '@timestamp': stamp, log: line, kubernetes: { pod_name: 'gateway-7c9' } }),
  vector: (line) => JSON.stringify({ timestamp: stamp, message: line, host: { name: 'gw1' } }),
  elastic: (line) => JSON.stringify({ '@timestamp': stamp, event: { original: line } }),
};

const run = async (name: string, wrap: Wrap): Promise<{ result: Analysis; physical: number }> => {
  let physical = 0;
  const files = logs.map((file) => {
    const lines = linesOf(file).flatMap(wrap);
    physical += lines.length;
    const path = `${name.replaceAll(/\W/g, '-')}-${file}`;
    writeFileSync(join(cwd, path), `${lines.join('\n')}\n`);
    return path;
  });
  return { result: await analyze({ inputs: files, cwd, lifetime: ['20s'] }), physical };
};

const figures = ({ totals, siblings }: Analysis): unknown => ({ totals, siblings });

describe('the same figures', () => {
  const stacks: Record<string, Wrap> = { ...once };
  for (const [outer, around] of Object.entries(once)) {
    for (const [inner, within] of Object.entries(once)) {
      if (outer !== inner && (inner === 'docker' || inner === 'syslog 5424' || inner === 'cri')) {
        stacks[`${inner} in ${outer}`] = (line) => around(within(line));
      }
    }
  }
  test.each(Object.entries(stacks))('%s', async (name, wrap) => {
    const { result } = await run(name, wrap);
    expect(figures(result)).toEqual(figures(plain));
    expect(result.input.lines).toEqual(plain.input.lines);
  });

  test('lines in parts count as what they are in the file', async () => {
    const noisy = logs.reduce((sum, file) => sum + Math.ceil(linesOf(file).length / 20), 0);
    for (const [name, wrap, noise] of [
      ['cri parts', criParts, noisy],
      ['docker parts', dockerParts, 0],
    ] as const) {
      const { result, physical } = await run(name, wrap);
      const { read, parsed, rejected, blank } = result.input.lines;
      expect(figures(result)).toEqual(figures(plain));
      expect({ read, parsed, rejected, blank }).toEqual({
        read: physical,
        parsed: physical - noise,
        rejected: noise,
        blank: 0,
      });
    }
  });
});

const one = async (lines: readonly string[]): Promise<Analysis> => {
  writeFileSync(join(cwd, 'one.log'), `${lines.join('\n')}\n`);
  return await analyze({ inputs: ['one.log'], cwd });
};
const inner = '10.20.0.7 - - [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2"';

describe('lines that are not as they should be', () => {
  test('a place is that of the first line of a record', async () => {
    const lines = [
      `${stamp} stdout F ${inner}`,
      `${stamp} stdout P ${inner.slice(0, 30)}`,
      `${stamp} stdout F ${inner.slice(30)}`,
      `${stamp} stdout P what is`,
      `${stamp} stdout F this`,
      ...Array.from({ length: 30 }, () => `${stamp} stdout F ${inner}`),
    ];
    const { rejects, lines: counts } = (await one(lines)).input.files[0]!;
    expect(counts).toMatchObject({ read: 35, parsed: 34, rejected: 1 });
    const firstByte = lines.slice(0, 3).join('\n').length + 1;
    expect(rejects).toEqual([{ reason: 'shape', count: 1, firstLine: 4, firstByte }]);
  });

  test('lines without the wrapper, cut ones and the rest at the end', async () => {
    const good = Array.from({ length: 30 }, () => `${stamp} stdout F ${inner}`);
    const { lines } = (await one([...good, inner, `${stamp} std`, `${stamp} stdout P ${inner.slice(0, 50)}`])).input;
    expect(lines).toMatchObject({ read: 33, parsed: 31, rejected: 2, blank: 0 });
  });

  test('parts without end', async () => {
    const good = Array.from({ length: 30 }, () => `${stamp} stdout F ${inner}`);
    const part = `${stamp} stdout P ${'x'.repeat(1000)}`;
    const { lines } = (await one([...good, ...Array.from({ length: 3000 }, () => part)])).input;
    expect(lines).toMatchObject({ read: 3030, rejected: 1, parsed: 3029 });
  });

  test('fifty wrappers', async () => {
    let line = inner;
    for (let depth = 0; depth < 50; depth += 1) line = `${stamp} stdout F ${line}`;
    // Read or not, as the text that is left may look like a log: but never without end.
    await one([line]).catch((error) => expect(error).toMatchObject({ code: 'NO_FORMAT_FITS' }));
    line = inner;
    for (let depth = 0; depth < 12; depth += 1) line = JSON.stringify({ message: line });
    await expect(one([line])).rejects.toMatchObject({ code: 'NO_FORMAT_FITS' });
  });

  test('a record with a message is not a wrapper', async () => {
    const line = JSON.stringify({ time: stamp, method: 'GET', path: '/a', status: 200, message: inner });
    const { files } = (await one([line])).input;
    expect(files[0]!.format).toBe('json');
  });
});

describe('what kubectl, stern and aws print before a line', () => {
  const inner = '10.20.0.7 - gw [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2"';
  const ways: readonly [string, string][] = [
    ['kubectl logs --timestamps', `2026-03-02T10:15:30.123456789Z ${inner}`],
    ['kubectl logs --prefix --timestamps', `[pod/gw-1/nginx] 2026-03-02T10:15:30.123456789Z ${inner}`],
    ['aws logs tail', `2026-03-02T10:15:30.123000+00:00 ecs/nginx/abc ${inner}`],
    ['stern', `gw-1 nginx ${inner}`],
  ];
  for (const [who, line] of ways)
    test(who, () => {
      const stack = wrappersOf(Buffer.from(`${line}\n`.repeat(4)));
      const bytes = Buffer.from(`${line}\n`);
      const whole = { bytes, start: 0, end: bytes.length, offset: 0, overlongBytes: 0 };
      const [block] = [...new Unwrapper(stack).block(whole)];
      expect(block?.bytes.toString('utf8', block.start, block.end)).toBe(`${inner}\n`);
    });

  test('words that are of the format stay', () => {
    for (const line of [
      '2026-03-02T10:15:30.123456Z my-lb 192.0.2.7:4312 10.0.0.1:80 0.1 0.2 0.3 200 200 0 57 "GET http://a:80/ HTTP/1.1"',
      `shop.example.com ${inner}`,
      `shop.example.com:443 ${inner}`,
      inner,
    ])
      expect(wrappersOf(Buffer.from(`${line}\n`.repeat(4)))).toEqual([]);
  });
});
