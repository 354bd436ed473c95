/** The generated files on the real servers: what a user would write around them, start, stop, and all that they logged. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { installedNginx } from '../../fixtures/captures/nginx.mjs';
import { freePorts, PATH, start } from '../../fixtures/servers/process.mjs';
import { apache as apacheRemedy } from '../../src/remedy/apache.js';
import { haproxy as haproxyRemedy } from '../../src/remedy/haproxy.js';
import { nginx as nginxRemedy } from '../../src/remedy/nginx.js';
import { openresty as openrestyRemedy } from '../../src/remedy/openresty.js';
import { internalPath, type Remedy, type RemedyContext, type RemedyFile } from '../../src/remedy/remedy.js';
import { varnish as varnishRemedy } from '../../src/remedy/varnish.js';

export const SECRET = 'secret of orders-gw: 50%/+';
export const CLIENT = 'orders-gw';

export interface Wanted {
  readonly folder: string;
  readonly tokenEndpoint: string;
  readonly backendPort: number;
  readonly marginMs: number;
  readonly ttlMs: number;
  readonly resolver?: string;
  /** In the place of the machine's own certificates. */
  readonly caFile?: string;
  readonly clientId?: string;
  readonly scope?: string;
  readonly audience?: string;
  readonly path?: string;
}

export interface Running {
  /** Of a gateway: where its callers go. */
  readonly origin?: string;
  /** Of a loopback: where tokens are asked for. */
  readonly tokenUrl?: string;
  stop(): Promise<void>;
  /** All it logged, once it is stopped. */
  logged(): string;
}

const asRoot = process.getuid?.() === 0;
const environment = { ...process.env, PATH };

export async function contextFor(wanted: Wanted): Promise<RemedyContext> {
  const { folder } = wanted;
  const url = new URL(wanted.tokenEndpoint);
  const [port] = await freePorts(1);
  mkdirSync(join(folder, 'logs'), { recursive: true });
  return {
    tokenEndpoint: {
      scheme: url.protocol === 'https:' ? 'https' : 'http',
      host: url.hostname,
      port: Number(url.port),
      path: wanted.path ?? url.pathname,
    },
    clientId: wanted.clientId ?? CLIENT,
    scope: wanted.scope ?? 'orders.read stock.read',
    lifetimeMs: wanted.marginMs + wanted.ttlMs,
    marginMs: wanted.marginMs,
    ttlMs: wanted.ttlMs,
    listen: { host: '127.0.0.1', port: port! },
    pathPrefix: '/token/',
    audience: wanted.audience,
    resolver: wanted.resolver,
    places: {
      cacheFolder: join(folder, 'cache'),
      logFile: join(folder, 'logs/token-tax.log'),
      secretFile: join(folder, 'secret'),
      luaFolder: folder,
      secretEnv: 'TOKEN_TAX_SECRET',
      programFile: join(folder, 'token-tax-map'),
      programUser: asRoot ? 'www-data:www-data' : '',
      socketFile: join(folder, 'shim.sock'),
    },
  };
}

const write = ({ folder, caFile }: Wanted, files: readonly RemedyFile[]): void => {
  for (const { name, text: generated } of files) {
    const text =
      caFile === undefined
        ? generated
        : generated
            .replace('/etc/ssl/certs/ca-certificates.crt', caFile)
            .replace(/^import base64$/m, `import os\nos.environ["SSL_CERT_FILE"] = "${caFile}"\nimport base64`);
    writeFileSync(join(folder, name), text, { mode: name.endsWith('.sh') ? 0o700 : 0o644 });
  }
};

const makeSecret = (folder: string): void => {
  // As the script says: other characters percent-encoded.
  execFileSync('sh', [join(folder, 'token-tax-secret.sh')], { input: `${encodeURIComponent(SECRET)}\n` });
};

const logsIn = (folder: string): string =>
  readdirSync(join(folder, 'logs'))
    .map((name) => readFileSync(join(folder, 'logs', name), 'latin1'))
    .join('\n');

