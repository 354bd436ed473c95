/**
 * Counts the requests of one file that are no token fetches. While a range is read the numbers stand in flat arrays, a line of memory
 * for each route, and are added to the tally when somebody asks: following objects for each row would cost more than reading it.
 */

import {
  BINS,
  COUNTED_AGENTS,
  COUNTED_ROUTES,
  type CountedRows,
  type Counting,
  type CountingState,
  type CountTables,
  DEMAND,
  IS_AUTH_PAGE,
  IS_CACHED,
  IS_HEALTH,
  IS_KNOWN,
  IS_NOT_SENT,
  IS_OPTIONS,
  IS_PROBE,
  IS_STATIC,
  IS_UNNAMED,
  NO_PROBE,
  NO_SLOT,
  PROBE,
  REASON,
  REASONS,
  ROUTE_SHIFT,
  SLOTS,
  WORDS,
} from '../events/counting.js';
import { cacheWords, METHOD_OPTIONS, type Names, NO_ID, NO_UPSTREAM, type RequestBatch } from '../events/request-batch.js';
import { DemandLog } from './demand-log.js';
import { LONGEST_MS } from './fetch-code.js';
import { binOf, hashOf, LONGEST, OverheadLog, UNIT_US, UNITS_A_MS } from './overhead.js';
import type { AnalysisPart, FetchColumns, OpenTally, RouteTally } from './part.js';

/** Requests that any server answers, whatever it is: they tell no role. As bits. */
const ANYBODYS = (1 << IS_OPTIONS) | (1 << IS_HEALTH) | (1 << IS_STATIC) | (1 << IS_PROBE);

/** Cache words of an answer that came from a cache, as bits. */
const FROM_CACHE = ['hit', 'stale', 'updating'].reduce(
  (bits, word) => bits | (1 << cacheWords.indexOf(word as (typeof cacheWords)[number])),
  0,
);

const COARSEST_US = 1_000_000;
const FINEST_US = UNIT_US;
/** 16 units a ms are 2 in 125 us; a duration below this fits into 32 bits when it is doubled, and its units into the histogram. */
const UNITS_SHORT = 125;
const SHORT_US = 2 ** 30;

/** Paths that an identity provider serves besides its endpoints: pages, consoles, their assets. */
const AUTH_PAGES =
  /^\/$|^\/(?:auth|realms|login|logout|account|resources|admin|oauth2?|oidc|connect|sso|saml|idp|authorize|consent|interaction|\.well-known|js|css)(?:\/|$)/i;

/** What the counts need of the part that they belong to. */
type CountedPart = Pick<AnalysisPart, 'joinLog' | 'demandOf' | 'countDemand' | 'addFetches'>;

/** Pages that nothing touches take no memory. */
const newTables = (routes: number, agents: number): CountTables => ({
  counters: new Uint32Array(routes << ROUTE_SHIFT),
  kinds: new Uint8Array(routes),
  agents: new Uint8Array(agents),
  slots: new Int16Array(routes).fill(NO_SLOT),
  histograms: new Uint32Array(SLOTS * BINS),
  floors: new Int32Array(SLOTS),
  masks: new Int32Array(SLOTS),
  excluded: new Uint32Array(REASONS.length),
});

const newFetches = (rows: number): FetchColumns => ({
  row: new Int32Array(rows),
  startMs: new Float64Array(rows),
  endMs: new Float64Array(rows),
  durationMs: new Int32Array(rows),
});

export class RequestCounts implements Counting {
  private tables: CountTables | undefined;
  private readonly slotRoutes: number[] = [];
  private readonly slotLogs: OverheadLog[] = [];
  private tally: OpenTally;
  /** Of the batch at hand. */
  private fetches = newFetches(0);

  constructor(
    private readonly names: Names,
    private readonly part: CountedPart,
    tally: OpenTally,
  ) {
    this.tally = tally;
  }

  /** What follows is of this file. */
  begin(tally: OpenTally): void {
    // Of the next range the routes keep their places.
    if (tally === this.tally) return;
    this.settle();
    this.tally = tally;
  }

  take(tables: CountTables): void {
    this.settle();
    this.tables = tables;
  }

  giveBack(): void {
    this.settle();
    this.tables = undefined;
  }

