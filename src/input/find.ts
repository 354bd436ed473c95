import {
  accessSync,
  constants,
  type Dirent,
  lstatSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, normalize, relative, resolve, sep } from 'node:path';
import { TokenTaxError } from '../errors.js';
import { codeOf, printable, unreadable } from './failures.js';
import { nearest } from './near.js';
import type { ByteReader, OnRead } from './readers.js';
import { rotationOf } from './rotation.js';

export interface InputSource {
  /** How the input is called in everything that is printed: relative to the working directory unless it was named absolutely. */
  readonly name: string;
  /** undefined: standard input. */
  readonly path: string | undefined;
  /** Size on disk; undefined for standard input, pipes and devices. */
  readonly sizeBytes: number | undefined;
  /** The name without rotation and compression suffixes: the same for all parts of one log. */
  readonly group: string;
  /** false: found while walking a folder, so that a file without a known format is nobody's mistake. */
  readonly named: boolean;
  /** Reads it in place of the path: the part that is kept of a log that is followed. May be opened again and again. */
  readonly open?: (onRead: OnRead) => ByteReader;
}

export interface InputProblem {
  readonly name: string;
  readonly error: TokenTaxError;
}

export interface FoundInputs {
  /** By group, then oldest part first, then by name: the order of the arguments does not matter. */
  readonly sources: readonly InputSource[];
  readonly problems: readonly InputProblem[];
  /** What folders and globs held but no log can be: hidden files, pictures, archives, sockets, links to folders. */
  readonly skipped: { readonly hidden: number; readonly binary: number; readonly other: number };
}

export const STDIN_NAME = '-';

const binary =
  /\.(?:png|jpe?g|gif|webp|ico|bmp|svg|pdf|zip|tar|tgz|tbz2?|txz|7z|rar|jar|war|class|exe|dll|so|dylib|o|a|bin|iso|img|dmg|deb|rpm|wasm|woff2?|ttf|otf|eot|mp[34]|mov|avi|webm|sqlite3?|db|pyc|parquet|avro|orc|pcap|pcapng|cap|core)$/i;

/** What a name with one of these means is asked only after no file of that very name was found. */
const magic = /[*?]|\[[^\]]*\]|\{[^}]*\}|[!@+]\(/;

const posix = (path: string): string => (sep === '/' ? path : path.replaceAll(sep, '/'));

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

interface Candidate {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number | undefined;
  readonly named: boolean;
  readonly link: boolean;
}

/** Of the names of one file the plainest is kept: no link before link, relative before absolute, then by name. */
const plainest = (a: Candidate, b: Candidate): Candidate => {
  const rank = ({ link, name }: Candidate): number => (link ? 2 : 0) + (isAbsolute(name) ? 1 : 0);
  const winner = (rank(a) - rank(b) || byCodeUnit(a.name, b.name)) <= 0 ? a : b;
  return { ...winner, named: a.named || b.named };
};

class Finder {
  readonly #cwd: string;
  readonly #files = new Map<string, Candidate>();
  readonly problems = new Map<string, TokenTaxError>();
  readonly skipped = { hidden: new Set<string>(), binary: new Set<string>(), other: new Set<string>() };

  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  get files(): Iterable<Candidate> {
    return this.#files.values();
  }

  get #skippedCount(): number {
    return this.skipped.hidden.size + this.skipped.binary.size + this.skipped.other.size;
  }

  async argument(argument: string): Promise<void> {
    const path = resolve(this.#cwd, argument);
    let stats: Stats;
    try {
      stats = statSync(path);
    } catch (cause) {
      if (magic.test(argument) && !exists(path)) return this.#glob(argument);
      this.#problem(this.#display(path, argument), missing(this.#display(path, argument), path, cause));
      return;
    }
    if (stats.isDirectory()) this.#folderArgument(path, argument);
    else this.#file(path, argument, stats, true);
  }

  #folderArgument(path: string, argument: string): void {
    const problems = this.problems.size;
    const found = this.#folder(path, argument);
    if (found > 0 || this.problems.size > problems) return;
    const name = this.#display(path, argument);
    this.#problem(name, new TokenTaxError('NO_INPUT', `no log files in ${printable(name)}`, this.#whySkipped()));
  }

  async #glob(pattern: string): Promise<void> {
    const { glob } = await import('tinyglobby');
    const matches = await glob(sep === '\\' ? pattern.replaceAll('\\', '/') : pattern, {
      cwd: this.#cwd,
      absolute: true,
      onlyFiles: false,
      expandDirectories: false,
      followSymbolicLinks: false,
    });
    let found = 0;
    for (const path of matches.map((match) => resolve(match)).sort(byCodeUnit)) found += this.#match(path, pattern);
    if (found > 0) return;
    const name = posix(pattern);
    this.#problem(name, new TokenTaxError('NO_INPUT', `no file matches ${printable(name)}`, this.#whySkipped()));
  }

  /** A path that a glob found is treated as a shell's would be, but a picture among them is no mistake. */
  #match(path: string, pattern: string): number {
    try {
      const stats = statSync(path);
      if (stats.isDirectory()) return this.#folder(path, pattern);
      if (this.#skips(path, stats)) return 0;
      this.#file(path, pattern, stats, true);
    } catch (cause) {
      this.#problem(this.#display(path, pattern), unreadable(this.#display(path, pattern), cause));
    }
    return 1;
  }

  /** Adds the files below a folder and says how many there were. Links to folders are not followed: they can lead anywhere. */
  #folder(path: string, argument: string): number {
    let entries: Dirent[];
    try {
      entries = readdirSync(path, { withFileTypes: true });
    } catch (cause) {
      this.#problem(this.#display(path, argument), unreadable(this.#display(path, argument), cause));
      return 0;
    }
    let found = 0;
    for (const entry of entries.sort((a, b) => byCodeUnit(a.name, b.name))) {
      const inside = join(path, entry.name);
      if (entry.name.startsWith('.')) this.skipped.hidden.add(inside);
      else if (entry.isDirectory()) found += this.#folder(inside, argument);
      else found += this.#folderFile(inside, argument);
    }
    return found;
  }

  #folderFile(path: string, argument: string): number {
    try {
      const stats = statSync(path);
      if (this.#skips(path, stats)) return 0;
      this.#file(path, argument, stats, false);
      return 1;
    } catch (cause) {
      this.#problem(this.#display(path, argument), missing(this.#display(path, argument), path, cause));
      return 0;
    }
  }

  #skips(path: string, stats: Stats): boolean {
    const kind = !stats.isFile() ? 'other' : binary.test(path) ? 'binary' : undefined;
    if (kind) this.skipped[kind].add(path);
    return kind !== undefined;
  }

  #file(path: string, argument: string, stats: Stats, named: boolean): void {
    const name = this.#display(path, argument);
    try {
      if (stats.isSocket()) throw Object.assign(new Error(), { code: 'ENXIO' });
      accessSync(path, constants.R_OK);
    } catch (cause) {
      this.#problem(name, unreadable(name, cause));
      return;
    }
    const real = realPath(path);
    const candidate = {
      name,
      path,
      sizeBytes: stats.isFile() ? stats.size : undefined,
      named,
      link: lstatSync(path).isSymbolicLink(),
    };
    const other = this.#files.get(real);
    this.#files.set(real, other ? plainest(other, candidate) : candidate);
  }

  #display(path: string, argument: string): string {
    return posix(isAbsolute(argument) ? normalize(path) : relative(this.#cwd, path) || '.');
  }

  #problem(name: string, error: TokenTaxError): void {
    if (!this.problems.has(name)) this.problems.set(name, error);
  }

  #whySkipped(): { why?: string } {
    const { hidden, binary, other } = this.skipped;
    if (this.#skippedCount === 0) return {};
    return { why: `skipped: ${hidden.size} hidden, ${binary.size} binary, ${other.size} links to folders, sockets and pipes` };
  }
}

