/** The configuration of a folder: found beside the logs that are asked for, read as data, with the place of each mistake. */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { JSONPath, Node } from 'jsonc-parser';
import { type ErrorPlace, TokenTaxError } from '../errors.js';
import type { OwnFormat } from '../scan/own-formats.js';
import type { ConfigData } from './schema.js';

export const configNames = ['token-tax.config.json', 'token-tax.config.jsonc'] as const;
const MAX_BYTES = 4 << 20;
/** Read for one configuration, each as often as it is extended: two files that each extend the next two would be read without end. */
const MOST_FILES = 100;

/** What a file is, for its mistakes. */
export interface FileKind {
  readonly code: 'BAD_CONFIG' | 'BAD_PRICES';
  readonly noun: string;
}

const configKind: FileKind = { code: 'BAD_CONFIG', noun: 'configuration' };

interface ConfigFile {
  /** As the user would write it, from the working directory. */
  readonly name: string;
  readonly path: string;
  readonly text: string;
  /** Where in the file the configuration stands. */
  readonly root: readonly string[];
}

/** The folders a configuration is looked for in: this one and those above it, up to the root of the repository. Without one, this one alone. */
function foldersOf(cwd: string): string[] {
  const folders = [cwd];
  for (let folder = cwd; !existsSync(join(folder, '.git')); ) {
    const above = dirname(folder);
    if (above === folder) return [cwd];
    folders.push(above);
    folder = above;
  }
  return folders;
}

/** The file that was named, or the nearest one: of a folder its own, then `tokenTax` of its package.json. */
function findConfig(cwd: string, named: string | false | undefined): ConfigFile | undefined {
  if (named === false) return undefined;
  if (named !== undefined) return read(cwd, named);
  for (const folder of foldersOf(resolve(cwd))) {
    for (const name of configNames) if (existsSync(join(folder, name))) return read(cwd, join(folder, name));
    const path = join(folder, 'package.json');
    const text = textOf(path);
    if (text?.includes('"tokenTax"')) return { name: shownPath(cwd, path), path, text, root: rootOf(path) };
  }
  return undefined;
}

/** undefined where there is none that can be read: nobody named it. */
const textOf = (path: string): string | undefined => {
  try {
    const stats = statSync(path);
    if (!stats.isFile() || stats.size > MAX_BYTES) return undefined;
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch {
    return undefined;
  }
};

const rootOf = (name: string): readonly string[] => (/(?:^|[\\/])package\.json$/.test(name) ? ['tokenTax'] : []);

const shownPath = (cwd: string, path: string): string => relative(cwd, path).replaceAll(sep, '/');

/** Throws the code of its kind where the file cannot be read, or is too large. */
export function read(cwd: string, named: string, { code: kind, noun } = configKind): ConfigFile {
  const path = resolve(cwd, named);
  const name = isAbsolute(named) ? shownPath(cwd, path) : named;
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) throw new TokenTaxError(kind, `the ${noun} ${name} is larger than ${MAX_BYTES >> 20} MiB`);
    return { name, path, text: readFileSync(path, 'utf8').replace(/^\uFEFF/, ''), root: rootOf(path) };
  } catch (cause) {
    if (cause instanceof TokenTaxError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    throw new TokenTaxError(kind, `the ${noun} ${name} cannot be read`, {
      cause,
      why: code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : String(code),
    });
  }
}

const placeAt = ({ name, text }: ConfigFile, offset: number, length = 1): ErrorPlace => {
  const before = text.slice(0, offset).split('\n');
  const start = offset - (before.at(-1) ?? '').length;
  const [line = ''] = text.slice(start).split(/\r?\n/, 1);
  return {
    file: name,
    line: before.length,
    text: line,
    column: offset - start,
    length: Math.max(1, Math.min(length, line.length - (offset - start))),
  };
};

/** The place of a value, or of the nearest thing around it that is there. */
function placeOf(
  file: ConfigFile,
  tree: Node,
  find: (root: Node, path: JSONPath) => Node | undefined,
  path: JSONPath,
): ErrorPlace {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? tree : find(tree, path.slice(0, length));
    if (node !== undefined) return placeAt(file, node.offset, length === path.length ? node.length : 1);
  }
  return placeAt(file, 0);
}

/** `ValueExpected` as a person would say it. */
const spoken = (code: string): string =>
  code
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/ expected$/, '');

