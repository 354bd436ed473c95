/** From callers to keys: which endpoints count, whose tokens they give, and what each key needs to be read. */
import { corroborate } from '../events/corroborate.js';
import type { Caller } from '../events/request-batch.js';
import { findDuplicates } from './duplicates.js';
import { asksBackEnd, type FetchEvent, isServedFromCache } from './fetch-log.js';
import { type CallerLogs, callersByKey, type KeyPlan, nodesAreCallers, planKey, type TableOptions } from './fetch-table.js';
import { grantFor } from './identity.js';
import type { TokenIdIndex } from './join-fetches.js';
import { sumOf } from './numbers.js';
import { addCallerTally, type CallerTally, type FileTally, type RunPart } from './part.js';
import type { Repeats } from './repeats.js';
import type { Analysis, Role } from './result.js';
import type { FinishInput } from './run-facts.js';
import { SecondCounts } from './second-counts.js';
import type { SiblingPlan } from './siblings.js';

export interface RunPlan {
  readonly keys: readonly KeyPlan[];
  readonly readOptions: TableOptions;
  /** Second records of fetches, per file. */
  readonly duplicates: ReadonlyMap<number, number>;
  readonly siblings: Analysis['siblings'];
  readonly siblingPlans: readonly SiblingPlan[];
  /** False for what a cache has answered, and for second records. */
  readonly countsSibling: (event: FetchEvent) => boolean;
  readonly possible: Analysis['possibleEndpoints'];
  readonly seconds: SecondCounts;
  readonly secretsInQueries: number;
}

/** What the run says of its endpoints, before anything is known of the roles of its files. */
export interface Endpoints {
  /** Is emptied once keys are made of it. */
  readonly byKey: Map<string, CallerLogs[]>;
  readonly everyone: readonly CallerLogs[];
  readonly isCounted: (caller: Caller) => boolean;
  readonly possible: Analysis['possibleEndpoints'];
  /** Callers of endpoints that may give tokens, but lack corroboration: their requests are ordinary ones. */
  readonly uncounted: readonly CallerLogs[];
}

export function judgeEndpoints(parts: readonly RunPart[], tallies: readonly FileTally[]): Endpoints {
  const byKey = callersByKey(parts, nodesAreCallers(parts));
  const everyone = [...byKey.values()].flat();
  const { counts, possible } = corroboratedEndpoints(parts, everyone, tallies);
  const isCounted = (caller: Caller): boolean => caller.kind !== 'ambiguous' || counts(caller);
  return { byKey, everyone, isCounted, possible, uncounted: everyone.filter(({ caller }) => !isCounted(caller)) };
}

/** Requests of these callers, per file. */
export function requestsByFile(callers: readonly CallerLogs[]): Map<number, number> {
  const byFile = new Map<number, number>();
  for (const { logs } of callers) {
    for (const log of logs) for (const [file, count] of log.byFile()) byFile.set(file, (byFile.get(file) ?? 0) + count);
  }
  return byFile;
}

