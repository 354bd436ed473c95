import { describe, expect, test } from 'vitest';
import { type ColorWish, type Terminal, terminal } from '../src/cli/terminal.js';

type Env = Readonly<Record<string, string>>;
interface Case {
  readonly when: string;
  readonly env?: Env;
  readonly color?: ColorWish;
  /** Which of stdout and stderr are a terminal. */
  readonly tty?: '' | 'out' | 'err' | 'both';
  readonly columns?: number;
  readonly file?: boolean;
  readonly gives: Partial<Terminal>;
}

const utf8 = { LANG: 'en_US.UTF-8' };
const color = { color: true, errorColor: true };
const none = { color: false, errorColor: false };

const cases: readonly Case[] = [
  { when: 'all is a terminal', tty: 'both', env: utf8, gives: { ...color, unicode: true, progress: 'redraw', width: 80 } },
  {
    when: 'stdout is piped',
    tty: 'err',
    env: utf8,
    gives: { color: false, errorColor: true, unicode: false, progress: 'redraw' },
  },
  { when: 'stderr is piped', tty: 'out', env: utf8, gives: { color: true, errorColor: false, progress: 'lines' } },
  { when: 'nothing is a terminal', gives: { ...none, unicode: false, progress: 'lines', width: 80 } },
  { when: 'in CI, unknown host', env: { CI: 'true' }, tty: 'both', gives: { ...none, progress: 'lines' } },
  { when: 'in CI on GitHub', env: { CI: 'true', GITHUB_ACTIONS: 'true' }, gives: { ...color, progress: 'lines' } },
  { when: 'in CI on GitLab', env: { CI: 'true', GITLAB_CI: 'true' }, gives: { ...color, progress: 'lines' } },
  {
    when: 'in CI on GitHub, into a file',
    env: { CI: 'true', GITHUB_ACTIONS: 'true' },
    file: true,
    gives: { color: false, errorColor: true },
  },
  { when: 'CI=false is no CI', env: { CI: 'false' }, tty: 'both', gives: { ...color, progress: 'redraw' } },
  { when: 'NO_COLOR', env: { NO_COLOR: '1' }, tty: 'both', gives: { ...none, progress: 'redraw' } },
  { when: 'NO_COLOR is empty', env: { NO_COLOR: '' }, tty: 'both', gives: color },
  { when: 'NO_COLOR in CI on GitHub', env: { NO_COLOR: '1', CI: 'true', GITHUB_ACTIONS: 'true' }, gives: none },
  { when: 'FORCE_COLOR', env: { FORCE_COLOR: '1' }, gives: { ...color, progress: 'lines' } },
  { when: 'FORCE_COLOR beats NO_COLOR', env: { FORCE_COLOR: '1', NO_COLOR: '1' }, gives: color },
  { when: 'FORCE_COLOR=0', env: { FORCE_COLOR: '0' }, tty: 'both', gives: none },
  { when: 'FORCE_COLOR beats TERM=dumb', env: { FORCE_COLOR: '1', TERM: 'dumb' }, gives: color },
  { when: '--color=always beats NO_COLOR', env: { NO_COLOR: '1' }, color: 'always', gives: color },
  { when: '--color=never beats FORCE_COLOR', env: { FORCE_COLOR: '1' }, color: 'never', tty: 'both', gives: none },
  { when: 'TERM=dumb', env: { ...utf8, TERM: 'dumb' }, tty: 'both', gives: { ...none, unicode: false, progress: 'lines' } },
  { when: 'the locale is C', env: { LANG: 'C' }, tty: 'both', gives: { unicode: false } },
  { when: 'LC_ALL beats LANG', env: { LANG: 'C', LC_ALL: 'C.utf8' }, tty: 'both', gives: { unicode: true } },
  { when: 'wide terminal', tty: 'both', columns: 132, gives: { width: 132 } },
  { when: 'very wide terminal', tty: 'both', columns: 500, gives: { width: 200 } },
  { when: 'very narrow terminal', tty: 'both', columns: 12, gives: { width: 40 } },
  { when: 'terminal of no width', tty: 'both', columns: 0, gives: { width: 80 } },
  { when: 'piped, with COLUMNS', env: { COLUMNS: '120' }, gives: { width: 120 } },
  { when: 'piped, with a bad COLUMNS', env: { COLUMNS: 'wide' }, gives: { width: 80 } },
  { when: 'terminal, with COLUMNS', env: { COLUMNS: '60' }, tty: 'both', columns: 100, gives: { width: 100 } },
];

describe('the terminal', () => {
  for (const { when, env = {}, color: wish = 'auto', tty = '', columns, file = false, gives } of cases) {
    test(when, () => {
      const [out, err] = [tty === 'out' || tty === 'both', tty === 'err' || tty === 'both'];
      const found = terminal({ env, stdout: { isTTY: out, columns }, stdoutIsFile: file, stderr: { isTTY: err } }, wish);
      expect(found).toMatchObject(gives);
    });
  }
});
