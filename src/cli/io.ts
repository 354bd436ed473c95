/** The outside world of the command line, as one argument: a test hands in its own. */
import { fstatSync } from 'node:fs';
import process from 'node:process';
import { isatty } from 'node:tty';
import { TokenTaxError } from '../errors.js';

export interface Output {
  readonly isTTY: boolean;
  /** Cells in a line of the terminal; undefined where there is none. */
  readonly columns: number | undefined;
  /** Lines of the terminal, likewise. */
  readonly rows?: number | undefined;
  write(text: string, done: (error?: Error | null) => void): unknown;
}

export interface Io {
  /** Opened when it is first asked for. */
  readonly stdin: NodeJS.ReadableStream;
  readonly stdinIsTTY: boolean;
  readonly stdout: Output;
  /** A file, not a pipe that may lead to the page of a CI host. */
  readonly stdoutIsFile: boolean;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  now(): number;
  /** Calls the listener at the first Ctrl-C; the second one ends the process. Returns how to stop listening. */
  onInterrupt(listener: () => void): () => void;
  /** The most memory this process had, if that can be told. */
  peakBytes?(): number;
  /** Lets go of what would keep the process alive. */
  release?(): void;
}

const output = (stream: NodeJS.WriteStream): Output => {
  // Every write has a callback that gets the error; without a listener the same error would also end the process.
  stream.on('error', () => {});
  return {
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
    write: (text, done) => stream.write(text, done),
  };
};

const isFile = (descriptor: number): boolean => {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false;
  }
};

export const processIo = (): Io => {
  let stdinUsed = false;
  return {
    get stdin() {
      stdinUsed = true;
      return process.stdin;
    },
    stdinIsTTY: isatty(0),
    stdout: output(process.stdout),
    stdoutIsFile: isFile(1),
    stderr: output(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    // Not `performance.now()`, whose module takes some ms to load.
    now: () => Number(process.hrtime.bigint()) / 1e6,
    onInterrupt(listener) {
      let interrupted = false;
      const handler = (): void => {
        if (interrupted) process.exit(130);
        interrupted = true;
        listener();
      };
      process.on('SIGINT', handler);
      return () => process.off('SIGINT', handler);
    },
    peakBytes: () => process.resourceUsage().maxRSS * 1024,
    release: () => {
      if (stdinUsed) process.stdin.destroy();
    },
  };
};

/** What a stream says after its reader went away, as `| head` does. */
const gone = new Set(['EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);

/** Resolves when the text has left, so that the process may end at any time after: true, or false where its reader has gone. */
export const send = (to: Output, text: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    if (text === '') return resolve(true);
    to.write(text, (error) => {
      if (error === undefined || error === null) resolve(true);
      else if (gone.has((error as NodeJS.ErrnoException).code ?? '')) resolve(false);
      else reject(new TokenTaxError('UNWRITABLE_OUTPUT', `cannot write the output: ${error.message}`, { cause: error }));
    });
  });

/** As `send`, where a reader that has gone is no failure. */
export const print = async (to: Output, text: string): Promise<void> => {
  await send(to, text);
};
