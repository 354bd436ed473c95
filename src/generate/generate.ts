/** Plays a fleet of clients through and prints what its gateways and its issuer would have logged, with the truth about it. */
import { TokenTaxError } from '../errors.js';
import { behaviourById, behaviours, varied } from './behaviours.js';
import { Client, type Fetch } from './client.js';
import { Logs, printableFormats } from './logs.js';
import { type Arrivals, type GenerateOptions, type Settings, type Side, settingsOf } from './options.js';
import { Random } from './random.js';
import { addFetches, type FetchRow, giveVerdicts, keyTruth, type Truth } from './truth.js';
import type { LineRecord } from './values.js';
import type { Chunk } from './writer.js';

const HOST = 'api.example.com';
const ISSUER = 'auth.example.com';
const TOKEN_PATH = '/oauth2/token';
const NOUNS = ['orders', 'billing', 'stock', 'search', 'mail', 'prices', 'users', 'maps', 'offers', 'media', 'audit', 'tax'];
const ROUTES = ['list', 'items', 'count', 'state', 'owner', 'price'];
const SCOPES = ['read', 'write', 'admin'];

const SIBLING_PATHS = {
  introspection: '/oauth2/introspect',
  jwks: '/.well-known/jwks.json',
  discovery: '/.well-known/openid-configuration',
} as const;
/** Ids of a trace and of its first span, made of that of a request. */
const traceOf = (id: string): string => id.slice(16) + id.slice(0, 16);
const spanOf = (id: string): string => id.slice(8, 24);

const AUDIENCE = 'https://api.example.com';

export { printableFormats };

/** How much of the mean rate there is at a moment, as a share of the most that there ever is, and that most. */
const shapes: Readonly<Record<Arrivals, { readonly most: number; readonly share: (sinceMs: number, ofMs: number) => number }>> = {
  poisson: { most: 1, share: () => 1 },
  steady: { most: 1, share: () => 1 },
  sparse: { most: 0.02, share: () => 1 },
  // 5 s of every 20 s.
  bursty: { most: 4, share: (since) => (since % 20_000 < 5000 ? 1 : 0) },
  // Up to noon, down to midnight, in straight lines.
  diurnal: { most: 2, share: (since, of) => 1 - Math.abs((2 * since) / of - 1) },
};

class Run {
  readonly chunks: Chunk[] = [];
  private readonly clients: Client[] = [];
  private readonly groups: Client[][] = [];
  private readonly rows: { row: FetchRow; client: Client }[] = [];
  private tooManyRows = false;
  private readonly siblings = { introspection: 0, jwks: 0, discovery: 0 };
  private excluded = 0;
  private excludedLogged = 0;
  private requests = 0;
  private withoutToken = 0;
  private readonly logs: Logs;
  private readonly random: Record<'traffic' | 'ids' | 'answers' | 'spans', Random>;
  /** Id and time of the request that is being served. */
  private requestId = '';
  /** The gateway that serves it. */
  private requestWriter = '';
  private requestMs = 0;
  private requestRoute = '';
  private readonly toMs: number;

  constructor(private readonly settings: Settings) {
    const { seed, startMs, durationMs } = settings;
    this.logs = new Logs(settings, (chunk) => this.chunks.push(chunk));
    this.random = {
      traffic: new Random(seed, 'traffic'),
      ids: new Random(seed, 'ids'),
      answers: new Random(seed, 'answers'),
      spans: new Random(seed, 'spans'),
    };
    this.toMs = startMs + durationMs;
    this.makeClients();
  }

  private makeClients(): void {
    const { behaviours: ids, clients, seed } = this.settings;
    for (let at = 0; at < clients; at += 1) {
      const id = ids[at % ids.length] ?? '';
      const usual = behaviourById(id);
      if (usual === undefined)
        throw new TokenTaxError('BAD_OPTION', `there is no cause or healthy pattern "${id}"`, {
          help: 'Run `token-tax generate --list` to see them.',
        });
      const behaviour = this.settings.vary ? varied(usual, new Random(seed, `variant ${at}`)) : usual;
      const noun = NOUNS[at % NOUNS.length]!;
      const name = `${noun}-gw${at < NOUNS.length ? '' : `-${Math.floor(at / NOUNS.length) + 1}`}`;
      const scopes = behaviour.more === 'scopes' ? SCOPES.map((scope) => `${noun}.${scope}`) : [null];
      const group = scopes.map(
        (scope, index) =>
          new Client(name, scope, behaviour, this.settings, new Random(seed, `client ${at} ${index}`), (fetch, client, counts) =>
            this.fetched(fetch, client, counts),
          ),
      );
      this.groups.push(group);
      this.clients.push(...group);
    }
  }

