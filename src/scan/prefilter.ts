/** Cheap test in front of the endpoint catalogue: only paths that hold one of its words are worth a classification per raw path. */
import { candidateHosts, candidateWords } from '../events/endpoints.js';

/** True when the catalogue could take this path (or `/`, which is known by host alone) for an authentication endpoint. */
export function mayBeAuthentication(path: string): boolean {
  if (path === '/' || path === '') return candidateHosts.length > 0;
  const lower = path.toLowerCase();
  return candidateWords.some((word) => lower.includes(word));
}
