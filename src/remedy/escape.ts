/** Values from a log, written so that they cannot break out of the language that they are put into. Pure text to text. */
import type { RemedyContext, TokenEndpoint } from './remedy.js';

/** Percent-encodes all but letters, digits, - . _ ~: safe in a form body and inside the quotes of every language here. */
export const percent = (text: string): string =>
  [...new TextEncoder().encode(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');

/** The body of the token request. */
export const formBody = ({ scope, audience }: Pick<RemedyContext, 'scope' | 'audience'>): string =>
  [
    'grant_type=client_credentials',
    ...(scope === undefined ? [] : [`scope=${percent(scope)}`]),
    ...(audience === undefined ? [] : [`audience=${percent(audience)}`]),
  ].join('&');

/** A path of a URL; what does not belong in one, and what is special to a gateway ($ { } ; quotes), is percent-encoded. */
export const urlPath = (path: string): string =>
  path.replace(/%(?![0-9A-Fa-f]{2})|[^\w\-.~/%:@&*+,=]/gu, (part) => percent(part)).replace(/^(?!\/)/, '/');

/** A host as URLs have it; anything else becomes a name that resolves nowhere. */
export const urlHost = (host: string): string =>
  /^(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])$/.test(host) ? host : 'token-endpoint.invalid';

export const isAddress = (host: string): boolean => /^(?:\d{1,3}\.){3}\d{1,3}$|^\[.*\]$/.test(host) || host === 'localhost';

/** `host`, or `host:port` where the port is not the scheme's own. */
export const authority = ({ scheme, host, port }: TokenEndpoint): string =>
  port === (scheme === 'https' ? 443 : 80) ? urlHost(host) : `${urlHost(host)}:${port}`;

export const endpointUrl = (endpoint: TokenEndpoint): string =>
  `${endpoint.scheme}://${authority(endpoint)}${urlPath(endpoint.path)}`;

/** With its quotes. Bytes outside printable ASCII, quotes and backslashes as \ddd. */
export const luaString = (text: string): string =>
  `"${[...new TextEncoder().encode(text)]
    .map((byte) =>
      byte < 32 || byte > 126 || byte === 34 || byte === 92 ? `\\${String(byte).padStart(3, '0')}` : String.fromCharCode(byte),
    )
    .join('')}"`;

/** With its quotes. */
export const pythonString = (text: string): string =>
  `"${[...text]
    .map((character) => {
      const code = character.codePointAt(0)!;
      if (code >= 32 && code < 127 && code !== 34 && code !== 92) return character;
      return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
    })
    .join('')}"`;

/** With its quotes; a line break or NUL has no business in what is pasted into a shell. */
export const shellString = (text: string): string => `'${text.replace(/[\u0000-\u001f\u007f]/g, ' ').replace(/'/g, `'\\''`)}'`;
