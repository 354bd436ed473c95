/** Small arithmetic that several figures share. */

export const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;

/** null where there is nothing to share. */
export const share = (part: number, of: number): number | null => (of === 0 ? null : round(part / of, 6));

export const sumOf = <T>(list: readonly T[], pick: (one: T) => number): number =>
  list.reduce((total, one) => total + pick(one), 0);
