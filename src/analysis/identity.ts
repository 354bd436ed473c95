/** What makes two fetches interchangeable (the key), and who can keep a token (the holder), from what a log shows. */
import { grantOf } from '../events/grants.js';
import type { Caller } from '../events/request-batch.js';
import type { KeyBasis } from './result.js';

export interface KeyName {
  /** Text that equals for equal keys only, but for what `distinct` tells apart. */
  readonly text: string;
  /** Keys whose text is equal because secrets were replaced; empty for all others. Never printed, nor anything made of it. */
  readonly distinct: string;
  readonly host: string | undefined;
  readonly path: string;
  readonly client: string;
  readonly scope: string | undefined;
  readonly audience: string | undefined;
  readonly clientFrom: KeyBasis['client'];
}

/** Endpoint + client + scopes + audience. Without a client the caller's address and agent stand in for it, which is weak evidence. */
export function keyOf(caller: Caller): KeyName {
  const clientFrom = caller.clientFrom ?? 'address';
  const client =
    caller.client ?? [caller.address ?? 'unknown caller', caller.agent].filter((part) => part !== undefined).join(' ');
  const { host, path, scope, audience } = caller;
  return {
    distinct: caller.distinct ?? '',
    text: JSON.stringify([host ?? null, path, clientFrom === 'address', client, scope ?? null, audience ?? null]),
    host,
    path,
    client,
    scope,
    audience,
    clientFrom,
  };
}

/** The caller as the issuer's side sees it: instance, pod or host field, else address. */
export const holderOf = (caller: Caller): string => caller.node ?? caller.address ?? '';

/** Short and stable: the same key has the same id in every run. FNV-1a, 64 bits in two halves. */
export function keyId(text: string): string {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (let at = 0; at < text.length; at += 1) {
    low = Math.imul(low ^ text.charCodeAt(at), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(at) ^ (low >>> 16), 0x01000193);
  }
  return `k-${(high >>> 0).toString(16).padStart(8, '0')}${(low >>> 16).toString(16).padStart(4, '0')}`;
}

export interface GrantContext {
  /** `--grant`. */
  readonly forced: 'service' | 'user' | undefined;
  /** Names of the gateway instances of this run. */
  readonly gateways: ReadonlySet<string>;
  /** Different addresses that called this endpoint with this agent. */
  readonly addresses: (caller: Caller) => number;
  readonly requests: (caller: Caller) => number;
}

const FEW_ADDRESSES = 32;
/** Requests of one address that no person makes: a caller without a logged agent and this many is taken for a machine. */
const MANY_REQUESTS = 20;

/**
 * Service, user, or unknown. Where the grant is not in the log, a caller that looks like a machine is taken to ask for itself: a
 * gateway of this run, a client id, or a non-browser agent with few addresses.
 */
export function grantFor(caller: Caller, context: GrantContext): 'service' | 'user' | 'unknown' {
  const seen = caller.grantType === undefined ? undefined : grantOf(caller.grantType);
  if (seen !== undefined) return seen;
  if (context.forced !== undefined) return context.forced;
  if (context.gateways.has(holderOf(caller)) || caller.client !== undefined) return 'service';
  const few = context.addresses(caller) <= FEW_ADDRESSES;
  if (caller.agentKind === 'machine' && few) return 'service';
  if (caller.agentKind === 'unknown' && few && context.requests(caller) >= MANY_REQUESTS) return 'service';
  return 'unknown';
}
