/** What `-v` adds: how each file was read, what was assumed, every warning. */
import type { Analysis, InputFile } from '../analysis/result.js';
import { shown } from './cells.js';
import { accounting, within } from './notes.js';
import { type Page, sentence } from './page.js';
import { count, duration, percent, plural } from './words.js';

const format = ({ format: id, detected, matchRate, runnerUp }: InputFile): string => {
  if (id === null) return 'no format';
  const how = detected
    ? matchRate === null
      ? ''
      : `, ${percent(matchRate)} of its lines`
    : `, as told${matchRate === null ? '' : `, ${percent(matchRate)} of its lines`}`;
  const next = runnerUp === null ? '' : `; next best ${shown(runnerUp.format)} ${percent(runnerUp.matchRate)}`;
  return `${shown(id)}${how}${next}`;
};

const file = (on: Page, input: InputFile): string[] => {
  const role = `${input.role}${input.roleDetected ? '' : ' (as told)'}`;
  const stamps = input.resolutionMs === null ? '' : `, times to ${duration(input.resolutionMs)}`;
  const { count: lateCount, maxMs } = input.outOfOrder;
  const late = `${count(lateCount)} behind a later one, by ${duration(maxMs)} at most; put in order`;
  const special = within(input.lines);
  const rejects = input.rejects.map(
    ({ reason, count: times, firstLine, firstByte }) =>
      `rejected ${count(times)}: ${shown(reason)}, first at line ${count(firstLine)}, byte ${count(firstByte)}`,
  );
  return [
    ...sentence(on, `${shown(input.name)}: ${role}; ${format(input)}${stamps}`),
    ...sentence(on, accounting(input.lines), '    '),
    ...(special === '' ? [] : sentence(on, `of the parsed: ${special}`, '    ')),
    ...(lateCount === 0 ? [] : sentence(on, late, '    ')),
    ...rejects.flatMap((line) => sentence(on, line, '    ')),
    ...(input.error === null ? [] : sentence(on, `not read to its end: ${shown(input.error)}`, '    ')),
  ];
};

const section = (on: Page, title: string, body: readonly string[]): string[] =>
  body.length === 0 ? [] : ['', on.paint.strong(title), ...body];

export const details = (on: Page, { input, assumptions, warnings }: Analysis): string[] => [
  ...section(
    on,
    plural(input.files.length, 'file'),
    input.files.flatMap((each) => file(on, each)),
  ),
  ...section(
    on,
    'Assumed',
    assumptions.flatMap(({ id, value, from, affects }) =>
      sentence(on, `${shown(id)} = ${shown(value)}, from ${shown(from)}; decides ${affects.map(shown).join(', ')}`),
    ),
  ),
  ...section(
    on,
    plural(warnings.length, 'warning'),
    warnings.flatMap(({ id, message }) => sentence(on, `${shown(id)}: ${shown(message)}`)),
  ),
];
