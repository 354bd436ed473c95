/**
 * Writes an access log of any size, the same for the same seed, and beside it what a reader must find: FILE.truth.json.
 *
 *   node bench/generate.mjs --kind gateway|issuer|paths|json --bytes 1e9 --out FILE [--seed N]
 *
 * gateway  nginx combined with a timing tail: 201 routes, 31,000 addresses (8 % IPv6), ids of all kinds in the paths, 2.6 % token POSTs
 * json     the same traffic as JSON lines
 * issuer   every line a token POST of a few clients from some hundred addresses
 * paths    1.3 million distinct slugs that no pattern folds
 */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';

const BLOCK_BYTES = 8 << 20;
const LONGEST_LINE = 2048;
const START_MS = Date.UTC(2026, 2, 2);
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const TOKEN_PATH = '/oauth2/token';
const TOKEN_SHARE = 0.026;
const SLUGS = 1_300_000;

const bytes = (text) => Uint8Array.from(Buffer.from(text));

/** xorshift32: fast, and the same on every machine. */
const randomFrom = (seed) => {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) | 1;
  const bits = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  /** A whole number below `n`. */
  const below = (n) => Math.floor((bits() / 0x100000000) * n);
  return { bits, below };
};

const words = (
  'amber anchor apple arrow autumn basil beacon birch blossom breeze bridge candle canyon cedar cherry cliff clover cobalt coral cotton ' +
  'crystal dahlia delta dune ember falcon fern field flint forest frost garden ginger glacier granite harbor hazel heron honey island ' +
  'ivory jasmine juniper lagoon lantern laurel lemon lilac linen lotus maple marble meadow mint moss ocean olive opal orchid pearl pine ' +
  'quartz raven river'
).split(' ');
const nouns = (
  'orders customers invoices payments shipments products carts refunds tickets accounts users sessions messages devices contracts ' +
  'warehouses suppliers prices offers reviews'
).split(' ');
const parts = ['', '/items', '/events', '/history', '/notes', '/lines', '/status', '/documents', '/labels', '/owners'];
const agents = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0',
  'okhttp/4.12.0',
  'orders-web/1.9 (+https://shop.example.com)',
].map(bytes);
const clients = 'orders-gw billing search stock mailer partner-sync reports mobile-bff pricing audit crm feeds'.split(' ');
const clientBytes = clients.map(bytes);
const clientAgents = clients.map((client) => bytes(`${client}/4.2`));
const statuses = [200, 401, 404, 500, 503];
const statusBytes = statuses.map((status) => bytes(String(status)));
const wordBytes = words.map(bytes);
const GET = bytes('GET');
const POST = bytes('POST');
const MINUS = bytes('-');
const NOTHING = bytes('');
const HEX = bytes('0123456789abcdef');

/** Writes the pieces of a line; no string is made. */
class Writer {
  block = Buffer.allocUnsafe(BLOCK_BYTES);
  at = 0;

  put(piece) {
    const { block, at } = this;
    for (let index = 0; index < piece.length; index += 1) block[at + index] = piece[index];
    this.at = at + piece.length;
  }

  byte(value) {
    this.block[this.at] = value;
    this.at += 1;
  }

  number(value) {
    let width = 1;
    for (let limit = 10; value >= limit; limit *= 10) width += 1;
    this.at += width;
    for (let place = this.at - 1; width > 0; width -= 1, place -= 1) {
      const rest = Math.floor(value / 10);
      this.block[place] = 48 + value - rest * 10;
      value = rest;
    }
  }

  /** The low `digits` of a number in base 16. */
  hex(value, digits = 8) {
    const { block, at } = this;
    for (let index = digits - 1; index >= 0; index -= 1) {
      block[at + index] = HEX[value & 15];
      value >>>= 4;
    }
    this.at = at + digits;
  }

  /** Milliseconds as seconds with three places. */
  seconds(ms) {
    this.number(Math.floor(ms / 1000));
    this.byte(46);
    this.byte(48 + (Math.floor(ms / 100) % 10));
    this.byte(48 + (Math.floor(ms / 10) % 10));
    this.byte(48 + (ms % 10));
  }
}

