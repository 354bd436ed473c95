/**
 * Names, resolved once per distinct value. The columns hold ids into these lists; strings are made here, on a miss, through the
 * door. All caches in front of them are bounded, so memory does not grow with hostile input.
 */
import { classifyAgent } from '../events/agents.js';
import { excludedPath } from '../events/demand.js';
import { classifyEndpoint } from '../events/endpoints.js';
import {
  callerName,
  MAX_AGENTS,
  MAX_CALLERS,
  MAX_NODES,
  MAX_ROUTES,
  NameCap,
  type NameLimits,
  OTHER_NODES,
  OTHER_ROUTES,
  OVERFLOW_RULE,
  otherAgent,
  overflowCaller,
  tellsNobody,
} from '../events/name-cap.js';
import { couldMatchFolded, type EndpointPattern, matchesPattern } from '../events/pattern.js';
import { readTokenQuery } from '../events/query.js';
import { type AgentName, type Caller, type Method, methods, type Names, NO_ID, type RouteName } from '../events/request-batch.js';
import type { Spelling } from '../formats/define.js';
import { isPlainPath, redactText } from '../redact/index.js';
import { ByteInterner } from './byte-interner.js';
import { CallerCap } from './caller-cap.js';
import * as door from './door.js';
import { foldedText, RouteTrie } from './paths.js';
import { mayBeAuthentication } from './prefilter.js';

/** Route is an authentication endpoint, or may be one: the row must be looked at with its raw path. */
const CANDIDATE = 1;

const CERTAIN = 1;
const NOT_CERTAIN = 2;
const MAX_HOSTS = 256;
const MAX_SHOWN_PATHS = 1024;

/** One of each kind of segment that folds to `{id}`. */
const STAND_INS = ['123', '8f14e45f-ceea-467f-a8f9-1f5b3c2d4e6a', '4b2bd7ec0b1fafe722852256'];

const MAX_CROWDED = 4096;

export interface CallerSpans {
  readonly host: string | undefined;
  readonly address: string | undefined;
  readonly identity: string | undefined;
  readonly clientId: string | undefined;
  readonly mtlsSubject: string | undefined;
  readonly node: string | undefined;
  readonly scope: string | undefined;
  readonly audience: string | undefined;
  readonly grantType: string | undefined;
  readonly dpop: boolean;
  readonly agent: number;
  /** Raw text of the parts that the redactor or a cut has changed. */
  readonly altered?: readonly string[];
}

export class Dictionary implements Names {
  readonly routes: RouteName[] = [];
  readonly nodes: string[] = [];
  readonly agents: AgentName[] = [];
  readonly callers: Caller[] = [];
  /** Flags per route id. */
  readonly routeFlags: number[] = [];
  /** How often crowded places had to be forgotten. */
  collapses = 0;
  /**
   * Of the path that was asked for last: its route, when that is the route of all paths in its place whose last segment is harmless
   * (see harmless.ts); else -1.
   */
  crowdedRoute = -1;
  /** Changes when the flags of a route that was known before do. */
  flagsVersion = 0;

  readonly pathIds = new ByteInterner(65_536, 6 << 20);
  private readonly agentIdsBy = new Map<Spelling | undefined, ByteInterner>();
  readonly nodeIds = new ByteInterner(MAX_NODES, 2 << 20);
  readonly callerIds = new ByteInterner(131_072, 12 << 20);

  private readonly routeCap = new NameCap(MAX_ROUTES, (id) => {
    const { needsToken } = this.routes[id]!;
    this.routes[id] = { path: OTHER_ROUTES, needsToken };
  });
  private readonly agentCap = new NameCap(MAX_AGENTS, (id) => {
    const { kind } = this.agents[id]!;
    this.agents[id] = { name: otherAgent(kind), kind };
  });
  private readonly nodeCap = new NameCap(MAX_NODES, (id) => {
    this.nodes[id] = OTHER_NODES;
  });
  private readonly callerCap: CallerCap;
  /** Ids of the names that stand for all beyond a cap, which no cap takes away. */
  private readonly others = new Map<string, number>();
  private readonly shownPaths = new Map<string, string>();
  private readonly trie = new RouteTrie();
  /** Route of all paths below a place that has collapsed, by the text before their last segment. */
  private readonly crowded = new Map<string, number>();
  private readonly matched = new Set<string>();
  /** Per host, by route and method: CERTAIN, NOT_CERTAIN, or 0 where nobody has asked. */
  private readonly certain = new Map<string | undefined, Uint8Array>();

