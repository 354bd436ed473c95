/** Values from a log in data files and in source text: JSON, YAML, XML, Java, C#, JavaScript. Pure text to text. */
import { CLIENT_ID_TO_FILL_IN, type RemedyContext } from './remedy.js';

/** A JSON file. */
export const jsonFile = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** With its quotes. A string of JSON with nothing in it that any of YAML, JavaScript, Java or C# would take for the end of a line. */
export const quoted = (text: string): string =>
  JSON.stringify(text).replace(/[^\x20-\x7e]/gu, (character) =>
    [...Array(character.length).keys()].map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );

/** Text of an element or of an attribute in quotes; what XML cannot hold becomes a space. */
export const xmlText = (text: string): string =>
  text
    // A lone half of a pair is no character.
    .replace(
      /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g,
      ' ',
    )
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&apos;');

/** In a comment of any language: one line of plain text. */
export const commentText = (text: string): string => text.replace(/[^\x20-\x7e]/g, ' ').replace(/--|\*\//g, ' ');

export const clientIdOf = ({ clientId }: Pick<RemedyContext, 'clientId'>): string => clientId ?? CLIENT_ID_TO_FILL_IN;

export const scopesOf = ({ scope }: Pick<RemedyContext, 'scope'>): string[] =>
  scope === undefined ? [] : scope.split(' ').filter((word) => word !== '');

/** Whole seconds a token is used, at least one. */
export const ttlSeconds = ({ ttlMs }: Pick<RemedyContext, 'ttlMs'>): number => Math.max(1, Math.floor(ttlMs / 1000));
/** Whole seconds that are left before its end, at least one. */
export const marginSeconds = ({ marginMs }: Pick<RemedyContext, 'marginMs'>): number => Math.max(1, Math.ceil(marginMs / 1000));
/** Of a response without `expires_in`. */
export const defaultLifeSeconds = ({ lifetimeMs }: Pick<RemedyContext, 'lifetimeMs'>): number =>
  Math.max(1, Math.floor((lifetimeMs ?? 300_000) / 1000));

/** What two requests for the same token have in common: the key of a cache. Letters, digits and `- . _ | %`. */
export const cacheKey = (context: RemedyContext): string =>
  ['token', clientIdOf(context), scopesOf(context).sort().join('+'), context.audience ?? '']
    .map((part) => part.replace(/[^A-Za-z0-9._+-]/g, '_'))
    .filter((part) => part !== '')
    .join('|');

export const revocationRisk = (context: RemedyContext, most: 'ttl' | 'life'): string =>
  most === 'ttl'
    ? `A revoked token is used until its time in the cache ends, at most ${ttlSeconds(context)} s.`
    : `A revoked token is used until its life ends${context.lifetimeMs === undefined ? '' : `, at most ${Math.floor(context.lifetimeMs / 1000)} s`}.`;

export const SHARING_RISK =
  'Whoever may use this cache acts as the client: give each client, scope and audience a key of its own.';

/** For gateways that say nothing themselves: the issuer's own log counts. */
export const countAtIssuer = (context: RemedyContext, where: string): string =>
  [
    `# ${where}; then compare the log of the issuer with that of before:`,
    'token-tax analyze GATEWAY.LOG ISSUER.LOG --output json=after.json',
    'token-tax fix --verify before.json after.json',
    `# expected: about one token request for each holder every ${ttlSeconds(context)} s`,
  ].join('\n');
