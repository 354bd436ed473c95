/**
 * Shares the reading of a run between threads. Tasks are numbered in the order of files and ranges, and everybody takes the next one
 * from a common counter, the main thread too. A thread that cannot start or dies takes nothing with it: what it had taken is read again.
 */
import type { Worker } from 'node:worker_threads';
import { type Parcel, unpack } from './analysis/parcel.js';
import type { NameLimits } from './events/name-cap.js';
import type { FileToRead, RangeFacts, ReadSettings } from './reading.js';

/** `range` undefined: the whole file, which cannot be cut. */
export interface Task {
  /** Index into the files. */
  readonly file: number;
  readonly range: number | undefined;
}

/** Places of the shared counters. Behind them: who has taken each task, as the number of the thread. */
export const NEXT = 0;
export const STOP = 1;
export const KIB = 2;
export const LINES = 3;
export const FETCHES = 4;
export const OWNERS = 8;

export interface WorkerInput {
  readonly id: number;
  readonly control: Int32Array;
  readonly settings: ReadSettings;
  readonly files: readonly FileToRead[];
  readonly tasks: readonly Task[];
  /** The compiled kernel; undefined where the run goes without it. */
  readonly module: object | undefined;
}

export interface WorkerOutput {
  readonly parcel: Parcel;
  readonly limits: NameLimits;
  readonly facts: readonly RangeFacts[];
  readonly matched: readonly string[];
}

/** What a thread has read, with its classes back. */
export interface ThreadResult extends Omit<WorkerOutput, 'parcel'> {
  readonly part: ReturnType<typeof unpack>;
}

/** For tests: other sizes, and a worker that is not beside the bundle. */
export const threading = {
  /** With less to read than this, threads cost more than they bring. */
  minBytes: 32 << 20,
  rangeBytes: undefined as number | undefined,
  worker: undefined as URL | undefined,
  /** How many threads have handed over what they read, in all runs of this process. */
  handedOver: 0,
};

/** Takes the next task that nobody has taken; undefined when none is left, or the run was stopped. */
export function take(control: Int32Array, id: number, count: number): number | undefined {
  if (Atomics.load(control, STOP) !== 0) return undefined;
  const task = Atomics.add(control, NEXT, 1);
  if (task >= count) return undefined;
  Atomics.store(control, OWNERS + task, id);
  return task;
}

/** Of a thread, which throws away little and keeps less. */
const NURSERIES_MB = 3;
/** Where the command line keeps the function that sets the flags of the engine: see scripts/loader.cjs. A library sets none. */
const FLAGS = Symbol.for('token-tax.flags');

/** The module of Node is loaded with the first thread: most runs are too short for one. */
const startWorker = (): Worker => {
  const threads = process.getBuiltinModule('node:worker_threads');
  const worker = new threads.Worker(threading.worker ?? new URL('./worker.js', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: NURSERIES_MB },
  });
  worker.once('online', setFlags);
  return worker;
};

/** The engine takes some of its flags back when it makes the heap of a thread. */
const setFlags = (): void => (process as { [FLAGS]?: () => void })[FLAGS]?.();

/** Threads that load their modules while the main thread still looks at the inputs, and wait to be told what to read. */
export class Standby {
  private readonly waiting = new Set<Worker>();

  constructor(count: number) {
    try {
      for (let at = 0; at < count; at += 1) {
        const worker = startWorker();
        const forget = (): void => void this.waiting.delete(worker);
        this.waiting.add(worker);
        worker.once('error', forget).once('exit', forget);
      }
    } catch {
      // No threads here, or no memory for one more: the crew finds out.
    }
  }

  /** One that is there, for good. */
  take(): Worker | undefined {
    const [worker] = this.waiting;
    if (worker !== undefined) this.waiting.delete(worker);
    return worker;
  }

  /** Ends those that nobody has taken. */
  async close(): Promise<void> {
    await Promise.all([...this.waiting].map((worker) => worker.terminate()));
  }
}

export class Crew {
  private readonly control: Int32Array;
  private readonly results: Promise<ThreadResult | undefined>[];
  private readonly workers = new Set<Worker>();
  /** Tasks of threads that came to nothing. */
  readonly lost: Task[] = [];

  /** Threads are numbered from 1; 0 is nobody, and the main thread is the last. */
  constructor(
    threads: number,
    private readonly tasks: readonly Task[],
    input: Pick<WorkerInput, 'settings' | 'files' | 'module'>,
    private readonly standby?: Standby,
  ) {
    this.control = new Int32Array(new SharedArrayBuffer(4 * (OWNERS + tasks.length)));
    const { control } = this;
    this.results = Array.from({ length: threads }, (_, at) => this.start({ ...input, id: at + 1, control, tasks }));
    // Those that stood by have their heaps by now, and nobody has listened yet.
    setFlags();
  }

  private async start(input: WorkerInput): Promise<ThreadResult | undefined> {
    const output = await new Promise<WorkerOutput | undefined>((resolve) => {
      try {
        const worker = this.standby?.take() ?? startWorker();
        this.workers.add(worker);
        worker
          .once('message', (message: WorkerOutput) => {
            // It ends by itself.
            this.workers.delete(worker);
            resolve(message);
          })
          .once('error', () => resolve(undefined))
          .once('exit', () => resolve(undefined))
          .postMessage(input);
      } catch {
        // No threads here, or no memory for one more.
        resolve(undefined);
      }
    });
    if (output === undefined) {
      this.tasks.forEach((task, at) => {
        if (Atomics.load(this.control, OWNERS + at) === input.id) this.lost.push(task);
      });
      return undefined;
    }
    return { ...output, part: unpack(output.parcel) };
  }

  /** The next task for the main thread. */
  next(): Task | undefined {
    const at = take(this.control, this.results.length + 1, this.tasks.length);
    return at === undefined ? undefined : this.tasks[at];
  }

  /** What the other threads have read so far. */
  get progress(): { readonly bytes: number; readonly lines: number; readonly fetches: number } {
    const { control } = this;
    const at = (place: number): number => Atomics.load(control, place);
    return { bytes: at(KIB) * 1024, lines: at(LINES), fetches: at(FETCHES) };
  }

  /** No more tasks; those at work end with the block they have. */
  stop(): void {
    Atomics.store(this.control, STOP, 1);
  }

  /** To be asked for when no task is left. */
  async finish(): Promise<ThreadResult[]> {
    const results = (await Promise.all(this.results)).filter((result) => result !== undefined);
    threading.handedOver += results.length;
    return results;
  }

  /** Ends threads that have not answered, whatever they do. */
  async close(): Promise<void> {
    this.stop();
    await Promise.all([...this.workers].map((worker) => worker.terminate()));
  }
}
