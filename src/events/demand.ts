/** Health and status paths that count as such only when they are the whole path: `/orders/status` is an API. Lower case. */
export const healthPaths: ReadonlySet<string> = new Set([
  '/-/healthy',
  '/-/ready',
  '/_health',
  '/_status',
  '/actuator',
  '/alive',
  '/health',
  '/health/live',
  '/health/liveness',
  '/health/ready',
  '/health/readiness',
  '/health/startup',
  '/live',
  '/liveness',
  '/metrics',
  '/nginx_status',
  '/ping',
  '/q/health',
  '/q/health/live',
  '/q/health/ready',
  '/q/metrics',
  '/readiness',
  '/ready',
  '/server-status',
  '/status',
  '/stub_status',
  '/up',
]);

/** Ends that no API resource has, whatever stands before them. Lower case. */
export const healthSuffixes = [
  '/actuator/health',
  '/actuator/health/liveness',
  '/actuator/health/readiness',
  '/actuator/info',
  '/actuator/metrics',
  '/actuator/prometheus',
  '/favicon.ico',
  '/health-check',
  '/healthcheck',
  '/healthz',
  '/livez',
  '/readyz',
  '/robots.txt',
] as const;

/** Checks of parts (`/healthz/etcd`) of the Kubernetes API server and what copies it. Lower case. */
export const healthPrefixes = ['/healthz/', '/livez/', '/readyz/'] as const;

/** Extensions of files that web servers deliver without asking anyone. Documents (`.pdf`, `.json`, `.xml`) may come from an API. */
export const staticExtensions: ReadonlySet<string> = new Set([
  'apng',
  'avif',
  'bmp',
  'css',
  'cur',
  'eot',
  'gif',
  'ico',
  'jpeg',
  'jpg',
  'js',
  'map',
  'mjs',
  'mp3',
  'mp4',
  'ogg',
  'otf',
  'png',
  'svg',
  'ttf',
  'wasm',
  'wav',
  'webm',
  'webmanifest',
  'webp',
  'woff',
  'woff2',
]);

const isHealth = (path: string): boolean =>
  healthPaths.has(path) ||
  healthSuffixes.some((suffix) => path.endsWith(suffix)) ||
  healthPrefixes.some((prefix) => path.startsWith(prefix));

const extensionOf = (path: string): string => {
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') + 1 ? path.slice(dot + 1) : '';
};

/** Why requests to a path are not demand for a token, or undefined when they are. Case and one trailing slash do not count. */
export const excludedPath = (path: string): 'health' | 'static' | undefined => {
  const bare = (/^[^?#;]*/.exec(path)?.[0] ?? '').toLowerCase();
  const trimmed = bare.length > 1 && bare.endsWith('/') ? bare.slice(0, -1) : bare;
  if (isHealth(trimmed)) return 'health';
  return staticExtensions.has(extensionOf(trimmed)) ? 'static' : undefined;
};
