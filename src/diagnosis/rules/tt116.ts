import type { SiblingRule } from '../siblings.js';

export const tt116: SiblingRule = {
  code: 'TT116',
  title: 'JWKS or discovery on every request',
  kinds: ['jwks', 'discovery'],
  fix: 'Keep keys and metadata for their Cache-Control time, and ask again at once only for a key id that is not known.',
  risk: null,
};