/** How the part of a path is written that differs from request to request; `a` to `d` are random. */
const ids = {
  none: () => {},
  number: (writer, a) => writer.number(a % 10_000_000),
  hex: (writer, a, b, c) => {
    writer.hex(a);
    writer.hex(b);
    writer.hex(c);
  },
  uuid: (writer, a, b, c, d) => {
    writer.hex(a);
    writer.byte(45);
    writer.hex(b, 4);
    writer.byte(45);
    writer.byte(52);
    writer.hex(b >>> 16, 3);
    writer.byte(45);
    writer.byte(97);
    writer.hex(c, 3);
    writer.byte(45);
    writer.hex(c >>> 16, 4);
    writer.hex(d);
  },
  /** Every number below 2^24 has its own four words; the odd factor spreads neighbours. */
  slug: (writer, index) => {
    const mixed = Math.imul(index, 0x9e3779) & 0xffffff;
    for (let shift = 0; shift < 24; shift += 6) {
      if (shift > 0) writer.byte(45);
      writer.put(wordBytes[(mixed >>> shift) & 63]);
    }
  },
};

const tokenRoute = { name: TOKEN_PATH, before: bytes(TOKEN_PATH), id: ids.none, after: NOTHING };
const idKinds = [ids.number, ids.uuid, ids.hex];
const apiRoutes = nouns.flatMap((noun, index) =>
  parts.map((part, place) => ({
    name: `/api/v1/${noun}/{id}${part}`,
    before: bytes(`/api/v1/${noun}/`),
    id: idKinds[(index + place) % 3],
    after: bytes(part),
  })),
);
const shopRoutes = nouns.map((noun) => ({
  name: `/shop/${noun}/*`,
  before: bytes(`/shop/${noun}/`),
  id: ids.slug,
  after: NOTHING,
}));

/** One request; filled again for every line. Routes, addresses, clients and statuses are numbers into lists. */
const record = {
  ms: START_MS,
  address: 0,
  client: -1,
  method: GET,
  route: 0,
  idBits: 0,
  status: 0,
  size: 0,
  agent: agents[0],
  cache: MINUS,
  durationMs: 0,
  upstreamMs: 0,
};

const cacheWords = [MINUS, MINUS, MINUS, MINUS, ...['MISS', 'MISS', 'HIT', 'EXPIRED'].map(bytes)];

const pad = (value) => String(value).padStart(2, '0');

