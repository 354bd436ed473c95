/** The little of WebAssembly that the kernel needs; the types of Node leave it out. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

export interface WasmNumber {
  readonly value: number;
}

interface WasmApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports?: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => {
    readonly exports: unknown;
  };
}

/** undefined where the engine has no WebAssembly, or was started without it. */
export const webAssembly = (globalThis as { WebAssembly?: WasmApi }).WebAssembly;
