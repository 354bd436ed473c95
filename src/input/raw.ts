import { closeSync, constants, createReadStream, fstatSync, openSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { unreadable } from './failures.js';
import { type ByteReader, FileReader, type OnRead, StreamReader } from './readers.js';

const PIPE_BYTES = 64 * 1024;

/** A socket waits for a pipe in the event loop. A file stream would block a thread, and with it the end of the process. */
const pipe = async (fd: number): Promise<Readable> => {
  const { Socket } = await import('node:net');
  return new Socket({ fd, readable: true, writable: false });
};

/** Opens a file, a pipe or a device, as it is on disk. */
export const openPath = async (name: string, path: string, onRead: OnRead): Promise<ByteReader> => {
  let fd: number | undefined;
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    // Without O_NONBLOCK the call would not return before somebody writes to the pipe.
    fd = openSync(path, stats.isFIFO() ? constants.O_RDONLY | constants.O_NONBLOCK : constants.O_RDONLY);
    if (stats.isFile()) return new FileReader(name, fd, fstatSync(fd).size, true, onRead);
    const stream = stats.isFIFO() ? await pipe(fd) : createReadStream(path, { fd, highWaterMark: PIPE_BYTES });
    return new StreamReader(name, stream, onRead);
  } catch (cause) {
    if (fd !== undefined) closeSync(fd);
    throw unreadable(name, cause);
  }
};

/** Standard input: a file if it was redirected from one, which then is read as fast as one. */
export const openStdin = (name: string, stdin: Readable & { readonly fd?: unknown }, onRead: OnRead): ByteReader => {
  const { fd } = stdin;
  const stats = typeof fd === 'number' ? fstatSync(fd) : undefined;
  return stats?.isFile() ? new FileReader(name, fd as number, stats.size, false, onRead) : new StreamReader(name, stdin, onRead);
};