/** Stamps are made once a second. */
const clfStamp = () => {
  let second = -1;
  let stamp = NOTHING;
  return (ms) => {
    const now = Math.floor(ms / 1000);
    if (now === second) return stamp;
    second = now;
    const date = new Date(now * 1000);
    const day = `${pad(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
    stamp = bytes(`${day}:${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())} +0000`);
    return stamp;
  };
};

/** A layout is what stands between the fields, and how each field is written. */
const layouts = {
  text: (w, world, random, stamp = clfStamp()) => {
    const [user, time, open, http, space, rest, rt, urt, cs, rid] = [
      ' - ',
      ' [',
      '] "',
      ' HTTP/1.1" ',
      ' ',
      ' "-" "',
      '" rt=',
      ' urt="',
      '" cs=',
      ' rid=',
    ].map(bytes);
    return () => {
      w.put(world.addresses[record.address]);
      w.put(user);
      w.put(record.client < 0 ? MINUS : clientBytes[record.client]);
      w.put(time);
      w.put(stamp(record.ms));
      w.put(open);
      w.put(record.method);
      w.put(space);
      path(w, world.routes[record.route], random);
      w.put(http);
      w.put(statusBytes[record.status]);
      w.put(space);
      w.number(record.size);
      w.put(rest);
      w.put(record.agent);
      w.put(rt);
      w.seconds(record.durationMs);
      w.put(urt);
      w.seconds(record.upstreamMs);
      w.put(cs);
      w.put(record.cache);
      w.put(rid);
      requestId(w, random);
      w.byte(10);
    };
  },
  json: (w, world, random) => {
    const [msec, address, user, method, uri, status, size, rt, upstream, urt, cache, agent, id, end] = [
      '{"msec":"',
      '","remote_addr":"',
      '","remote_user":"',
      '","host":"api.example.com","request_method":"',
      '","request_uri":"',
      '","status":',
      ',"body_bytes_sent":',
      ',"request_time":',
      ',"upstream_addr":"10.30.1.11:8443","upstream_status":"',
      '","upstream_response_time":"',
      '","upstream_cache_status":"',
      '","http_user_agent":"',
      '","request_id":"',
      '"}\n',
    ].map(bytes);
    return () => {
      w.put(msec);
      w.seconds(record.ms);
      w.put(address);
      w.put(world.addresses[record.address]);
      w.put(user);
      w.put(record.client < 0 ? NOTHING : clientBytes[record.client]);
      w.put(method);
      w.put(record.method);
      w.put(uri);
      path(w, world.routes[record.route], random);
      w.put(status);
      w.put(statusBytes[record.status]);
      w.put(size);
      w.number(record.size);
      w.put(rt);
      w.seconds(record.durationMs);
      w.put(upstream);
      w.put(statusBytes[record.status]);
      w.put(urt);
      w.seconds(record.upstreamMs);
      w.put(cache);
      w.put(record.cache === MINUS ? NOTHING : record.cache);
      w.put(agent);
      w.put(record.agent);
      w.put(id);
      requestId(w, random);
      w.put(end);
    };
  },
};

const path = (writer, route, { bits }) => {
  writer.put(route.before);
  if (route.id === ids.slug) route.id(writer, record.idBits);
  else if (route.id !== ids.none) route.id(writer, bits(), bits(), bits(), bits());
  writer.put(route.after);
};

const requestId = (writer, { bits }) => {
  for (let word = 0; word < 4; word += 1) writer.hex(bits());
};

const userAddresses = ({ bits, below }, count, v6Share) =>
  Array.from({ length: count }, (_, index) =>
    index < count * v6Share
      ? `2001:db8:${(bits() & 0xffff).toString(16)}:${(bits() & 0xffff).toString(16)}::${(index + 1).toString(16)}`
      : `${[10, 100, 172, 192][index & 3]}.${(index >> 2) & 255}.${index >> 10}.${below(254) + 1}`,
  ).map(bytes);

const tokenRequest = ({ below }, client, address) => {
  const fate = below(1000);
  record.method = POST;
  record.route = 0;
  record.client = client;
  record.address = address;
  record.agent = clientAgents[client];
  record.status = fate < 985 ? 0 : fate < 995 ? 1 : 4;
  record.size = record.status === 0 ? 1184 : 112;
  record.cache = MINUS;
};

const apiRequest = ({ bits, below }, { addresses }, routeCount) => {
  const fate = below(1000);
  record.method = fate % 5 === 0 ? POST : GET;
  record.route = 1 + below(routeCount);
  record.client = -1;
  record.address = GATEWAY_NODES + below(addresses.length - GATEWAY_NODES);
  record.agent = agents[below(agents.length)];
  record.status = fate < 950 ? 0 : fate < 985 ? 2 : fate < 995 ? 3 : 4;
  record.size = below(20_000);
  record.cache = cacheWords[bits() & 7];
};

/** Four nodes of each client fetch its tokens; users have the other addresses. */
const GATEWAY_NODES = clients.length * 4;
const gatewayNodes = Array.from({ length: GATEWAY_NODES }, (_, index) => bytes(`10.20.${index >> 2}.${(index & 3) + 1}`));

/** Traffic of users, and now and then a token fetch by a gateway. */
const mixed = (routes) => (random) => {
  const world = { routes: [tokenRoute, ...routes], addresses: [...gatewayNodes, ...userAddresses(random, 31_000, 0.08)] };
  const seen = routes === shopRoutes ? new Uint8Array(SLUGS) : undefined;
  const next = () => {
    if (random.bits() < TOKEN_SHARE * 0x100000000) {
      const node = random.below(GATEWAY_NODES);
      tokenRequest(random, node >> 2, node);
      return;
    }
    apiRequest(random, world, routes.length);
    if (!seen) return;
    record.idBits = random.below(SLUGS);
    record.route = 1 + (record.idBits % routes.length);
    seen[record.idBits] = 1;
  };
  return { world, next, distinctPaths: () => seen?.reduce((sum, one) => sum + one, 0) };
};

const issuer = (random) => {
  const world = { routes: [tokenRoute], addresses: userAddresses(random, 400, 0) };
  return {
    world,
    next: () => tokenRequest(random, random.below(clients.length), random.below(400)),
    distinctPaths: () => undefined,
  };
};

const kinds = {
  gateway: { traffic: mixed(apiRoutes), layout: layouts.text, linesPerSecond: 90 },
  issuer: { traffic: issuer, layout: layouts.text, linesPerSecond: 60 },
  paths: { traffic: mixed(shopRoutes), layout: layouts.text, linesPerSecond: 90 },
  json: { traffic: mixed(apiRoutes), layout: layouts.json, linesPerSecond: 90 },
};

/** What the lines hold, counted as they are made. */
class Truth {
  #world;
  #byRoute;
  #errorsByRoute;
  #byClient = new Uint32Array(clients.length);
  #tokensByStatus = new Uint32Array(statuses.length);
  #byStatus = new Uint32Array(statuses.length);
  #addresses;
  lines = 0;

  constructor(world) {
    this.#world = world;
    this.#byRoute = new Uint32Array(world.routes.length);
    this.#errorsByRoute = new Uint32Array(world.routes.length);
    this.#addresses = new Uint8Array(world.addresses.length);
  }

  count({ route, status, client, address }) {
    this.lines += 1;
    this.#byRoute[route] += 1;
    if (statuses[status] >= 500) this.#errorsByRoute[route] += 1;
    this.#byStatus[status] += 1;
    this.#addresses[address] = 1;
    if (client < 0) return;
    this.#byClient[client] += 1;
    this.#tokensByStatus[status] += 1;
  }

  summary() {
    const named = (counts, names) =>
      Object.fromEntries([...counts].map((count, index) => [names[index], count]).filter(([, count]) => count > 0));
    const all = this.#byRoute[0];
    const { 200: ok = 0, ...failedByStatus } = named(this.#tokensByStatus, statuses);
    const routes = this.#world.routes.map(({ name }, index) => [
      name,
      { requests: this.#byRoute[index], serverErrors: this.#errorsByRoute[index] },
    ]);
    return {
      lines: this.lines,
      requests: this.lines - all,
      tokens: { all, ok, failed: all - ok },
      failedByStatus,
      addresses: this.#addresses.reduce((sum, one) => sum + one, 0),
      statuses: named(this.#byStatus, statuses),
      clients: named(this.#byClient, clients),
      routes: Object.fromEntries(routes.filter(([, { requests }]) => requests > 0)),
    };
  }
}

export function generate({ kind, bytes: wanted, out, seed = 1 }) {
  if (!kinds[kind]) throw new Error(`--kind must be one of ${Object.keys(kinds).join(', ')}`);
  if (!(wanted > 0)) throw new Error('--bytes must be a number, such as 1e9');
  mkdirSync(dirname(out), { recursive: true });
  const { traffic, layout, linesPerSecond } = kinds[kind];
  const random = randomFrom(seed);
  const writer = new Writer();
  const { world, next, distinctPaths } = traffic(random);
  const print = layout(writer, world, random);
  const truth = new Truth(world);
  const fd = openSync(out, 'w');
  let written = 0;
  const flush = () => {
    for (let at = 0; at < writer.at; ) at += writeSync(fd, writer.block, at, writer.at - at);
    written += writer.at;
    writer.at = 0;
  };
  while (written + writer.at < wanted) {
    record.ms = START_MS + Math.floor((truth.lines * 1000) / linesPerSecond);
    record.durationMs = random.below(400) + 2;
    record.upstreamMs = Math.max(1, record.durationMs - random.below(50));
    next();
    truth.count(record);
    print();
    if (writer.at > BLOCK_BYTES - LONGEST_LINE) flush();
  }
  flush();
  closeSync(fd);
  const [from, to] = [START_MS, record.ms].map((ms) => new Date(ms).toISOString());
  const found = { kind, seed, bytes: written, from, to, distinctPaths: distinctPaths(), ...truth.summary() };
  writeFileSync(`${out}.truth.json`, `${JSON.stringify(found, null, 2)}\n`);
  return found;
}

if (process.argv[1] === import.meta.filename) {
  const text = { type: 'string' };
  const { values } = parseArgs({
    options: { kind: text, bytes: { ...text, default: '1e9' }, out: text, seed: { ...text, default: '1' } },
  });
  if (values.kind && values.out) {
    const { lines, bytes: size } = generate({ ...values, bytes: Number(values.bytes), seed: Number(values.seed) });
    console.log(`${values.out}: ${lines} lines, ${size} bytes`);
  } else {
    console.error('usage: node bench/generate.mjs --kind gateway|issuer|paths|json --bytes 1e9 --out FILE [--seed N]');
    process.exitCode = 2;
  }
}
