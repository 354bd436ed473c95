import type { AgentName } from './request-batch.js';

/** Parts of the user agents of health checkers and monitors, lower case. */
export const probeAgents = [
  'kube-probe',
  'elb-healthchecker',
  'googlehc',
  'google-cloud-scheduler-healthcheck',
  'amazon-route53-health-check',
  'azure traffic manager endpoint monitor',
  'consul health check',
  'envoy/hc',
  'haproxy',
  'health check',
  'healthcheck',
  'health-check',
  'prometheus',
  'blackbox',
  'uptimerobot',
  'uptime-kuma',
  'better uptime',
  'betteruptime',
  'pingdom',
  'datadogsynthetics',
  'datadog/synthetics',
  'statuscake',
  'site24x7',
  'newrelicpinger',
  'check_http',
  'zabbix',
  'hetrixtools',
  'freshping',
  'cloudflare-healthchecks',
] as const;

/** Rendering engines and products: what a person's browser names besides `Mozilla/`. */
const engine = /gecko|applewebkit|khtml|trident|msie|presto/;

/** What programs name that dress up as browsers. */
const robot =
  /bot\b|bot\/|crawl|spider|slurp|headless|phantomjs|powershell|python|curl|wget|java\/|okhttp|node|\+https?:|monitor|scan|preview|fetch/;

const isBrowser = (agent: string): boolean =>
  (agent.startsWith('mozilla/') || agent.startsWith('opera/')) && engine.test(agent) && !robot.test(agent);

/** Who sends a user agent: a health checker, a person's browser, or any other program. */
export const classifyAgent = (userAgent: string): AgentName['kind'] => {
  const agent = userAgent.trim().toLowerCase();
  if (agent === '' || agent === '-') return 'unknown';
  if (probeAgents.some((part) => agent.includes(part))) return 'probe';
  return isBrowser(agent) ? 'browser' : 'machine';
};
