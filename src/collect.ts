/** A collection of garbage at a moment of our own. */

let collect: (() => void) | undefined;

/**
 * Whole and at once, some ms. The engine does not know that little is left of what filled the memory: it would go on beside it, and give it
 * back when the run is over.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    const { setFlagsFromString } = process.getBuiltinModule('node:v8');
    const { runInNewContext } = process.getBuiltinModule('node:vm');
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
  }
  collect();
}
