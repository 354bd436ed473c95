/** What `fix` prints for people: the configuration as it is to be pasted, and around it what it saves, risks and rests on. */

import type { Expected } from '../remedy/expected.js';
import type { Language, RemedyFile } from '../remedy/remedy.js';
import type { Verified, VerifiedKey } from '../remedy/verify.js';
import { shown, wrap } from '../report/cells.js';
import { type Page, sentence } from '../report/page.js';
import { count, percent, plural, seconds } from '../report/words.js';

/** The JSON of `fix`. */
export interface Fix {
  readonly finding: {
    readonly id: string;
    readonly number: number;
    readonly code: string;
    readonly title: string;
    readonly client: string | null;
  };
  readonly advice: readonly string[];
  /** null: no cache ends it, or no gateway was named. */
  readonly remedy: { readonly id: string; readonly title: string; readonly docs: string } | null;
  readonly files: readonly RemedyFile[];
  readonly fillIn: readonly string[];
  readonly assumptions: readonly string[];
  readonly policy: string | null;
  readonly expected: Expected | null;
  /** Why nothing is expected, and the command that computes it. */
  readonly expectedWhyNot: { readonly why: string; readonly closest: string | null; readonly command: string } | null;
  readonly risks: readonly string[];
  readonly notShared: readonly string[];
  readonly verify: string;
  readonly notes: readonly string[];
}

export const certaintyWords: Readonly<Record<RemedyFile['certainty'], string>> = {
  proven: 'proven: the tests run it on the real program',
  documented: 'documented: its names are those of the vendor; not run here',
  untested: 'untested: try it before you rely on it',
};

const comments: Partial<Readonly<Record<Language, readonly [string, string]>>> = {
  lua: ['-- ', ''],
  xml: ['<!-- ', ' -->'],
  csharp: ['// ', ''],
  java: ['// ', ''],
  javascript: ['// ', ''],
};

/** The line between two files, as a comment of the language, so that all can be pasted at once. */
const ruler = ({ name, language, certainty }: RemedyFile): string => {
  const [open, close] = comments[language] ?? ['# ', ''];
  return `${open}---- ${name} (${certaintyWords[certainty]})${close}`;
};

const section = (on: Page, title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', on.paint.strong(title), ...lines.flatMap((line) => sentence(on, shown(line)))];

const range = ({ low, high }: { readonly low: number; readonly high: number | null }): string =>
  high === null ? `${count(low)} or more` : low === high ? count(low) : `${count(low)} to ${count(high)}`;

const expectedLines = ({ expected, expectedWhyNot, policy }: Fix): string[] => {
  if (expected === null)
    return expectedWhyNot === null
      ? []
      : [
          `Not known: ${expectedWhyNot.why}.`,
          ...(expectedWhyNot.closest === null ? [] : [`The closest that it has: ${expectedWhyNot.closest}.`]),
          'The first command under Before and after computes it; with logs in place of --result it is computed at once.',
        ];
  const { before, fetches, saved, of, revocationDelaySeconds, standing } = expected;
  const least = saved.low === null ? `up to ${count(saved.high)}` : range({ low: saved.low, high: saved.high });
  const much = `${range(fetches)} ${fetches.high === 1 ? 'fetch' : 'fetches'} in place of ${count(before)}`;
  const share = before === 0 ? '' : `, ${percent(Math.max(0, saved.low ?? 0) / before, 'down')} or more`;
  return [
    saved.high <= 0
      ? `${much}: none is saved, what is won is that no request goes out with a dead token.`
      : `${much}: saves ${least}${share}.`,
    `From the simulation of exactly this policy, ${policy ?? ''} (${standing}), over the ${of === 'run' ? 'fetches of all clients of the logs: each gets the remedy' : 'fetches of this client'}.`,
    ...(revocationDelaySeconds === null
      ? []
      : [`A revoked token goes on being used for up to ${seconds(revocationDelaySeconds)}.`]),
  ];
};

export const fixText = (on: Page, fix: Fix, written: readonly string[]): string => {
  const { finding, remedy, files } = fix;
  const whose = finding.client === null ? '' : `, client ${finding.client}`;
  const lines = [
    ...wrap(shown(`${finding.code} ${finding.title}${whose}`), on.width).map(on.paint.strong),
    ...sentence(on, `finding ${finding.number}, ${finding.id}`),
    ...section(on, 'What to do', fix.advice),
    ...(remedy === null ? [] : section(on, 'With', [remedy.title, remedy.docs])),
    ...section(on, 'Fill in', fix.fillIn),
    ...section(on, 'Rests on', fix.assumptions),
    ...section(on, 'Expected', expectedLines(fix)),
    ...section(on, 'Risks', fix.risks),
    ...section(on, 'Not to be shared', remedy === null ? [] : fix.notShared),
    ...section(on, 'Good to know', fix.notes),
  ];
  if (fix.verify !== '') lines.push('', on.paint.strong('Verify'), ...fix.verify.split('\n').map((line) => `  ${shown(line)}`));
  if (written.length > 0) lines.push('', on.paint.strong('Written'), ...written.map((name) => `  ${shown(name)}`));
  else for (const file of files) lines.push('', on.paint.strong(ruler(file)), ...file.text.trimEnd().split('\n').map(shown));
  return `${lines.join('\n')}\n`;
};

const known = (value: number | null): string => (value === null ? '-' : count(value));

const verdictWords: Readonly<Record<Verified['verdict'], string>> = {
  kept: 'Kept: the fetches are what was promised',
  partly: 'Partly: fewer fetches than before, more than was promised',
  not: 'Not kept: as many fetches as before',
  'cannot tell': 'Cannot tell',
};

const keyLines = (on: Page, one: VerifiedKey): string[] => [
  ...sentence(
    on,
    shown(
      `${one.client}: ${one.verdict}${one.verdict === 'partly' && one.reached !== null ? `, ${percent(one.reached, 'down')} of the promised saving` : ''}`,
    ),
  ),
  ...(one.measured === null
    ? []
    : sentence(
        on,
        `${plural(one.measured, 'fetch', 'fetches')}; promised ${one.promised === null ? '-' : range(one.promised)}; as before it would be ${known(one.asBefore)} (${count(one.before)} in the first log)`,
        '    ',
      )),
  ...(one.why === null ? [] : sentence(on, shown(one.why), '    ')),
];

export const verifiedText = (on: Page, verified: Verified): string =>
  `${[
    on.paint.strong(verdictWords[verified.verdict]),
    ...keyLines(on, verified.total),
    ...(verified.keys.length > 1 ? ['', on.paint.strong('By client'), ...verified.keys.flatMap((one) => keyLines(on, one))] : []),
    ...section(on, 'Promised by', [
      `${verified.policy} in the simulation of the first result, for the requests, holders and lifetimes of the second; one fetch for each holder more, since a log may begin in the middle of a life.`,
    ]),
    ...section(on, 'Notes', verified.notes),
  ].join('\n')}\n`;
