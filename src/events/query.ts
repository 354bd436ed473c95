/** What a token request's query says about who asks for what. Secrets are only noticed, never kept. */
export interface TokenQuery {
  /** Lower case. */
  readonly grantType: string | undefined;
  readonly clientId: string | undefined;
  /** Sorted, space separated, each once. */
  readonly scope: string | undefined;
  /** Sorted, space separated: RFC 8693 and RFC 8707 allow several. */
  readonly audience: string | undefined;
  readonly resource: string | undefined;
  readonly hasSecret: boolean;
}

/** Percent and plus decoding that never throws: what is no UTF-8 is decoded byte by byte, what is no escape stays. */
export const decodeQueryText = (text: string): string => {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
};

const secretParameter =
  /(?:secret|password|passwd|token|assertion|api_?key|signature|credential)$|^(?:code|code_verifier|key|sig|auth)$/;

const splitAtEquals = (pair: string): [name: string, value: string] => {
  const at = pair.indexOf('=');
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
};

const parametersOf = (query: string): [name: string, value: string][] =>
  query
    .replace(/^\?/, '')
    .split('&')
    .map(splitAtEquals)
    .map(([name, value]) => [decodeQueryText(name).toLowerCase(), decodeQueryText(value).trim()]);

const sortedWords = (values: readonly string[]): string | undefined => {
  const words = new Set(values.flatMap((value) => value.split(/\s+/)).filter((word) => word !== ''));
  return words.size === 0 ? undefined : [...words].sort().join(' ');
};

/**
 * Reads the parameters that make a token key. `redact` is the redactor of free text: what is kept passes it, for clients do put
 * tokens where an id belongs.
 */
export const readTokenQuery = (query: string, redact: (text: string) => string): TokenQuery => {
  const parameters = parametersOf(query).filter(([, value]) => value !== '');
  const valuesOf = (name: string): string[] => parameters.filter((pair) => pair[0] === name).map((pair) => redact(pair[1]));
  return {
    grantType: valuesOf('grant_type')[0]?.toLowerCase(),
    clientId: valuesOf('client_id')[0],
    scope: sortedWords(valuesOf('scope')),
    audience: sortedWords(valuesOf('audience')),
    resource: sortedWords(valuesOf('resource')),
    hasSecret: parameters.some(([name]) => secretParameter.test(name)),
  };
};

/** True if the query names a grant: what RFC 6749 wants in the body, and some clients put here. */
export const hasGrantType = (query: string): boolean =>
  parametersOf(query).some(([name, value]) => name === 'grant_type' && value !== '');
