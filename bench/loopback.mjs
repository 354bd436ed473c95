/**
 * How many token requests the loopback answers from its cache, and how fast at half of that; and what an expiry costs under full
 * load. Starts the built stand-in and loopback as processes of their own and drives them with wrk (apt-get install wrk).
 *
 *   node scripts/build.mjs && node bench/loopback.mjs [--seconds 10] [--write]
 *
 * wrk has no fixed rate: half the load is made by as many connections as give it, each with a pause between its requests.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const flag = (name, otherwise) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : otherwise);
const seconds = Number(flag('--seconds', '10'));
const folder = mkdtempSync(join(tmpdir(), 'token-tax-loopback-'));
const children = [];
const [loadBefore] = loadavg();

/** Resolves with the URL that the command prints when it listens. */
const start = (...args) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['bin/token-tax.js', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    child.once('exit', () => reject(new Error(`${args[0]} ended before it listened`)));
    child.stdout.once('data', (text) => resolve(/http:\S+/.exec(String(text))[0]));
  });

const script = (delayMs) => `
wrk.method = "POST"
wrk.body = "grant_type=client_credentials&scope=orders.read"
wrk.headers["Authorization"] = "Basic ${Buffer.from('orders-gw:s1').toString('base64')}"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
${delayMs > 0 ? `function delay() return ${delayMs} end` : ''}
done = function(summary, latency, requests)
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), summary.errors.status + summary.errors.read + summary.errors.timeout))
end
`;

const load = async (url, connections, forSeconds, delayMs = 0) => {
  const file = join(folder, `wrk-${delayMs}.lua`);
  writeFileSync(file, script(delayMs));
  const { stdout } = await run('wrk', ['-t1', `-c${connections}`, `-d${forSeconds}s`, '-s', file, url]);
  const [, requests, us, p50, p99, errors] = /RESULT (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(stdout).map(Number);
  return { perSecond: Math.round((requests * 1e6) / us), p50Ms: p50 / 1000, p99Ms: p99 / 1000, errors };
};

const fetches = (file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"path":"/oauth2/token"')).length;

export const measure = async () => {
  try {
    const idp = await start('idp', '-q', '--lifetime', '1h');
    const cache = await start('loopback', '-q', '--token-endpoint', `${idp}/oauth2/token`);
    await load(cache, 32, 2);
    const full = await load(cache, 32, seconds);
    // So many connections, each with a pause of about 10 ms, make half of the full rate.
    const half = await load(cache, Math.max(1, Math.round((full.perSecond / 2) * 0.0105)), seconds, 10);
    const logging = await start(
      'loopback',
      '-q',
      '--token-endpoint',
      `${idp}/oauth2/token`,
      '--log',
      join(folder, 'cache.jsonl'),
    );
    await load(logging, 32, 2);
    const logged = await load(logging, 32, seconds);
    const log = join(folder, 'idp.jsonl');
    // 10 s tokens, 9 s of them usable, not renewed ahead: in 13 s of load one fetch at the start and one at the expiry.
    const short = await start('idp', '-q', '--lifetime', '10s', '--latency', '50ms', '--log', log);
    const expiring = await start('loopback', '-q', '--token-endpoint', `${short}/oauth2/token`, '--refresh-ahead', '100%');
    const across = await load(expiring, 32, 13);
    await new Promise((resolve) => setTimeout(resolve, 400));
    return { full, half, logged, across, fetchesAcrossOneExpiry: fetches(log) };
  } finally {
    for (const child of children) {
      child.removeAllListeners('exit');
      child.kill('SIGTERM');
    }
    rmSync(folder, { recursive: true, force: true });
  }
};

const section = ({ full, half, logged, across, fetchesAcrossOneExpiry }) =>
  [
    '## The loopback under wrk',
    '',
    `\`node bench/loopback.mjs\`: wrk, stand-in and loopback on the same ${cpus().length} cores, ${seconds} s each; load average ${loadBefore.toFixed(1)} when it began.`,
    'Goals: 15,000 hits/s, p99 under 20 ms at half of that, one fetch at an expiry under full load.',
    '',
    '| load | requests/s | p50 ms | p99 ms | errors |',
    '|---|---:|---:|---:|---:|',
    `| all it answers, 32 connections | ${full.perSecond} | ${full.p50Ms} | ${full.p99Ms} | ${full.errors} |`,
    `| about half of that | ${half.perSecond} | ${half.p50Ms} | ${half.p99Ms} | ${half.errors} |`,
    `| all it answers with \`--log\`, 32 connections | ${logged.perSecond} | ${logged.p50Ms} | ${logged.p99Ms} | ${logged.errors} |`,
    `| 13 s with one expiry in them | ${across.perSecond} | ${across.p50Ms} | ${across.p99Ms} | ${across.errors} |`,
    '',
    `Fetches at the provider in the last row: ${fetchesAcrossOneExpiry} (one at the start, one at the expiry).`,
    '',
  ].join('\n');

if (process.argv[1]?.endsWith('loopback.mjs')) {
  const result = await measure();
  const text = section(result);
  process.stdout.write(text);
  if (process.argv.includes('--write')) {
    const old = readFileSync('bench/results.md', 'utf8');
    const at = old.indexOf('## The loopback under wrk');
    const next = at < 0 ? -1 : old.indexOf('\n## ', at + 1);
    const rest = at < 0 ? old.trimEnd() : old.slice(0, at).trimEnd() + (next < 0 ? '' : `\n${old.slice(next).trimEnd()}`);
    writeFileSync('bench/results.md', `${rest}\n\n${text}`);
  }
}
