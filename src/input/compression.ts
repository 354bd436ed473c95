export type Compression = 'none' | 'gzip' | 'zstd' | 'bzip2' | 'xz' | 'zip' | 'lz4' | 'lzip' | 'compress' | '7z';

/** What files of each kind begin with, whatever they are called. */
const magic: readonly (readonly [Compression, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['zip', [0x50, 0x4b, 0x05, 0x06]],
  ['lz4', [0x04, 0x22, 0x4d, 0x18]],
  ['lzip', [0x4c, 0x5a, 0x49, 0x50]],
  ['compress', [0x1f, 0x9d]],
  ['7z', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
];

export const MAGIC_BYTES = 6;

export const compressionOf = (head: Uint8Array): Compression => {
  for (const [kind, bytes] of magic) if (bytes.every((byte, index) => head[index] === byte)) return kind;
  // A frame that zstd skips may stand before the first one that it does not: 0x184D2A50 to 0x184D2A5F.
  if ((head[0]! & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18) return 'zstd';
  return 'none';
};

/** What prints the text of such a file to standard output. */
export const printer: Readonly<Record<Exclude<Compression, 'none' | 'gzip'>, string>> = {
  zstd: 'zstd -dc',
  bzip2: 'bzip2 -dc',
  xz: 'xz -dc',
  zip: 'unzip -p',
  lz4: 'lz4 -dc',
  lzip: 'lzip -dc',
  compress: 'uncompress -c',
  '7z': '7z x -so',
};

/** What is read with the program of its name, if there is one. */
export type Tool = 'zstd' | 'bzip2' | 'xz' | 'lz4';

/** The packages that hold the programs. */
export const toolPackages: Readonly<Record<Tool, string>> = { zstd: 'zstd', bzip2: 'bzip2', xz: 'xz-utils (or xz)', lz4: 'lz4' };

export const isTool = (kind: Compression): kind is Tool => Object.hasOwn(toolPackages, kind);
