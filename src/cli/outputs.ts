/** `--output FORMAT=FILE`: files that are whole when they exist. */
import { constants, promises, realpathSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import type { Analysis } from '../analysis/result.js';
import { TokenTaxError } from '../errors.js';
import { type ReportFormat, report, reportFormats } from '../report/reporters.js';

export const outputFormats = ['text', ...reportFormats] as const;
export type OutputFormat = 'text' | ReportFormat;

export interface OutputFile {
  /** As it was typed. */
  readonly name: string;
  readonly path: string;
}

export interface OutputTarget<Format extends string = OutputFormat> extends OutputFile {
  readonly format: Format;
}

/** A name that nobody can have taken; the module costs 5 ms, which only a run that writes a file pays. */
const randomName = (): string => process.getBuiltinModule('node:crypto').randomBytes(6).toString('hex');

const failure = (name: string, cause: unknown): TokenTaxError => {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new TokenTaxError(
    'UNWRITABLE_OUTPUT',
    `cannot write ${name}: ${code === undefined ? message : (reasons[code] ?? code)}`,
    { cause },
  );
};

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'the folder does not exist',
  ENOTDIR: 'the folder does not exist',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EISDIR: 'it is a folder',
};

export const parseOutput = (text: string, cwd: string): OutputTarget => parseOutputOf(outputFormats, text, cwd);

/** The same for a command with formats of its own. */
export const parseOutputOf = <Format extends string>(
  formats: readonly Format[],
  text: string,
  cwd: string,
): OutputTarget<Format> => {
  const at = text.indexOf('=');
  const format = formats.find((id) => id === text.slice(0, at));
  const name = text.slice(at + 1);
  if (at < 0 || format === undefined || name === '') {
    throw new TokenTaxError('USAGE', `--output ${text} is not FORMAT=FILE`, {
      help: `FORMAT is one of ${formats.join(', ')}: --output json=result.json`,
    });
  }
  return { format, name, path: resolve(cwd, name) };
};

/** The result in a format; text is made by whoever knows the terminal. */
export const rendered = async (analysis: Analysis, format: OutputFormat, toText: () => Promise<string>): Promise<string> =>
  format === 'text' ? await toText() : await report(analysis, format);

/** A log that is written over would be gone before it is read again. */
export const refuseToOverwrite = (inputs: readonly string[], outputs: readonly OutputFile[], cwd: string): void => {
  const real = (path: string): string => {
    try {
      return realpathSync(path);
    } catch {
      return path;
    }
  };
  const named = new Set(inputs.filter((input) => input !== '-').map((input) => real(resolve(cwd, input))));
  for (const { name, path } of outputs) {
    if (named.has(real(path)))
      throw new TokenTaxError('USAGE', `--output ${name} is one of the inputs`, { help: 'Name another file.' });
  }
};

const existing = async (path: string) => {
  try {
    return await promises.stat(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
};

/** Fails before gigabytes are read, not after. */
export const checkOutput = async ({ name, path }: OutputFile): Promise<void> => {
  try {
    const there = await existing(path);
    if (there?.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
    await promises.access(there === undefined || there.isFile() ? dirname(path) : path, constants.W_OK);
  } catch (cause) {
    throw failure(name, cause);
  }
};

/** Written under another name in the same folder and renamed. What is no file (a pipe, /dev/stderr) is written to as it is. */
export const writeOutput = async ({ name, path }: OutputFile, text: string): Promise<void> => {
  try {
    const there = await existing(path);
    if (there !== undefined && !there.isFile()) return await promises.writeFile(path, text);
    // A link keeps leading where it leads.
    await replace(there === undefined ? path : await promises.realpath(path), text);
  } catch (cause) {
    throw failure(name, cause);
  }
};

const replace = async (path: string, text: string): Promise<void> => {
  const temporary = join(dirname(path), `.${basename(path)}.${randomName()}.tmp`);
  try {
    const handle = await promises.open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await promises.rename(temporary, path);
  } catch (cause) {
    await promises.rm(temporary, { force: true });
    throw cause;
  }
};

/** An output that is written bit by bit. It is there when `commit` is done, and never if that is not called. */
export interface OutputStream {
  write(text: string): Promise<void>;
  commit(): Promise<void>;
  discard(): Promise<void>;
}

export const openOutput = async ({ name, path }: OutputFile): Promise<OutputStream> => {
  const failing = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw failure(name, cause);
    }
  };
  const there = await failing(() => existing(path));
  // What is no file (a pipe, /dev/stderr) is written to as it is.
  const isFile = there === undefined || there.isFile();
  const target = there === undefined || !isFile ? path : await failing(() => promises.realpath(path));
  const temporary = join(dirname(target), `.${basename(target)}.${randomName()}.tmp`);
  const handle: FileHandle = await failing(() => (isFile ? promises.open(temporary, 'wx', 0o600) : promises.open(path, 'w')));
  return {
    write: (text) => failing(async () => handle.writeFile(text)),
    commit: () =>
      failing(async () => {
        if (isFile) await handle.sync();
        await handle.close();
        if (isFile) await promises.rename(temporary, target);
      }),
    discard: async () => {
      await handle.close().catch(() => {});
      if (isFile) await promises.rm(temporary, { force: true });
    },
  };
};
