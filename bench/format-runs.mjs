/**
 * How fast `analyze` is over the logs of each line-framed format, beside nginx combined with as many bytes a line in the same run.
 *
 *   node bench/format-runs.mjs [--bytes 100MB] [--rounds 3] [--format ID,ID] [--workers N] [--markdown]
 *
 * `generate` writes the same requests in every format, until the log is as long as asked for. For each of them nginx combined writes
 * them once more, with so many bytes added to the name of the user agent that both logs are equally long (none are added where the
 * format is shorter). Whole processes as a user starts them, in turns; medians. Both must count as many requests. Documents that are
 * read as a whole (HAR, OTLP, CloudTrail) are not in it.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    bytes: { type: 'string', default: '100MB' },
    rounds: { type: 'string', default: '3' },
    format: { type: 'string' },
    workers: { type: 'string' },
    markdown: { type: 'boolean', default: false },
  },
});
const BYTES = Number.parseFloat(values.bytes) * (/kb$/i.test(values.bytes) ? 1e3 : /gb$/i.test(values.bytes) ? 1e9 : 1e6);
const RATE = 1000;
const DOCUMENTS = new Set(['har', 'otlp', 'cloudtrail']);
const tool = fileURLToPath(new URL('../bin/token-tax.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'format-runs-'));

function tokenTax(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [tool, ...args], { maxBuffer: 1 << 28, encoding: 'utf8' });
  if (status !== 0 && status !== 4) throw new Error(`token-tax ${args.join(' ')}: exit ${status}\n${stderr}`);
  return stdout;
}

/** The path of a log of so many seconds of the same traffic: that of the gateway, or of an issuer that is asked for each request. */
function generate(format, seconds, side) {
  const out = join(folder, `${format}-${seconds}`);
  const clients = side === 'gateway' ? ['--mix', 'TT106,refresh-ahead,TT104', '--users', '400'] : ['--cause', 'TT101'];
  const traffic = [...clients, '--clients', '6', '--rate', `${RATE}/s`, '--nodes', '1', '--duration', `${seconds}s`];
  const formats = side === 'gateway' ? ['--format', format] : ['--format', 'clf-combined', '--issuer-format', format];
  tokenTax(['generate', ...traffic, ...formats, '--out', out, '--force']);
  const logs = join(out, side);
  return join(logs, readdirSync(logs)[0]);
}

/** nginx combined, each line longer by as much as brings the whole to so many bytes. */
function padded(path, bytes) {
  const lines = readFileSync(path, 'latin1').trimEnd().split('\n');
  const each = Math.max(0, Math.floor((bytes - statSync(path).size) / lines.length));
  const filling = ' client/4.2 (linux; x64)'.repeat(400).slice(0, each);
  const to = `${path}.padded`;
  const file = openSync(to, 'w');
  for (let at = 0; at < lines.length; at += 10_000)
    writeSync(
      file,
      lines
        .slice(at, at + 10_000)
        .map((line) => `${line.slice(0, -1)}${filling}"\n`)
        .join(''),
      null,
      'latin1',
    );
  closeSync(file);
  return { path: to, size: statSync(to).size };
}

/** One whole run: s of the clock, s of the processor, and how many requests it counted. */
function analyze(path) {
  const args = ['analyze', path, '--format', 'json', ...(values.workers === undefined ? [] : ['--workers', values.workers])];
  const start = process.hrtime.bigint();
  const { stdout, stderr } = spawnSync('/usr/bin/time', ['-f', '%U %S', process.execPath, tool, ...args], {
    maxBuffer: 1 << 28,
    encoding: 'utf8',
  });
  const wall = Number(process.hrtime.bigint() - start) / 1e9;
  const [user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  const { files, lines } = JSON.parse(stdout).input;
  const { parsed, notRequests, rejected } = lines;
  return { wall, cpu: user + system, rejected, requests: parsed - notRequests, format: files[0].format };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

/** Formats and whose logs they are, in the words of `generate --list`. */
function allFormats() {
  const [, , gateways, issuers] = tokenTax(['generate', '--list']).split(/\n\n/);
  const ids = (text) =>
    text
      .replace(/^.*:\n/, '')
      .trim()
      .split(/\s+/)
      .filter((id) => !DOCUMENTS.has(id));
  return [...ids(gateways).map((id) => [id, 'gateway']), ...ids(issuers).map((id) => [id, 'issuer'])];
}

const asked = values.format?.split(',');
const results = [];
for (const [id, side] of allFormats()) {
  if (asked !== undefined && !asked.includes(id)) continue;
  const trial = generate(id, 10, side);
  const seconds = Math.max(1, Math.round((BYTES / statSync(trial).size) * 10));
  const log = generate(id, seconds, side);
  const size = statSync(log).size;
  const beside = padded(generate('clf-combined', seconds, side), size);
  const turns = { own: [], beside: [] };
  for (let round = 0; round < Number(values.rounds); round += 1) {
    turns.beside.push(analyze(beside.path));
    turns.own.push(analyze(log));
  }
  const [own, combined] = [turns.own[0], turns.beside[0]];
  if (own.format !== id) throw new Error(`the log of ${id} was read as ${own.format}`);
  if (own.requests !== combined.requests || own.rejected > 0)
    throw new Error(
      `${id}: ${own.requests} requests, ${own.rejected} lines not read; nginx combined: ${combined.requests} requests`,
    );
  const [wall, cpu] = ['wall', 'cpu'].map((key) => median(turns.own.map((run) => run[key])));
  const [wallBeside, cpuBeside] = ['wall', 'cpu'].map((key) => median(turns.beside.map((run) => run[key])));
  const rate = (bytes, time) => bytes / 1e6 / time;
  results.push({
    id,
    perLine: size / own.requests,
    wall,
    mbs: rate(size, wall),
    besideMbs: rate(beside.size, wallBeside),
    ratio: rate(size, wall) / rate(beside.size, wallBeside),
    ofCpu: rate(size, cpu) / rate(beside.size, cpuBeside),
  });
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  if (!values.markdown) console.error(id, results.at(-1).ratio.toFixed(2), results.at(-1).ofCpu.toFixed(2));
}
rmSync(folder, { recursive: true });

results.sort((a, b) => a.ratio - b.ratio);
if (values.markdown)
  console.log(
    '| format | bytes a line | s | MB/s | nginx combined, MB/s | ratio | ratio in CPU time |\n|---|---:|---:|---:|---:|---:|---:|',
  );
for (const { id, perLine, wall, mbs, besideMbs, ratio, ofCpu } of results) {
  const row = [perLine.toFixed(0), wall.toFixed(2), mbs.toFixed(0), besideMbs.toFixed(0), ratio.toFixed(2), ofCpu.toFixed(2)];
  console.log(
    values.markdown ? `| \`${id}\` | ${row.join(' | ')} |` : id.padEnd(22) + row.map((one) => one.padStart(8)).join(''),
  );
}
const slow = results.filter(({ ratio }) => ratio < 0.5);
console.log(`\n${slow.length} of ${results.length} formats are slower than half of nginx combined on the same bytes a line.`);