/** A configuration that holds no mistake. */
export interface OpenConfig {
  readonly name: string;
  readonly data: ConfigData;
  /** Where a setting stands. */
  readonly placeOf: (path: readonly (string | number)[]) => ErrorPlace;
}

type Jsonc = typeof import('jsonc-parser');
type Path = readonly (string | number)[];

/** One file, read but not yet judged. */
interface Layer {
  readonly file: ConfigFile;
  readonly value: unknown;
  /** Whether the setting is in this file. */
  readonly has: (path: Path) => boolean;
  readonly placeOf: (path: Path) => ErrorPlace;
  /** The place of the name of a setting. */
  readonly keyPlaceOf: (path: Path) => ErrorPlace;
}

/** undefined: there is nothing at the root of the configuration. Throws the code of its kind for what is no JSON. */
export function layerOf(
  file: ConfigFile,
  { parseTree, findNodeAtLocation, getNodeValue, printParseErrorCode }: Jsonc,
  { code, noun } = configKind,
): Layer | undefined {
  const errors: { error: number; offset: number; length: number }[] = [];
  const tree = parseTree(file.text, errors, { allowTrailingComma: true });
  const [broken] = errors;
  if (broken !== undefined || tree === undefined) {
    const isEmpty = file.text.trim() === '';
    throw new TokenTaxError(code, `the ${noun} ${file.name} is ${isEmpty ? 'empty' : 'no JSON'}`, {
      place: {
        ...placeAt(file, broken?.offset ?? 0),
        ...(broken === undefined ? {} : { expected: spoken(printParseErrorCode(broken.error)) }),
      },
    });
  }
  const root = file.root.length === 0 ? tree : findNodeAtLocation(tree, [...file.root]);
  if (root === undefined) return undefined;
  const nodeAt = (path: Path): Node | undefined => findNodeAtLocation(tree, [...file.root, ...path]);
  const placed = (path: Path): ErrorPlace => placeOf(file, tree, findNodeAtLocation, [...file.root, ...path]);
  return {
    file,
    value: getNodeValue(root),
    has: (path) => nodeAt(path) !== undefined,
    placeOf: placed,
    keyPlaceOf: (path) => {
      const key = nodeAt(path)?.parent?.children?.[0];
      return key === undefined ? placed(path) : placeAt(file, key.offset, key.length);
    },
  };
}

/** The names of `extends`, as far as they are names: the schema says what is wrong with others. */
function extended(value: unknown): readonly { readonly name: string; readonly path: Path }[] {
  const names = typeof value === 'object' && value !== null && 'extends' in value ? value.extends : undefined;
  if (typeof names === 'string') return [{ name: names, path: ['extends'] }];
  if (!Array.isArray(names)) return [];
  return names.flatMap((name: unknown, at) => (typeof name === 'string' ? [{ name, path: ['extends', at] }] : []));
}

