/** The outside world of the command line, as one argument: a test hands in its own. */
import { fstatSync, type Stats, statSync, writeSync } from 'node:fs';
import process from 'node:process';
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

const statOf = (descriptor: number): Stats | undefined => {
  try {
    return fstatSync(descriptor);
  } catch {
    return undefined;
  }
};

/** Asked before the modules for terminals are loaded, which takes some ms. */
const mayBeTerminal = (descriptor: number): boolean => {
  const stat = statOf(descriptor);
  if (stat === undefined) return true;
  return stat.isCharacterDevice() && stat.rdev !== nullDevice();
};

const nullDevice = (): number | undefined => {
  try {
    return statSync('/dev/null').rdev;
  } catch {
    return undefined;
  }
};

/** Every write has a callback that gets the error; without a listener the same error would also end the process. */
const heard = (stream: NodeJS.WriteStream): NodeJS.WriteStream => stream.on('error', () => {});

const ofStream = (open: () => NodeJS.WriteStream): Output => {
  const stream = heard(open());
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

/** A file, pipe or socket, written as Node's own streams write to them here: at once. */
export function ofDescriptor(descriptor: number, open: () => NodeJS.WriteStream): Output {
  let stream: NodeJS.WriteStream | undefined;
  return {
    isTTY: false,
    columns: undefined,
    write(text, done) {
      if (stream !== undefined) return stream.write(text, done);
      let rest: Uint8Array = Buffer.from(text);
      try {
        while (rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return done(error as Error);
        // Somebody has made it one that does not wait, and it is full: what is left and what comes is sent by one who can wait.
        stream = heard(open());
        return stream.write(rest, done);
      }
      return done();
    },
  };
}

const output = (descriptor: number, open: () => NodeJS.WriteStream): Output =>
  process.platform === 'win32' || mayBeTerminal(descriptor) ? ofStream(open) : ofDescriptor(descriptor, open);

export const processIo = (): Io => {
  let stdinUsed = false;
  return {
    get stdin() {
      stdinUsed = true;
      return process.stdin;
    },
    get stdinIsTTY() {
      return mayBeTerminal(0) && process.getBuiltinModule('node:tty').isatty(0);
    },
    stdout: output(1, () => process.stdout),
    stdoutIsFile: statOf(1)?.isFile() === true,
    stderr: output(2, () => process.stderr),
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