  get state(): CountingState | undefined {
    const { quantumUs, requestsOverTime } = this.tally;
    const { routes, agents } = this.names;
    if (routes.length > COUNTED_ROUTES || agents.length > COUNTED_AGENTS) return undefined;
    return { stepUs: quantumUs === FINEST_US ? 1 : quantumUs, cellMs: requestsOverTime.widthMs };
  }

  add(batch: RequestBatch): void {
    const { part, tally } = this;
    const { counted } = batch;
    if (counted !== undefined) this.addCounted(counted);
    // Requests are joined in the order of their lines, whoever has counted them.
    let joined = 0;
    const { startUs, durationUs, status, method, cache, route, node, agent, caller, upstreamUs, rows } = batch;
    const { counters, kinds, agents, slots, histograms, floors, masks, excluded } = this.makeRoom();
    const { joinLog } = part;
    let { firstStartMs, lastEndMs, firstApiMs, lastApiMs, quantumUs } = tally;
    let apiRequests = 0;
    let authLookingApi = 0;
    let plainApi = 0;
    let demand = 0;
    let demandNode = NO_ID;
    let log: DemandLog | undefined;
    // Neighbours mostly fall into one cell.
    let cellFromMs = 0;
    let cellToMs = 0;
    let inCell = 0;
    const { requestsOverTime } = tally;
    const fetches = this.fetchesOf(rows);
    let fetched = 0;
    for (let row = 0; row < rows; row += 1) {
      const startMs = Math.floor(startUs[row]! / 1000);
      const us = durationUs[row]!;
      const durationMs = us < 0 ? -1 : Math.round(us / 1000);
      const endMs = durationMs > 0 ? startMs + durationMs : startMs;
      if (startMs < firstStartMs) firstStartMs = startMs;
      if (endMs > lastEndMs) lastEndMs = endMs;
      const routeId = route[row]!;
      const line = routeId << ROUTE_SHIFT;
      counters[line]! += 1;
      const word = cache[row]!;
      if (word !== 0) counters[line + WORDS + word]! += 1;
      if (caller[row] !== NO_ID) {
        fetches.row[fetched] = row;
        fetches.startMs[fetched] = startMs;
        fetches.endMs[fetched] = endMs;
        fetches.durationMs[fetched] = durationMs < LONGEST_MS ? durationMs : LONGEST_MS;
        fetched += 1;
        continue;
      }
      apiRequests += 1;
      let kind = kinds[routeId]!;
      if (kind === 0) kind = this.kindOf(routeId);
      if (startMs >= cellFromMs && startMs < cellToMs) inCell += 1;
      else {
        if (inCell > 0) requestsOverTime.add(cellFromMs, inCell);
        const { widthMs } = requestsOverTime;
        cellFromMs = Math.floor(startMs / widthMs) * widthMs;
        cellToMs = cellFromMs + widthMs;
        inCell = 1;
      }
      if (startMs < firstApiMs) firstApiMs = startMs;
      if (endMs > lastApiMs) lastApiMs = endMs;
      const upstream = upstreamUs[row]!;
      let why = kind & REASON;
      if (method[row] === METHOD_OPTIONS) why = IS_OPTIONS;
      else if (why === 0) {
        const agentId = agent[row]!;
        if (agentId !== NO_ID && (agents[agentId] === PROBE || (agents[agentId] === 0 && this.isProbe(agentId)))) why = IS_PROBE;
        else if (((FROM_CACHE >> word) & 1) !== 0) why = IS_CACHED;
        else if (upstream === NO_UPSTREAM) why = IS_NOT_SENT;
      }
      if ((kind & IS_AUTH_PAGE) !== 0) authLookingApi += 1;
      else if (((ANYBODYS >> why) & 1) === 0) plainApi += 1;
      if (why !== 0) {
        excluded[why]! += 1;
        continue;
      }
      demand += 1;
      counters[line + DEMAND]! += 1;
      const nodeId = node[row]!;
      if (log === undefined || nodeId !== demandNode) {
        log = part.demandOf(nodeId);
        demandNode = nodeId;
      }
      log.add(startMs);
      if (us >= 0 && upstream >= 0) {
        const overheadUs = us > upstream ? us - upstream : 0;
        // Of whole numbers that are short, as nearly all are, in the arithmetic of integers: the same, and a third of the time.
        const shortUs = us | 0;
        const shortUpstream = upstream | 0;
        let units: number;
        if (shortUs === us && shortUpstream === upstream && shortUs < SHORT_US) {
          if (quantumUs !== FINEST_US && !(quantumUs === 1000 && isWhole(shortUs) && isWhole(shortUpstream)))
            quantumUs = refined(quantumUs, us, upstream);
          units = shortUs > shortUpstream ? ((2 * (shortUs - shortUpstream)) / UNITS_SHORT) | 0 : 0;
        } else {
          quantumUs = refined(quantumUs, us, upstream);
          units = Math.min(LONGEST, Math.floor((overheadUs * UNITS_A_MS) / 1000));
        }
        let slot = slots[routeId]!;
        if (slot < 0) slot = this.openSlot(routeId);
        if (slot < 0) overheadOf(this.openRoute(routeId)).add(overheadUs, startMs);
        else {
          histograms[slot * BINS + binOf(units)]! += 1;
          if (units >= floors[slot]! || (hashOf(startMs) & masks[slot]!) === 0) this.note(slot, units, startMs);
        }
      }
      if (joinLog !== undefined) {
        if (counted !== undefined) joined = joinLog.addCounted(tally.file, counted, joined, batch.offset[row]!);
        joinLog.addRequest(tally.file, startMs, durationMs, batch, row);
      }
      if (status[row] === 401) add401(tally, nodeId, endMs);
    }
    if (counted !== undefined) joinLog?.addCounted(tally.file, counted, joined, Infinity);
    if (inCell > 0) requestsOverTime.add(cellFromMs, inCell);
    tally.firstStartMs = firstStartMs;
    tally.lastEndMs = lastEndMs;
    tally.firstApiMs = firstApiMs;
    tally.lastApiMs = lastApiMs;
    tally.quantumUs = quantumUs;
    tally.apiRequests += apiRequests;
    tally.authLookingApi += authLookingApi;
    tally.plainApi += plainApi;
    part.countDemand(demand);
    if (fetched > 0) part.addFetches(batch, fetches, fetched);
  }

