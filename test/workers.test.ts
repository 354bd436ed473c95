/** However many threads read, and wherever the ranges of a file are cut: one result, byte for byte. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnalyzeOptions, analyze } from '../src/pipeline.js';
import { threading } from '../src/threads.js';
import { sharedReading } from './support/threads.js';

const { folder, share } = sharedReading();

const run = async (rangeBytes: number, options: AnalyzeOptions): Promise<string> => {
  share(rangeBytes);
  return JSON.stringify(await analyze(options), undefined, 1);
};

const line = (at: number, path: string, address: string): string => {
  const time = new Date(Date.UTC(2026, 2, 2, 10) + at * 1000).toISOString().slice(11, 19);
  return `${address} - gw [02/Mar/2026:${time} +0000] "POST ${path} HTTP/1.1" 200 512 "-" "okhttp/4.12.0"`;
};

const log = (lines: number, end = '\n', last = end): string =>
  Array.from({ length: lines }, (_, at) =>
    line(at + (at % 7 === 0 ? -3 : 0), at % 3 === 0 ? '/oauth2/token' : `/orders/${at}/${at % 11}x`, `10.0.0.${at % 5}`),
  ).join(end) + last;

const write = (name: string, text: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('any number of threads', () => {
  const captures = ['no-cache', 'expiry-burst', 'failing-provider'];
  test.each(captures)('%s: both sides of a capture, joined', async (name) => {
    const inputs = [`fixtures/captures/${name}`];
    const alone = await run(4096, { inputs, workers: 1 });
    for (const workers of [2, 4]) {
      const { handedOver } = threading;
      expect(await run(4096, { inputs, workers })).toBe(alone);
      // The main thread would read it all again: equal bytes alone do not show that threads work.
      expect(threading.handedOver - handedOver).toBe(workers - 1);
    }
    expect(JSON.parse(alone).input.lines.parsed).toBeGreaterThan(0);
  });

  test('other inputs: compressed, wrapped, with bad lines, and an order of names that is not that of the files', async () => {
    const dir = join(folder, 'mixed');
    mkdirSync(dir);
    writeFileSync(join(dir, 'a.log'), log(300, '\r\n', ''));
    writeFileSync(join(dir, 'b.log'), `no request\n\n${log(200)}${'x'.repeat(3000)}\n`);
    writeFileSync(join(dir, 'c.log.gz'), gzipSync(log(250)));
    copyFileSync('fixtures/captures/no-cache/gateway.log', join(dir, 'd.log'));
    const alone = await run(1500, { inputs: [dir], workers: 1 });
    const names = ['d.log', 'c.log.gz', 'a.log', 'b.log'].map((name) => join(dir, name));
    const named = await run(1500, { inputs: names, workers: 1 });
    expect(await run(1500, { inputs: [dir], workers: 2 })).toBe(alone);
    expect(await run(1500, { inputs: [...names].reverse(), workers: 3 })).toBe(named);
  });

  test('since, where and patterns of the user', async () => {
    const path = write('selected.log', log(400));
    const options = {
      inputs: [path],
      since: '2026-03-02T10:02:00Z',
      where: 'status < 500',
      tokenEndpoint: ['/orders/{id}/3x', '/none'],
    };
    const alone = await run(2000, { ...options, workers: 1 });
    expect(await run(2000, { ...options, workers: 3 })).toBe(alone);
    expect(alone).toContain('/none');
  });
});

describe('wherever ranges are cut', () => {
  test('ranges of one byte: every line is a range', async () => {
    const path = write('bytes.log', log(12, '\r\n', ''));
    expect(await run(1, { inputs: [path], workers: 2 })).toBe(await run(1, { inputs: [path], workers: 1 }));
  });

  test('totals do not hang on the size of the ranges, and plain is as compressed', async () => {
    const text = log(500);
    const plain = write('sizes.log', text);
    const packed = write('sizes-packed.log.gz', gzipSync(text));
    const figures = async (path: string, rangeBytes: number, workers: number): Promise<unknown> => {
      const { totals, keys, routes, findings, input } = JSON.parse(await run(rangeBytes, { inputs: [path], workers }));
      const evidence = findings.map((one: { code: string; evidence: { line: number; byte: number }[] }) => [
        one.code,
        one.evidence.map(({ line, byte }) => [line, byte]),
      ]);
      return { totals, keys, routes, evidence, lines: input.lines, late: input.files[0].outOfOrder };
    };
    const whole = await figures(plain, 1 << 24, 1);
    for (const rangeBytes of [97, 1024, 5000]) {
      expect(await figures(plain, rangeBytes, 1)).toEqual(whole);
      expect(await figures(packed, rangeBytes, 1)).toEqual(whole);
    }
    expect(await figures(plain, 9000, 3)).toEqual(whole);
    expect(JSON.stringify(whole)).toMatch(/"line|\[\d+,\d+\]/);
  });

  test('lines of any length, with and without their ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('\n', '\r\n', '\n\n'), fc.integer({ min: 0, max: 400 }), fc.boolean()), {
          minLength: 4,
          maxLength: 40,
        }),
        fc.integer({ min: 1, max: 900 }),
        fc.boolean(),
        async (rows, rangeBytes, ends) => {
          const texts = rows.map(
            ([end, long, bad], at) =>
              (bad && at % 9 === 4
                ? 'x'.repeat(long)
                : line(at, at % 2 === 0 ? '/oauth2/token' : `/a/${'y'.repeat(long)}`, '10.0.0.1')) + end,
          );
          const text = log(60) + texts.join('');
          const path = write('any.log', ends ? text : text.trimEnd());
          expect(await run(rangeBytes, { inputs: [path], workers: 2 })).toBe(
            await run(rangeBytes, { inputs: [path], workers: 1 }),
          );
        },
      ),
      { numRuns: 8 },
    );
  });
});

describe('threads that come to nothing', () => {
  test.each([
    ['one that throws', `throw new Error('broken')`],
    ['one that ends', 'process.exit(7)'],
    [
      'one that dies with a task',
      `import { workerData } from 'node:worker_threads'; const { control, id } = workerData;
       const at = Atomics.add(control, 0, 1); Atomics.store(control, 8 + at, id); throw new Error('broken');`,
    ],
  ])('%s: what it had taken is read again', async (_, source) => {
    const path = write('lost.log', log(300));
    const alone = await run(2000, { inputs: [path], workers: 1 });
    share(2000, write('broken.mjs', source));
    expect(JSON.stringify(await analyze({ inputs: [path], workers: 3 }), undefined, 1)).toBe(alone);
  });

  test('no worker file at all', async () => {
    const path = write('none.log', log(100));
    const alone = await run(2000, { inputs: [path], workers: 1 });
    share(2000, join(folder, 'missing.mjs'));
    expect(JSON.stringify(await analyze({ inputs: [path], workers: 2 }), undefined, 1)).toBe(alone);
  });
});

describe('an interruption', () => {
  test('gives what was read, marked as a part', async () => {
    const path = write('long.log', log(6000));
    const abort = new AbortController();
    share(20_000);
    const onProgress = (): void => abort.abort();
    const result = await analyze({ inputs: [path], workers: 2, signal: abort.signal, onProgress });
    expect(result.complete).toBe(false);
    expect(result.input.files[0]?.error).toBe('interrupted');
    expect(result.input.lines.read).toBeLessThan(6000);
  });

  test('progress counts the bytes and lines of all threads', async () => {
    const text = log(3000);
    const path = write('progress.log', text);
    share(8000);
    let last = { bytesRead: 0, lines: 0 };
    await analyze({ inputs: [path], workers: 2, onProgress: (progress) => (last = { ...progress }) });
    expect(last.bytesRead).toBeLessThanOrEqual(Buffer.byteLength(text));
    expect(last.lines).toBeLessThanOrEqual(3000);
    expect(last.lines).toBeGreaterThan(0);
  });
});

test.each([0, 1.5, 1000])('%s workers are refused', async (workers) => {
  await expect(analyze({ inputs: ['fixtures/captures/no-cache'], workers })).rejects.toMatchObject({ code: 'BAD_OPTION' });
});
