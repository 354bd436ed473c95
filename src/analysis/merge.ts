/**
 * One part out of those of several scanners. All names are put in order and ids follow that order, so that nothing behind it can depend
 * on who read what when. Events stay where they are, and are read in the order of files and lines.
 */
import {
  callerName,
  limitFor,
  MAX_AGENTS,
  MAX_CALLERS,
  MAX_NODES,
  MAX_ROUTES,
  type NameLimits,
  NO_LIMIT,
  nameHash,
  OTHER_NODES,
  OTHER_ROUTES,
  OVERFLOW_RULE,
  otherAgent,
  overflowCaller,
  tellsNobody,
} from '../events/name-cap.js';
import type { AgentName, Caller, Names, RouteName } from '../events/request-batch.js';
import { type FetchBefore, later } from './before.js';
import { mergeFetches } from './merge-fetches.js';
import { mergeJoins } from './merge-joins.js';
import { mergeTallies } from './merge-tallies.js';
import { type AnalysisPart, addCallerTally, type CallerTally, type RunPart } from './part.js';

/** A part, and what the caps of its dictionary have come to. */
export interface ReadPart {
  readonly part: AnalysisPart;
  readonly limits: NameLimits;
}

/** Per part: from its ids to those of the merged names. */
export interface IdMaps {
  readonly routes: Int32Array;
  readonly nodes: Int32Array;
  readonly callers: Int32Array;
}

export interface MergeOptions {
  /** The name of a route after all places with too many children have been folded. */
  readonly settleRoute: (path: string) => string;
  /** undefined: as many as in any run. */
  readonly maxCallers?: number | undefined;
  /** Lines of a file before the range that holds this byte; undefined for a file whose events know their lines. */
  readonly linesBefore?: (file: number, offset: number) => number;
}

/** The parts are used up: what they hold is in the merged one, or shared with it. */
export function mergeParts(read: readonly ReadPart[], { settleRoute, linesBefore, maxCallers }: MergeOptions): RunPart {
  const parts = read.map(({ part }) => part);
  const limits = read.map((one) => one.limits);
  const routes = mergeRoutes(parts, limits, settleRoute);
  const nodes = mergeNodes(parts, limits);
  const callers = mergeCallers(parts, limits, maxCallers);
  const maps = parts.map((_, at): IdMaps => ({ routes: routes.ids[at]!, nodes: nodes.ids[at]!, callers: callers.ids[at]! }));
  const names: Names = { routes: routes.names, nodes: nodes.names, agents: [], callers: callers.names };
  return {
    names,
    files: mergeTallies(parts, maps),
    fetches: mergeFetches(
      parts.map(({ fetches }) => fetches),
      maps,
      linesBefore,
    ),
    before: mergeBefore(parts, maps),
    callerTallies: mergeCallerTallies(parts, maps),
    joinLog: mergeJoins(parts, maps),
  };
}

interface Merged<Name> {
  readonly names: Name[];
  readonly ids: Int32Array[];
}

/** `textOf`: equal for two that become one; the names are in the order of these texts. */
function unify<Name>(lists: readonly (readonly Name[])[], textOf: (name: Name) => string): Merged<Name> {
  const byText = new Map<string, Name>();
  const texts = lists.map((list) =>
    list.map((name) => {
      const text = textOf(name);
      if (!byText.has(text)) byText.set(text, name);
      return text;
    }),
  );
  const sorted = [...byText.keys()].sort();
  const idOf = new Map(sorted.map((text, id) => [text, id]));
  return {
    names: sorted.map((text) => byText.get(text)!),
    ids: texts.map((list) => Int32Array.from(list, (text) => idOf.get(text)!)),
  };
}

const lowest = (limits: readonly NameLimits[], of: keyof NameLimits): number =>
  Math.min(NO_LIMIT, ...limits.map((one) => one[of]));

const distinct = <Name>(lists: readonly (readonly Name[])[]): Set<Name> => new Set(lists.flat());

function mergeRoutes(
  parts: readonly AnalysisPart[],
  limits: readonly NameLimits[],
  settle: (path: string) => string,
): Merged<RouteName> {
  const settled = parts.map(({ names }) => names.routes.map((route): RouteName => ({ ...route, path: settle(route.path) })));
  const textOf = ({ path, needsToken }: RouteName): string =>
    needsToken === undefined ? path : `${needsToken ? '+' : '-'}${path}`;
  const isFixed = ({ path, excluded }: RouteName): boolean => excluded !== undefined || path === OTHER_ROUTES;
  const counted = distinct(settled.map((list) => list.filter((route) => !isFixed(route)).map(textOf)));
  const limit = limitFor(counted, MAX_ROUTES, lowest(limits, 'routes'));
  const capped = (route: RouteName): RouteName =>
    limit === NO_LIMIT || isFixed(route) || nameHash(textOf(route)) < limit
      ? route
      : { path: OTHER_ROUTES, needsToken: route.needsToken };
  return unify(
    settled.map((list) => list.map(capped)),
    textOf,
  );
}

