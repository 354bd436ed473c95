import { TokenTaxError } from '../errors.js';
import { type InputSource, openInput } from '../input/index.js';
import { type DetectOptions, detect } from './detect.js';
import { Dictionary } from './dictionary.js';
import { FileScanner } from './file-scanner.js';
import { UnwrappedInput } from './framing/unwrap.js';
import type { ZoneShift } from './times.js';

const HEAD_BYTES = 256 * 1024;

/**
 * Start of the newest request of an input, us; -Infinity without one. The whole input is read: a log is in order only nearly. What
 * cannot be read is left for the run itself to tell.
 */
export async function newestStartUs(
  source: InputSource,
  options: DetectOptions,
  zoneShift: ZoneShift,
  signal: AbortSignal | undefined,
): Promise<number> {
  const input = new UnwrappedInput(openInput(source, signal === undefined ? {} : { signal }), options);
  let newest = -Infinity;
  try {
    const { bytes } = await input.head(HEAD_BYTES);
    const detected = detect(source.name, bytes, options);
    if (detected === undefined) return newest;
    const { program, stamped } = detected;
    const scanner = new FileScanner({ program, stamped, zoneShift }, new Dictionary([], []), ({ rows, startUs }) => {
      for (let row = 0; row < rows; row += 1) if (startUs[row]! > newest) newest = startUs[row]!;
    });
    for await (const block of input.blocks()) input.scan(scanner, block);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof TokenTaxError)) throw error;
  } finally {
    input.close();
  }
  return newest;
}
