'use strict';
/**
 * Run by the build in a process of its own, with the folder of the parts and a folder for logs: runs what users run, and writes what
 * V8 has compiled meanwhile beside the parts.
 */
const { mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const { setFlagsFromString } = require('node:v8');

const [, , dist, work] = process.argv;
// What is not called for a while would be thrown away.
setFlagsFromString('--no-flush-bytecode');
const { main, scripts, engine } = require(join(dist, 'cli.cjs'));

const pad = (value) => String(value).padStart(2, '0');
const ROWS = 300;
const CLIENTS = 6;

/** Traffic of an API and of its clients, who fetch too often: enough for every kind of verdict to be weighed. */
const rows = Array.from({ length: ROWS }, (_, index) => {
  const client = index % CLIENTS;
  const isFetch = index % 3 === 0;
  const seconds = index * 7;
  return {
    address: `10.0.${client}.7`,
    time: `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`,
    method: isFetch ? 'POST' : 'GET',
    path: isFetch ? '/oauth2/token' : `/api/v1/orders/${1000 + index}?page=${client}`,
    status: index % 40 === 39 ? 401 : 200,
    bytes: 500 + client,
    agent: client === 1 ? 'Mozilla/5.0 (X11; Linux x86_64) Firefox/127.0' : `orders-${client}/1.4 okhttp/4.12.0`,
    millis: 40 + client,
  };
});

const text = ({ address, time, method, path, status, bytes, agent, millis }) =>
  `${address} - - [02/Mar/2026:${time} +0000] "${method} ${path} HTTP/1.1" ${status} ${bytes} "-" "${agent}"` +
  ` rt=0.0${millis} urt="0.0${millis}" cs=MISS rid=${bytes}${time.replaceAll(':', '')}\n`;
const json = ({ address, time, method, path, status, bytes, agent, millis }) =>
  `${JSON.stringify({
    time_iso8601: `2026-03-02T${time}+00:00`,
    remote_addr: address,
    request_method: method,
    request_uri: path,
    status,
    body_bytes_sent: bytes,
    request_time: millis / 1000,
    http_user_agent: agent,
  })}\n`;

const run = async (...argv) => {
  const status = await main(argv);
  if (status !== 0) throw new Error(`token-tax ${argv.join(' ')} ended with ${status}`);
};

const warmUp = async () => {
  const logs = join(work, 'logs');
  mkdirSync(logs, { recursive: true });
  const half = ROWS / 2;
  writeFileSync(join(logs, 'a.log'), rows.slice(0, half).map(text).join(''));
  writeFileSync(join(logs, 'b.log'), rows.slice(half).map(text).join(''));
  const records = join(work, 'json.log');
  writeFileSync(records, rows.map(json).join(''));
  await run('--version');
  await run('--help');
  await run('analyze', '--help');
  await run('analyze', logs, '--format', 'json');
  await run('analyze', logs);
  await run('analyze', records, '--lifetime', '3600s');
};

warmUp().then(
  () => {
    // A cache is only good for a process with the same flags.
    setFlagsFromString('--flush-bytecode');
    for (const [name, script] of scripts)
      if (name.startsWith('cli-')) writeFileSync(join(dist, `${name}-${engine}.cache`), script.createCachedData());
  },
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