  /** Yields whenever some text is ready, so that nothing piles up. */
  *play(): Generator<Chunk, Truth> {
    const { settings, random } = this;
    const { startMs, warmUpMs, durationMs, rate } = settings;
    const shape = shapes[settings.arrivals];
    const gapMs = 1000 / (rate * shape.most);
    const counts = this.groups.map(() => 0);
    let at = startMs - warmUpMs;
    let sideMs = startMs;
    let made = 0;
    for (;;) {
      at += gapMs * (settings.arrivals === 'steady' ? 1 : random.traffic.exponential());
      const ms = Math.floor(at);
      if (ms >= this.toMs) break;
      if (shape.share(Math.max(0, ms - startMs), durationMs) <= random.traffic.unit()) continue;
      for (; sideMs <= ms; sideMs += 5000) this.besides(sideMs);
      const group = random.traffic.below(this.groups.length);
      const clients = this.groups[group]!;
      // Those who come together are fewer times there: the rate stays what was asked for.
      const clump = clients[0]!.behaviour.clump ?? 1;
      if (clump > 1 && random.traffic.below(clump) !== 0) continue;
      const node = random.traffic.below(settings.nodes);
      if (ms < this.startsAt(clients[0]!.behaviour, node)) continue;
      for (let one = 0; one < clump; one += 1) {
        const client = clients[random.traffic.below(clients.length)]!;
        this.arrive(client, {
          atMs: ms,
          node,
          worker: random.traffic.below(settings.workers),
          user: random.traffic.below(settings.users),
          route: random.traffic.below(6),
          index: counts[group]!++,
        });
      }
      made += 1;
      if (made % 64 === 0) {
        const early = ms - settings.resolutionMs + Math.min(0, settings.skewMs);
        this.logs.flush(early);
        yield* this.chunks.splice(0);
      }
    }
    this.logs.end();
    yield* this.chunks.splice(0);
    return this.truth();
  }

  /** Nodes come up one after the other within the first life, but where they are to expire together. */
  private startsAt(behaviour: Client['behaviour'], node: number): number {
    const { vary, startMs, warmUpMs, lifetimeMs, durationMs } = this.settings;
    if (!vary || node === 0 || behaviour.more === 'synchronised') return 0;
    // Steps of the golden ratio: neither even nor in clumps.
    const part = (node * 0.618_033_988_75) % 1;
    return startMs - warmUpMs + Math.floor(Math.min(lifetimeMs, durationMs / 2) * part);
  }

  private arrive(client: Client, arrival: Parameters<Client['serve']>[0]): void {
    const { settings, random } = this;
    const { atMs } = arrival;
    const counts = atMs >= settings.startMs;
    this.requestId = random.ids.hex(32);
    this.requestMs = atMs;
    this.requestRoute = `/api/${client.name.replace('-gw', '')}/${ROUTES[arrival.route]}`;
    const writer = `gw-${arrival.node + 1}`;
    this.requestWriter = writer;
    const upstreamMs = random.answers.between(20, 120);
    const served = client.serve(arrival, counts);
    const { behaviour } = client;
    let waitedMs = served.waitedMs;
    for (const sibling of ['introspection', 'jwks', 'discovery'] as const) {
      if (behaviour.more !== sibling) continue;
      const durationMs = random.answers.between(5, 30);
      if (counts) this.siblings[sibling] += 1;
      const node = `10.20.${arrival.node >> 7}.${10 + (arrival.node & 127)}`;
      this.line('issuer', 'issuer', counts, {
        ...this.caller(client.name, node, writer, sibling === 'introspection' ? 'POST' : 'GET', atMs + waitedMs, durationMs),
        path: SIBLING_PATHS[sibling],
      });
      waitedMs += durationMs;
    }
    if (served.loopback !== undefined) {
      this.line('loopback', 'loopback', counts, {
        ...this.caller(client.name, `10.20.0.${10 + arrival.node}`, writer, 'POST', atMs, Math.max(1, waitedMs)),
        cache: served.loopback,
        ...(served.loopback === 'HIT' ? {} : { upstreamMs: Math.max(1, waitedMs) - 1 }),
      });
    }
    if (counts) this.requests += 1;
    const isAsked = served.hasToken;
    if (served.isRefused) client.refused(served.holder, atMs + waitedMs + upstreamMs + 2);
    if (counts && !isAsked) this.withoutToken += 1;
    this.line('gateway', writer, counts, {
      startMs: atMs,
      durationMs: waitedMs + (isAsked ? upstreamMs : 0) + 2,
      ...(isAsked ? { upstreamMs } : {}),
      method: 'GET',
      path: this.requestRoute,
      query: '',
      host: HOST,
      status: served.isRefused ? 401 : isAsked ? 200 : 502,
      bytes: isAsked ? random.answers.between(200, 9000) : 120,
      address: `198.51.100.${1 + (arrival.user % 250)}`,
      clientId: '',
      userAgent: 'shop-web/1.9',
      requestId: this.requestId,
      traceId: traceOf(this.requestId),
      spanId: spanOf(this.requestId),
      node: writer,
      writer,
    });
  }

