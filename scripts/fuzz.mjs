/**
 * Feeds hostile input to everything that reads logs, settings and secrets, for some minutes.
 *
 *   npm run fuzz -- --minutes 3 --seed 1 [--target scanner|file|settings|redactor] [--once FILE]
 *
 * Inputs come from the definitions of the formats (any value in the place of each field), from their sample lines, and from what has
 * reached new code before: block coverage of V8 decides which inputs are kept and changed further. What must hold is written in
 * fuzz-targets.mjs. An input that breaks it is made small and written to .tmp/fuzz/; `--once FILE --target T` runs it again. A seed
 * gives the same inputs for as long as coverage does the same.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, '.tmp', 'fuzz');
const SECRET = 'zq9MARKERzq9zq9zq9zq9zq9';
/** An input that takes longer is one that hangs; a slow machine is not one. */
const SLOW_MS = 3000;
const HANG_MS = 30_000;
const BATCH = 16;
const MOST_KEPT = 3000;
const MAX_BYTES = 8192;

/** xorshift32. */
function randomOf(seed) {
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

const odd = [
  ...[
    '',
    '-',
    '"',
    '""',
    '\\',
    '\\"',
    '\\x22',
    '\\x',
    '\\u00e9',
    '\\ud800',
    '%',
    '%2',
    '%00',
    '%ff',
    '\0',
    '\r',
    '\t',
    ' ',
    '  ',
    '\u00e9',
    '\u{1f600}',
  ],
  ...[
    '0',
    '-1',
    '00',
    '200',
    '999',
    '1000',
    '1e9',
    '1e999',
    'NaN',
    'null',
    'true',
    '18446744073709551616',
    '9007199254740993',
    '0.0',
    '.5',
    '5.',
    '1,2 : 3',
    '0.1, 0.2',
  ],
  ...[
    'GET / HTTP/1.1',
    'POST /oauth2/token HTTP/1.1',
    'GET',
    'CONNECT a:443 HTTP/1.1',
    'GET http://a/b?c#d HTTP/2.0',
    '\x16\x03\x01\x02',
    'PRI * HTTP/2.0',
    '/a//b/../c;d=e',
    '*',
  ],
  ...[
    '02/Mar/2026:10:15:30 +0000',
    '30/Feb/2026:10:15:30 +0000',
    '02/Mar/2026:24:60:61 +9999',
    '2026-03-02T10:15:30Z',
    '2026-03-02T10:15:30.123456789+14:00',
    '2026-13-02T10:15:30Z',
    '1772446530',
    '1772446530123',
    '99999999999999999999',
  ],
  ...[
    '10.0.0.1',
    '10.0.0.1:80',
    '[::1]:443',
    'unix:',
    '192.0.2.1, 10.0.0.1',
    '{',
    '}',
    '[',
    ']',
    '{"a":1}',
    '[[[[',
    '{"a":',
    '","',
    '|',
    ';',
    '=',
    'a=b c="d',
    '#Fields: date time cs-method',
    '<134>1 ',
    '\u001b[31m',
  ],
  ...[
    '2026-03-02T10:15:30.200000000Z stdout P ',
    '2026-03-02T10:15:30.200000000Z stdout F ',
    'Mar  2 10:15:30 h p[1]: ',
    'a | ',
    '[pod/a/b] ',
    '{"log":"',
    '{"resourceSpans":[',
    '{"Records":[',
    '{"log":{"version":"1.2","entries":[',
  ],
  ...[
    'client == "a"',
    ' and ',
    ' or ',
    'not ',
    '(',
    ')',
    'status < 500',
    'path ~ "/a*"',
    '-24h',
    '--map',
    'duration=took:ms',
    '$msec',
    '$request',
    '%h',
    '%{ms}T',
    '%START_TIME%',
    '$context.requestId',
    'Europe/Paris',
    '+02:00',
  ],
];
const secrets = [
  ` Authorization: Bearer ${SECRET} `,
  `?client_secret=${SECRET}&a=b`,
  `?access_token=${SECRET} `,
  ` "client_secret":"${SECRET}" `,
  `&refresh_token=${SECRET}&`,
];

const bundle = async () => {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'scripts/fuzz-targets.mjs')],
    ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20', write: false, logLevel: 'warning' },
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    define: { TOKEN_TAX_VERSION: '"fuzz"' },
  });
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `targets-${process.pid}.mjs`);
  writeFileSync(file, outputFiles[0].contents);
  return file;
};