/** Sorts the callers of a run into keys, before any of their fetches is decoded. */
export function planRun(
  input: FinishInput,
  endpoints: Endpoints,
  roles: readonly Role[],
  tallies: readonly FileTally[],
  gateways: ReadonlySet<string>,
  seen: { readonly ids: TokenIdIndex; readonly repeats: Repeats },
): RunPlan {
  const { files, options } = input;
  const { byKey, everyone } = endpoints;
  const seconds = new SecondCounts();
  const siblingPlans: SiblingPlan[] = [];
  const siblings = { introspection: 0, jwks: 0, discovery: 0, userinfo: 0, revocation: 0, review: 0 };
  const contextOf = grantContext(everyone, options.grant, gateways);
  const issuerCovers = roles.some(
    (role, file) => role === 'issuer' && tallies.some((tally) => tally.file === file && tally.tokenRequests > 0),
  );

  // With a log of the issuer's side, what a loopback in front of it logged has been counted there.
  const isIssuerSide = (file: number): boolean => !(issuerCovers && roles[file] === 'loopback');
  const resolutionMs = (file: number): number => files[file]!.resolutionMs ?? 0;
  const tokenCallers = everyone.filter(
    ({ caller }) => (caller.kind === 'token' || caller.kind === 'ambiguous') && endpoints.isCounted(caller),
  );
  const secondRecords = (callers: readonly CallerLogs[]): ReturnType<typeof findDuplicates> =>
    findDuplicates(
      callers,
      (file) => roles[file] === 'issuer',
      (file) => roles[file] === 'gateway',
      resolutionMs,
      { ...seen, isSpans: (file) => files[file]!.format === 'otlp' },
    );
  const duplicates = secondRecords(tokenCallers);
  const siblingDuplicates = secondRecords(everyone.filter(({ caller: { kind } }) => kind !== 'token' && kind !== 'ambiguous'));
  /** Each of its token requests stands in the issuer's log too: its callers are not holders of their own. */
  const answeredElsewhere = (file: number): boolean => {
    const requests = sumOf(
      tallies.filter((tally) => tally.file === file),
      ({ tokenRequests }) => tokenRequests,
    );
    return requests > 0 && duplicates.byFile.get(file) === requests;
  };
  const readOptions: TableOptions = {
    counts: (file, cache, offset) =>
      !isServedFromCache(cache) &&
      isIssuerSide(file) &&
      // A loopback says with each record whether its back end was asked; without that word it was not seen to be.
      (roles[file] !== 'loopback' || asksBackEnd(cache)) &&
      !duplicates.has(file, offset),
    counting: (file) =>
      !isIssuerSide(file)
        ? 'none'
        : duplicates.byFile.has(file)
          ? 'each'
          : roles[file] === 'loopback'
            ? 'asked'
            : 'not from a cache',
    resolutionMs,
    onFetch: (startMs) => seconds.add(startMs),
  };
  const countsSibling = ({ file, cache, offset }: FetchEvent): boolean =>
    !isServedFromCache(cache) &&
    (roles[file] !== 'loopback' || (isIssuerSide(file) && asksBackEnd(cache))) &&
    !siblingDuplicates.has(file, offset);

  const counting = files.map((_, file) => isIssuerSide(file) && !answeredElsewhere(file));
  const counts = (file: number): boolean => counting[file]!;
  const keys: KeyPlan[] = [];
  let secretsInQueries = 0;
  for (const name of [...byKey.keys()].sort()) {
    const callers = byKey.get(name)!;
    byKey.delete(name);
    const { kind } = callers[0]!.caller;
    for (const { caller, logs } of callers) if (caller.secretInQuery) secretsInQueries += sumOf(logs, ({ count }) => count);
    if (kind !== 'token' && kind !== 'ambiguous') {
      siblings[kind] += sumOf(callers, ({ logs }) => sumOf(logs, ({ count }) => count));
      siblingPlans.push({ kind, callers });
      continue;
    }
    if (!endpoints.isCounted(callers[0]!.caller)) continue;
    // Callers of one key may ask with different grants: a user's login and a service behind the same address.
    const grants = callers.map((one) => (duplicates.isOnlySeconds(one) ? undefined : grantFor(one.caller, contextOf)));
    for (const grant of ['service', 'user', 'unknown'] as const) {
      const same = callers.filter((_, index) => grants[index] === grant);
      if (same.length === 0) continue;
      const list = same.length === callers.length ? callers : same;
      keys.push(planKey(grant, list, counts, input.maxKeyFetches));
    }
  }
  return {
    keys,
    readOptions,
    duplicates: duplicates.byFile,
    siblings,
    siblingPlans,
    countsSibling,
    possible: endpoints.possible,
    seconds,
    secretsInQueries,
  };
}

function grantContext(
  everyone: readonly { readonly caller: Caller; readonly logs: readonly { readonly count: number }[] }[],
  forced: 'service' | 'user' | undefined,
  gateways: ReadonlySet<string>,
): Parameters<typeof grantFor>[1] {
  // Of most runs nobody asks: then nothing is counted.
  let seen: ReturnType<typeof countCallers> | undefined;
  const counted = (): ReturnType<typeof countCallers> => {
    seen ??= countCallers(everyone);
    return seen;
  };
  return {
    forced,
    gateways,
    addresses: (caller) => counted().addresses.get(endpointAgent(caller))?.size ?? 0,
    requests: (caller) => counted().requests.get(`${endpointAgent(caller)} ${caller.address ?? ''}`) ?? 0,
  };
}

