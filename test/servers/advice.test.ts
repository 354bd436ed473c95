/** What `formats test` tells people to configure, put into the real servers as it stands: they take it, and what they then log is read. */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePorts, start } from '../../fixtures/servers/process.mjs';
import { main } from '../../src/cli/main.js';
import { gatewayAdvice } from '../../src/formats/advice.js';
import { fakeIo } from '../support/fake-io.js';

const directiveOf = (id: string): string => gatewayAdvice.find((one) => one.id === id)!.directive;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'advice-'));
  // Some of them read their configuration as another user.
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Running {
  readonly port: number;
  /** The file it logs into. */
  readonly file: string;
  stop(): Promise<void>;
}

const put = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const isRoot = process.getuid?.() === 0;

const servers: Readonly<Record<string, (origin: number) => Promise<Running>>> = {
  nginx: async (origin) => {
    const [port = 0] = await freePorts(1);
    const file = join(folder, 'token-tax.log');
    mkdirSync(join(folder, 'tmp'));
    put(
      'nginx.conf',
      `${isRoot ? 'user root;' : ''}
daemon off; pid nginx.pid; error_log error.log;
events { worker_connections 64; }
http {
  client_body_temp_path tmp/b; proxy_temp_path tmp/p; fastcgi_temp_path tmp/f; uwsgi_temp_path tmp/u; scgi_temp_path tmp/s;
  ${directiveOf('nginx').replace('/var/log/nginx/token-tax.log', file)}
  server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${origin}; } }
}`,
    );
    const server = await start('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log'], {
      cwd: folder,
      ports: [port],
      signal: 'SIGQUIT',
    });
    return { port, file, stop: () => server.stop() };
  },
  apache: async (origin) => {
    const [port = 0] = await freePorts(1);
    mkdirSync(join(folder, 'logs'));
    const modules = '/usr/lib/apache2/modules';
    const load = 'mpm_event authz_core authz_host proxy proxy_http unixd setenvif unique_id log_config'
      .split(' ')
      .filter((name) => existsSync(join(modules, `mod_${name}.so`)))
      .map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`);
    const config = put(
      'apache.conf',
      `ServerRoot ${folder}
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
ServerName api.example.com
Listen 127.0.0.1:${port}
${load.join('\n')}
${isRoot ? 'User www-data\nGroup www-data' : ''}
ErrorLog ${folder}/error.log
${directiveOf('apache')}
ProxyPass / http://127.0.0.1:${origin}/
`,
    );
    const server = await start('apache2', ['-d', folder, '-f', config, '-D', 'FOREGROUND'], { cwd: folder, ports: [port] });
    return { port, file: join(folder, 'logs', 'token-tax.log'), stop: () => server.stop() };
  },
  haproxy: async (origin) => {
    const [port = 0] = await freePorts(1);
    const file = join(folder, 'token-tax.log');
    const sink = createSocket('udp4');
    sink.on('message', (message) => appendFileSync(file, `${message.toString('latin1').trimEnd()}\n`, 'latin1'));
    sink.bind(0, '127.0.0.1');
    await once(sink, 'listening');
    const config = put(
      'haproxy.cfg',
      `global
  log-send-hostname gw-1
defaults
  mode http
  timeout connect 2s
  timeout client 5s
  timeout server 5s
frontend one
  bind 127.0.0.1:${port}
  unique-id-format %{+X}o\\ %ci%cp%fi%fp%Ts%rt%pid
  log 127.0.0.1:${sink.address().port} len 16384 local0
${directiveOf('haproxy')
  .split('\n')
  .map((line) => `  ${line}`)
  .join('\n')}
  default_backend origin
backend origin
  server s1 127.0.0.1:${origin}
`,
    );
    const server = await start('haproxy', ['-db', '-f', config], { cwd: folder, ports: [port] });
    return {
      port,
      file,
      stop: async () => {
        await server.stop();
        await sleep(100);
        sink.close();
      },
    };
  },
  squid: async (origin) => {
    const [port = 0] = await freePorts(1);
    const file = join(folder, 'token-tax.log');
    const config = put(
      'squid.conf',
      `http_port 127.0.0.1:${port} accel defaultsite=api.example.com vhost
cache_peer 127.0.0.1 parent ${origin} 0 no-query originserver no-digest name=origin
http_access allow all
cache_mem 8 MB
pid_filename ${folder}/squid.pid
coredump_dir ${folder}
cache_log ${folder}/cache.log
${directiveOf('squid').replace('daemon:/var/log/squid/token-tax.log', `stdio:${file}`)}
visible_hostname gw-1
shutdown_lifetime 0 seconds
netdb_filename none
${isRoot ? 'cache_effective_user proxy' : ''}
`,
    );
    if (isRoot) {
      const id = (flag: string): number => Number(execFileSync('id', [flag, 'proxy'], { encoding: 'utf8' }));
      chownSync(folder, id('-u'), id('-g'));
    }
    const server = await start('squid', ['-N', '-f', config], { cwd: folder, ports: [port] });
    return { port, file, stop: () => server.stop() };
  },
  varnish: async (origin) => {
    const [port = 0] = await freePorts(1);
    const file = join(folder, 'token-tax.log');
    const name = join(folder, 'v');
    const vcl = put('default.vcl', `vcl 4.1;\nbackend default { .host = "127.0.0.1"; .port = "${origin}"; }\n`);
    const server = await start('varnishd', ['-F', '-n', name, '-a', `127.0.0.1:${port}`, '-f', vcl, '-s', 'malloc,16m'], {
      cwd: folder,
      ports: [port],
    });
    // As a shell reads it.
    const command = `exec ${directiveOf('varnish')} -n ${name} -w ${file}`;
    const writer = await start('sh', ['-c', command], { cwd: folder });
    await sleep(500);
    return {
      port,
      file,
      stop: async () => {
        await sleep(500);
        await writer.stop();
        await server.stop();
      },
    };
  },
  caddy: async (origin) => {
    const [port = 0] = await freePorts(1);
    const file = join(folder, 'token-tax.log');
    const whole = directiveOf('caddy').replace('log {', `log {\n  output file ${file}`);
    const directive = caddyKnowsAppend() ? whole : whole.replace(/^log_append.*$/m, '');
    const config = put(
      'Caddyfile',
      `{\n  admin off\n  auto_https off\n}\nhttp://:${port} {\n  bind 127.0.0.1\n${directive}\n  reverse_proxy 127.0.0.1:${origin}\n}\n`,
    );
    const home = [`HOME=${folder}`, `XDG_DATA_HOME=${folder}`, `XDG_CONFIG_HOME=${folder}`];
    const server = await start('env', [...home, 'caddy', 'run', '--config', config, '--adapter', 'caddyfile'], {
      cwd: folder,
      ports: [port],
    });
    return { port, file, stop: () => server.stop() };
  },
};

