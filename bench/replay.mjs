/**
 * How well replays keep their times, and how fast they can go: send lag at 500 requests/s, and the closed model next to autocannon
 * (bench/peers) and wrk (Debian) in one run. Prints a table; `--seconds N` shortens the first part (60), `--write` puts it into bench/results.md.
 *
 *   node scripts/build.mjs && node bench/replay.mjs
 */
import { execFile, fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const HEADING = '## Replay: keeping times, and how fast';
const CONNECTIONS = 50;
const CLOSED_SECONDS = 8;
const [loadBefore] = loadavg();

if (process.argv[2] === 'serve') {
  const server = createServer((_, response) => response.end('ok'));
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
} else await main();

async function replay(args) {
  const cli = process.env.TOKEN_TAX_CLI ?? join(root, 'bin/token-tax.js');
  const { stdout } = await run(process.execPath, [cli, 'replay', ...args, '--send', '--format', 'json', '--no-progress'], {
    maxBuffer: 1 << 26,
  }).catch((error) => {
    if (error.stdout) return error;
    throw error;
  });
  return JSON.parse(stdout).result;
}

function writeLog(path, requests, perSecond) {
  const start = Date.UTC(2026, 2, 2);
  const lines = Array.from({ length: requests }, (_, index) =>
    JSON.stringify({
      time: new Date(start + Math.floor((index * 1000) / perSecond)).toISOString(),
      remote_addr: '192.0.2.1',
      request_method: 'GET',
      request_uri: `/orders/${index % 100}`,
      status: 200,
      request_time: 0,
    }),
  );
  writeFileSync(path, `${lines.join('\n')}\n`);
}

async function main() {
  const at = process.argv.indexOf('--seconds');
  const seconds = at < 0 ? 60 : Number(process.argv[at + 1]);
  const folder = mkdtempSync(join(tmpdir(), 'token-tax-bench-'));
  const server = fork(fileURLToPath(import.meta.url), ['serve']);
  try {
    const port = await new Promise((resolve) => server.once('message', resolve));
    const url = `http://127.0.0.1:${port}`;
    const log = join(folder, 'gw.log');
    writeLog(log, 500 * seconds, 500);
    const open = await replay([log, '--target', url]);
    const rates = {};
    const autocannon = join(root, 'bench/peers/node_modules/autocannon/autocannon.js');
    if (existsSync(autocannon)) {
      const { stdout } = await run(
        process.execPath,
        [autocannon, '-c', CONNECTIONS, '-d', CLOSED_SECONDS, '-j', url].map(String),
      );
      rates.autocannon = JSON.parse(stdout).requests.average;
    }
    writeLog(log, 120_000, 10_000);
    const closed = await replay([log, '--target', url, '--model', 'closed', '--connections', String(CONNECTIONS)]);
    rates['token-tax replay'] = (closed.arms[0].sent * 1000) / closed.elapsedMs;
    try {
      const { stdout } = await run('wrk', ['-t', '1', '-c', String(CONNECTIONS), '-d', `${CLOSED_SECONDS}s`, url]);
      rates.wrk = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    const text = section(open, seconds, rates);
    process.stdout.write(text);
    if (process.argv.includes('--write')) writeSection(text);
  } finally {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

function section({ arms, selfCheck }, seconds, rates) {
  const { lag, sent, late, dropped, response } = arms[0];
  const ms = (value) => value.toFixed(2);
  const ratio = rates.autocannon === undefined ? undefined : rates['token-tax replay'] / rates.autocannon;
  return [
    HEADING,
    '',
    `\`node bench/replay.mjs\`: server and tools on the same ${cpus().length} cores; load average ${loadBefore.toFixed(1)} when it began.`,
    '',
    `Open model, 500 requests/s for ${seconds} s: ${sent} sent, ${late} late (> 50 ms), ${dropped} dropped.`,
    '',
    '| | p50 ms | p99 ms | max ms | goal |',
    '|---|---:|---:|---:|---|',
    `| send lag | ${ms(lag.p50)} | ${ms(lag.p99)} | ${ms(lag.max)} | p99 <= 5 ms: ${lag.p99 <= 5 ? 'met' : 'missed'} |`,
    `| response | ${ms(response.p50)} | ${ms(response.p99)} | ${ms(response.max)} | |`,
    `| event loop | | ${ms(selfCheck.eventLoopP99Ms)} | | CPU ${(selfCheck.cpuShare * 100).toFixed(0)} % |`,
    '',
    `Closed model, ${CONNECTIONS} connections:`,
    '',
    '| tool | requests/s |',
    '|---|---:|',
    ...Object.entries(rates).map(([name, rate]) => `| ${name} | ${Math.round(rate)} |`),
    '',
    ratio === undefined
      ? 'autocannon is not installed here (bench/peers).'
      : `Of autocannon's rate: ${ratio.toFixed(2)} (goal 0.8: ${ratio >= 0.8 ? 'met' : 'missed'}).`,
    '',
  ].join('\n');
}

function writeSection(text) {
  const file = join(root, 'bench/results.md');
  const old = readFileSync(file, 'utf8');
  const at = old.indexOf(HEADING);
  const next = at < 0 ? -1 : old.indexOf('\n## ', at + 1);
  const rest = at < 0 ? old.trimEnd() : old.slice(0, at).trimEnd() + (next < 0 ? '' : `\n${old.slice(next).trimEnd()}`);
  writeFileSync(file, `${rest}\n\n${text}`);
}
