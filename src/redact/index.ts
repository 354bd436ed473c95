export { escapeControls } from './escape.js';
export type { SecretKind } from './kinds.js';
export { secretKindNames } from './kinds.js';
export { isPlainPath, redactPath } from './path.js';
export { redactQuery } from './query.js';
export { redactText, secretKinds } from './text.js';