  constructor(
    private readonly tokenEndpoints: readonly EndpointPattern[],
    private readonly tokenRoutes: readonly EndpointPattern[],
    maxCallers = MAX_CALLERS,
  ) {
    this.callerCap = new CallerCap(this.callers, maxCallers, (id) => {
      this.callers[id] = overflowCaller(this.callers[id]!.kind);
    });
  }

  /** By their bytes, which mean another name where they are spelled in another way. */
  agentIds(spelling: Spelling | undefined): ByteInterner {
    let ids = this.agentIdsBy.get(spelling);
    if (ids === undefined) {
      ids = new ByteInterner(MAX_AGENTS, 3 << 20);
      this.agentIdsBy.set(spelling, ids);
    }
    return ids;
  }

  /** Route of a folded path that the cache does not know. `keep` is false where the cache should not grow by it. */
  routeOf(bytes: Uint8Array, from: number, to: number): { id: number; keep: boolean } {
    this.crowdedRoute = -1;
    const folded = foldedText(door.rawText(bytes, from, to, 'text'));
    const path = door.pathName(folded === '' ? '/' : folded);
    const candidate = mayBeAuthentication(path) || this.tokenEndpoints.some((pattern) => couldMatchFolded(pattern, path));
    const excluded = excludedPath(path);
    if (excluded !== undefined && !candidate) return { id: this.addRoute(`(${excluded})`, 0, excluded), keep: true };
    const parent = path.slice(0, path.lastIndexOf('/') + 1);
    const crowded = candidate ? undefined : this.crowded.get(parent);
    if (crowded !== undefined) {
      // Words of users may fit where no word of the catalogue does.
      if (this.tokenEndpoints.length === 0 && folded.startsWith(parent) && isPlainPath(parent)) this.crowdedRoute = crowded;
      return { id: crowded, keep: false };
    }
    const placed = this.trie.place(path);
    const id = this.addRoute(placed.route, candidate ? CANDIDATE : 0);
    // A place that has collapsed may be above one that is known to have.
    if (placed.collapsed) {
      this.crowded.clear();
      this.collapses += 1;
    }
    if (placed.route.endsWith('/{*}') && this.crowded.size < MAX_CROWDED && this.trie.isCrowded(path))
      this.crowded.set(parent, id);
    return { id, keep: !placed.route.includes('{*}') };
  }

  get hasTokenRoutes(): boolean {
    return this.tokenRoutes.length > 0;
  }

  /** With `--token-routes`: the route of this row, apart for requests that need a token and those that do not. */
  routeByNeed(route: number, method: number, host: string | undefined, rawPath: string): number {
    const { path, excluded } = this.routes[route]!;
    let needsToken = false;
    for (const pattern of this.tokenRoutes) {
      if (!matchesPattern(pattern, { method: methods[method]!, host, path: rawPath })) continue;
      needsToken = true;
      this.matched.add(pattern.text);
    }
    return this.addRoute(path, this.routeFlags[route]!, excluded, needsToken);
  }

  isCandidate(route: number): boolean {
    return (this.routeFlags[route]! & CANDIDATE) !== 0;
  }

  private addRoute(path: string, flags: number, excluded?: 'health' | 'static', needsToken?: boolean): number {
    const name = needsToken === undefined ? path : `${needsToken ? '+' : '-'}${path}`;
    const isFixed = path === OTHER_ROUTES || excluded !== undefined;
    const known = isFixed ? this.others.get(name) : this.routeCap.find(name);
    if (known !== undefined) {
      if ((this.routeFlags[known]! | flags) !== this.routeFlags[known]) this.flagsVersion += 1;
      this.routeFlags[known]! |= flags;
      return known;
    }
    if (!isFixed && !this.routeCap.admits(name)) return this.addRoute(OTHER_ROUTES, flags, undefined, needsToken);
    const route: RouteName = { path, ...(excluded === undefined ? {} : { excluded }), needsToken };
    const id = this.routes.push(route) - 1;
    this.routeFlags.push(flags);
    if (isFixed) this.others.set(name, id);
    else this.routeCap.add(name, id);
    return id;
  }

  agentOf(text: string | undefined): number {
    if (text === undefined) return NO_ID;
    const known = this.agentCap.find(text);
    if (known !== undefined) return known;
    const kind = classifyAgent(text);
    if (!this.agentCap.admits(text))
      return this.other(otherAgent(kind), () => this.agents.push({ name: otherAgent(kind), kind }));
    const id = this.agents.push({ name: text, kind }) - 1;
    this.agentCap.add(text, id);
    return id;
  }

