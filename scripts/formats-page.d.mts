import type { Field, Format } from '../src/formats/define.js';

export function formatsPage(
  page: string,
  definitions: {
    readonly formats: readonly Format[];
    readonly nginxVariables: Readonly<Record<string, Field>>;
    readonly pairKeys: Readonly<Record<string, Field>>;
    readonly usualNames: readonly (readonly [Field, readonly string[]])[];
    readonly patternWords: Readonly<Record<string, string>>;
  },
): string;
