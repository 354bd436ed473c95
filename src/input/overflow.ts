/**
 * A file of this run for what memory has no room for. Only its owner may read it, and it has no name any more once it is open: whatever
 * ends the process, an error or Ctrl-C too, the system takes it away.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TokenTaxError } from '../errors.js';

export class OverflowFile {
  private file: number | undefined;
  private bytes = 0;

  /** `isFull`: asked before more memory is taken. */
  constructor(readonly isFull: (callers: number) => boolean) {}

  /** Puts the bytes behind those that are there. The file is made for the first of them. */
  append(bytes: Uint8Array): void {
    try {
      this.write(bytes);
    } catch (cause) {
      throw new TokenTaxError('UNWRITABLE_OUTPUT', `what does not fit into --max-memory cannot be written to ${tmpdir()}`, {
        why: (cause as NodeJS.ErrnoException).code ?? String(cause),
        help: 'Make room there, name another folder with TMPDIR, or allow more memory.',
        cause,
      });
    }
  }

  /** The same, with errors as the system gives them. */
  write(bytes: Uint8Array): void {
    this.file ??= openNameless();
    for (let at = 0; at < bytes.length; ) at += writeSync(this.file, bytes, at, bytes.length - at, this.bytes + at);
    this.bytes += bytes.length;
  }

  /** Fills `into` from there on. */
  read(into: Uint8Array, position: number): void {
    for (let at = 0; at < into.length; ) {
      const got = readSync(this.file!, into, at, into.length - at, position + at);
      if (got === 0) throw new TokenTaxError('INTERNAL', 'the overflow file ends too soon');
      at += got;
    }
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }
}

function openNameless(): number {
  const folder = mkdtempSync(join(tmpdir(), 'token-tax-overflow-'));
  try {
    return openSync(join(folder, 'events'), 'wx+', 0o600);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