/** A fresh nginx.conf around what goes into http { }. */
export const nginxFrame = (folder: string, http: string): string => {
  const { modules } = installedNginx();
  mkdirSync(join(folder, 'tmp'), { recursive: true });
  return `${asRoot ? 'user root;\n' : ''}worker_processes 2;
daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/logs/error.log info;
load_module ${modules}/ndk_http_module.so;
load_module ${modules}/ngx_http_lua_module.so;
events { worker_connections 1024; }
http {
  client_body_temp_path tmp/body;
  proxy_temp_path tmp/proxy;
  fastcgi_temp_path tmp/fastcgi;
  uwsgi_temp_path tmp/uwsgi;
  scgi_temp_path tmp/scgi;
  access_log ${folder}/logs/access.log;
${http}
}
`;
};

export async function runNginx(folder: string, config: string, ports: readonly number[]): Promise<{ stop(): Promise<void> }> {
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, config);
  const args = ['-p', `${folder}/`, '-e', `${folder}/logs/start.log`, '-c', file];
  const { status, stderr } = spawnSync('nginx', ['-t', '-q', ...args], { env: environment, encoding: 'utf8' });
  // Not even a warning.
  if (status !== 0 || stderr !== '') throw new Error(`nginx -t: ${status} ${stderr}`);
  return await start('nginx', args, { cwd: folder, ports: [...ports], signal: 'SIGQUIT' });
}

async function nginx(wanted: Wanted): Promise<Running> {
  const { folder } = wanted;
  const context = await contextFor(wanted);
  write(wanted, nginxRemedy.files(context));
  makeSecret(folder);
  const running = await runNginx(folder, nginxFrame(folder, `include ${folder}/token-tax.conf;`), [context.listen.port]);
  return { tokenUrl: tokenUrlOf(context), stop: () => running.stop(), logged: () => logsIn(folder) };
}

const tokenUrlOf = (context: RemedyContext): string =>
  `http://${context.listen.host}:${context.listen.port}${internalPath(context)}`;

async function openresty(wanted: Wanted): Promise<Running> {
  const { folder } = wanted;
  const context = await contextFor(wanted);
  const [port] = await freePorts(1);
  write(wanted, openrestyRemedy.files(context));
  writeFileSync(join(folder, 'secret'), `${SECRET}\n`, { mode: 0o600 });
  const config = nginxFrame(
    folder,
    `include ${folder}/token-tax.conf;
  server {
    listen 127.0.0.1:${port};
    location / {
      set $service_token "";
      access_by_lua_block { require("token_tax").authorize() }
      proxy_set_header Authorization "Bearer $service_token";
      log_by_lua_block { require("token_tax").learn() }
      proxy_pass http://127.0.0.1:${wanted.backendPort};
    }
  }`,
  );
  const running = await runNginx(folder, config, [port!]);
  return { origin: `http://127.0.0.1:${port}`, stop: () => running.stop(), logged: () => logsIn(folder) };
}

