/** The budgets of a check: of a preset, of the configuration, of flags; the later wins. */
import type { OpenConfig } from '../config/load.js';
import { idOf, type Limit } from '../diagnosis/budgets.js';
import {
  causeCodes,
  flagOf,
  limitsOf,
  measures,
  type PresetName,
  parseLimit,
  presetNames,
  presets,
} from '../diagnosis/limits.js';
import { TokenTaxError } from '../errors.js';
import { nearest } from '../input/near.js';

export interface BudgetFlags {
  readonly maxRedundant?: string;
  readonly maxFetchesPer1000?: string;
  readonly minHitRatio?: string;
  readonly maxAddedP95?: string;
  readonly maxCost?: string;
  readonly preset?: string;
  readonly failOn?: readonly string[];
  readonly baseline?: string;
}

export interface Wanted {
  readonly limits: readonly Limit[];
  readonly codes: readonly string[];
  /** Nothing was asked for: these are the recommended ones. */
  readonly byDefault: boolean;
}

const codesOf = (texts: readonly string[]): string[] => {
  const codes = texts.flatMap((text) => text.split(',')).map((code) => code.trim().toUpperCase());
  for (const code of codes) {
    if (causeCodes.includes(code)) continue;
    const meant = nearest(code, causeCodes);
    throw new TokenTaxError('BAD_OPTION', `--fail-on: there is no cause "${code}"`, {
      help:
        meant === undefined
          ? `The causes are ${causeCodes.join(', ')}.`
          : `did you mean "${meant}"?   token-tax explain ${meant}`,
    });
  }
  return [...new Set(codes)];
};

const presetOf = (name: string): PresetName => {
  const found = presetNames.find((each) => each === name);
  if (found !== undefined) return found;
  const meant = nearest(name, presetNames);
  throw new TokenTaxError('BAD_OPTION', `there is no preset "${name}"`, {
    help: meant === undefined ? `The presets are ${presetNames.join(', ')}.` : `did you mean "${meant}"?`,
  });
};

export const wantedBudgets = (flags: BudgetFlags, config: OpenConfig | undefined): Wanted => {
  const budgets = config?.data.budgets;
  const flagged = measures.filter((measure) => flags[measure] !== undefined);
  const byDefault =
    flags.preset === undefined &&
    budgets === undefined &&
    flagged.length === 0 &&
    flags.failOn === undefined &&
    flags.baseline === undefined;
  const preset = flags.preset === undefined ? (byDefault ? presets.recommended : undefined) : presets[presetOf(flags.preset)];
  const limits = new Map<string, Limit>();
  const add = (limit: Limit): void => void limits.set(idOf(limit.measure, limit.scope), limit);
  if (preset !== undefined) limitsOf(preset.budgets).forEach(add);
  if (budgets !== undefined) {
    // What is off here is off, whatever the preset says.
    for (const measure of measures) if (budgets[measure] !== undefined) limits.delete(measure);
    limitsOf(budgets as Parameters<typeof limitsOf>[0]).forEach(add);
  }
  for (const measure of measures) {
    const text = flags[measure];
    if (text === undefined) continue;
    if (text.trim() === 'off') limits.delete(measure);
    else add({ measure, scope: { kind: 'all', pattern: null }, level: 'error', ...parseLimit(measure, text, flagOf(measure)) });
  }
  return { limits: [...limits.values()], codes: codesOf(flags.failOn ?? preset?.failOn ?? []), byDefault };
};
