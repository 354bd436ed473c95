/** Lines of one log in the order of their stamps, cut into the files that rotation leaves. */

export interface Chunk {
  /** Path inside the output folder. */
  readonly file: string;
  /** Whole records, in order. */
  readonly text: string;
  /** The file is to be compressed. */
  readonly gzip: boolean;
}

interface Pending {
  readonly atMs: number;
  readonly order: number;
  readonly line: string;
}

const CHUNK_CHARS = 64 * 1024;

/** What stands around the records of each file. */
export interface Frame {
  readonly open: (atMs: number) => string;
  /** Before each record but the first. */
  readonly gap: string;
  /** Behind each record. */
  readonly end: string;
  readonly close: string;
}
export const LINES: Frame = { open: () => '', gap: '', end: '\n', close: '' };

export class LogWriter {
  /** A heap: lines are made at the start of what they tell, and written at its end. */
  private readonly heap: Pending[] = [];
  private order = 0;
  private text = '';
  private part = 0;
  private isOpen = false;

  constructor(
    private readonly name: string,
    private readonly parts: number,
    private readonly gzip: boolean,
    private readonly partOf: (atMs: number) => number,
    private readonly out: (chunk: Chunk) => void,
    private readonly frame: Frame = LINES,
  ) {}

  add(atMs: number, line: string): void {
    const { heap } = this;
    const item = { atMs, order: this.order++, line };
    let at = heap.push(item) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!isBefore(item, heap[up]!)) break;
      heap[at] = heap[up]!;
      at = up;
    }
    heap[at] = item;
  }

  /** Nothing that is added later has a stamp before this. */
  flush(untilMs: number): void {
    const { heap } = this;
    while (heap.length > 0 && heap[0]!.atMs < untilMs) {
      const first = heap[0]!;
      const last = heap.pop()!;
      if (heap.length > 0) this.sink(last);
      this.write(first);
    }
  }

  private sink(item: Pending): void {
    const { heap } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, item)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = item;
  }

  private write({ atMs, line }: Pending): void {
    const part = Math.max(this.part, Math.min(this.parts - 1, this.partOf(atMs)));
    if (part !== this.part) {
      this.close();
      this.part = part;
    }
    this.text += (this.isOpen ? this.frame.gap : this.frame.open(atMs)) + line + this.frame.end;
    this.isOpen = true;
    if (this.text.length >= CHUNK_CHARS) this.send();
  }

  private send(): void {
    if (this.text === '') return;
    const age = this.parts - 1 - this.part;
    const gzip = this.gzip && age > 0;
    this.out({ file: `${this.name}${age === 0 ? '' : `.${age}`}${gzip ? '.gz' : ''}`, text: this.text, gzip });
    this.text = '';
  }

  /** Ends the file that is being written. */
  private close(): void {
    if (this.isOpen) this.text += this.frame.close;
    this.isOpen = false;
    this.send();
  }

  end(): void {
    this.flush(Number.POSITIVE_INFINITY);
    this.close();
  }
}

const isBefore = (a: Pending, b: Pending): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
