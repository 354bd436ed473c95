import { type ErrorDetails, TokenTaxError } from '../errors.js';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ELOOP: 'its symbolic links go in a circle',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open on this machine',
  EIO: 'the disk or network file system failed',
  ENXIO: 'it is a socket or a device that is not there',
  ESTALE: 'the network file system lost it',
};

/** A file name as it may stand in a message: control characters of a hostile name are escaped. */
export const printable = (name: string): string =>
  name.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);

export const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException | undefined)?.code ?? '';

/** The error for a name that the system refuses to read. */
export const unreadable = (name: string, cause: unknown, details: ErrorDetails = {}): TokenTaxError => {
  const reason = reasons[codeOf(cause)] ?? (cause instanceof Error ? printable(cause.message) : 'unknown reason');
  return new TokenTaxError('UNREADABLE_INPUT', `cannot read ${printable(name)}: ${reason}`, { cause, ...details });
};
