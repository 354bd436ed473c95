import { TokenTaxError } from '../errors.js';
import { compileGlob, couldMatchTemplate, type Glob, matchGlob } from './glob.js';
import { hostName } from './host.js';
import { type Method, methods } from './request-batch.js';

/** A `--token-endpoint` or `--token-routes` pattern. Plain data: it can be sent to a worker. */
export interface EndpointPattern {
  /** As the user wrote it. */
  readonly text: string;
  readonly method: Method | undefined;
  readonly host: Glob | undefined;
  readonly path: Glob;
}

export interface PatternTarget {
  readonly method: Method;
  readonly host?: string | undefined;
  /** Raw path; a query is ignored. */
  readonly path: string;
}

/** Longer patterns are a mistake, and would make every match slow. */
const MAX_LENGTH = 1024;

const fail = (text: string, why: string): never => {
  throw new TokenTaxError('BAD_OPTION', `"${text}" is not an endpoint pattern: ${why}.`, {
    help: 'Write [METHOD ][host]/path, such as /oauth/token, POST /v1/*/login or auth.example.com/**/token.',
  });
};

/** One trailing slash does not count, neither in patterns nor in paths. */
const trimSlash = (path: string): string => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);

const takeMethod = (text: string): { method: Method | undefined; rest: string } => {
  const [, word, rest] = /^([A-Za-z]+) +([^ ]*)$/.exec(text) ?? [];
  if (word === undefined || rest === undefined) return { method: undefined, rest: text };
  const method = methods.find((name) => name === word.toUpperCase() && name !== 'OTHER');
  return { method: method ?? fail(text, `"${word}" is not an HTTP method`), rest };
};

const check = (text: string): void => {
  if (text === '') fail(text, 'it is empty');
  if (text.length > MAX_LENGTH) fail(`${text.slice(0, 40)}...`, `it is longer than ${MAX_LENGTH} characters`);
  if (/[\x00-\x1f\x7f]/.test(text)) fail(text.replace(/[\x00-\x1f\x7f]/g, ' '), 'it holds control characters');
  if (/[?#]/.test(text)) fail(text, 'a query or fragment cannot be matched, leave out what follows the path');
  if (text.includes('***')) fail(text, '*** has no meaning, use * inside a segment or ** across segments');
};

/** Reads `[METHOD ][host]/path`. `*` matches inside a segment, `**` across segments. @throws {TokenTaxError} BAD_OPTION */
export const parseEndpointPattern = (text: string): EndpointPattern => {
  const trimmed = text.trim();
  check(trimmed);
  const { method, rest } = takeMethod(trimmed);
  if (rest.includes(' ')) fail(trimmed, 'it holds a blank');
  const address = rest.replace(/^https?:\/\//i, '');
  const slash = address.indexOf('/');
  if (slash < 0) fail(trimmed, 'it has no path that starts with /');
  const host = slash === 0 ? undefined : compileGlob(hostName(address.slice(0, slash)) ?? '');
  return { text: trimmed, method, host, path: compileGlob(trimSlash(address.slice(slash))) };
};

const barePath = (path: string): string => {
  const query = path.search(/[?#]/);
  return trimSlash(query < 0 ? path : path.slice(0, query));
};

const hostFits = (pattern: Glob | undefined, host: string | undefined): boolean => {
  if (pattern === undefined) return true;
  const name = hostName(host);
  return name !== undefined && matchGlob(pattern, name);
};

/** True if the request fits. A pattern with a host never fits a record without one. Paths are case-sensitive, hosts are not. */
export const matchesPattern = (pattern: EndpointPattern, { method, host, path }: PatternTarget): boolean =>
  (pattern.method === undefined || pattern.method === method) &&
  hostFits(pattern.host, host) &&
  matchGlob(pattern.path, barePath(path));

/** True if some raw path that folds to this template could fit; method and host are not looked at. */
export const couldMatchFolded = ({ path }: EndpointPattern, foldedPath: string): boolean =>
  couldMatchTemplate(path, barePath(foldedPath));