/** The lines of a file that belong where a comment says: what follows `# In ...` up to the next such comment. */
const part = (text: string, at: number): string => text.split(/^# In .*$/m)[at + 1]!;

async function haproxy(wanted: Wanted): Promise<Running> {
  const { folder } = wanted;
  const context = await contextFor(wanted);
  const [port] = await freePorts(1);
  const files = haproxyRemedy.files(context);
  write(wanted, files);
  const { text } = files.find(({ name }) => name === 'token-tax.cfg')!;
  writeFileSync(
    join(folder, 'haproxy.cfg'),
    `global
    log stdout format raw local0 info
    nbthread 2
${wanted.caFile === undefined ? '' : `    httpclient.ssl.ca-file ${wanted.caFile}`}
${part(text, 0)}
${wanted.resolver === undefined ? '' : `resolvers default\n    nameserver ns1 ${wanted.resolver}\n`}
defaults
    mode http
    log global
    option httplog
    timeout connect 5s
    timeout client 20s
    timeout server 20s
frontend gateway
    bind 127.0.0.1:${port}
${part(text, 1)}
    default_backend service
backend service
    server s1 127.0.0.1:${wanted.backendPort}
`,
  );
  const command = `exec haproxy -db -f ${folder}/haproxy.cfg > ${folder}/logs/haproxy.log 2>&1`;
  const running = await start('env', [`TOKEN_TAX_SECRET=${SECRET}`, 'sh', '-c', command], { cwd: folder, ports: [port!] });
  return { origin: `http://127.0.0.1:${port}`, stop: () => running.stop(), logged: () => logsIn(folder) };
}

async function apache(wanted: Wanted): Promise<Running> {
  const { folder } = wanted;
  const context = await contextFor(wanted);
  const [port] = await freePorts(1);
  write(wanted, apacheRemedy.files(context));
  chmodSync(join(folder, 'token-tax-map'), 0o755);
  writeFileSync(join(folder, 'secret'), `${SECRET}\n`, { mode: 0o600 });
  if (asRoot) execFileSync('chown', ['www-data:www-data', join(folder, 'secret')]);
  const modules = 'mpm_event authz_core proxy proxy_http rewrite headers log_config unixd'
    .split(' ')
    .map((name) => [`${name}_module`, `/usr/lib/apache2/modules/mod_${name}.so`] as const)
    .filter(([, path]) => existsSync(path));
  writeFileSync(
    join(folder, 'apache.conf'),
    `ServerRoot ${folder}
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
ServerName api.example.com
Listen 127.0.0.1:${port}
${modules.map(([name, path]) => `LoadModule ${name} ${path}`).join('\n')}
${asRoot ? 'User www-data\nGroup www-data' : ''}
ErrorLog ${folder}/logs/error.log
LogLevel info
KeepAliveTimeout 60
MaxKeepAliveRequests 0
CustomLog ${folder}/logs/access.log "%h %l %u %t \\"%r\\" %>s %b %D"
<VirtualHost 127.0.0.1:${port}>
Include ${folder}/token-tax.conf
ProxyPass / http://127.0.0.1:${wanted.backendPort}/
</VirtualHost>
`,
  );
  const args = ['-d', folder, '-f', join(folder, 'apache.conf'), '-D', 'FOREGROUND'];
  const running = await start('apache2', args, { cwd: folder, ports: [port!], signal: 'SIGTERM' });
  return { origin: `http://127.0.0.1:${port}`, stop: () => running.stop(), logged: () => logsIn(folder) };
}

async function varnish(wanted: Wanted): Promise<Running> {
  const { folder } = wanted;
  const context = await contextFor(wanted);
  const { listen } = context;
  write(wanted, varnishRemedy.files(context));
  makeSecret(folder);
  const shim = await runNginx(folder, nginxFrame(folder, `include ${folder}/token-tax-shim.conf;`), []);
  // As the first lines of the file say.
  const [, said = ''] = /^# varnishd (.*)$/m.exec(readFileSync(join(folder, 'token-tax.vcl'), 'utf8'))!;
  const server = await start(
    'varnishd',
    ['-F', '-n', join(folder, 'v'), '-T', 'none', '-p', `vcl_path=${folder}`, ...said.split(' ')],
    {
      cwd: folder,
      ports: [listen.port],
    },
  ).catch(async (error: unknown) => {
    await shim.stop();
    throw error;
  });
  return {
    tokenUrl: tokenUrlOf(context),
    stop: async () => {
      const all = execFileSync('varnishlog', ['-n', join(folder, 'v'), '-d', '-g', 'raw'], {
        env: environment,
        maxBuffer: 1 << 28,
      });
      writeFileSync(join(folder, 'logs/varnishlog.txt'), all);
      await server.stop();
      await shim.stop();
    },
    logged: () => logsIn(folder),
  };
}

export const remedies = { nginx, openresty, haproxy, apache, varnish } as const;
export type RemedyName = keyof typeof remedies;

export const remedyOf: Readonly<Record<RemedyName, Remedy>> = {
  nginx: nginxRemedy,
  openresty: openrestyRemedy,
  haproxy: haproxyRemedy,
  apache: apacheRemedy,
  varnish: varnishRemedy,
};
