/** Leads the kernel through a block: its rows and those of the TypeScript scanner go into one batch, in the order of the lines. */
import type { Counting } from '../../events/counting.js';
import type { RequestBatch } from '../../events/request-batch.js';
import type { Format } from '../../formats/define.js';
import { agentSpelling, type Program } from '../../formats/program.js';
import type { Dictionary } from '../dictionary.js';
import type { ZoneShift } from '../times.js';
import type { Kernel } from './kernel.js';
import { Lessons } from './lessons.js';
import { writeProgram } from './program.js';

/** The TypeScript scanner, for all that the kernel leaves. */
export interface SlowScanner {
  readonly counts: { read: number; parsed: number; notRequests: number };
  /** Reads the line at `from` into the batch; where the next begins. */
  line(from: number): number;
  /** Gives the batch away and empties it. */
  flush(): void;
}

export interface KernelOptions {
  readonly program: Program;
  readonly stamped: Format['stamped'];
  readonly zoneShift?: ZoneShift;
  /** The order in which the ways to write a line are tried; both scanners change it. */
  readonly order?: Uint8Array | undefined;
  /** Fill the columns of ids. */
  readonly ids: boolean;
  /** Whoever counts what needs no row. */
  readonly counting?: Counting | undefined;
}

/** So many blocks are left alone when nearly all lines of one had to be read twice; shorter ones say nothing. */
const MOST_BLOCKS_OFF = 64;
const JUDGED_LINES = 1000;

export class KernelScanner {
  readonly batch: RequestBatch;
  private readonly agents: string | undefined;
  private readonly lessons: Lessons;
  /** Lines that needed no other scanner. */
  fastRows = 0;
  /** A duration without a unit was read and left unknown. */
  sawUnitless = false;
  private mostDigits = 0;
  private blocksOff = 0;
  private lastBlocksOff = 0;
  /** Of the batch: rows, and requests that were only counted. */
  private requests = 0;
  private isCounting = false;

  constructor(
    private readonly options: KernelOptions,
    private readonly kernel: Kernel,
    private readonly dictionary: Dictionary,
  ) {
    this.batch = kernel.batch(dictionary, options.ids);
    this.agents = agentSpelling(options.program);
    this.lessons = new Lessons(kernel, dictionary, options);
  }

  /** Resolution of the stamps that the kernel has read, ms. */
  get resolutionMs(): number {
    return 1000 / 10 ** Math.min(3, this.mostDigits);
  }

  /** Whole lines [from, to); `shift` turns a place in `bytes` into an offset of the stream. */
  scan(bytes: Uint8Array, from: number, to: number, shift: number, slow: SlowScanner): void {
    let at = from;
    this.requests = 0;
    // With named routes each row depends on its raw path.
    if (this.blocksOff > 0 || this.dictionary.hasTokenRoutes) {
      this.blocksOff = Math.max(0, this.blocksOff - 1);
      this.isCounting = false;
      while (at < to) at = this.slowLine(at, slow);
      return;
    }
    this.takeKernel();
    const { kernel, batch } = this;
    const { run } = kernel.exports;
    const window = kernel.at('WINDOW');
    const windowBytes = kernel.at('WINDOW_BYTES');
    const { order } = this.options;
    const orderAt = kernel.at('WAY_ORDER');
    const full = kernel.at('FULL');
    const ended = kernel.at('ENDED');
    const linesBefore = slow.counts.read;
    let slowLines = 0;
    while (at < to) {
      const base = at;
      const end = window + Math.min(windowBytes, to - base);
      kernel.heap.set(bytes.subarray(base, base + end - window), window);
      const inWindow = shift + base - window;
      for (;;) {
        const why = run(at - base + window, end, batch.rows, inWindow, slow.counts.read, this.requests);
        at = kernel.report[0]! - window + base;
        this.countRows(kernel.report[1]!, kernel.report[8]!, kernel.report[9]!, slow);
        if (order !== undefined) order.set(kernel.heap.subarray(orderAt, orderAt + order.length));
        if (why === full) this.flush(slow);
        else if (why === ended) break;
        else if (!this.lessons.resolve(why)) {
          slowLines += 1;
          const row = batch.rows;
          at = slow.line(at);
          if (order !== undefined) kernel.heap.set(order, orderAt);
          this.lessons.syncFlags();
          if (batch.rows > row) {
            this.lessons.learn(why);
            this.noteRow();
          }
          if (this.isFull) this.flush(slow);
        }
      }
      // No line ends in the window: it is longer, or the last one and lacks its newline.
      if (at === base) at = this.slowLine(at, slow);
    }
    // The kernel may be another's when the next block comes.
    this.flush(slow);
    if (kernel.exports.unitlessSeen() !== 0) this.sawUnitless = true;
    this.mostDigits = Math.max(this.mostDigits, kernel.exports.fractionDigitsSeen());
    this.judge(slowLines, slow.counts.read - linesBefore);
  }