  nodeOf(text: string | undefined): number {
    if (text === undefined) return NO_ID;
    const known = this.nodeCap.find(text);
    if (known !== undefined) return known;
    if (!this.nodeCap.admits(text)) return this.other(OTHER_NODES, () => this.nodes.push(OTHER_NODES));
    const id = this.nodes.push(text) - 1;
    this.nodeCap.add(text, id);
    return id;
  }

  private other(name: string, add: () => number): number {
    let id = this.others.get(name);
    if (id === undefined) {
      id = add() - 1;
      this.others.set(name, id);
    }
    return id;
  }

  get limits(): NameLimits {
    const { routeCap, nodeCap, agentCap, callerCap } = this;
    return { routes: routeCap.limit, nodes: nodeCap.limit, agents: agentCap.limit, callers: callerCap.limit };
  }

  /**
   * True when no raw path of this route can be an authentication endpoint for this method, so that its rows need no caller. Asked of
   * the catalogue once per route, method and host, with each kind of id in the place of the folded ones. A query that names a grant
   * or an action may change the answer: then do not ask.
   */
  isCertainlyApi(route: number, method: number, host: string | undefined): boolean {
    let answers = this.certain.get(host);
    if (answers === undefined) {
      if (this.certain.size >= MAX_HOSTS) return false;
      answers = new Uint8Array(1024);
      this.certain.set(host, answers);
    }
    const index = route * methods.length + method;
    const known = answers[index] ?? 0;
    if (known !== 0) return known === CERTAIN;
    const { path } = this.routes[route]!;
    const folded =
      path.includes('{*}') || path.startsWith('(') || this.tokenEndpoints.some((pattern) => couldMatchFolded(pattern, path));
    const certain =
      !folded &&
      STAND_INS.every((id) => {
        const request = {
          method: methods[method]!,
          path: path.replaceAll('{id}', id),
          ...(host === undefined ? {} : { host: endpointHost(host) }),
        };
        return classifyEndpoint(request, []).kind === 'api';
      });
    if (index >= answers.length) {
      const longer = new Uint8Array(index * 2);
      longer.set(answers);
      answers = longer;
      this.certain.set(host, answers);
    }
    answers[index] = certain ? CERTAIN : NOT_CERTAIN;
    return certain;
  }

  /** Caller of a candidate row, or NO_ID when the endpoint turns out to be an ordinary one. */
  callerOf(method: number, target: string, spans: CallerSpans): number {
    const { path: rawPath, query, host: targetHost } = door.cutQuery(target);
    const shownHost = spans.host ?? targetHost;
    const host = shownHost === undefined ? undefined : endpointHost(shownHost);
    const verb: Method = methods[method]!;
    const found = classifyEndpoint(
      { method: verb, path: rawPath, ...(host === undefined ? {} : { host }), ...(query === '' ? {} : { query }) },
      this.tokenEndpoints,
    );
    if (found.kind === 'api') return NO_ID;
    if (found.rule === 'user') this.noteMatch(verb, host, rawPath);
    const asked = query === '' ? undefined : readTokenQuery(query, redactText);
    const client = pickClient(spans, asked?.clientId);
    const caller: Caller = {
      kind: found.kind,
      rule: found.rule,
      method: verb,
      host,
      path: this.shownPath(rawPath),
      provider: found.provider?.id,
      providerLifetimeMs: found.provider?.defaultLifetimeMs,
      address: spans.address,
      agent: spans.agent === NO_ID ? undefined : this.agents[spans.agent]!.name,
      agentKind: spans.agent === NO_ID ? 'unknown' : this.agents[spans.agent]!.kind,
      node: spans.node,
      client: client?.id,
      clientFrom: client?.from,
      scope: sortedWords(spans.scope) ?? asked?.scope,
      audience: joined(sortedWords(spans.audience), asked?.audience, asked?.resource),
      grantType: (spans.grantType ?? asked?.grantType)?.toLowerCase(),
      bound: spans.dpop || spans.mtlsSubject !== undefined,
      secretInQuery: asked?.hasSecret === true,
      distinct: this.distinct(spans, rawPath, query),
    };
    return this.addCaller(tellsNobody(caller) ? overflowCaller(caller.kind) : caller);
  }

