/** Insertions, deletions, changes and swaps of neighbours between two short words. */
const distance = (a: string, b: string): number => {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, beforeLast[column - 2]! + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
};

const MANY = 5_000;

/** The name that was probably meant, if one is close enough to be worth a question. */
export const nearest = (wanted: string, names: readonly string[]): string | undefined => {
  const word = wanted.toLowerCase();
  const limit = Math.max(1, Math.min(3, Math.floor(word.length / 3)));
  let best: string | undefined;
  let bestCost = limit + 1;
  for (const name of names.slice(0, MANY)) {
    const other = name.toLowerCase();
    const longer = word.length >= 3 && other.startsWith(`${word}.`);
    if (!longer && Math.abs(other.length - word.length) > limit) continue;
    const cost = other === word ? 0 : longer ? 0.5 : distance(word, other);
    if (cost < bestCost) {
      best = name;
      bestCost = cost;
    }
  }
  return best;
};