const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** A pipe that a shell made (`<(zcat log.gz)`) has no path of its own. */
const realPath = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

/** Says which part of the path is not there, and what stands in its place. */
const missing = (name: string, path: string, cause: unknown): TokenTaxError => {
  if (codeOf(cause) !== 'ENOENT') return unreadable(name, cause);
  if (exists(path)) {
    return unreadable(name, cause, { why: `it is a link to ${printable(readlinkSync(path))}, which does not exist` });
  }
  const suggestion = didYouMean(name, path);
  return unreadable(name, cause, suggestion === undefined ? {} : { help: `Did you mean ${printable(suggestion)}?` });
};

const didYouMean = (name: string, path: string): string | undefined => {
  let parent = dirname(path);
  let wrong = basename(path);
  const rest: string[] = [];
  while (!exists(parent) && dirname(parent) !== parent) {
    rest.unshift(wrong);
    wrong = basename(parent);
    parent = dirname(parent);
  }
  let names: string[];
  try {
    names = readdirSync(parent).sort(byCodeUnit);
  } catch {
    return undefined;
  }
  const near = nearest(wrong, names);
  if (near === undefined) return undefined;
  const above = posix(name)
    .split('/')
    .slice(0, -(rest.length + 1));
  const whole = exists(join(parent, near, ...rest)) ? [near, ...rest] : [near];
  return [...above, ...whole].join('/');
};

/**
 * Finds what the arguments name: files, folders (walked), globs, and `-` for standard input. What cannot be used is a problem that
 * is told apart; the others go on.
 */
export const findInputs = async (args: readonly string[], cwd: string): Promise<FoundInputs> => {
  const finder = new Finder(resolve(cwd));
  const sources: InputSource[] = [];
  for (const argument of [...new Set(args)].sort(byCodeUnit)) {
    if (argument === STDIN_NAME) {
      sources.push({ name: STDIN_NAME, path: undefined, sizeBytes: undefined, group: STDIN_NAME, named: true });
    } else if (argument === '') {
      finder.problems.set('', new TokenTaxError('NO_INPUT', 'the name of an input is empty'));
    } else {
      await finder.argument(argument);
    }
  }
  for (const { name, path, sizeBytes, named } of finder.files) {
    sources.push({ name, path, sizeBytes, group: rotationOf(name).group, named });
  }
  const ages = new Map(sources.map(({ name }) => [name, rotationOf(name).age]));
  sources.sort(
    (a, b) => byCodeUnit(a.group, b.group) || byCodeUnit(ages.get(a.name)!, ages.get(b.name)!) || byCodeUnit(a.name, b.name),
  );
  const problems = [...finder.problems].map(([name, error]) => ({ name, error })).sort((a, b) => byCodeUnit(a.name, b.name));
  const { hidden, binary, other } = finder.skipped;
  return { sources, problems, skipped: { hidden: hidden.size, binary: binary.size, other: other.size } };
};