/** A file and all it extends, what wins last. Throws BAD_CONFIG where one of them is missing, or extends itself. */
function layersOf(file: ConfigFile, cwd: string, jsonc: Jsonc, above: readonly string[], count = { files: 0 }): Layer[] {
  const layer = layerOf(file, jsonc);
  if (layer === undefined) return [];
  const chain = [...above, realpathSync(file.path)];
  const bases = extended(layer.value).flatMap(({ name, path }) => {
    const place = layer.placeOf(path);
    let base: ConfigFile;
    try {
      base = read(cwd, shownPath(cwd, resolve(dirname(file.path), name)));
    } catch (cause) {
      if (!(cause instanceof TokenTaxError)) throw cause;
      const { message, why } = cause;
      throw new TokenTaxError('BAD_CONFIG', message, { cause, place, ...(why === undefined ? {} : { why }) });
    }
    if (chain.includes(realpathSync(base.path)))
      throw new TokenTaxError('BAD_CONFIG', `the configuration ${base.name} extends itself`, {
        place,
        help: 'take this line out, or name another file',
      });
    count.files += 1;
    if (count.files > MOST_FILES)
      throw new TokenTaxError('BAD_CONFIG', `the configuration extends more than ${MOST_FILES} files`, {
        place,
        help: 'extend each file once',
      });
    return layersOf(base, cwd, jsonc, chain, count);
  });
  return [...bases, layer];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Objects are laid over each other by name; lists and all other values replace what was there. */
const laidOver = (below: unknown, above: unknown): unknown => {
  if (!isObject(below) || !isObject(above)) return above;
  const both = { ...below };
  for (const [name, value] of Object.entries(above)) both[name] = name in below ? laidOver(below[name], value) : value;
  return both;
};

/** Names of files in a configuration are meant from where it stands. */
function rebased(data: ConfigData, folder: string, cwd: string): ConfigData {
  const from = relative(cwd, folder);
  if (from === '') return data;
  const file = (name: string): string => (name === '-' || isAbsolute(name) ? name : join(from, name).replaceAll(sep, '/'));
  const files = <K extends string>(names: { readonly [name in K]?: string[] | undefined }, ...keys: readonly K[]) =>
    Object.fromEntries(keys.flatMap((key) => (names[key] === undefined ? [] : [[key, names[key].map(file)]])));
  const target = (text: string): string =>
    text.replace(/^([^=]*=)(.*)$/s, (_, format: string, name: string) => format + file(name));
  const { input, output, baseline, analysis } = data;
  return {
    ...data,
    ...(input === undefined ? {} : { input: { ...input, ...files(input, 'files', 'gateway', 'idp', 'loopback') } }),
    ...(analysis?.prices === undefined ? {} : { analysis: { ...analysis, prices: file(analysis.prices) } }),
    ...(baseline === undefined ? {} : { baseline: file(baseline) }),
    ...(output?.files === undefined ? {} : { output: { ...output, files: output.files.map(target) } }),
  };
}

/**
 * The configuration of a folder, or the file that was named; undefined where there is none, or with `false`. Without one nothing heavy is
 * loaded. What it extends lies below it. Throws BAD_CONFIG for all mistakes at once, each with file, line and column.
 */
export async function openConfig(cwd: string, named: string | false | undefined): Promise<OpenConfig | undefined> {
  const file = findConfig(cwd, named);
  if (file === undefined) return undefined;
  const [jsonc, { configSchema }] = await Promise.all([import('jsonc-parser'), import('./schema.js')]);
  const layers = layersOf(file, cwd, jsonc, []);
  if (layers.length === 0) return undefined;
  const mistakes: TokenTaxError[] = [];
  let data: ConfigData = {};
  for (const { file: own, value, placeOf: placed, keyPlaceOf } of layers) {
    const parsed = configSchema.safeParse(value, { reportInput: true });
    if (parsed.success) {
      data = laidOver(data, rebased(parsed.data, dirname(own.path), resolve(cwd))) as ConfigData;
      continue;
    }
    const { mistakeOf } = await import('./mistakes.js');
    const found = parsed.error.issues
      .flatMap((issue) => mistakeOf(issue, configSchema))
      .map(({ path, message, help, atKey }) => ({ place: atKey ? keyPlaceOf(path) : placed(path), message, help }))
      .sort((a, b) => (a.place.line ?? 0) - (b.place.line ?? 0) || (a.place.column ?? 0) - (b.place.column ?? 0));
    for (const { place, message, help } of found)
      mistakes.push(new TokenTaxError('BAD_CONFIG', message, { place, ...(help === undefined ? {} : { help }) }));
  }
  const [first, ...also] = mistakes;
  if (first === undefined) {
    const { extends: _, ...settled } = data;
    // The last that has it wins.
    const layerWith = (path: Path): Layer => layers.findLast(({ has }) => has(path)) ?? layers.at(-1)!;
    return { name: file.name, data: settled, placeOf: (path) => layerWith(path).placeOf(path) };
  }
  throw new TokenTaxError('BAD_CONFIG', first.message, {
    ...(first.place === undefined ? {} : { place: first.place }),
    help: first.help,
    also,
  });
}

/** The formats of the configuration, compiled and held to their samples. */
export async function loadOwnFormats(cwd: string, named: string | false | undefined): Promise<readonly OwnFormat[]> {
  const config = await openConfig(cwd, named);
  const definitions = config?.data.formats ?? [];
  if (config === undefined || definitions.length === 0) return [];
  const { ownFormats, OwnFormatError } = await import('../scan/own-formats.js');
  try {
    return await ownFormats(definitions);
  } catch (cause) {
    if (!(cause instanceof OwnFormatError)) throw cause;
    const { at, message, why, help } = cause;
    throw new TokenTaxError('BAD_CONFIG', message, {
      cause,
      place: config.placeOf(['formats', ...at]),
      help,
      ...(why === undefined ? {} : { why }),
    });
  }
}
