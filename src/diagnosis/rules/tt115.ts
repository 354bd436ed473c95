import type { SiblingResult } from '../../analysis/result.js';
import type { SiblingRule } from '../siblings.js';

const kinds: readonly SiblingResult['kind'][] = ['introspection'];

export const tt115: SiblingRule = {
  code: 'TT115',
  title: 'introspection on every request',
  kinds,
  fix: 'Cache answers of the introspection for a short time (30 to 60 s), or check signed tokens locally.',
  risk: 'A revoked token is accepted until the cached answer is over.',
};