  private caller(client: string, address: string, node: string, method: string, startMs: number, durationMs: number): LineRecord {
    const { settings, random } = this;
    const requestId = settings.sharedIds ? this.requestId : random.ids.hex(32);
    return {
      startMs,
      durationMs,
      upstreamMs: Math.max(0, durationMs - 1),
      method,
      path: TOKEN_PATH,
      query: '',
      host: ISSUER,
      status: 200,
      bytes: 1184,
      address: settings.nat ? '10.20.0.254' : address,
      clientId: settings.clientField ? client : '',
      userAgent: settings.clientField ? `${client}/4.2` : 'okhttp/4.12.0',
      requestId,
      traceId: traceOf(requestId),
      spanId: spanOf(requestId),
      node: settings.nat ? '' : node,
      writer: 'issuer-1',
    };
  }

  private fetched(fetch: Fetch, client: Client, counts: boolean): void {
    const { atMs, durationMs, status, lifetimeMs } = fetch;
    const record: LineRecord = {
      ...this.caller(client.name, fetch.address, fetch.holder, 'POST', atMs, durationMs),
      status,
      query: fetch.query,
      bytes: status === 200 ? 1184 : 91,
      grantType: 'client_credentials',
      audience: AUDIENCE,
      ...(client.scope === null ? {} : { scope: client.scope }),
      ...(lifetimeMs === null ? {} : { expiresInS: Math.floor(lifetimeMs / 1000) }),
    };
    const seen = this.seenByGateway(record, fetch, client, counts);
    const inLog = this.line('issuer', 'issuer', counts, seen.below) || seen.isLogged;
    if (!counts) return;
    const ok = status === 200;
    if (inLog)
      for (const ledger of [client.shared, client.holders.get(fetch.holder)!.ledger]) {
        ledger.logged.all += 1;
        ledger.logged[ok ? 'ok' : 'failed'] += 1;
      }
    if (this.rows.length >= this.settings.maxRows) {
      this.tooManyRows = true;
      return;
    }
    const { holder, worker, timely } = fetch;
    const request = fetch.isBackground ? null : this.requestId;
    const verdict = ok ? 'kept' : 'failed';
    const row: FetchRow = {
      atMs,
      durationMs,
      client: client.name,
      scope: client.scope,
      holder,
      worker,
      status,
      request,
      requestMs: request === null ? null : this.requestMs,
      route: request === null ? null : this.requestRoute,
      lifetimeMs,
      timely,
      inLog,
      verdict,
    };
    this.rows.push({ row, client });
  }

