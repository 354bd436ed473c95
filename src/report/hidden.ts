/** What the log may hide of a key that looks redundant: who held the token, or only which token it was. */
import type { KeyResult } from '../analysis/result.js';

/** Several may stand behind an address. A node, and a caller whose own demand is known, are what they seem. */
const hidesHolder = ({ basis, bounds }: KeyResult): boolean =>
  basis.client === 'address' || (basis.holder !== 'node' && bounds.byDemand === null);

export const hidden = (keys: readonly KeyResult[]): 'holders' | 'keys' =>
  keys.some((key) => key.fetches.redundant > 0 && hidesHolder(key)) ? 'holders' : 'keys';
