/** Whether a run has more requests than can be joined one by one, told before they are read: what is kept of each for nothing costs a third of a run. */
import { closeSync, openSync, readSync } from 'node:fs';
import { JoinLog, MAX_JOINED } from './analysis/join-log.js';
import { AnalysisPart } from './analysis/part.js';
import type { Format } from './formats/define.js';
import type { Program } from './formats/program.js';
import type { Compression, InputSource } from './input/index.js';
import { Dictionary } from './scan/dictionary.js';
import { FileScanner } from './scan/file-scanner.js';

/** Heads are not the whole: a run that may be just small enough is joined, and gives up when it is not. */
const SURELY = 1.1;
/** Of many small files the looks would cost more than they save. */
const LEAST_BYTES = 16 << 20;

export interface Sized {
  readonly source: InputSource;
  readonly compression: Compression;
  /** Its first lines. */
  readonly head: Buffer;
  readonly program: Program;
  readonly stamped: Format['stamped'];
}

/** Adds up what the inputs seem to hold, at the least. */
export class JoinEstimate {
  private requests = 0;

  get isTooLarge(): boolean {
    return this.requests > SURELY * MAX_JOINED;
  }

  add({ source, compression, head, program, stamped }: Sized): void {
    const bytes = leastTextBytes(source, compression);
    const whole = head.lastIndexOf(10) + 1;
    if (whole === 0 || bytes < LEAST_BYTES) return;
    const names = new Dictionary([], []);
    const part = new AnalysisPart(names);
    const log = new JoinLog();
    part.joinLog = log;
    part.begin(0);
    new FileScanner({ program, stamped }, names, (batch) => part.add(batch)).scan(head, 0, whole, 0);
    this.requests += (bytes / whole) * log.requestCount(0);
  }
}

/** The end of a gzip says how long its last member is, modulo 4 GiB; other archives hold more than they are long. */
function leastTextBytes({ path, sizeBytes = 0, open }: InputSource, compression: Compression): number {
  if (compression !== 'gzip' || path === undefined || open !== undefined || sizeBytes < 18) return sizeBytes;
  const end = Buffer.alloc(4);
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    readSync(file, end, 0, 4, sizeBytes - 4);
  } catch {
    // Whoever reads it says what is wrong with it.
  } finally {
    if (file !== undefined) closeSync(file);
  }
  return Math.max(sizeBytes, end.readUInt32LE(0));
}
