/** The rules that look at one key, in the order of their codes. */
import type { Rule } from '../rule.js';
import { tt101 } from './tt101.js';
import { tt102 } from './tt102.js';
import { tt103 } from './tt103.js';
import { tt104 } from './tt104.js';
import { tt105 } from './tt105.js';
import { tt106 } from './tt106.js';
import { tt107 } from './tt107.js';
import { tt108 } from './tt108.js';
import { tt109 } from './tt109.js';
import { tt110 } from './tt110.js';
import { tt111 } from './tt111.js';
import { tt112 } from './tt112.js';
import { tt113 } from './tt113.js';
import { tt114 } from './tt114.js';
import { tt117 } from './tt117.js';

export const rules: readonly Rule[] = [
  tt101,
  tt102,
  tt103,
  tt104,
  tt105,
  tt106,
  tt107,
  tt108,
  tt109,
  tt110,
  tt111,
  tt112,
  tt113,
  tt114,
  tt117,
];
