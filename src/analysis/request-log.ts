/**
 * The requests of one file that a join may need, in columns of 16 bits: nearly all numbers of a request are that small once the one
 * before it is subtracted, and reading them back is the first thing that a finish waits for. What does not fit stands in a list beside.
 */
import { NO_ID } from '../events/request-batch.js';

export interface JoinRequest {
  startMs: number;
  /** -1: unknown. */
  durationMs: number;
  /** Ids of the part's names. */
  route: number;
  node: number;
  /** 0 without one. */
  request: number;
  trace: number;
  /** Of the line in its file. */
  offset: number;
  /** A number for who asked; 0: not known. */
  user: number;
}

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

  cursor(): RequestCursor {
    return new RequestCursor(this.chunks, this.at);
  }
}

/** Reads the requests of a log into one object that is filled again. */
export class RequestCursor {
  readonly one: JoinRequest = { startMs: 0, durationMs: -1, route: 0, node: 0, request: 0, trace: 0, offset: 0, user: 0 };
  private chunk: Chunk = NO_CHUNK;
  private rows = 0;
  private at = 0;
  private nextChunk = 0;
  private nextRare = 0;

  constructor(
    private readonly chunks: readonly Chunk[],
    private readonly rowsOfLast: number,
  ) {}

  /** False at the end. */
  next(): boolean {
    if (this.at === this.rows && !this.open()) return false;
    const { chunk, at, one } = this;
    const startStep = chunk.startSteps[at]!;
    one.startMs = startStep === RARE_STEP ? this.rare() : one.startMs + startStep;
    const offsetStep = chunk.offsetSteps[at]!;
    one.offset = offsetStep === RARE ? this.rare() : one.offset + offsetStep;
    const duration = chunk.durations[at]!;
    one.durationMs = duration === RARE ? this.rare() : duration - 1;
    const route = chunk.routes[at]!;
    one.route = route === RARE ? this.rare() : route;
    one.node = chunk.nodes === undefined ? chunk.node : chunk.nodes[at]!;
    one.request = chunk.requests === undefined ? 0 : chunk.requests[at]!;
    one.trace = chunk.traces === undefined ? 0 : chunk.traces[at]!;
    one.user = chunk.users === undefined ? 0 : chunk.users[at]!;
    this.at = at + 1;
    return true;
  }

  private open(): boolean {
    if (this.nextChunk === this.chunks.length) return false;
    this.chunk = this.chunks[this.nextChunk]!;
    this.nextChunk += 1;
    this.rows = this.nextChunk === this.chunks.length ? this.rowsOfLast : this.chunk.routes.length;
    this.at = 0;
    this.nextRare = 0;
    return true;
  }

  private rare(): number {
    this.nextRare += 1;
    return this.chunk.rare[this.nextRare - 1]!;
  }
}