  /** What becomes of a batch may change which columns the next one has. */
  private flush(slow: SlowScanner): void {
    const { ids } = this.batch;
    if (this.isCounting) Object.assign(this.batch, { counted: this.kernel.counted(this.requests, ids !== undefined) });
    slow.flush();
    Object.assign(this.batch, { counted: undefined });
    this.requests = 0;
    this.chooseColumns();
  }

  private chooseColumns(): void {
    const { ids, users } = this.batch;
    const { exports } = this.kernel;
    exports.setColumns(ids === undefined ? 0 : 1, users === undefined ? 0 : 1);
    const { counting } = this.options;
    if (counting !== undefined && users === undefined) this.kernel.lend(counting);
    const state = users === undefined ? counting?.state : undefined;
    this.isCounting = state !== undefined;
    if (state === undefined) exports.setCounting(0, 0, 1);
    else exports.setCounting(1, state.stepUs, state.cellMs);
  }

  private slowLine(at: number, slow: SlowScanner): number {
    const { rows } = this.batch;
    const next = slow.line(at);
    if (this.batch.rows > rows) this.noteRow();
    if (this.isFull) {
      if (this.isCounting) this.flush(slow);
      else slow.flush();
    }
    return next;
  }

  private get isFull(): boolean {
    return this.batch.rows === this.batch.startUs.length || this.requests === this.kernel.stampUs.length;
  }

  /** The stamps of all requests stand in their order, whoever has read them. */
  private noteRow(): void {
    if (!this.isCounting) return;
    const { rows, startUs, durationUs } = this.batch;
    const us = durationUs[rows - 1]!;
    const isSubtracted = this.options.stamped !== 'start' && us > 0 && us < Number.MAX_SAFE_INTEGER;
    this.kernel.stampUs[this.requests] = isSubtracted ? startUs[rows - 1]! + us : startUs[rows - 1]!;
    this.requests += 1;
  }

  private countRows(rows: number, skipped: number, requests: number, { counts }: SlowScanner): void {
    const added = this.isCounting ? requests - this.requests : rows - this.batch.rows;
    this.requests = requests;
    counts.read += added + skipped;
    counts.parsed += added + skipped;
    counts.notRequests += skipped;
    this.fastRows += added;
    this.batch.rows = rows;
  }

  /** Another scanner may have used the kernel since. */
  private takeKernel(): void {
    const { kernel, dictionary } = this;
    if (kernel.owner !== this) {
      writeProgram(this.options.program, kernel, this.options.stamped !== 'start');
      kernel.owner = this;
    }
    if (kernel.names !== dictionary || kernel.agents !== this.agents) {
      kernel.exports.clearTables();
      kernel.names = dictionary;
      kernel.agents = this.agents;
    }
    const { order } = this.options;
    if (order !== undefined) kernel.heap.set(order, kernel.at('WAY_ORDER'));
    this.chooseColumns();
    this.lessons.syncFlags();
  }

  /** A log in which nearly all lines are unusual is not worth two looks at each: one of the kernel's is a tenth of the other's. */
  private judge(slowLines: number, lines: number): void {
    if (lines < JUDGED_LINES || slowLines * 10 < lines * 9) this.lastBlocksOff = 0;
    else {
      this.lastBlocksOff = Math.min(MOST_BLOCKS_OFF, this.lastBlocksOff * 2 + 1);
      this.blocksOff = this.lastBlocksOff;
    }
  }
}