  /** Room for as many. */
  private fetchesOf(rows: number): FetchColumns {
    if (this.fetches.row.length < rows) this.fetches = newFetches(rows);
    return this.fetches;
  }

  /** What the kernel has counted. */
  private addCounted(counted: CountedRows): void {
    const { part, tally } = this;
    const { demand, demandMs, demandNode, demandGaps, gapBytes, cells, cellMs, cellRequests } = counted;
    if (counted.requests === 0) return;
    tally.apiRequests += counted.requests;
    tally.authLookingApi += counted.authLooking;
    tally.plainApi += counted.plain;
    tally.firstStartMs = Math.min(tally.firstStartMs, counted.firstStartMs);
    tally.lastEndMs = Math.max(tally.lastEndMs, counted.lastEndMs);
    tally.firstApiMs = Math.min(tally.firstApiMs, counted.firstStartMs);
    tally.lastApiMs = Math.max(tally.lastApiMs, counted.lastEndMs);
    for (let cell = 0; cell < cells; cell += 1) tally.requestsOverTime.add(cellMs[cell]!, cellRequests[cell]!);
    if (demandGaps !== undefined && demand > 0)
      part.demandOf(demandNode[0]!).addAll(demand, demandMs, demandGaps.subarray(0, gapBytes));
    else
      for (let at = 0; at < demand; ) {
        const node = demandNode[at]!;
        const log = part.demandOf(node);
        for (; at < demand && demandNode[at] === node; at += 1) log.add(demandMs[at]!);
      }
    part.countDemand(demand);
  }

