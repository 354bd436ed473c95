/** The configuration of a folder: found beside the logs that are asked for, read as data, with the place of each mistake. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { JSONPath, Node } from 'jsonc-parser';
import { type ErrorPlace, TokenTaxError } from '../errors.js';
import type { OwnFormat } from '../scan/own-formats.js';
import type { ConfigData } from './schema.js';

export const configNames = ['token-tax.config.json', 'token-tax.config.jsonc'] as const;
const MAX_BYTES = 4 << 20;

interface ConfigFile {
  /** As the user would write it. */
  readonly name: string;
  readonly text: string;
  /** Where in the file the configuration stands. */
  readonly root: readonly string[];
}

/** The file that was named, or the one of the folder: its own, then `tokenTax` of its package.json. No folder above is looked into. */
function findConfig(cwd: string, named: string | false | undefined): ConfigFile | undefined {
  if (named === false) return undefined;
  if (named !== undefined) return read(cwd, named, rootOf(named));
  for (const name of configNames) if (existsSync(join(cwd, name))) return read(cwd, name, []);
  const name = 'package.json';
  if (!existsSync(join(cwd, name)) || statSync(join(cwd, name)).size > MAX_BYTES) return undefined;
  const text = readFileSync(join(cwd, name), 'utf8');
  return text.includes('"tokenTax"') ? { name, text, root: rootOf(name) } : undefined;
}

const rootOf = (name: string): readonly string[] => (/(?:^|[\\/])package\.json$/.test(name) ? ['tokenTax'] : []);

function read(cwd: string, name: string, root: readonly string[]): ConfigFile {
  const path = resolve(cwd, name);
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES)
      throw new TokenTaxError('BAD_CONFIG', `the configuration ${name} is larger than ${MAX_BYTES >> 20} MiB`);
    return { name, text: readFileSync(path, 'utf8').replace(/^\uFEFF/, ''), root };
  } catch (cause) {
    if (cause instanceof TokenTaxError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    throw new TokenTaxError('BAD_CONFIG', `the configuration ${name} cannot be read`, {
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

/**
 * The configuration of a folder, or the file that was named; undefined where there is none, or with `false`. Without one nothing heavy is
 * loaded. Throws BAD_CONFIG for all mistakes at once, each with file, line and column.
 */
export async function openConfig(cwd: string, named: string | false | undefined): Promise<OpenConfig | undefined> {
  const file = findConfig(cwd, named);
  if (file === undefined) return undefined;
  const [{ parseTree, findNodeAtLocation, getNodeValue, printParseErrorCode }, { configSchema }] = await Promise.all([
    import('jsonc-parser'),
    import('./schema.js'),
  ]);
  const errors: { error: number; offset: number; length: number }[] = [];
  const tree = parseTree(file.text, errors, { allowTrailingComma: true });
  const [broken] = errors;
  if (broken !== undefined || tree === undefined) {
    throw new TokenTaxError('BAD_CONFIG', `the configuration ${file.name} is no JSON`, {
      place: {
        ...placeAt(file, broken?.offset ?? 0),
        ...(broken === undefined ? {} : { expected: spoken(printParseErrorCode(broken.error)) }),
      },
    });
  }
  const root = file.root.length === 0 ? tree : findNodeAtLocation(tree, [...file.root]);
  if (root === undefined) return undefined;
  const placed = (path: readonly (string | number)[]): ErrorPlace =>
    placeOf(file, tree, findNodeAtLocation, [...file.root, ...path]);
  const keyed = (path: readonly (string | number)[]): ErrorPlace => {
    const key = findNodeAtLocation(tree, [...file.root, ...path])?.parent?.children?.[0];
    return key === undefined ? placed(path) : placeAt(file, key.offset, key.length);
  };
  const parsed = configSchema.safeParse(getNodeValue(root), { reportInput: true });
  if (parsed.success) return { name: file.name, data: parsed.data, placeOf: placed };
  const { mistakeOf } = await import('./mistakes.js');
  const mistakes = parsed.error.issues
    .flatMap((issue) => mistakeOf(issue, configSchema))
    .map(({ path, message, help, atKey }) => ({ place: atKey ? keyed(path) : placed(path), message, help }))
    .sort((a, b) => (a.place.line ?? 0) - (b.place.line ?? 0) || (a.place.column ?? 0) - (b.place.column ?? 0))
    .map(
      ({ place, message, help }) => new TokenTaxError('BAD_CONFIG', message, { place, ...(help === undefined ? {} : { help }) }),
    );
  const [first, ...also] = mistakes;
  throw new TokenTaxError('BAD_CONFIG', first?.message ?? `the configuration ${file.name} is wrong`, {
    ...(first?.place === undefined ? {} : { place: first.place }),
    ...(first === undefined ? {} : { help: first.help }),
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
