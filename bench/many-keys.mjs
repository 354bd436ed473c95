/**
 * Many fetches of many keys: an issuer's log of any number of both, analysed, with what it took and what must come out.
 *
 *   node bench/many-keys.mjs [--fetches 1e7] [--keys 1e5] [--limit-mib 400] [--keep FILE]
 *
 * Client i fetches in turn with all others; half of them cache properly, the others fetch ten times in a life. Ends with 1 where a total is
 * not exact or the peak of resident memory is over the limit.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    fetches: { type: 'string', default: '1e7' },
    keys: { type: 'string', default: '1e5' },
    'limit-mib': { type: 'string', default: '400' },
    keep: { type: 'string' },
  },
});
const keys = Math.round(Number(values.keys));
const rounds = Math.max(1, Math.round(Number(values.fetches) / keys));
const fetches = rounds * keys;
const LIFE_S = 3600;
const START_S = Date.UTC(2026, 2, 2) / 1000;

/** A round of all clients: the even ones each life, the odd ones each tenth of a life. */
const oddEveryS = LIFE_S / 10;
const folder = mkdtempSync(join(tmpdir(), 'token-tax-'));
const log = values.keep ?? join(folder, 'issuer.log');

/** Clients of one kind in each round: how often a client of each kind fetches. */
const half = Math.floor(keys / 2);
const even = { clients: keys - half, everyS: LIFE_S };
const odd = { clients: half, everyS: oddEveryS };

function write() {
  const file = openSync(log, 'w');
  let block = [];
  let size = 0;
  const flush = () => {
    writeSync(file, block.join(''));
    block = [];
    size = 0;
  };
  const put = (second, client) => {
    const time = new Date((START_S + second) * 1000).toISOString();
    const line = `{"time":"${time}","method":"POST","path":"/oauth2/token","status":200,"duration_ms":${12 + (client % 9)},"client_id":"svc-${client}","remote_addr":"10.${(client >> 16) & 255}.${(client >> 8) & 255}.${client & 255}","expires_in":${LIFE_S}}\n`;
    block.push(line);
    size += line.length;
    if (size > 8 << 20) flush();
  };
  // Each kind fetches `rounds` times; what happens at one time is written in the order of clients.
  let at = 0;
  let [evenDone, oddDone] = [0, 0];
  while (evenDone < rounds || oddDone < rounds) {
    const nextEven = evenDone < rounds ? evenDone * even.everyS : Infinity;
    const nextOdd = oddDone < rounds ? oddDone * odd.everyS : Infinity;
    at = Math.min(nextEven, nextOdd);
    const isEven = nextEven === at;
    const isOdd = nextOdd === at;
    for (let client = 0; client < keys; client += 1) {
      if (client % 2 === 0 ? isEven : isOdd) put(at, client);
    }
    if (isEven) evenDone += 1;
    if (isOdd) oddDone += 1;
  }
  flush();
  closeSync(file);
}

try {
  write();
  const mib = (statSync(log).size / 2 ** 20).toFixed(0);
  const result = join(folder, 'result.json');
  const begin = process.hrtime.bigint();
  // What it took is told by the process itself, on its last line.
  const script = `
    process.argv.splice(1, 1, ${JSON.stringify(join(root, 'bin/token-tax.js'))});
    process.on('exit', () => process.stderr.write('PEAK ' + process.resourceUsage().maxRSS + ' ' + Math.round(process.cpuUsage().user / 1000) + '\\n'));
    await import(${JSON.stringify(join(root, 'bin/token-tax.js'))});`;
  const run = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      script,
      '--',
      'token-tax',
      'analyze',
      log,
      '--margin',
      '0s',
      '--no-progress',
      '-q',
      '--output',
      `json=${result}`,
    ],
    { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  const [, peakKib, cpuMs] = /PEAK (\d+) (\d+)\n$/.exec(run.stderr) ?? [];
  const { readFileSync } = await import('node:fs');
  const { totals } = JSON.parse(readFileSync(result, 'utf8'));
  // Odd clients: 10 fetches a life, all but one of them redundant; the window ends with the last even fetch, or the last odd one.
  const lives = Math.ceil(((rounds - 1) * odd.everyS + 1) / LIFE_S);
  const expected = { ok: fetches, failed: 0, atLeast: (rounds - lives - 1) * odd.clients, atMost: (rounds - 1) * odd.clients };
  const exact =
    totals.fetches.ok === expected.ok &&
    totals.fetches.failed === 0 &&
    totals.fetches.necessary + totals.fetches.ahead + totals.fetches.redundant + totals.fetches.unknown === fetches &&
    totals.fetches.redundant >= expected.atLeast &&
    totals.fetches.redundant <= expected.atMost;
  const peakMib = Number(peakKib) / 1024;
  console.log(
    `${fetches} fetches of ${keys} keys, ${mib} MiB: ${seconds.toFixed(1)} s (${(Number(cpuMs) / 1000).toFixed(1)} s CPU), peak ${peakMib.toFixed(0)} MiB; ok ${totals.fetches.ok}, redundant ${totals.fetches.redundant}`,
  );
  if (!exact) console.log(`WRONG: expected ${JSON.stringify(expected)}, found ${JSON.stringify(totals.fetches)}`);
  if (peakMib > Number(values['limit-mib'])) console.log(`OVER: ${peakMib.toFixed(0)} MiB, allowed are ${values['limit-mib']}`);
  if (!exact || peakMib > Number(values['limit-mib'])) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