const endpointAgent = ({ host, path, agent }: Caller): string => JSON.stringify([host ?? null, path, agent ?? null]);

/** Addresses by endpoint and agent, and requests by these and the address. */
function countCallers(everyone: readonly { readonly caller: Caller; readonly logs: readonly { readonly count: number }[] }[]): {
  readonly addresses: Map<string, Set<string>>;
  readonly requests: Map<string, number>;
} {
  const addresses = new Map<string, Set<string>>();
  const requests = new Map<string, number>();
  for (const { caller, logs } of everyone) {
    const name = endpointAgent(caller);
    let seen = addresses.get(name);
    if (seen === undefined) {
      seen = new Set();
      addresses.set(name, seen);
    }
    seen.add(caller.address ?? '');
    const from = `${name} ${caller.address ?? ''}`;
    requests.set(from, (requests.get(from) ?? 0) + sumOf(logs, ({ count }) => count));
  }
  return { addresses, requests };
}

function corroboratedEndpoints(
  parts: readonly RunPart[],
  everyone: readonly { readonly caller: Caller; readonly logs: readonly { readonly count: number }[] }[],
  tallies: readonly FileTally[],
): { counts: (caller: Caller) => boolean; possible: Analysis['possibleEndpoints'] } {
  const endpointOf = ({ host, path }: Caller): string => `${host ?? ''}${path}`;
  const authHosts = new Set(everyone.filter(({ caller }) => caller.kind !== 'ambiguous').map(({ caller }) => caller.host ?? ''));
  const byEndpoint = new Map<string, { callers: Caller[]; tally: CallerTally; machine: number; browser: number }>();
  for (const part of parts) {
    for (const [id, tally] of part.callerTallies) {
      const caller = part.names.callers[id]!;
      const known = byEndpoint.get(endpointOf(caller));
      const machine = caller.agentKind === 'machine' ? tally.requests : 0;
      const browser = caller.agentKind === 'browser' ? tally.requests : 0;
      if (known === undefined) byEndpoint.set(endpointOf(caller), { callers: [caller], tally: { ...tally }, machine, browser });
      else {
        known.callers.push(caller);
        known.machine += machine;
        known.browser += browser;
        addCallerTally(known.tally, tally);
      }
    }
  }
  const apiRequestsInRun = sumOf(tallies, ({ apiRequests, authLookingApi }) => apiRequests - authLookingApi);
  const counted = new Set<string>();
  const possible: { endpoint: string; requests: number; missing: string }[] = [];
  for (const [endpoint, { callers, tally, machine, browser }] of [...byEndpoint].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const mean = tally.sized === 0 ? undefined : tally.sizeSum / tally.sized;
    const verdict = corroborate({
      hostAlsoServesAuth: callers.some(({ host }) => host !== undefined && authHosts.has(host)),
      grantTypeSeen: callers.some(({ grantType }) => grantType !== undefined),
      requests: tally.requests,
      posts: tally.posts,
      ok: tally.ok,
      failed400or401: tally.badRequests,
      sizeMin: tally.sized === 0 ? undefined : tally.sizeMin,
      sizeMax: tally.sized === 0 ? undefined : tally.sizeMax,
      sizeMean: mean,
      sizeStdDev: mean === undefined ? undefined : Math.sqrt(Math.max(0, tally.sizeSquares / tally.sized - mean * mean)),
      failedSizeMax: Number.isFinite(tally.failedSizeMax) ? tally.failedSizeMax : undefined,
      distinctAddresses: new Set(callers.flatMap(({ address }) => address ?? [])).size,
      machineRequests: machine,
      browserRequests: browser,
      apiRequestsInRun,
    });
    if (verdict.counted) counted.add(endpoint);
    else possible.push({ endpoint, requests: tally.requests, missing: verdict.missing });
  }
  return { counts: (caller) => counted.has(endpointOf(caller)), possible };
}
