/** Options that name something this run does not have: a typo, more often than not, that would change the figures in silence. */
import { matchesPattern } from '../events/pattern.js';
import type { LifetimeRule } from './options.js';
import type { Warning } from './result.js';

interface NamedKey {
  readonly client: string;
  readonly host: string | undefined;
  readonly path: string;
}

const MOST_NAMES = 3;

/** A rule that another one overrules is no typo: it matches all the same. */
export function unusedLifetimes(rules: readonly LifetimeRule[], keys: readonly NamedKey[]): Warning[] {
  // Without a fetch there is nothing to match, and that is what is said then.
  if (keys.length === 0) return [];
  return rules
    .filter((rule) => !keys.some((key) => matches(rule, key)))
    .map(({ text, client }) => ({ id: 'lifetime-unused', message: `--lifetime ${text} matched no ${seen(client, keys)}` }));
}

function matches({ client, endpoint }: LifetimeRule, key: NamedKey): boolean {
  if (client !== undefined) return client === key.client;
  if (endpoint === undefined) return true;
  return matchesPattern(endpoint, { method: 'POST', path: key.path, ...(key.host === undefined ? {} : { host: key.host }) });
}

/** `client; seen: billing, orders and 2 more` */
function seen(client: string | undefined, keys: readonly NamedKey[]): string {
  const name = client === undefined ? ({ host, path }: NamedKey) => `${host ?? ''}${path}` : (key: NamedKey) => key.client;
  const names = [...new Set(keys.map(name))].sort();
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `${client === undefined ? 'token endpoint' : 'client'}; seen: ${names.slice(0, MOST_NAMES).join(', ')}${more}`;
}
