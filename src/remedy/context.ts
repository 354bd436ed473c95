/** What a result says of the token that is fetched too often, as far as a configuration can hold it. Pure data to data. */
import { type LifetimeRule, lifetimeRuleFor } from '../analysis/options.js';
import { type Margin, usableMs } from '../analysis/perfect-cache.js';
import type { KeyResult } from '../analysis/result.js';
import { DEFAULT_PLACES, type RemedyContext, type TokenEndpoint } from './remedy.js';

/** What the user says; it goes before what the log shows. */
export interface Wishes {
  readonly issuer?: TokenEndpoint;
  readonly clientId?: string;
  readonly scope?: string;
  readonly audience?: string;
  readonly listen?: { readonly host: string; readonly port: number };
  readonly resolver?: string;
  readonly lifetimes: readonly LifetimeRule[];
  readonly margin: Margin;
}

export interface Grounds {
  readonly context: RemedyContext;
  /** One sentence for each value that the log does not say, or that was put in from elsewhere. */
  readonly assumptions: readonly string[];
}

/** Stands for a host that no log names; it resolves nowhere. */
export const HOST_TO_FILL_IN = 'token-endpoint.invalid';
const LIFETIME_IF_UNKNOWN_MS = 300_000;

/**
 * Values in which a template language ({{ }}, ${ }, @( )) or a reference to a secret (env://) could hide are not put into a file: whoever
 * writes into a log could have it read what is not his.
 */
const PLAIN = /^(?!(?:env|vault|consul|secrets?|file|kv|ref):)[A-Za-z0-9][A-Za-z0-9._~:/@+|*,=;?&!^-]{0,499}$/i;
export const isPlain = (text: string): boolean => PLAIN.test(text);

/** `host/path` or `/path`, as in keys[].endpoint; undefined parts are filled in by the user. */
function endpointOf(key: KeyResult | undefined, assumptions: string[]): TokenEndpoint {
  const text = key?.endpoint ?? '/token';
  const cut = text.indexOf('/');
  const authority = cut <= 0 ? '' : text.slice(0, cut);
  const path = cut < 0 ? '/token' : text.slice(cut);
  const [, host = '', port = ''] = /^(\[[0-9A-Fa-f:.]+\]|[^:]*)(?::(\d{1,5}))?$/.exec(authority) ?? [];
  if (key === undefined)
    assumptions.push('The finding is about no single token: the token endpoint is to be filled in (--issuer URL).');
  if (host === '') {
    assumptions.push(`The log does not name the host of the issuer: ${HOST_TO_FILL_IN} stands for it (--issuer URL).`);
    return { scheme: 'https', host: HOST_TO_FILL_IN, port: 443, path };
  }
  assumptions.push('https: a log does not say it (--issuer http://... otherwise).');
  return { scheme: 'https', host, port: port === '' ? 443 : Number(port), path };
}

/** `key`: of the finding. Throws nothing: what is not known becomes a placeholder or an assumption. */
export function groundsFor(key: KeyResult | undefined, wishes: Wishes): Grounds {
  const assumptions: string[] = [];
  const tokenEndpoint = wishes.issuer ?? endpointOf(key, assumptions);
  const fromLog = (what: string, value: string | null | undefined, flag: string): string | undefined => {
    if (value === null || value === undefined || value === '') return undefined;
    if (value.split(' ').every(isPlain)) return value;
    assumptions.push(
      `The ${what} in the log has characters that a gateway could take for a template: fill it in yourself (${flag}).`,
    );
    return undefined;
  };
  const seen = key === undefined || key.basis.client === 'address' || key.client === '' ? undefined : key.client;
  const clientId = wishes.clientId ?? fromLog('client id', seen, '--client-id');
  if (clientId === undefined && seen === undefined)
    assumptions.push('The log does not name the client: <CLIENT_ID> stands for it (--client-id).');
  const scope = wishes.scope ?? fromLog('scope', key?.scope, '--scope');
  if (scope === undefined && key?.basis.scope !== true)
    assumptions.push('The log does not show the scope: none is asked for (--scope if the callers ask for one).');
  const audience = wishes.audience ?? fromLog('audience', key?.audience, '--audience');

  const lifetimeMs = lifetimeOf(key, wishes, assumptions);
  const life = lifetimeMs ?? LIFETIME_IF_UNKNOWN_MS;
  const usable = Math.max(1000, Math.floor(usableMs(life, wishes.margin)));
  const ttlMs = Math.min(usable, Math.max(1000, life - 1));
  return {
    assumptions,
    context: {
      tokenEndpoint,
      clientId,
      scope,
      audience,
      lifetimeMs,
      marginMs: Math.max(0, life - ttlMs),
      ttlMs,
      listen: wishes.listen ?? { host: '127.0.0.1', port: 9180 },
      pathPrefix: '/token/',
      resolver: wishes.resolver,
      places: DEFAULT_PLACES,
    },
  };
}

function lifetimeOf(key: KeyResult | undefined, wishes: Wishes, assumptions: string[]): number | undefined {
  const [host, path] = hostAndPath(key?.endpoint ?? '/');
  const rule = lifetimeRuleFor(wishes.lifetimes, { client: key?.client ?? '', host, path });
  if (rule !== undefined) return rule.ms;
  const lifetime = key?.lifetimeSeconds ?? null;
  if (lifetime === null) {
    assumptions.push(
      `Nobody says how long the tokens live: ${LIFETIME_IF_UNKNOWN_MS / 1000} s are assumed; longer is better (--lifetime DURATION).`,
    );
    return undefined;
  }
  if (lifetime.min * 2 < lifetime.max)
    assumptions.push(
      `Tokens live ${lifetime.min} to ${lifetime.max} s when they are handed out: fixed times are for the shortest. An issuer whose expires_in counts down needs a cache that reads the response.`,
    );
  if (key?.lifetimeFrom === 'provider')
    assumptions.push(`Tokens live ${lifetime.min} s: the default of the provider, not read from the log.`);
  return Math.max(1, Math.floor(lifetime.min * 1000));
}

const hostAndPath = (endpoint: string): readonly [string | undefined, string] => {
  const cut = endpoint.indexOf('/');
  return cut <= 0 ? [undefined, endpoint] : [endpoint.slice(0, cut), endpoint.slice(cut)];
};

const words: Readonly<Record<string, string>> = {
  '<CLIENT_ID>': 'the client id (--client-id)',
  '<DNS_SERVER>': 'the address of your DNS server, such as 10.0.0.2 (--resolver)',
  '<CLIENT_SECRET>': 'the secret of the client: never in version control',
  [HOST_TO_FILL_IN]: 'the host of the issuer (--issuer URL)',
};

/** Placeholders that are left in the files, each with what it stands for. */
export function fillIns(texts: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const text of texts) {
    const plain = text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('%3C', '<').replaceAll('%3E', '>');
    for (const [name] of plain.matchAll(/<[A-Z][A-Z_]{2,30}>|token-endpoint\.invalid/g)) found.add(name);
  }
  return [...found].sort().map((name) => `${name}: ${words[name] ?? name.slice(1, -1).toLowerCase().replaceAll('_', ' ')}`);
}
