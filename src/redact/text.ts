import { findSecrets, replaceSecrets } from './find.js';
import type { SecretKind } from './kinds.js';

/**
 * Free text (a log excerpt, a path, a name) with every secret replaced by `<redacted:KIND>`. Rather takes too much than too little;
 * redacting twice changes nothing. Linear in the length of the text, whatever it holds.
 */
export const redactText = (text: string): string => replaceSecrets(text, ({ kind }) => `<redacted:${kind}>`);

/** The kinds of secrets in a text, sorted, each once. Values are never returned. */
export const secretKinds = (text: string): SecretKind[] => [...new Set(findSecrets(text).map(({ kind }) => kind))].sort();
