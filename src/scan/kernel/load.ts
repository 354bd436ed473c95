/**
 * Loads the kernel when a run is worth it. TOKEN_TAX_ENGINE=ts does without it, =wasm insists on it for inputs of any size: both are
 * for tests and give the same result.
 */
import type { Kernel } from './kernel.js';

const engine = (): 'ts' | 'wasm' | undefined => {
  const wanted = process.env.TOKEN_TAX_ENGINE;
  return wanted === 'ts' || wanted === 'wasm' ? wanted : undefined;
};

let loaded: Kernel | undefined | null = null;
let compiled: object | undefined;

/** What it holds of the lines of a run is of no use to the next. */
export function releaseKernel(): void {
  if (loaded === null || loaded === undefined) return;
  compiled = loaded.module;
  loaded = null;
}

/** `module`: compiled by another thread. undefined where WebAssembly with SIMD is missing, and for inputs that end before the kernel would pay for its start. */
export async function loadKernel(isSmall: boolean, module?: object): Promise<Kernel | undefined> {
  const wanted = engine();
  if (wanted === 'ts' || (isSmall && wanted !== 'wasm')) return undefined;
  if (loaded === null) {
    const { Kernel } = await import('./kernel.js');
    try {
      loaded = new Kernel(module ?? compiled);
    } catch (error) {
      // The TypeScript scanner does the same, slower.
      if (wanted === 'wasm') throw error;
      loaded = undefined;
    }
  }
  return loaded;
}