const AGENT = 'orders-gw/4.2 "quoted" \\back';
const SECRET = 'hunter2-not-in-any-log';

const send = (port: number, method: string, path: string, body?: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, method, path, headers: { host: 'api.example.com', 'user-agent': AGENT } },
      (found) => {
        found.resume();
        found.on('end', () => resolve(found.statusCode ?? 0));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });

/** Debian's Caddy may be older than log_append: then the rest of the directive is tried. */
const caddyKnowsAppend = (): boolean => {
  const [, major = '0', minor = '0'] = /v?(\d+)\.(\d+)/.exec(execFileSync('caddy', ['version'], { encoding: 'utf8' })) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 8);
};

test.each(Object.keys(servers))(
  '%s',
  async (id) => {
    const origin = createServer((_, response) => setTimeout(() => response.end('0123456789'), 30));
    origin.listen(0, '127.0.0.1');
    await once(origin, 'listening');
    let running: Running | undefined;
    const from = Date.now();
    try {
      running = await servers[id]!((origin.address() as AddressInfo).port);
      expect(await send(running.port, 'GET', `/api/orders?access_token=${SECRET}`)).toBe(200);
      expect(await send(running.port, 'POST', '/oauth2/token', `grant_type=client_credentials&client_secret=${SECRET}`)).toBe(
        200,
      );
      await sleep(200);
      await running.stop();
      const { file } = running;
      expect(readFileSync(file, 'utf8')).not.toContain(SECRET);
      const io = fakeIo({ cwd: folder });
      expect([await main(['export', file], io), io.err()]).toEqual([0, '']);
      const records = io
        .out()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        // Whoever waits for the port connects and says nothing: some servers log that too.
        .filter(({ method }) => method === 'GET' || method === 'POST');
      expect(records.map(({ method, path, status }) => [method, path, status])).toEqual([
        ['GET', '/api/orders', 200],
        ['POST', '/oauth2/token', 200],
      ]);
      for (const { time, durationMs, upstreamMs, client, userAgent } of records) {
        expect(Number(time)).toBeGreaterThanOrEqual(from - 1);
        expect(Number(time)).toBeLessThanOrEqual(Date.now());
        // Milliseconds, not whole seconds.
        expect(Number(durationMs)).toBeGreaterThanOrEqual(25);
        if (id !== 'apache' && (id !== 'caddy' || caddyKnowsAppend())) expect(Number(upstreamMs)).toBeGreaterThanOrEqual(20);
        expect(client).toBe('127.0.0.1');
        expect(userAgent).toBe(AGENT);
      }
    } finally {
      await running?.stop().catch(() => {});
      origin.close();
    }
  },
  30_000,
);
