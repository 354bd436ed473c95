/** Credentials of the replay's own. Those of the log never get here: the reader of logs drops them. */
import { TokenTaxError } from '../errors.js';

/** The value of the Authorization header, or undefined for none. */
export type Authorize = () => string | undefined | Promise<string | undefined>;

/** `Bearer` goes in front of what has no scheme. */
export const fixedAuthorization = (secret: string): Authorize => {
  const text = secret.trim();
  const value = /^[A-Za-z][\w-]* +\S/.test(text) ? text : `Bearer ${text}`;
  if (!/^[\x20-\x7e]+$/.test(value)) throw new TokenTaxError('BAD_OPTION', 'the credentials hold characters no header can have');
  return () => value;
};

export interface Token {
  readonly value: string;
  /** ms; undefined: the provider did not say. */
  readonly lifetimeMs: number | undefined;
}

export interface CachedOptions {
  readonly fetch: () => Promise<Token>;
  /** Monotonic, ms. */
  readonly now: () => number;
}

/** Where the provider says no lifetime (RFC 6749, 5.1: it then says it by other means), a token is used this long. */
const UNSAID_MS = 60_000;
/** So long nobody asks again after a failure. */
const RETRY_MS = 1000;

/**
 * A correct cache: one fetch for all who wait, a new token min(60 s, 10 %) before the old one ends, the life counted from before the
 * fetch began, and no fetch for each request while the provider fails.
 */
export const cachedAuthorization = ({ fetch, now }: CachedOptions): Authorize => {
  let value: string | undefined;
  let goodUntil = Number.NEGATIVE_INFINITY;
  let pending: Promise<string> | undefined;
  let failure: { readonly error: unknown; readonly until: number } | undefined;
  const renew = async (): Promise<string> => {
    const asked = now();
    try {
      const token = await fetch();
      const lifetimeMs = token.lifetimeMs ?? UNSAID_MS;
      goodUntil = asked + lifetimeMs - Math.min(60_000, lifetimeMs / 10);
      value = `Bearer ${token.value}`;
      failure = undefined;
      return value;
    } catch (error) {
      failure = { error, until: now() + RETRY_MS };
      throw error;
    } finally {
      pending = undefined;
    }
  };
  return () => {
    if (value !== undefined && now() < goodUntil) return value;
    if (failure !== undefined && now() < failure.until) throw failure.error;
    pending ??= renew();
    return pending;
  };
};

export interface ClientCredentials {
  readonly endpoint: URL;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string;
  readonly timeoutMs?: number;
}

const MAX_TOKEN_BYTES = 1 << 20;

/** RFC 6749, 4.4, with the credentials in the Basic header (2.3.1: form-encoded first). Redirects are not followed. */
export const fetchToken = async (options: ClientCredentials): Promise<Token> => {
  const { endpoint, clientId, clientSecret, scope, timeoutMs = 10_000 } = options;
  const encoded = (text: string): string => new URLSearchParams({ a: text }).toString().slice(2);
  const basic = Buffer.from(`${encoded(clientId)}:${encoded(clientSecret)}`).toString('base64');
  const fail = (what: string): never => {
    throw new TokenTaxError('TOKEN_REFUSED', `no token from ${endpoint.host}: ${what}`, {
      help: 'Check --oauth-token-endpoint and the variables that hold the client id and secret.',
    });
  };
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) });
  let text = '';
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}`, accept: 'application/json' },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      return fail(`status ${response.status}`);
    }
    let size = 0;
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > MAX_TOKEN_BYTES) return fail('the answer is longer than a token can be');
      text += decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    if (error instanceof TokenTaxError) throw error;
    const { name, cause } = error as Error & { readonly cause?: NodeJS.ErrnoException };
    return fail(name === 'TimeoutError' ? 'it did not answer in time' : (cause?.code ?? name));
  }
  try {
    const { access_token: value, expires_in: life } = JSON.parse(text) as Record<string, unknown>;
    if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) return fail('the answer has no access_token');
    const seconds = Number(life);
    return { value, lifetimeMs: life !== undefined && Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined };
  } catch (error) {
    if (error instanceof TokenTaxError) throw error;
    return fail('the answer is not JSON');
  }
};
