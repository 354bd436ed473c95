/** A token response: how long it lives, and the copy of it with less life left. */

const counted = ['expires_in', 'ext_expires_in', 'refresh_expires_in'] as const;

const claimsOf = (token: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

const asObject = (body: Buffer): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

const positive = (value: unknown): number | undefined => {
  const number = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : Number.NaN;
  return Number.isFinite(number) && number >= 0 ? number : undefined;
};

export interface TokenFacts {
  readonly isToken: boolean;
  /** ms; undefined: not to be kept. */
  readonly lifetimeMs: number | undefined;
  /** As the provider said it, s. */
  readonly expiresIn: number | undefined;
}

const LONGEST_LIFE_MS = 366 * 86_400_000;

/**
 * The life is `expires_in` (RFC 6749, 5.1), or `exp` of a JWT, whichever ends first; else the default. Tokens bound to a key (RFC
 * 8705, 9449) and user tokens (that come with a refresh token or an id token) are never kept.
 */
export const readToken = (status: number, body: Buffer, wallMs: number, defaultLifetimeMs: number | undefined): TokenFacts => {
  const value = status === 200 || status === 201 ? asObject(body) : undefined;
  const token = value?.access_token;
  if (value === undefined || typeof token !== 'string' || token === '' || 'error' in value)
    return { isToken: false, lifetimeMs: undefined, expiresIn: undefined };
  const expiresIn = positive(value.expires_in);
  const claims = claimsOf(token);
  const bound = claims?.cnf !== undefined || String(value.token_type ?? 'bearer').toLowerCase() !== 'bearer';
  const exp = positive(claims?.exp);
  const iat = positive(claims?.iat);
  const lives = [
    ...(expiresIn === undefined ? [] : [expiresIn * 1000]),
    // By its own clock where it says one: ours may differ.
    ...(exp === undefined ? [] : [iat === undefined || expiresIn === undefined ? exp * 1000 - wallMs : (exp - iat) * 1000]),
  ];
  if (lives.length === 0 && defaultLifetimeMs !== undefined) lives.push(defaultLifetimeMs);
  const keep = lives.length > 0 && !bound && value.refresh_token === undefined && value.id_token === undefined;
  return { isToken: true, expiresIn, lifetimeMs: keep ? Math.min(LONGEST_LIFE_MS, ...lives) : undefined };
};

/** Copies of a token response for a given number of seconds less. Else as the provider wrote it, byte for byte. */
export const countdown = (body: Buffer): ((elapsedSeconds: number) => Buffer) => {
  const text = body.toString('utf8');
  const value = asObject(body) ?? {};
  const names = counted.filter((name) => positive(value[name]) !== undefined);
  const less = (seconds: number, elapsed: number): number => Math.max(0, Math.floor(seconds - elapsed));
  const pattern = /"(expires_in|ext_expires_in|refresh_expires_in)"(\s*:\s*)("?)(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)("?)/g;
  // The same name deeper inside, or in a string: then the text is not edited but written anew.
  const isPlain = [...text.matchAll(pattern)].length === names.length;
  return (elapsed) => {
    if (names.length === 0 || elapsed <= 0) return body;
    if (isPlain)
      return Buffer.from(
        text.replace(pattern, (_, name: string, colon: string, open: string, number: string, close: string) => {
          return `"${name}"${colon}${open}${less(Number(number), elapsed)}${close}`;
        }),
      );
    const copy = { ...value };
    for (const name of names) {
      const left = less(Number(value[name]), elapsed);
      copy[name] = typeof value[name] === 'string' ? String(left) : left;
    }
    return Buffer.from(JSON.stringify(copy));
  };
};
