/** `--max-memory`: fetches that memory has no room for come back from a file that nobody else can read. */
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parseMaxMemory } from '../src/analysis/memory.js';
import { main } from '../src/cli/main.js';
import { OverflowFile } from '../src/input/overflow.js';
import { analyze } from '../src/pipeline.js';
import { fakeIo } from './support/fake-io.js';

const MIB = 2 ** 20;

test('a size has a unit, and is not less than the program itself takes', () => {
  expect(parseMaxMemory(undefined)).toBeUndefined();
  expect(parseMaxMemory('96M')?.bytes).toBe(96 * MIB);
  expect(parseMaxMemory('1.5 GiB')?.bytes).toBe(1536 * MIB);
  for (const wrong of ['95M', '0G', '256', 'much', '-1G', '1T']) expect(() => parseMaxMemory(wrong)).toThrow(/--max-memory/);
  const [small, large] = [parseMaxMemory('96M')!, parseMaxMemory('1G')!];
  expect(small.maxCallers).toBeGreaterThan(500);
  expect(small.maxCallers).toBeLessThan(large.maxCallers);
  expect(small.maxKeyFetches(100)).toBeGreaterThan(small.maxKeyFetches(1000));
  expect(small.maxKeyFetches(small.maxCallers)).toBeGreaterThan(0);
  expect(small.isFull(95 * MIB, 1)).toBe(true);
  expect(large.isFull(95 * MIB, 1)).toBe(false);
});

test('a size that cannot be is a mistake of usage', async () => {
  const io = fakeIo({});
  expect(await main(['analyze', 'a.log', '--max-memory', '64M'], io)).toBe(2);
  expect(io.err()).toContain('Write 96M or more');
});

test.runIf(process.platform === 'linux')('bytes come back from their place, and no name of the file is left', () => {
  const file = new OverflowFile(() => true);
  const names = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('token-tax-overflow-'));
  const before = names();
  file.append(Uint8Array.from([1, 2, 3]));
  const opened = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const at = `/proc/self/fd/${fd}`;
      return readlinkSync(at).includes('token-tax-overflow-') ? [statSync(at).mode & 0o777] : [];
    } catch {
      return [];
    }
  });
  expect(opened).toEqual([0o600]);
  file.append(Uint8Array.from([4, 5]));
  const back = new Uint8Array(3);
  file.read(back, 2);
  expect([...back]).toEqual([3, 4, 5]);
  expect(names()).toEqual(before);
  file.close();
});

describe('the result', () => {
  let folder: string;
  let log: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'max-memory-test-'));
    log = join(folder, 'issuer.log');
    const lines: string[] = [];
    for (let at = 0; at < 300_000; at += 1) {
      const time = new Date(1_772_446_530_000 + at * 23).toISOString();
      // One asks far more often than the others, and many once.
      const client = at % 3 === 0 ? 'busy' : at % 900 === 1 ? `svc-${at}` : `svc-${(at * 7) % 211}`;
      lines.push(
        `{"time":"${time}","method":"POST","path":"/oauth2/token","status":${at % 50 === 2 ? 401 : 200},"duration_ms":${at % 90},"client_id":"${client}","remote_addr":"10.0.0.1","expires_in":3600}\n`,
      );
    }
    writeFileSync(log, lines.join(''));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is the same where there is room for each key', async () => {
    const free = await analyze({ inputs: [log] });
    const append = vi.spyOn(OverflowFile.prototype, 'write');
    // The process that runs the tests is larger than that: whatever is read is written to the file.
    const limited = await analyze({ inputs: [log], maxMemory: '160M' });
    expect(append).toHaveBeenCalled();
    append.mockRestore();
    expect(free.totals.fetches.ok).toBe(294_000);
    expect(JSON.stringify(limited) === JSON.stringify(free)).toBe(true);
  });

  test('says of a key that there is no room for that it is unknown', async () => {
    const free = await analyze({ inputs: [log] });
    const limited = await analyze({ inputs: [log], maxMemory: '96M' });
    const { fetches } = limited.totals;
    expect(fetches).toMatchObject({
      all: free.totals.fetches.all,
      ok: free.totals.fetches.ok,
      failed: free.totals.fetches.failed,
    });
    expect(fetches.necessary + fetches.ahead + fetches.redundant + fetches.unknown).toBe(fetches.ok);
    expect(limited.warnings.map(({ id }) => id)).toContain('key-too-large');
    const busy = limited.keys.find(({ client }) => client === 'busy')!;
    const { ok } = free.keys.find(({ client }) => client === 'busy')!.fetches;
    expect(busy.fetches).toMatchObject({ ok, necessary: 0, ahead: 0, redundant: 0, unknown: ok });
    // The same again: what the machine had free does not show.
    expect(JSON.stringify(await analyze({ inputs: [log], maxMemory: '96M' })) === JSON.stringify(limited)).toBe(true);
  });

  test('says of callers beyond the cap that they are unknown', async () => {
    const crowd = join(folder, 'crowd.log');
    const lines = Array.from({ length: 6000 }, (_, at) => {
      const time = new Date(1_772_446_530_000 + at * 230).toISOString();
      return `{"time":"${time}","method":"POST","path":"/oauth2/token","status":200,"duration_ms":20,"client_id":"c${at % 3000}","remote_addr":"10.0.0.1","expires_in":3600}\n`;
    });
    writeFileSync(crowd, lines.join(''));
    const { totals, warnings } = await analyze({ inputs: [crowd], maxMemory: '96M' });
    const { necessary, redundant, unknown, ok } = totals.fetches;
    expect(ok).toBe(6000);
    expect([necessary + redundant + unknown, unknown > 3000, redundant > 0]).toEqual([6000, true, true]);
    expect(warnings.map(({ id }) => id)).toContain('overflow');
  });

  test('a disk that is full is told as what it is', async () => {
    const write = vi.spyOn(OverflowFile.prototype, 'write').mockImplementation(() => {
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    });
    await expect(analyze({ inputs: [log], maxMemory: '160M' })).rejects.toThrow(/--max-memory cannot be written/);
    write.mockRestore();
  });
});

test('the docs say it', () => {
  expect(readFileSync('README.md', 'utf8') + readFileSync('docs/speed.md', 'utf8')).toContain('--max-memory');
});
