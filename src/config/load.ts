/** The configuration of a folder: found beside the logs that are asked for, read as data, with the place of each mistake. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { JSONPath, Node } from 'jsonc-parser';
import { type ErrorPlace, TokenTaxError } from '../errors.js';
import type { OwnFormatDefinition } from '../formats/own.js';
import type { OwnFormat } from '../scan/own-formats.js';

export interface Config {
  readonly formats?: readonly OwnFormatDefinition[] | undefined;
}

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
function findConfig(cwd: string, named: string | undefined): ConfigFile | undefined {
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

const placeAt = ({ name, text }: ConfigFile, offset: number): ErrorPlace => {
  const before = text.slice(0, offset).split('\n');
  const start = offset - (before.at(-1) ?? '').length;
  const [line = ''] = text.slice(start).split(/\r?\n/, 1);
  return { file: name, line: before.length, text: line, column: offset - start };
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
    if (node !== undefined) return placeAt(file, node.offset);
  }
  return placeAt(file, 0);
}

/** `ValueExpected` as a person would say it. */
const spoken = (code: string): string => code.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

/**
 * The formats of the configuration, compiled and held to their samples. Without a configuration nothing heavy is loaded. Throws
 * BAD_CONFIG with file, line and column.
 */
export async function loadOwnFormats(cwd: string, named: string | undefined): Promise<readonly OwnFormat[]> {
  const file = findConfig(cwd, named);
  if (file === undefined) return [];
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
  if (root === undefined) return [];
  const parsed = configSchema.safeParse(getNodeValue(root));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = (issue?.path ?? []).map((part) => (typeof part === 'symbol' ? String(part) : part));
    // A key that is not known is pointed at itself.
    const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
    const at = unknown === undefined ? path : [...path, unknown];
    const what = at.length === 0 ? 'it' : `"${at.join('.')}"`;
    throw new TokenTaxError('BAD_CONFIG', `the configuration ${file.name} is wrong at ${what}`, {
      place: placeOf(file, tree, findNodeAtLocation, [...file.root, ...at]),
      why: unknown === undefined ? (issue?.message ?? 'it is not as it should be') : `there is no setting "${unknown}" here`,
    });
  }
  const definitions = (parsed.data as Config).formats ?? [];
  if (definitions.length === 0) return [];
  const { ownFormats, OwnFormatError } = await import('../scan/own-formats.js');
  try {
    return await ownFormats(definitions);
  } catch (cause) {
    if (!(cause instanceof OwnFormatError)) throw cause;
    const { at, message, why, help } = cause;
    throw new TokenTaxError('BAD_CONFIG', message, {
      cause,
      place: placeOf(file, tree, findNodeAtLocation, [...file.root, 'formats', ...at]),
      help,
      ...(why === undefined ? {} : { why }),
    });
  }
}
