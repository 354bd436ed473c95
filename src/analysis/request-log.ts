/**
 * The requests of one file that a join may need, in columns of 16 bits: nearly all numbers of a request are that small once the one
 * before it is subtracted, and reading them back, chunk by chunk, is the first thing that a finish waits for. What does not fit stands in
 * a list beside.
 */
import { NO_ID } from '../events/request-batch.js';

/** Rows of a chunk: a run may have a thousand small files. */
const FEWEST_ROWS = 64;
const MOST_ROWS = 16_384;
/** A new chunk is this part of what there is, so that not much of it stays empty. */
const GROWTH = 0.5;

/** In a column: the number stands in the list. */
const RARE = 0xffff;
const RARE_STEP = -0x8000;

interface Chunk {
  /** From the request before. */
  readonly startSteps: Int16Array;
  readonly offsetSteps: Uint16Array;
  /** +1 */
  readonly durations: Uint16Array;
  readonly routes: Uint16Array;
  /** The node of all of them, as long as they have one. */
  readonly node: number;
  nodes: Int32Array | undefined;
  requests: Float64Array | undefined;
  traces: Float64Array | undefined;
  users: Float64Array | undefined;
  /** What did not fit, as the cursor comes to it. */
  readonly rare: number[];
}

function newChunk(rows: number, node: number): Chunk {
  const bytes = new ArrayBuffer(rows * 8);
  return {
    startSteps: new Int16Array(bytes, 0, rows),
    offsetSteps: new Uint16Array(bytes, rows * 2, rows),
    durations: new Uint16Array(bytes, rows * 4, rows),
    routes: new Uint16Array(bytes, rows * 6, rows),
    node,
    nodes: undefined,
    requests: undefined,
    traces: undefined,
    users: undefined,
    rare: [],
  };
}

const NO_CHUNK = newChunk(0, NO_ID);

export class RequestLog {
  private readonly chunks: Chunk[] = [];
  private chunk: Chunk = NO_CHUNK;
  /** Next row of the chunk. */
  private at = 0;
  private lastStart = 0;
  private lastOffset = 0;
  count = 0;

  /** Whole numbers. */
  add(
    startMs: number,
    durationMs: number,
    route: number,
    node: number,
    offset: number,
    request: number,
    trace: number,
    user: number,
  ): void {
    if (this.at === this.chunk.routes.length) this.open(node);
    const { chunk, at } = this;
    const startStep = startMs - this.lastStart;
    if (startStep > RARE_STEP && startStep < -RARE_STEP) chunk.startSteps[at] = startStep;
    else {
      chunk.startSteps[at] = RARE_STEP;
      chunk.rare.push(startMs);
    }
    const offsetStep = offset - this.lastOffset;
    if (offsetStep >= 0 && offsetStep < RARE) chunk.offsetSteps[at] = offsetStep;
    else {
      chunk.offsetSteps[at] = RARE;
      chunk.rare.push(offset);
    }
    if (durationMs >= -1 && durationMs < RARE - 1) chunk.durations[at] = durationMs + 1;
    else {
      chunk.durations[at] = RARE;
      chunk.rare.push(durationMs);
    }
    if (route < RARE) chunk.routes[at] = route;
    else {
      chunk.routes[at] = RARE;
      chunk.rare.push(route);
    }
    if (node !== chunk.node || chunk.nodes !== undefined) this.putNode(node);
    if (request !== 0) this.ofChunk('requests')[at] = request;
    if (trace !== 0) this.ofChunk('traces')[at] = trace;
    if (user !== 0) this.ofChunk('users')[at] = user;
    this.lastStart = startMs;
    this.lastOffset = offset;
    this.at = at + 1;
    this.count += 1;
  }

  private open(node: number): void {
    const rows = Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, Math.ceil(this.count * GROWTH)));
    this.chunk = newChunk(rows, node);
    this.chunks.push(this.chunk);
    this.at = 0;
  }

  private putNode(node: number): void {
    const { chunk, at } = this;
    chunk.nodes ??= new Int32Array(chunk.routes.length).fill(chunk.node);
    chunk.nodes[at] = node;
  }

  private ofChunk(name: 'requests' | 'traces' | 'users'): Float64Array {
    const { chunk } = this;
    const column = chunk[name] ?? new Float64Array(chunk.routes.length);
    chunk[name] = column;
    return column;
  }

  reader(): RequestReader {
    return new RequestReader(this.chunks, this.at);
  }
}

/** Some requests in columns, which are filled again. */
export interface RequestRows {
  readonly startMs: Float64Array;
  /** -1: unknown. */
  readonly durationMs: Int32Array;
  readonly route: Int32Array;
  readonly node: Int32Array;
  readonly offset: Float64Array;
  /** 0 without one; undefined where none of these requests has any. */
  readonly request: Float64Array | undefined;
  readonly trace: Float64Array | undefined;
  readonly user: Float64Array | undefined;
}

/** Reads the requests of a log, a chunk at a time. */
export class RequestReader implements RequestRows {
  /** Requests of this chunk. */
  count = 0;
  startMs = new Float64Array(0);
  durationMs = new Int32Array(0);
  route = new Int32Array(0);
  node = new Int32Array(0);
  offset = new Float64Array(0);
  request: Float64Array | undefined;
  trace: Float64Array | undefined;
  user: Float64Array | undefined;
  private nextChunk = 0;
  private lastStart = 0;
  private lastOffset = 0;

  constructor(
    private readonly chunks: readonly Chunk[],
    private readonly rowsOfLast: number,
  ) {}

  /** False at the end. */
  next(): boolean {
    const chunk = this.chunks[this.nextChunk];
    if (chunk === undefined) return false;
    this.nextChunk += 1;
    this.count = this.nextChunk === this.chunks.length ? this.rowsOfLast : chunk.routes.length;
    if (this.startMs.length < this.count) this.grow(chunk.routes.length);
    this.decode(chunk);
    if (chunk.nodes === undefined) this.node.fill(chunk.node, 0, this.count);
    else this.node.set(chunk.nodes.subarray(0, this.count));
    this.request = chunk.requests;
    this.trace = chunk.traces;
    this.user = chunk.users;
    return true;
  }

  private grow(rows: number): void {
    this.startMs = new Float64Array(rows);
    this.durationMs = new Int32Array(rows);
    this.route = new Int32Array(rows);
    this.node = new Int32Array(rows);
    this.offset = new Float64Array(rows);
  }

  private decode({ startSteps, offsetSteps, durations, routes, rare }: Chunk): void {
    const { count, startMs, durationMs, route, offset } = this;
    let start = this.lastStart;
    let place = this.lastOffset;
    let nextRare = 0;
    for (let row = 0; row < count; row += 1) {
      const startStep = startSteps[row]!;
      start = startStep === RARE_STEP ? rare[nextRare++]! : start + startStep;
      startMs[row] = start;
      const offsetStep = offsetSteps[row]!;
      place = offsetStep === RARE ? rare[nextRare++]! : place + offsetStep;
      offset[row] = place;
      const duration = durations[row]!;
      durationMs[row] = duration === RARE ? rare[nextRare++]! : duration - 1;
      const one = routes[row]!;
      route[row] = one === RARE ? rare[nextRare++]! : one;
    }
    this.lastStart = start;
    this.lastOffset = place;
  }
}
