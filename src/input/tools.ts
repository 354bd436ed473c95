import { accessSync, constants, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { delimiter, isAbsolute, join } from 'node:path';
import process from 'node:process';
import { TokenTaxError } from '../errors.js';
import type { Tool } from './compression.js';
import { printable } from './failures.js';
import { corrupt, type Engine, truncated } from './unpack.js';

/** What a tool may say before it is enough. */
const STDERR_CHARS = 2000;
/** For xz, which would take gigabytes if an archive asked for them; zstd has such a limit of its own. */
const XZ_MEMORY = '--memlimit-decompress=256MiB';

/** The program's path, looked for in the absolute folders of `searchPath`: a relative one would run what lies beside the logs. */
export const findTool = (tool: string, searchPath: string): string | undefined => {
  const file = process.platform === 'win32' ? `${tool}.exe` : tool;
  for (const folder of searchPath.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const path = join(folder, file);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not here.
    }
  }
  return undefined;
};

const cut = /premature|unexpected(?:ly)? end|ends? unexpectedly|unexpected eof|unfinished stream|incomplete|truncated/i;
const hungry = /too much memory|memory usage limit|memory limit/i;
/** Its own name and that of standard input, which the message about the file says better. */
const noise = /^(?:(?:bzip2|xz|zstd|lz4)(?:\.exe)?: *)?(?:\(stdin\): *|\/\*stdin\*\\ *: *)?/i;

const firstLine = (text: string): string =>
  printable(
    text
      .split('\n')
      .map((line) => line.trim().replace(noise, ''))
      .find((line) => line !== '') ?? '',
  ).slice(0, 200);

const explain = (name: string, tool: Tool, status: number | null, signal: string | null, said: string): TokenTaxError => {
  if (status === null) {
    return new TokenTaxError('UNREADABLE_INPUT', `cannot read ${printable(name)}: ${tool} was stopped by ${signal}`);
  }
  if (hungry.test(said)) {
    return new TokenTaxError('UNSUPPORTED_COMPRESSION', `${printable(name)} needs too much memory to be decompressed`, {
      why: firstLine(said),
    });
  }
  if (cut.test(said)) return truncated(name, tool);
  return corrupt(name, tool, firstLine(said) || `${tool} ended with status ${status}`);
};

/** Decompresses in a process of its own, which gets the bytes that we read and ends with the reader. */
export const toolEngine = (name: string, tool: Tool, path: string, signal?: AbortSignal): Engine => {
  const { spawn } = process.getBuiltinModule('node:child_process');
  const child = spawn(path, tool === 'zstd' ? ['-dcq'] : ['-dc'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Options from the environment could make the tool do anything else.
    env: { ...process.env, LC_ALL: 'C', XZ_DEFAULTS: XZ_MEMORY, XZ_OPT: '', BZIP: '', BZIP2: '' },
    windowsHide: true,
  });
  let said = '';
  const kill = (): void => {
    signal?.removeEventListener('abort', kill);
    child.stdin.destroy();
    child.stdout.destroy();
    child.stderr.destroy();
    child.kill('SIGKILL');
  };
  signal?.addEventListener('abort', kill, { once: true });
  // It does not want the rest; its exit status says why.
  child.stdin.on('error', () => {});
  child.stdout.on('error', () => {});
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < STDERR_CHARS) said += text;
  });
  return {
    input: child.stdin,
    output: child.stdout,
    taken: () => (child.stdin as Socket).bytesWritten,
    whenDone: (done) => {
      child.on('error', (cause) => {
        const why = cause.message;
        done(
          new TokenTaxError('UNSUPPORTED_COMPRESSION', `cannot read ${printable(name)}: ${tool} does not start`, { cause, why }),
        );
      });
      child.on('close', (status, by) => {
        signal?.removeEventListener('abort', kill);
        done(status === 0 ? undefined : explain(name, tool, status, by, said));
      });
    },
    destroy: kill,
  };
};
