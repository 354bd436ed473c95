export interface ParsedRulePage {
  readonly code: string;
  readonly title: string;
  readonly sections: readonly { readonly heading: string; readonly text: string }[];
}
export const headings: readonly string[];
export function parseRulePage(name: string, text: string): ParsedRulePage;
export function ruleIndex(index: string, pages: readonly ParsedRulePage[]): string;
export function ruleModule(pages: readonly ParsedRulePage[]): string;
