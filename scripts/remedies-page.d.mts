import type { Advice } from '../src/remedy/advice.js';
import type { Places, Remedy } from '../src/remedy/remedy.js';

export function remediesPage(
  page: string,
  definitions: {
    readonly remedies: readonly Remedy[];
    readonly DEFAULT_PLACES: Places;
    readonly fillIns: (texts: readonly string[]) => readonly string[];
    readonly adviceFor: (code: string) => Advice;
    readonly advisedCodes: () => readonly string[];
    readonly MUST_NOT_BE_SHARED: readonly string[];
  },
): string;
