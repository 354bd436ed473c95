/**
 * The requests of a gateway log of `bench/generate.mjs`, written as other gateways would have written them: the same lines in the same
 * order, so that what a reader must find is the same too.
 */
import { once } from 'node:events';
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

const LINE =
  /^(\S+) - (\S+) \[(\d\d)\/(\w{3})\/(\d{4}):(\d\d:\d\d:\d\d) \+0000\] "(\S+) (\S+) HTTP\/1\.1" (\d+) (\d+) "-" "([^"]*)" rt=(\d+)\.(\d+) urt="(\d+)\.(\d+)" cs=\S+ rid=(\w+)$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const pad = (value, length = 2) => String(value).padStart(length, '0');
const HOST = 'api.example.com';
const UPSTREAM = '10.30.1.11:8443';

function read(line) {
  const [, address, user, day, month, year, clock, method, path, status, bytes, agent, s, ms, us, ums, id] = LINE.exec(line);
  const at = Date.parse(`${year}-${pad(MONTHS.indexOf(month) + 1)}-${day}T${clock}Z`);
  const [took, upstream] = [Number(s) * 1000 + Number(ms), Number(us) * 1000 + Number(ums)];
  return { line, address, user, at, method, path, status, bytes, agent, took, upstream, id, start: at - took };
}

const iso = (ms) => new Date(ms).toISOString();
const clf = (ms) => {
  const date = new Date(ms);
  return `${pad(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${iso(ms).slice(11, 23)}`;
};
const port = ({ id }) => 20_000 + (Number.parseInt(id.slice(0, 4), 16) % 40_000);

export const shapes = {
  'nginx text': ({ line }) => line,
  'nginx text in CRI': ({ line, at, id }) =>
    `${iso(at).slice(0, -1)}${id.replace(/\D/g, '').padEnd(6, '0').slice(0, 6)}Z stdout F ${line}`,
  'Envoy text': ({ start, method, path, status, bytes, took, upstream, address, agent, id }) =>
    `[${iso(start)}] "${method} ${path} HTTP/1.1" ${status} - 0 ${bytes} ${took} ${upstream} "${address}" "${agent}" ` +
    `"${id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}" "${HOST}" "${UPSTREAM}"`,
  HAProxy: (r) =>
    `${r.address}:${port(r)} [${clf(r.start)}] https-in~ orders/app1 0/0/0/${r.upstream}/${r.took} ${r.status} ${r.bytes} - - ---- ` +
    `65/15/7/3/0 0/0 {${HOST}|${r.agent}} {} "${r.method} ${r.path} HTTP/1.1"`,
  'AWS ALB': (r) =>
    `https ${iso(r.at).slice(0, -1)}${pad(port(r) % 1000, 3)}Z app/public-api/1f2e3d4c5b6a7988 ${r.address}:${port(r)} ${UPSTREAM} 0.001 ` +
    `${(r.upstream / 1000).toFixed(3)} 0.000 ${r.status} ${r.status} 314 ${r.bytes} "${r.method} https://${HOST}:443${r.path} HTTP/1.1" ` +
    `"${r.agent}" TLS_AES_128_GCM_SHA256 TLSv1.3 arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders/8a7b6c5d4e3f2011 ` +
    `"Root=1-69a4d300-${r.id.slice(0, 24)}" "${HOST}" "arn:aws:acm:eu-west-1:123456789012:certificate/0001" 10 ${iso(r.start).slice(0, -1)}000Z ` +
    `"forward" "-" "-" "${UPSTREAM}" "${r.status}" "-" "-" TID_${r.id}`,
  'Kong JSON': (r) =>
    JSON.stringify({
      request: {
        ...{ id: r.id, uri: r.path, url: `https://${HOST}:8443${r.path}`, querystring: {}, method: r.method },
        headers: { host: HOST, 'user-agent': r.agent, authorization: 'REDACTED' },
        size: 310,
        tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', client_verify: 'NONE' },
      },
      upstream_uri: r.path,
      upstream_status: r.status,
      response: { status: Number(r.status), headers: { 'content-type': 'application/json' }, size: Number(r.bytes) },
      latencies: { kong: 3, proxy: r.upstream, request: r.took, receive: 1 },
      tries: [{ balancer_start: r.start + 1, balancer_latency: 0, ip: '10.30.1.11', port: 8443 }],
      route: { id: 'r-1', name: 'orders-route' },
      service: { id: 's-1', name: 'orders' },
      ...(r.user === '-' ? {} : { consumer: { id: `c-${r.user}`, username: r.user } }),
      client_ip: r.address,
      started_at: r.start,
    }),
};

/** One pass over the log for all of them. `files`: name of a shape to the file that is written. */
export async function reshape(log, files) {
  const outs = Object.entries(files).map(([name, file]) => ({ print: shapes[name], fd: openSync(file, 'w'), lines: [] }));
  const flush = (out) => {
    if (out.lines.length > 0) writeSync(out.fd, `${out.lines.join('\n')}\n`);
    out.lines.length = 0;
  };
  const lines = createInterface({ input: createReadStream(log, { highWaterMark: 1 << 20 }) });
  lines.on('line', (line) => {
    const request = read(line);
    for (const out of outs) if (out.lines.push(out.print(request)) === 4096) flush(out);
  });
  await once(lines, 'close');
  for (const out of outs) {
    flush(out);
    closeSync(out.fd);
  }
}
