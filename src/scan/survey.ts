/** A first look at the heads of the inputs: can they be joined? Reading ids costs time, so it is only done where two sides show. */
import { type InputSource, openInput } from '../input/index.js';
import { UnwrappedInput } from './framing/unwrap.js';

const HEAD_BYTES = 64 * 1024;
/** Words of which one stands in every record of a token request that the catalogue knows. */
const TOKEN_WORDS = /token|oauth|openid|client_login|assumerole|seccft|feccft|sign-?in/i;

export interface Survey {
  /** Some head speaks of tokens. */
  readonly tokens: boolean;
  /** Some head speaks mostly of other things. */
  readonly others: boolean;
}

/** What a head shows. */
export function surveyHead(head: Buffer): Survey {
  const lines = head.toString('latin1', 0, HEAD_BYTES).split('\n');
  const tokens = lines.filter((line) => TOKEN_WORDS.test(line)).length;
  return { tokens: tokens > 0, others: tokens * 2 < lines.length };
}

/** Reads heads until both sides have been seen. An input that can be read only once may hold either. */
export async function survey(sources: readonly InputSource[], signal?: AbortSignal): Promise<Survey> {
  let tokens = false;
  let others = false;
  for (const source of sources) {
    if (tokens && others) break;
    if (source.sizeBytes === undefined) return { tokens: true, others: true };
    const input = new UnwrappedInput(openInput(source, signal === undefined ? {} : { signal }));
    try {
      const { bytes } = await input.head(HEAD_BYTES);
      const seen = surveyHead(bytes);
      tokens ||= seen.tokens;
      others ||= seen.others;
    } catch {
      // What is wrong with it is said when it is read.
    } finally {
      input.close();
    }
  }
  return { tokens, others };
}
