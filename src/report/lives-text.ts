/** The lives of tokens as text: one line a token, from its fetch to its end. Lines that lie over each other are what is paid twice. */
import type { Analysis, KeyResult } from '../analysis/result.js';
import { shown } from './cells.js';
import type { Page } from './page.js';
import { count, duration } from './words.js';

const INDENT = '   ';
/** More tokens than this are no picture any more. */
const MOST_LIVES = 8;
const NARROWEST = 60;
const LABEL = 9;

const marks = { necessary: 'N', ahead: 'A', redundant: 'x', unknown: '?' } as const;
const meanings = { necessary: 'N needed', ahead: 'A ahead of time', redundant: 'x redundant', unknown: '? not decided' } as const;

type Life = Analysis['lives'][number];

/** The holder whose tokens are drawn: the one with the most, of equals the first by name. */
const holderOf = (lives: readonly Life[]): string | undefined => {
  const many = new Map<string, number>();
  for (const { holder } of lives) many.set(holder, (many.get(holder) ?? 0) + 1);
  return [...many].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))[0]?.[0];
};

/**
 * The first tokens of the busiest holder of a key. Nothing where the result holds no two of them, or where the terminal is too narrow for
 * a picture.
 */
export const livesText = (
  { width, paint }: Page,
  { lives, keys }: Pick<Analysis, 'lives' | 'keys'>,
  key: KeyResult | undefined,
): string[] => {
  if (key === undefined || width < NARROWEST) return [];
  // Lives are told by client: those of a client with several tokens would be mixed.
  if (keys.filter(({ client, fetches }) => client === key.client && fetches.ok > 0).length !== 1) return [];
  const own = lives.filter((life) => life.key === key.client);
  const holder = holderOf(own);
  const ofHolder = own
    .filter((life) => life.holder === holder)
    .map((life) => ({ ...life, fromMs: Date.parse(life.from) }))
    .sort((a, b) => a.fromMs - b.fromMs);
  const drawn = ofHolder.slice(0, MOST_LIVES);
  const [first, last] = [drawn[0], drawn.at(-1)];
  if (first === undefined || last === undefined || drawn.length < 2) return [];
  const cellsWide = Math.min(60, width - INDENT.length - LABEL - 4);
  const lifeMs = (life: Life): number => (life.lifetimeSeconds ?? 0) * 1000;
  // So wide that the starts can be told apart: of long lives the ends lie beyond the edge.
  const spreadMs = Math.max(1, last.fromMs - first.fromMs);
  const longestMs = Math.max(...drawn.map(lifeMs));
  const wholeMs = Math.max(spreadMs, Math.min(spreadMs + longestMs, 2 * spreadMs));
  const cellOf = (ms: number): number => Math.floor((ms / wholeMs) * (cellsWide - 1));
  const lines = drawn.map((life) => {
    const at = cellOf(life.fromMs - first.fromMs);
    const end = cellOf(life.fromMs - first.fromMs + lifeMs(life));
    const isLong = end > cellsWide - 1;
    const bar = '='.repeat(Math.max(0, Math.min(cellsWide - 1, end) - at));
    const tail = life.lifetimeSeconds === null ? ' ...' : isLong ? '>' : '|';
    return `${INDENT}${duration(life.fromMs - first.fromMs).padStart(LABEL)}  ${' '.repeat(at)}${marks[life.verdict]}${bar}${tail}`;
  });
  const shownMarks = [...new Set(drawn.map(({ verdict }) => verdict))].map((verdict) => meanings[verdict]);
  const beyond = drawn.some(({ lifetimeSeconds }) => lifetimeSeconds !== null) && lines.some((line) => line.endsWith('>'));
  const legend = [...shownMarks, ...(beyond ? ['> lives on beyond the edge'] : [])].join(', ');
  const many = `${count(drawn.length)} of ${ofHolder.length > drawn.length ? `the first ${count(ofHolder.length)}` : count(ofHolder.length)}`;
  return ['', paint.faint(`${INDENT}tokens of ${shown(holder ?? '')}, ${many}: ${legend}`), ...lines];
};
