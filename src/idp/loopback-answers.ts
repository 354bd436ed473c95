/** What the loopback writes: its own Cache-Status (RFC 9211), and of the provider's headers those that matter to a client. */
import type { Reply, Served } from './token-cache.js';
import { countdown } from './token-reply.js';

export const cacheStatus = ({ outcome, reply, stored, ttlMs = 0 }: Served): string => {
  const ttl = Math.floor(ttlMs / 1000);
  switch (outcome) {
    case 'hit':
      return `token-tax; hit; ttl=${ttl}`;
    case 'stale':
      return `token-tax; hit; ttl=${ttl}; detail=stale`;
    case 'negative':
      return 'token-tax; hit; detail=negative';
    case 'refused':
      return 'token-tax; fwd=miss; detail=refused';
    default: {
      const why = outcome === 'expired' ? 'stale' : 'miss';
      return `token-tax; fwd=${why}; fwd-status=${reply.status}${stored === true ? `; stored; ttl=${ttl}` : ''}${outcome === 'collapsed' ? '; collapsed' : ''}`;
    }
  }
};

/** Of a kept answer: those that are about the answer itself, and not about the one exchange that brought it. */
const keptNames: ReadonlySet<string> = new Set(['content-encoding', 'content-language', 'www-authenticate']);
/** Written here in any case. */
const ownNames: ReadonlySet<string> = new Set([
  'cache-control',
  'cache-status',
  'content-length',
  'content-type',
  'pragma',
  'retry-after',
]);

/** The provider's words where they forbid to keep the answer, as RFC 6749, 5.1, wants; else the words of the RFC. */
const cacheControl = (headers: readonly string[]): string => {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'cache-control');
  const said = at < 0 ? '' : (headers[at + 1] ?? '');
  return /\bno-store\b/i.test(said) ? said : 'no-store';
};

/** @param isPassed an answer to one request only: with all the headers that the provider gave it */
export const headOf = (reply: Reply, bytes: number, status: string, isPassed = false): string[] => {
  const { headers = [] } = reply;
  const head = ['content-type', reply.contentType ?? 'application/json', 'cache-control', cacheControl(headers)];
  head.push('pragma', 'no-cache', 'content-length', String(bytes), 'cache-status', status);
  if (reply.retryAfterMs !== undefined) head.push('retry-after', String(Math.ceil(reply.retryAfterMs / 1000)));
  let challenged = false;
  for (let at = 0; at < headers.length; at += 2) {
    const name = (headers[at] ?? '').toLowerCase();
    if (ownNames.has(name) || !(isPassed || keptNames.has(name))) continue;
    challenged ||= name === 'www-authenticate';
    head.push(name, headers[at + 1] ?? '');
  }
  if (reply.status === 401 && !challenged) head.push('www-authenticate', 'Basic');
  return head;
};

/** The answer as it was last sent to who sends the same bytes, and for which seconds it is the right one. */
interface Made {
  readonly reply: Reply;
  readonly left: number;
  readonly ttl: number;
  readonly head: readonly string[];
  readonly body: Buffer;
}

/** Head and body, made anew only when a second has passed. */
export interface Answered {
  readonly head: readonly string[];
  readonly body: Buffer;
}

export class AnswerMaker {
  /** By answer of the provider: how to count it down. */
  #copies = new WeakMap<Reply, (elapsed: number) => Buffer>();

  /** @param holder keeps what was made last */
  make(served: Served, holder: { made?: Made }): Answered {
    const { reply, leftMs, outcome } = served;
    const left = leftMs === undefined ? undefined : Math.max(0, Math.floor(leftMs / 1000));
    const ttl = Math.floor((served.ttlMs ?? 0) / 1000);
    const { made } = holder;
    if (outcome === 'hit' && made !== undefined && made.reply === reply && made.left === left && made.ttl === ttl) return made;
    let { body } = reply;
    if (leftMs !== undefined && reply.lifetimeMs !== undefined) {
      const copy = this.#copies.get(reply) ?? countdown(reply.body);
      this.#copies.set(reply, copy);
      body = copy((reply.lifetimeMs - leftMs) / 1000);
    }
    const head = headOf(reply, body.length, cacheStatus(served));
    if (outcome === 'hit' && left !== undefined) holder.made = { reply, left, ttl, head, body };
    return { head, body };
  }

  clear(): void {
    this.#copies = new WeakMap();
  }
}

export type Holder = Parameters<AnswerMaker['make']>[1];