function mergeNodes(parts: readonly AnalysisPart[], limits: readonly NameLimits[]): Merged<string> {
  const lists = parts.map(({ names }) => names.nodes);
  const known = distinct(lists);
  known.delete(OTHER_NODES);
  const limit = limitFor(known, MAX_NODES, lowest(limits, 'nodes'));
  return unify(lists, (node) => (limit === NO_LIMIT || nameHash(node) < limit ? node : OTHER_NODES));
}

/** Whoever has an agent or a node beyond a cap is beyond it too, whether the cap was reached before or after the caller came. */
function mergeCallers(parts: readonly AnalysisPart[], limits: readonly NameLimits[], maxCallers = MAX_CALLERS): Merged<Caller> {
  const others = (kind: AgentName['kind'], name: string): boolean => name === otherAgent(kind);
  const agents = distinct(
    parts.map(({ names }) => names.agents.filter(({ kind, name }) => !others(kind, name)).map(({ name }) => name)),
  );
  const agentLimit = limitFor(agents, MAX_AGENTS, lowest(limits, 'agents'));
  const nodes = distinct(parts.map(({ names }) => names.nodes));
  nodes.delete(OTHER_NODES);
  const nodeLimit = limitFor(nodes, MAX_NODES, lowest(limits, 'nodes'));
  const named = (caller: Caller): Caller => {
    const { agent, node, agentKind } = caller;
    const lost = agentLimit < NO_LIMIT && agent !== undefined && nameHash(agent) >= agentLimit;
    const one = lost ? { ...caller, agent: otherAgent(agentKind) } : caller;
    const away = nodeLimit < NO_LIMIT && node !== undefined && nameHash(node) >= nodeLimit;
    return away || tellsNobody(one) ? overflowCaller(caller.kind) : one;
  };
  const plain = agentLimit === NO_LIMIT && nodeLimit === NO_LIMIT;
  const lists = plain ? parts.map(({ names }) => names.callers) : parts.map(({ names }) => names.callers.map(named));
  const texts = new Map<Caller, string>();
  const textOf = (caller: Caller): string => {
    let text = texts.get(caller);
    if (text === undefined) {
      text = callerName(caller);
      texts.set(caller, text);
    }
    return text;
  };
  const counted = new Set<string>();
  for (const list of lists) for (const caller of list) if (caller.rule !== OVERFLOW_RULE) counted.add(textOf(caller));
  const limit = limitFor(
    counted.size > maxCallers || lowest(limits, 'callers') < NO_LIMIT ? counted : [],
    maxCallers,
    lowest(limits, 'callers'),
  );
  if (limit === NO_LIMIT) return unify(lists, textOf);
  const capped = (caller: Caller): Caller =>
    caller.rule === OVERFLOW_RULE || nameHash(textOf(caller)) < limit ? caller : overflowCaller(caller.kind);
  return unify(
    lists.map((list) => list.map(capped)),
    callerName,
  );
}

function mergeBefore(parts: readonly AnalysisPart[], maps: readonly IdMaps[]): RunPart['before'] {
  const byCaller = new Map<number, Map<number, FetchBefore>>();
  parts.forEach(({ before }, at) => {
    for (const caller of before.callers) {
      const id = maps[at]!.callers[caller]!;
      const byFile = byCaller.get(id) ?? new Map<number, FetchBefore>();
      byCaller.set(id, byFile);
      for (const one of before.of(caller)) byFile.set(one.file, later(byFile.get(one.file), one));
    }
  });
  const callers = [...byCaller.keys()].sort((a, b) => a - b);
  return { callers, of: (caller) => [...(byCaller.get(caller)?.values() ?? [])].sort((a, b) => a.file - b.file) };
}

function mergeCallerTallies(parts: readonly AnalysisPart[], maps: readonly IdMaps[]): Map<number, CallerTally> {
  const out = new Map<number, CallerTally>();
  parts.forEach(({ callerTallies }, at) => {
    for (const [caller, tally] of callerTallies) {
      const id = maps[at]!.callers[caller]!;
      const known = out.get(id);
      if (known === undefined) out.set(id, { ...tally });
      else addCallerTally(known, tally);
    }
  });
  return new Map([...out].sort(([a], [b]) => a - b));
}