  /** One text for all callers of an endpoint, and not a part of the line it was read from. */
  private shownPath(rawPath: string): string {
    const known = this.shownPaths.get(rawPath);
    if (known !== undefined) return known;
    const shown = door.pathName(rawPath);
    if (this.shownPaths.size < MAX_SHOWN_PATHS) this.shownPaths.set(rawPath, shown);
    return shown;
  }

  /**
   * Redaction and cuts may make two names one. What they took away is kept as a hash that is never printed, so that two tenants
   * whose ids look like secrets remain two.
   */
  private distinct(spans: CallerSpans, rawPath: string, query: string): string | undefined {
    const raw = readTokenQuery(query, (text) => text);
    const shown = readTokenQuery(query, redactText);
    const altered = [
      ...(spans.altered ?? []),
      ...(door.pathName(rawPath) === rawPath ? [] : [rawPath]),
      ...(['clientId', 'scope', 'audience', 'resource'] as const).flatMap((name) =>
        raw[name] === shown[name] ? [] : [raw[name] ?? ''],
      ),
    ];
    return altered.length === 0 ? undefined : hashText(altered.join('\u0000'));
  }

  private noteMatch(method: Method, host: string | undefined, path: string): void {
    for (const pattern of this.tokenEndpoints)
      if (matchesPattern(pattern, { method, host, path })) this.matched.add(pattern.text);
  }

  /** Texts of the user's patterns that requests have matched: here, or in another thread. */
  get matchedPatterns(): readonly string[] {
    return [...this.matched];
  }

  addMatched(patterns: readonly string[]): void {
    for (const text of patterns) this.matched.add(text);
  }

  /** User patterns for token endpoints that no request has matched, as they were written. */
  unmatchedEndpoints(): string[] {
    return this.tokenEndpoints.map(({ text }) => text).filter((text) => !this.matched.has(text));
  }

  /** The same for `--token-routes`. */
  unmatchedRoutes(): string[] {
    return this.tokenRoutes.map(({ text }) => text).filter((text) => !this.matched.has(text));
  }

  private addCaller(caller: Caller): number {
    if (caller.rule === OVERFLOW_RULE) return this.other(callerName(caller), () => this.callers.push(caller));
    const known = this.callerCap.find(caller);
    if (known >= 0) return known;
    if (!this.callerCap.admits(caller)) return this.addCaller(overflowCaller(caller.kind));
    const id = this.callers.push(caller) - 1;
    this.callerCap.add(id);
    return id;
  }
}

/** First source that has it: client field, Basic user, `client_id` in the query, mTLS subject. */
function pickClient(
  spans: CallerSpans,
  queryClient: string | undefined,
): { id: string; from: 'field' | 'basic' | 'query' } | undefined {
  if (spans.clientId !== undefined) return { id: spans.clientId, from: 'field' };
  // Some writers log the whole of `user:password`, and some clients put it where an id belongs.
  if (spans.identity !== undefined) return { id: spans.identity.replace(/:.*$/s, ''), from: 'basic' };
  if (queryClient !== undefined) return { id: withoutPassword(queryClient), from: 'query' };
  return spans.mtlsSubject === undefined ? undefined : { id: spans.mtlsSubject, from: 'field' };
}

/** One name for one host: the default ports and the final dot say nothing; another port is another server. */
const endpointHost = (host: string): string =>
  host
    .toLowerCase()
    .replace(/:(?:80|443)$/, '')
    .replace(/\.$/, '');

const SCHEMES = /^(?:urn|spn|api|uri|https?|oauth2?|app|client|did|tag)$/i;

/** `gw:secret` gives `gw`; ids that are URIs stay whole. */
const withoutPassword = (id: string): string =>
  id.replace(/^([^:/]+):([^/].*)$/s, (whole, user: string) => (SCHEMES.test(user) ? whole : user));

/** Audience (as logged) and resource (RFC 8707) narrow a token each: both are part of its key. */
function joined(...parts: readonly (string | undefined)[]): string | undefined {
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? undefined : [...new Set(known)].join(' ');
}

/** FNV-1a over 64 bits, in two halves. */
function hashText(text: string): string {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (let at = 0; at < text.length; at += 1) {
    low = Math.imul(low ^ text.charCodeAt(at), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(at) ^ (low >>> 15), 0x01000193);
  }
  return `${(high >>> 0).toString(36)}${(low >>> 0).toString(36)}`;
}

/** Scopes are a set (RFC 6749, 3.3): order and repetition do not make another token. */
function sortedWords(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const words = [...new Set(text.split(/[\s,+"[\]]+/).filter((word) => word !== ''))].sort();
  return words.length === 0 ? undefined : words.join(' ');
}
