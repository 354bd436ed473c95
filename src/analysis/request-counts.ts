/**
 * Counts the requests of one file that are no token fetches. While a range is read the numbers stand in flat arrays, a line of memory
 * for each route, and are added to the tally when somebody asks: following objects for each row would cost more than reading it.
 */
import { cacheWords, METHOD_OPTIONS, type Names, NO_ID, NO_UPSTREAM, type RequestBatch } from '../events/request-batch.js';
import { DemandLog } from './demand-log.js';
import type { JoinLog } from './join-log.js';
import { binOf, hashOf, LONGEST, OverheadLog, UNIT_US, UNITS_A_MS } from './overhead.js';
import type { OpenTally, RouteTally } from './part.js';

/** Counters of a route: its requests, its demand, then one for each cache word. */
const ROUTE_SHIFT = 4;
const DEMAND = 1;
const WORDS = 2;

/** Room for the histogram of a route, and for how many: pages that nothing touches take no memory. Others are counted one by one. */
const BINS = 384;
const SLOTS = 1024;
const NO_SLOT = -1;

/** Why a request is not counted as demand; 0: it is. */
const REASONS = [
  '',
  'OPTIONS requests',
  'routes not named by --token-routes',
  'health checks',
  'static files',
  'health-check agents',
  'answered from a cache',
  'never reached an upstream',
] as const;
const IS_OPTIONS = 1;
const IS_UNNAMED = 2;
const IS_HEALTH = 3;
const IS_STATIC = 4;
const IS_PROBE = 5;
const IS_CACHED = 6;
const IS_NOT_SENT = 7;
/** Requests that any server answers, whatever it is: they tell no role. As bits. */
const ANYBODYS = (1 << IS_OPTIONS) | (1 << IS_HEALTH) | (1 << IS_STATIC) | (1 << IS_PROBE);

/** What is known of a route: a reason of its own, and whether its path is one that identity providers serve too. */
const IS_KNOWN = 128;
const IS_AUTH_PAGE = 8;
const REASON = 7;

const PROBE = 2;
const NO_PROBE = 1;

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
export interface CountedPart {
  readonly joinLog: JoinLog | undefined;
  demandOf(node: number): DemandLog;
  countDemand(requests: number): void;
  addFetch(
    batch: RequestBatch,
    row: number,
    callerId: number,
    startMs: number,
    endMs: number,
    durationMs: number,
    word: number,
  ): void;
}

export class RequestCounts {
  private counters = new Uint32Array(64 << ROUTE_SHIFT);
  private kinds = new Uint8Array(64);
  private agents = new Uint8Array(64);
  private readonly touched: number[] = [];
  /** Place of the histogram by route, and the routes by place. */
  private slots = new Int16Array(64).fill(NO_SLOT);
  private readonly slotRoutes: number[] = [];
  private readonly slotLogs: OverheadLog[] = [];
  private histograms: Uint32Array | undefined;
  private readonly floors = new Int32Array(SLOTS);
  private readonly masks = new Int32Array(SLOTS);
  private readonly excluded = new Float64Array(REASONS.length);

  constructor(
    private readonly names: Names,
    private readonly part: CountedPart,
  ) {}

  add(batch: RequestBatch, tally: OpenTally): void {
    const { part, excluded, touched, floors, masks } = this;
    const { startUs, durationUs, status, method, cache, route, node, agent, caller, upstreamUs, rows } = batch;
    this.makeRoom();
    const { counters, kinds, agents, slots } = this;
    this.histograms ??= new Uint32Array(SLOTS * BINS);
    const { histograms } = this;
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
    for (let row = 0; row < rows; row += 1) {
      const startMs = Math.floor(startUs[row]! / 1000);
      const us = durationUs[row]!;
      const durationMs = us < 0 ? -1 : Math.round(us / 1000);
      const endMs = durationMs > 0 ? startMs + durationMs : startMs;
      if (startMs < firstStartMs) firstStartMs = startMs;
      if (endMs > lastEndMs) lastEndMs = endMs;
      const routeId = route[row]!;
      const line = routeId << ROUTE_SHIFT;
      const requests = counters[line]!;
      counters[line] = requests + 1;
      if (requests === 0) touched.push(routeId);
      const word = cache[row]!;
      if (word !== 0) counters[line + WORDS + word]! += 1;
      const callerId = caller[row]!;
      if (callerId !== NO_ID) {
        part.addFetch(batch, row, callerId, startMs, endMs, durationMs, word);
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
        if (slot < 0) slot = this.openSlot(routeId, tally);
        if (slot < 0) overheadOf(this.openRoute(routeId, tally)).add(overheadUs, startMs);
        else {
          histograms[slot * BINS + binOf(units)]! += 1;
          if (units >= floors[slot]! || (hashOf(startMs) & masks[slot]!) === 0) this.note(slot, units, startMs);
        }
      }
      if (joinLog !== undefined) joinLog.addRequest(tally.file, startMs, durationMs, batch, row);
      if (status[row] === 401) add401(tally, nodeId, endMs);
    }
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
  }

