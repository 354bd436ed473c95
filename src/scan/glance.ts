/** Whether a format reads anything of a log at all: most formats read no line of most logs, which a few lines at three places tell. */
import type { Layout } from '../formats/define.js';
import { literalsOf, mayHaveWritten } from '../formats/literals.js';
import type { Program } from '../formats/program.js';
import { Capture, type LineScanner } from './capture.js';
import type { Dictionary } from './dictionary.js';
import { FileScanner, lineScanner } from './file-scanner.js';
import { isErrorLog } from './other-logs.js';

/** A line in the bytes at hand. */
export type Span = readonly [from: number, to: number];

/** Rows of a batch while a sample is read. */
export const SAMPLE_ROWS = 64;

/** Lines at the beginning, in the middle and at the end of a sample; all, where there are few. */
const GLANCE_LINES = 2;

/** What finds the fields of a format, for the next file too: of a line it only says whether it has the form. */
const shapes = new WeakMap<Program, LineScanner>();

function shapeOf(program: Program): LineScanner {
  let scanner = shapes.get(program);
  if (scanner === undefined) {
    scanner = lineScanner(program, new Capture());
    shapes.set(program, scanner);
  }
  return scanner;
}

const literals = new WeakMap<Layout, ReturnType<typeof literalsOf>>();

/** What of a candidate is asked for; its program is made when it is, and most are never asked for theirs. */
export interface Glanced {
  readonly program: Program;
  readonly layout?: Layout;
}

export class Glance {
  readonly #head: Uint8Array;
  readonly #names: Dictionary;
  readonly #isAll: boolean;
  readonly #lines: readonly Span[];
  readonly #texts: readonly string[];
  /** A line of another kind that every format passes over. */
  readonly #hasOther: boolean;

  constructor(head: Uint8Array, lines: readonly Span[], names: Dictionary) {
    this.#head = head;
    this.#names = names;
    this.#isAll = lines.length <= 3 * GLANCE_LINES;
    this.#lines = this.#isAll
      ? lines
      : [0, (lines.length - GLANCE_LINES) >> 1, lines.length - GLANCE_LINES].flatMap((from) =>
          lines.slice(from, from + GLANCE_LINES),
        );
    const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
    this.#texts = this.#lines.map(([from, to]) => bytes.toString('latin1', from, to));
    this.#hasOther = this.#lines.some(([from, to]) => isErrorLog(head, from, to));
  }

  /** True: no line at three places of the log is read. Each step costs more than the one before and is taken by fewer formats. */
  readsNothing(candidate: Glanced): boolean {
    if (!this.#hasOther && candidate.layout !== undefined && !this.#canHaveWritten(candidate.layout)) return true;
    const { program } = candidate;
    const shape = shapeOf(program);
    if (!this.#hasOther && !this.#lines.some(([from, to]) => shape.scan(this.#head, from, to))) return true;
    if (this.#isAll) return false;
    const reader = new FileScanner({ program, stamped: 'unknown', batchRows: SAMPLE_ROWS }, this.#names, () => undefined);
    return !this.#lines.some(([from, to]) => {
      reader.scan(this.#head, from, to, 0);
      return reader.counts.parsed > 0;
    });
  }

  #canHaveWritten(layout: Layout): boolean {
    if (!literals.has(layout)) literals.set(layout, literalsOf(layout));
    const words = literals.get(layout);
    return words === undefined || this.#texts.some((text) => mayHaveWritten(words, text));
  }
}
