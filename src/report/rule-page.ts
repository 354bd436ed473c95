/** A page of docs/rules on a terminal: the same text, without Markdown. */
import { cells, pad, wrap } from './cells.js';
import type { Page } from './page.js';

export interface RulePage {
  /** Such as `TT101`. */
  readonly code: string;
  readonly title: string;
  /** The headings are the same in each page; the text is Markdown: paragraphs, lists, code blocks, links. */
  readonly sections: readonly { readonly heading: string; readonly text: string }[];
}

/** Below this the text stands under its heading instead of beside it. */
const NARROWEST_PAIR = 60;
const LABEL = 19;

/** Links as their text, those that lead out with their address; code without its marks. */
const words = (markdown: string): string =>
  markdown
    .replace(/\[([^\]]*)\]\((https?:[^)]*)\)/g, '$1 ($2)')
    .replace(/\[([^\]]*)\]\(README\.md[^)]*\)/g, '$1 (docs/rules/README.md)')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/`([^`]*)`/g, '$1')
    .replace(/\*\*([^*]*)\*\*/g, '$1');

interface Block {
  readonly lines: readonly string[];
  readonly code: boolean;
}

/** Code stands on lines of its own, from the left: a log line that is cut or broken cannot be compared with one's own. */
const blocks = (text: string, width: number): Block[] =>
  text.split(/^(```[\s\S]*?^```)$/m).flatMap((part): Block[] => {
    if (part.startsWith('```')) return [{ code: true, lines: part.split('\n').slice(1, -1) }];
    const paragraphs = part
      .trim()
      .split(/\n\n+|\n(?=- )/)
      .filter((paragraph) => paragraph !== '')
      .map((paragraph) => words(paragraph.replaceAll('\n', ' ')));
    const lines = paragraphs.flatMap((paragraph) =>
      paragraph.startsWith('- ')
        ? wrap(paragraph.slice(2), width - 2).map((line, index) => `${index === 0 ? '- ' : '  '}${line}`)
        : wrap(paragraph, width),
    );
    return lines.length === 0 ? [] : [{ code: false, lines }];
  });

const section = ({ width, paint }: Page, heading: string, text: string): string[] => {
  const beside = width >= NARROWEST_PAIR;
  const indent = beside ? ' '.repeat(LABEL) : '  ';
  const parts = blocks(text, width - cells(indent));
  const lines = parts.flatMap(({ lines: own, code }, index) =>
    code
      ? [...(index > 0 ? [''] : []), ...own.map((line) => `  ${line}`), ...(index < parts.length - 1 ? [''] : [])]
      : own.map((line) => indent + line),
  );
  if (!beside) return [paint.strong(heading), ...lines];
  const [first = '', ...rest] = lines;
  return [paint.strong(heading) + pad('', LABEL - cells(heading)) + first.slice(LABEL), ...rest];
};

/** The page of a cause, wrapped to the width of `on`. */
export const rulePageText = (on: Page, { code, title, sections }: RulePage): string =>
  [
    ...wrap(`${code} ${title}`, on.width).map(on.paint.strong),
    ...sections.flatMap(({ heading, text }) => ['', ...section(on, heading, text)]),
    '',
  ].join('\n');
