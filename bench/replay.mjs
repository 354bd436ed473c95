/**
 * How well replays keep their times, and how fast they can go: send lag at 500 requests/s, and the closed model next to autocannon
 * (bench/peers) and wrk (Debian) in one run. Prints a table; `--seconds N` shortens the first part (60).
 *
 *   node scripts/build.mjs && node bench/replay.mjs
 */
import { execFile, fork } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const CONNECTIONS = 50;
const CLOSED_SECONDS = 8;

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
    const { lag, sent, late, dropped, response } = open.arms[0];
    console.log(`fidelity at 500/s for ${seconds} s: ${sent} sent, ${late} late, ${dropped} dropped`);
    console.log(
      `  send lag p50 ${lag.p50.toFixed(2)} ms, p99 ${lag.p99.toFixed(2)} ms, max ${lag.max.toFixed(1)} ms (goal p99 <= 5)`,
    );
    console.log(
      `  response p50 ${response.p50.toFixed(2)} ms, p99 ${response.p99.toFixed(2)} ms; event loop p99 ${open.selfCheck.eventLoopP99Ms.toFixed(2)} ms, CPU ${(open.selfCheck.cpuShare * 100).toFixed(0)}%`,
    );
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
    console.log(`closed model, ${CONNECTIONS} connections, requests/s:`);
    for (const [name, rate] of Object.entries(rates)) console.log(`  ${name.padEnd(18)} ${Math.round(rate)}`);
    if (rates.autocannon !== undefined)
      console.log(`  ratio to autocannon ${(rates['token-tax replay'] / rates.autocannon).toFixed(2)} (goal >= 0.8)`);
  } finally {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}
