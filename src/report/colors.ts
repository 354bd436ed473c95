/** Apart from `paint.ts` so that output without colour does not load chalk. */
import { Chalk } from 'chalk';
import type { Paint } from './paint.js';

/** The level is given, not looked for: whether there is colour was decided by the caller. */
const chalk = new Chalk({ level: 1 });

export const colors: Paint = { strong: chalk.bold, faint: chalk.dim, bad: chalk.red, warn: chalk.yellow };