  /** Adds what was counted since the last time to the tally. */
  settle(): void {
    if (this.tables === undefined) return;
    const { tally, slotRoutes, slotLogs } = this;
    const { counters, slots, histograms, excluded, kept } = this.tables;
    const routes = Math.min(this.names.routes.length, counters.length >> ROUTE_SHIFT);
    for (let routeId = 0; routeId < routes; routeId += 1) {
      const line = routeId << ROUTE_SHIFT;
      if (counters[line] === 0) continue;
      const route = this.openRoute(routeId);
      route.requests += counters[line]!;
      route.demand += counters[line + DEMAND]!;
      for (let word = 1; word < route.cache.length; word += 1) route.cache[word]! += counters[line + WORDS + word]!;
      counters.fill(0, line, line + (1 << ROUTE_SHIFT));
    }
    slotRoutes.forEach((routeId, slot) => {
      const from = slot * BINS;
      const log = slotLogs[slot]!;
      log.addCounts(histograms.subarray(from, from + BINS));
      if (kept !== undefined) {
        log.keep(kept, slot, this.tables!.masks[slot]!);
        kept.slow[slot] = kept.sampled[slot] = 0;
      }
      histograms.fill(0, from, from + BINS);
      slots[routeId] = NO_SLOT;
    });
    slotRoutes.length = 0;
    slotLogs.length = 0;
    excluded.forEach((count, why) => {
      if (count > 0) tally.excluded.set(REASONS[why]!, (tally.excluded.get(REASONS[why]!) ?? 0) + count);
    });
    excluded.fill(0);
  }

  private makeRoom(): CountTables {
    const { routes, agents } = this.names;
    const { tables } = this;
    if (tables !== undefined && routes.length <= tables.kinds.length && agents.length <= tables.agents.length) return tables;
    this.settle();
    this.tables = newTables(powerAbove(routes.length), powerAbove(agents.length));
    return this.tables;
  }

  private kindOf(routeId: number): number {
    const { path, excluded, needsToken } = this.names.routes[routeId]!;
    let why = 0;
    if (needsToken === false) why = IS_UNNAMED;
    else if (excluded !== undefined && needsToken !== true) why = excluded === 'health' ? IS_HEALTH : IS_STATIC;
    const kind = IS_KNOWN | why | (AUTH_PAGES.test(path) ? IS_AUTH_PAGE : 0);
    this.tables!.kinds[routeId] = kind;
    return kind;
  }

  private isProbe(agentId: number): boolean {
    const isProbe = this.names.agents[agentId]!.kind === 'probe';
    this.tables!.agents[agentId] = isProbe ? PROBE : NO_PROBE;
    return isProbe;
  }

  private openRoute(routeId: number): RouteTally {
    const { tally } = this;
    let route = tally.routes.get(routeId);
    if (route === undefined) {
      route = { requests: 0, demand: 0, cache: new Float64Array(cacheWords.length), overhead: undefined };
      tally.routes.set(routeId, route);
    }
    return route;
  }

  private openSlot(routeId: number): number {
    const slot = this.slotRoutes.length;
    if (slot === SLOTS) return NO_SLOT;
    const log = overheadOf(this.openRoute(routeId));
    this.slotRoutes.push(routeId);
    this.slotLogs.push(log);
    this.tables!.slots[routeId] = slot;
    this.tables!.floors[slot] = log.floor;
    this.tables!.masks[slot] = log.mask;
    return slot;
  }

  /** Of a request that is among the slowest, or in the sample. */
  private note(slot: number, units: number, startMs: number): void {
    const log = this.slotLogs[slot]!;
    if (!log.note(units, startMs)) return;
    const { floors, masks } = this.tables!;
    floors[slot] = Math.max(floors[slot]!, log.floor);
    masks[slot] = masks[slot]! | log.mask;
  }
}

function overheadOf(route: RouteTally): OverheadLog {
  route.overhead ??= new OverheadLog();
  return route.overhead;
}

/** Room for so many, and for some that will come. */
function powerAbove(count: number): number {
  return 2 ** Math.max(6, Math.ceil(Math.log2(count + 1)));
}

const isWhole = (us: number): boolean => ((us / 1000) | 0) * 1000 === us;

/** The coarsest step that divides both, and all before them. */
function refined(quantumUs: number, us: number, upstreamUs: number): number {
  let step = quantumUs === 0 ? COARSEST_US : quantumUs;
  while (step > FINEST_US && (us % step !== 0 || upstreamUs % step !== 0)) step = step > 1000 ? step / 10 : FINEST_US;
  return step;
}

function add401(tally: OpenTally, node: number, endMs: number): void {
  let log = tally.upstream401.get(node);
  if (log === undefined) {
    log = new DemandLog();
    tally.upstream401.set(node, log);
  }
  log.add(endMs);
}
