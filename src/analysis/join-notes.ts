/** What the join assumed, and what it could not do: logs that speak against each other are named, and what rests on them is unknown. */
import { FARTHEST_CLOCK_MS, type RunJoin } from './join.js';
import type { RouteJoin } from './join-routes.js';
import { round, sumOf } from './numbers.js';
import type { FileTally } from './part.js';
import type { Assumption, Role, Warning } from './result.js';
import type { FinishInput } from './run-facts.js';

/** What one log lacks of another before they are said to speak against each other. */
const LOST = 0.02;
/** Beyond, nothing is concluded from the two together. */
const TOO_MUCH_LOST = 0.1;

export interface Contradiction {
  readonly warnings: readonly Warning[];
  /** Demand and fetches of these logs cannot be held against each other. */
  readonly isGrave: boolean;
}

/** The issuer saw fewer token requests than its callers logged, or a side that was named is empty. */
export function contradictions(
  { files }: FinishInput,
  roles: readonly Role[],
  tallies: readonly FileTally[],
  join: RunJoin | undefined,
): Contradiction {
  const warnings: Warning[] = [];
  let isGrave = false;
  const sides: [Role, string][] = [
    ['gateway', 'gateway'],
    ['issuer', 'auth server'],
    ['loopback', 'loopback'],
  ];
  const usable = (file: number): boolean => {
    const tally = tallies.find((one) => one.file === file);
    return tally !== undefined && tally.apiRequests + tally.tokenRequests + tally.siblingRequests > 0;
  };
  for (const [role, name] of sides) {
    const forced = files.flatMap(({ forcedRole, error }, file) => (forcedRole === role && error === null ? [file] : []));
    if (forced.length > 0 && !forced.some(usable)) {
      const names = forced.map((file) => files[file]!.name).join(', ');
      warnings.push({
        id: 'empty-side',
        message: `the log of the ${name} holds no request: ${names}. Nothing is known of that side`,
      });
    }
  }
  const lost = lostAtIssuer(roles, tallies, join);
  if (lost !== undefined && lost.missing > lost.logged * LOST) {
    isGrave = lost.missing > lost.logged * TOO_MUCH_LOST;
    const message = `${lost.missing} of ${lost.logged} token requests that ${lost.where} logged are not in the log of the auth server: it has lost lines, or answers others`;
    warnings.push({ id: 'issuer-saw-fewer', message: isGrave ? `${message}; demand is not held against it` : message });
  }
  if (join?.clocksTooFar === true) {
    const hours = round(Math.abs(join.clocks.farthestMs ?? join.skewMs ?? 0) / 3_600_000, 2);
    warnings.push({
      id: 'clock-skew',
      message: `the clocks of the gateway and of the auth server are ${hours} h apart: a wrong zone (--tz), or logs of different times. Demand is not held against fetches`,
    });
    isGrave = true;
  }
  return { warnings, isGrave };
}

/** Token requests that a log in front of the issuer has, and the issuer's own has not. */
function lostAtIssuer(
  roles: readonly Role[],
  tallies: readonly FileTally[],
  join: RunJoin | undefined,
): { readonly missing: number; readonly logged: number; readonly where: string } | undefined {
  const issuers = tallies.filter(({ file, tokenRequests }) => roles[file] === 'issuer' && tokenRequests > 0);
  if (issuers.length === 0) return undefined;
  const atIssuer = sumOf(issuers, ({ tokenRequests }) => tokenRequests);
  // A loopback asks the issuer for what it does not have.
  const asked = sumOf(
    tallies.filter(({ file }) => roles[file] === 'loopback'),
    ({ tokenWithCacheWord, tokenHits }) => tokenWithCacheWord - tokenHits,
  );
  if (asked > atIssuer) return { missing: asked - atIssuer, logged: asked, where: 'the loopback' };
  if (join === undefined) return undefined;
  // Of each key that both sides show: what is left of the gateway's records once those of the issuer are taken out.
  const { fetches } = join;
  const seen = new Map<number, { issuer: number; front: number }>();
  const fromMs = Math.min(...issuers.map(({ firstAuthMs }) => firstAuthMs));
  const toMs = Math.max(...issuers.map(({ lastAuthMs }) => lastAuthMs));
  for (let fetch = 0; fetch < fetches.count; fetch += 1) {
    const start = fetches.startMs[fetch]!;
    if (start < fromMs || start > toMs) continue;
    const key = seen.get(fetches.key[fetch]!) ?? { issuer: 0, front: 0 };
    seen.set(fetches.key[fetch]!, key);
    if (roles[fetches.file[fetch]!] === 'issuer') key.issuer += 1;
    else key.front += 1;
  }
  const both = [...seen.values()].filter(({ issuer, front }) => issuer > 0 && front > 0);
  if (both.length === 0) return undefined;
  const missing = sumOf(both, ({ front }) => front);
  return { missing, logged: missing + sumOf(both, ({ issuer }) => issuer), where: 'the gateway' };
}

export function joinWarnings(input: FinishInput, roles: readonly Role[], hasFetches: boolean): Warning[] {
  const warnings: Warning[] = [];
  if (hasFetches && roles.includes('gateway') && input.parts.some(({ joinLog }) => joinLog?.isFull === true)) {
    warnings.push({
      id: 'join-too-large',
      message: 'more requests than can be joined one by one: routes and clocks are not compared, only totals are',
    });
  }
  return warnings;
}

/** What the figures rest on once the logs were joined. */
export function joinAssumptions(join: RunJoin | undefined, routes: readonly RouteJoin[], splits: boolean): Assumption[] {
  if (join === undefined || join.by === 'none') return [];
  const out: Assumption[] = [];
  const far = [...join.clocks.shiftMs.values()].filter((ms) => Math.abs(ms) > 250 && Math.abs(ms) <= FARTHEST_CLOCK_MS);
  if (far.length > 0) {
    out.push({
      id: 'join.skew',
      value: `${far.map((ms) => `${Math.round(ms)} ms`).join(', ')} added to the times of a log`,
      from: 'fetches follow requests: the clocks of the logs differ',
      affects: ['join', 'totals.fetches', 'keys'],
    });
  }
  const names = join.requests.routes.filter((_, index) => routes[index]!.needsNone);
  if (names.length > 0) {
    const shown = names.sort().slice(0, 5).join(', ');
    out.push({
      id: 'join.routes-without-token',
      value: names.length > 5 ? `${shown} and ${names.length - 5} more` : shown,
      from: 'no fetch belongs to a request of theirs, which by chance happens in less than 1 of 100 logs',
      affects: ['totals.demand', 'totals.hitRatio', 'totals.fetches', 'routes'],
    });
  }
  if (splits) {
    out.push({
      id: 'join.route-keys',
      value: 'a route needs the token of its fetches, others need the tokens of the run in their shares',
      from: 'several tokens serve the requests of the gateway',
      affects: ['keys.demand', 'totals.fetches'],
    });
  }
  return out;
}