  /** Adds what was counted since the last time to the tally of its file. */
  settle(tally: OpenTally): void {
    const { counters, touched, slots, slotRoutes, slotLogs, histograms, excluded } = this;
    for (const routeId of touched) {
      const line = routeId << ROUTE_SHIFT;
      const route = this.openRoute(routeId, tally);
      route.requests += counters[line]!;
      route.demand += counters[line + DEMAND]!;
      for (let word = 1; word < route.cache.length; word += 1) route.cache[word]! += counters[line + WORDS + word]!;
      counters.fill(0, line, line + (1 << ROUTE_SHIFT));
    }
    touched.length = 0;
    slotRoutes.forEach((routeId, slot) => {
      const from = slot * BINS;
      slotLogs[slot]!.addCounts(histograms!.subarray(from, from + BINS));
      histograms!.fill(0, from, from + BINS);
      slots[routeId] = NO_SLOT;
    });
    slotRoutes.length = 0;
    slotLogs.length = 0;
    excluded.forEach((count, why) => {
      if (count > 0) tally.excluded.set(REASONS[why]!, (tally.excluded.get(REASONS[why]!) ?? 0) + count);
    });
    excluded.fill(0);
  }

  private makeRoom(): void {
    const { routes, agents } = this.names;
    if (routes.length > this.kinds.length) {
      const size = Math.max(routes.length, this.kinds.length * 2);
      this.kinds = longer(this.kinds, new Uint8Array(size));
      this.counters = longer(this.counters, new Uint32Array(size << ROUTE_SHIFT));
      this.slots = longer(this.slots, new Int16Array(size).fill(NO_SLOT));
    }
    if (agents.length > this.agents.length)
      this.agents = longer(this.agents, new Uint8Array(Math.max(agents.length, this.agents.length * 2)));
  }

  private kindOf(routeId: number): number {
    const { path, excluded, needsToken } = this.names.routes[routeId]!;
    let why = 0;
    if (needsToken === false) why = IS_UNNAMED;
    else if (excluded !== undefined && needsToken !== true) why = excluded === 'health' ? IS_HEALTH : IS_STATIC;
    const kind = IS_KNOWN | why | (AUTH_PAGES.test(path) ? IS_AUTH_PAGE : 0);
    this.kinds[routeId] = kind;
    return kind;
  }

  private isProbe(agentId: number): boolean {
    const isProbe = this.names.agents[agentId]!.kind === 'probe';
    this.agents[agentId] = isProbe ? PROBE : NO_PROBE;
    return isProbe;
  }

  private openRoute(routeId: number, tally: OpenTally): RouteTally {
    let route = tally.routes.get(routeId);
    if (route === undefined) {
      route = { requests: 0, demand: 0, cache: new Float64Array(cacheWords.length), overhead: undefined };
      tally.routes.set(routeId, route);
    }
    return route;
  }

  private openSlot(routeId: number, tally: OpenTally): number {
    const slot = this.slotRoutes.length;
    if (slot === SLOTS) return NO_SLOT;
    const log = overheadOf(this.openRoute(routeId, tally));
    this.slotRoutes.push(routeId);
    this.slotLogs.push(log);
    this.slots[routeId] = slot;
    this.floors[slot] = log.floor;
    this.masks[slot] = log.mask;
    return slot;
  }

  /** Of a request that is among the slowest, or in the sample. */
  private note(slot: number, units: number, startMs: number): void {
    const log = this.slotLogs[slot]!;
    log.note(units, startMs);
    this.floors[slot] = log.floor;
    this.masks[slot] = log.mask;
  }
}

function overheadOf(route: RouteTally): OverheadLog {
  route.overhead ??= new OverheadLog();
  return route.overhead;
}

function longer<Values extends Uint8Array | Uint32Array | Int16Array>(from: Values, to: Values): Values {
  to.set(from);
  return to;
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