/** Blocks that have run since the last look. */
function coverage(file) {
  const session = new Session();
  session.connect();
  const post = (method, args) => {
    let answer;
    session.post(method, args, (error, result) => {
      if (error) throw error;
      answer = result;
    });
    return answer;
  };
  post('Profiler.enable');
  post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
  const seen = new Set();
  const url = pathToFileURL(file).href;
  return {
    seen,
    /** How many blocks had never run before. */
    look: () => {
      const before = seen.size;
      for (const script of post('Profiler.takePreciseCoverage').result) {
        if (script.url !== url) continue;
        for (const { ranges } of script.functions)
          for (const { startOffset, endOffset, count } of ranges) if (count > 0) seen.add(startOffset * 16777216 + endOffset);
      }
      return seen.size - before;
    },
  };
}

async function work({ file, minutes, seed, only, once, shared }) {
  const heart = new Int32Array(shared, 0, 2);
  const current = Buffer.from(shared, 8);
  const { targets, formats, grammarLine } = await import(pathToFileURL(file).href);
  const random = randomOf(seed);
  const pick = (list) => list[random(list.length)];
  const names = only === undefined ? Object.keys(targets) : [only];
  const show = (name, input) => {
    const bytes = input.subarray(0, current.length);
    heart[1] = bytes.length;
    bytes.copy(current);
    Atomics.add(heart, 0, 1);
    return name;
  };
  const run = (name, input, format) => {
    show(name, input);
    const start = performance.now();
    try {
      targets[name].run(input, format);
    } catch (error) {
      return String(error?.stack ?? error);
    }
    const took = performance.now() - start;
    return took > SLOW_MS ? `it took ${Math.round(took)} ms` : undefined;
  };
  if (once !== undefined) {
    const input = readFileSync(once);
    for (const name of names)
      for (const format of name === 'scanner' ? formats : [formats[0]]) {
        const failed = run(name, input, format);
        if (failed !== undefined) console.log(`${name} ${format.id}: ${failed}`);
      }
    return;
  }

  const samples = formats.flatMap(({ samples: all }) => all.map(({ line }) => Buffer.from(line)));
  const corpus = new Map(names.map((name) => [name, []]));
  const cover = coverage(file);
  const value = () =>
    random(3) === 0
      ? pick(odd)
      : random(2) === 0
        ? String(random(100_000))
        : pick(['a', 'GET /a HTTP/1.1', '200', '0.012', '10.0.0.1', '02/Mar/2026:10:15:30 +0000', '2026-03-02T10:15:30.1Z']);
  const fresh = (name, format) => {
    const kept = corpus.get(name);
    if (kept.length > 0 && random(2) === 0) return Buffer.from(pick(kept));
    if (name === 'settings')
      return Buffer.from(Array.from({ length: 1 + random(4) }, () => pick(odd)).join(pick(['', ' ', '=', '"'])));
    if (random(3) > 0) {
      const line = grammarLine(format, random, value);
      if (line !== undefined)
        return Buffer.from(Array.from({ length: 1 + random(3) }, () => grammarLine(format, random, value)).join('\n'));
    }
    return Buffer.from(random(3) === 0 ? pick(samples) : Buffer.from(pick(format.samples)?.line ?? ''));
  };
  const mutated = (input) => {
    let bytes = input;
    for (let times = random(5); times > 0; times -= 1) {
      const at = random(bytes.length + 1);
      const to = Math.min(bytes.length, at + random(random(4) === 0 ? 64 : 6));
      const other = random(3) === 0 ? pick(samples) : Buffer.from(pick(odd));
      const put = (middle) => Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(to)]);
      switch (random(8)) {
        case 0:
          bytes = put(Buffer.from([random(256)]));
          break;
        case 1:
          bytes = bytes.subarray(0, at);
          break;
        case 2:
          bytes = put(Buffer.alloc(random(600), bytes[at] ?? 97));
          break;
        case 3:
          bytes = put(Buffer.concat([Buffer.from('\n'), other, Buffer.from('\n')]));
          break;
        case 4:
          bytes = put(bytes.subarray(at, to + 40));
          break;
        default:
          bytes = put(other);
      }
    }
    return bytes.length > MAX_BYTES ? bytes.subarray(0, MAX_BYTES) : bytes;
  };
  const armed = (input) => {
    const at = random(input.length + 1);
    return Buffer.concat([input.subarray(0, at), Buffer.from(pick(secrets)), input.subarray(at)]);
  };
  const smaller = (name, input, format) => {
    let best = input;
    for (let size = best.length >> 1; size >= 1; size >>= 1)
      for (let at = 0; at < best.length; at += size) {
        const next = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
        // What is left of a secret that was cut is none.
        if (input.includes('MARKER') && !secrets.some((secret) => next.includes(secret))) continue;
        if (run(name, next, format) !== undefined) best = next;
      }
    return best;
  };

  const found = new Map();
  const end = performance.now() + minutes * 60_000;
  let runs = 0;
  while (performance.now() < end && found.size < 20) {
    const name = pick(names);
    const batch = [];
    for (let at = 0; at < BATCH; at += 1) {
      const format = pick(formats);
      let input = mutated(fresh(name, format));
      if (targets[name].hasSecret && random(4) === 0 && !input.includes('MARKER')) input = armed(input);
      runs += 1;
      const failed = run(name, input, format);
      batch.push(input);
      if (failed === undefined) continue;
      const key = `${name} ${failed.replace(/[\d"].*/s, '').slice(0, 80)} ${/\n\s+at (\S+)/.exec(failed)?.[1] ?? ''}`;
      if (found.has(key)) continue;
      const small = smaller(name, input, format);
      const path = join(folder, `${seed}-${found.size}.bin`);
      writeFileSync(path, small);
      found.set(key, path);
      console.log(
        `FAILED ${name} ${format.id}: ${run(name, small, format) ?? failed}\n  ${JSON.stringify(small.toString('latin1')).slice(0, 600)}\n  ${path}`,
      );
    }
    const kept = corpus.get(name);
    if (cover.look() > 0)
      for (const input of batch) {
        if (input.includes('MARKER')) continue;
        if (kept.length < MOST_KEPT) kept.push(input);
        else kept[random(MOST_KEPT)] = input;
      }
  }
  console.log(
    `${runs} inputs, seed ${seed}: ${cover.seen.size} blocks reached, ${[...corpus].map(([name, kept]) => `${kept.length} inputs kept for ${name}`).join(', ')}; ${found.size} failures`,
  );
  if (found.size > 0) process.exitCode = 1;
}

if (isMainThread) {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '3' },
      seed: { type: 'string', default: '1' },
      target: { type: 'string' },
      once: { type: 'string' },
    },
  });
  const shared = new SharedArrayBuffer(8 + 65_536);
  const heart = new Int32Array(shared, 0, 2);
  const worker = new Worker(fileURLToPath(import.meta.url), {
    workerData: {
      file: await bundle(),
      minutes: Number(values.minutes),
      seed: Number(values.seed),
      only: values.target,
      once: values.once,
      shared,
    },
  });
  let last = -1;
  let since = performance.now();
  const watch = setInterval(() => {
    const beat = Atomics.load(heart, 0);
    if (beat !== last) [last, since] = [beat, performance.now()];
    if (beat === 0 || performance.now() - since < HANG_MS) return;
    const path = join(folder, 'hang.bin');
    writeFileSync(path, Buffer.from(shared, 8, heart[1]));
    console.log(`FAILED: nothing happens for ${HANG_MS / 1000} s: ${path}`);
    process.exit(1);
  }, 1000);
  worker.on('exit', (code) => {
    clearInterval(watch);
    if (code !== 0) process.exitCode = code;
  });
} else {
  await work(workerData);
}
