import { Readable } from 'node:stream';
import type { Io, Output } from '../../src/cli/io.js';

export interface FakeIo extends Io {
  /** What was written so far. */
  readonly out: () => string;
  readonly err: () => string;
  /** As if Ctrl-C was pressed. */
  readonly interrupt: () => void;
  readonly isListening: () => boolean;
  readonly released: () => boolean;
}

interface Settings {
  readonly cwd?: string;
  readonly env?: Io['env'];
  readonly stdin?: string | Buffer;
  readonly stdinIsTTY?: boolean;
  readonly stdoutIsTTY?: boolean;
  readonly stderrIsTTY?: boolean;
  readonly stdoutIsFile?: boolean;
  readonly columns?: number;
  readonly now?: () => number;
  /** What writing to stdout fails with. */
  readonly stdoutError?: string;
}

const output = (isTTY: boolean, columns: number | undefined, code?: string): { output: Output; text: () => string } => {
  let text = '';
  return {
    text: () => text,
    output: {
      isTTY,
      columns: isTTY ? (columns ?? 80) : undefined,
      // Later, as a real stream does: whoever does not wait loses output.
      write: (chunk, done) =>
        setImmediate(() => {
          if (code === undefined) text += chunk;
          done(code === undefined ? null : Object.assign(new Error(`write ${code}`), { code }));
        }),
    },
  };
};

export const fakeIo = (settings: Settings = {}): FakeIo => {
  const stdout = output(settings.stdoutIsTTY ?? false, settings.columns, settings.stdoutError);
  const stderr = output(settings.stderrIsTTY ?? false, settings.columns);
  const listeners = new Set<() => void>();
  let released = false;
  return {
    stdin: Readable.from(settings.stdin === undefined ? [] : [Buffer.from(settings.stdin)]),
    stdinIsTTY: settings.stdinIsTTY ?? false,
    stdout: stdout.output,
    stdoutIsFile: settings.stdoutIsFile ?? false,
    stderr: stderr.output,
    env: settings.env ?? {},
    cwd: settings.cwd ?? process.cwd(),
    now: settings.now ?? (() => 0),
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    release: () => {
      released = true;
    },
    out: stdout.text,
    err: stderr.text,
    interrupt: () => {
      for (const listener of listeners) listener();
    },
    isListening: () => listeners.size > 0,
    released: () => released,
  };
};
