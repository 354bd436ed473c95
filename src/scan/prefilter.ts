/** Cheap test in front of the endpoint catalogue: only paths that hold one of its words are worth a classification per raw path. */
import { candidateHosts, candidateWords } from '../events/endpoints.js';

const words = new RegExp(candidateWords.map((word) => word.replace(/[^\w-]/g, '\\$&')).join('|'), 'i');
/** Letters beyond ASCII of which some are lower case of others in it. */
const beyondAscii = /[^\x00-\x7f]/;

/** True when the catalogue could take this path (or `/`, which is known by host alone) for an authentication endpoint. */
export function mayBeAuthentication(path: string): boolean {
  if (path === '/' || path === '') return candidateHosts.length > 0;
  if (words.test(path)) return true;
  if (!beyondAscii.test(path)) return false;
  const lower = path.toLowerCase();
  return candidateWords.some((word) => lower.includes(word));
}
