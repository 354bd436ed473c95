/** What the terminal can show, from what it says about itself. */
import type { Io } from './io.js';

export type ColorWish = 'auto' | 'always' | 'never';

export interface Terminal {
  /** Colour on stdout. */
  readonly color: boolean;
  /** Colour on stderr. */
  readonly errorColor: boolean;
  readonly unicode: boolean;
  /** Cells in a line. */
  readonly width: number;
  readonly progress: 'redraw' | 'lines';
}

type Facts = Pick<Io, 'env' | 'stdoutIsFile'> & {
  readonly stdout: { readonly isTTY: boolean; readonly columns: number | undefined };
  readonly stderr: { readonly isTTY: boolean };
};

const NARROWEST = 40;
const WIDEST = 200;
const USUAL = 80;

/** Of a variable of the environment that switches something on. */
export const isSet = (value: string | undefined): boolean =>
  value !== undefined && value !== '' && value !== '0' && value !== 'false';

/** A flag, then FORCE_COLOR, then NO_COLOR, then what is seen. */
const color = (env: Io['env'], wish: ColorWish, isTTY: boolean, isFile: boolean): boolean => {
  if (wish !== 'auto') return wish === 'always';
  if (env.FORCE_COLOR !== undefined) return !['0', 'false'].includes(env.FORCE_COLOR);
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.TERM === 'dumb') return false;
  // The pages of these hosts show colour, though what they give is a pipe. A file that is kept is not a page.
  if (isSet(env.CI)) return !isFile && (isSet(env.GITHUB_ACTIONS) || isSet(env.GITLAB_CI));
  return isTTY;
};

const isUtf8 = ({ LC_ALL, LC_CTYPE, LANG }: Io['env']): boolean =>
  /utf-?8/i.test([LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== '') ?? '');

const width = (env: Io['env'], { isTTY, columns }: Facts['stdout']): number => {
  const told = isTTY ? columns : Number(env.COLUMNS);
  const cells = told !== undefined && Number.isInteger(told) && told > 0 ? told : USUAL;
  return Math.min(WIDEST, Math.max(NARROWEST, cells));
};

export const terminal = ({ env, stdout, stdoutIsFile, stderr }: Facts, wish: ColorWish): Terminal => ({
  color: color(env, wish, stdout.isTTY, stdoutIsFile),
  errorColor: color(env, wish, stderr.isTTY, false),
  // Piped output is the same in every locale.
  unicode: stdout.isTTY && env.TERM !== 'dumb' && isUtf8(env),
  width: width(env, stdout),
  progress: stderr.isTTY && env.TERM !== 'dumb' && !isSet(env.CI) ? 'redraw' : 'lines',
});
