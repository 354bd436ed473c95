/** Apart from `paint.ts` so that output without colour does not load chalk. */
import { Chalk } from 'chalk';
import type { Paint } from './paint.js';

/** The level is given, not looked for: whether there is colour was decided by the caller. */
const chalk = new Chalk({ level: 1 });

/** Not chalk's own functions: those print all they are given, and `map` gives more than the line. */
export const colors: Paint = {
  strong: (text) => chalk.bold(text),
  faint: (text) => chalk.dim(text),
  bad: (text) => chalk.red(text),
  warn: (text) => chalk.yellow(text),
};