  /** The fetch as the gateway that makes it sees it, in a log that has such things, and the record of the issuer as what was called. */
  private seenByGateway(
    record: LineRecord,
    { isBackground, holder }: Fetch,
    { behaviour }: Client,
    counts: boolean,
  ): { isLogged: boolean; below: LineRecord } {
    // A cache of its own is no gateway.
    if (!counts || !this.logs.gatewaySeesFetches || behaviour.cache === 'loopback' || behaviour.cache === 'shared')
      return { isLogged: false, below: record };
    const spanId = this.random.spans.hex(16);
    const traceId = isBackground ? this.random.spans.hex(32) : traceOf(this.requestId);
    const isLogged = this.line('gateway', this.requestWriter, true, {
      ...record,
      traceId,
      spanId,
      ...(isBackground ? {} : { parentSpanId: spanOf(this.requestId) }),
      isOutgoing: true,
      node: holder,
      writer: this.requestWriter,
    });
    return { isLogged, below: this.logs.hasTraces ? { ...record, traceId, parentSpanId: spanId } : record };
  }

  /** What people and devices do at the token endpoint, every 5 s. */
  private besides(atMs: number): void {
    for (const [group] of this.groups) {
      const { more } = group!.behaviour;
      if (more !== 'device' && more !== 'users') continue;
      this.excluded += 1;
      const isDevice = more === 'device';
      const logged = this.line('issuer', 'issuer', true, {
        ...this.caller(
          isDevice ? 'tv-app' : 'shop-web',
          isDevice ? '203.0.113.77' : `203.0.113.${1 + this.random.answers.below(60)}`,
          '',
          'POST',
          atMs,
          20,
        ),
        userAgent: isDevice ? 'tv-app/2.0' : 'Mozilla/5.0 (X11; Linux x86_64)',
        query: `grant_type=${isDevice ? 'urn:ietf:params:oauth:grant-type:device_code' : 'authorization_code'}`,
        grantType: isDevice ? 'urn:ietf:params:oauth:grant-type:device_code' : 'authorization_code',
        status: isDevice ? 400 : 200,
      });
      if (logged) this.excludedLogged += 1;
    }
  }

  private line(side: Side, file: string, counts: boolean, record: LineRecord): boolean {
    return counts && this.logs.add(side, file, record);
  }

  private truth(): Truth {
    const { settings, clients } = this;
    const keys = clients.map(keyTruth);
    const ofHolder = new Map<string, FetchRow[]>();
    for (const { row, client } of this.rows) {
      const id = `${clients.indexOf(client)} ${row.holder}`;
      const list = ofHolder.get(id);
      if (list === undefined) ofHolder.set(id, [row]);
      else list.push(row);
    }
    if (!this.tooManyRows)
      for (const [id, rows] of ofHolder) {
        const [at = '', holder = ''] = id.split(' ');
        giveVerdicts(rows, clients[Number(at)]!.holders.get(holder)!.ledger.sum().redundant);
      }
    const fetches = addFetches(keys.map((key) => key.fetches));
    const logged = { all: 0, ok: 0, failed: 0 };
    for (const { shared } of clients) for (const name of ['all', 'ok', 'failed'] as const) logged[name] += shared.logged[name];
    return {
      truthVersion: '1',
      seed: settings.seed,
      window: { fromMs: settings.startMs, toMs: this.toMs },
      skewMs: settings.skewMs,
      format: { gateway: settings.gatewayFormat, issuer: settings.issuerFormat, wrapper: settings.wrapper },
      shows: { gateway: this.logs.shows('gateway'), issuer: this.logs.shows('issuer') },
      totals: {
        requests: this.requests,
        withoutToken: this.withoutToken,
        demand: keys.reduce((sum, { demand }) => sum + demand, 0),
        fetches: { ...fetches, all: fetches.all + this.excluded, excluded: this.excluded },
        shared: addFetches(keys.map(({ shared }) => shared)),
        logged: { ...logged, all: logged.all + this.excludedLogged, excluded: this.excludedLogged },
        siblings: this.siblings,
      },
      lines: this.logs.tallies,
      keys,
      fetches: this.tooManyRows ? null : this.rows.map(({ row }) => row),
    };
  }
}

/** Every id that `behaviours` takes. */
export const behaviourIds = (): readonly string[] => behaviours.map(({ id }) => id);

/**
 * Text of the logs, file by file in turns, as it is made: memory does not grow with it. The generator returns the truth. Touches no
 * disk, no clock, and gives the same for the same options on any machine.
 */
export function generateLogs(options: GenerateOptions): Generator<Chunk, Truth> {
  return new Run(settingsOf(options)).play();
}
