/** Colour is a second channel: everything it says is also a word. */
export interface Paint {
  /** The figure that matters. */
  readonly strong: (text: string) => string;
  /** Context. */
  readonly faint: (text: string) => string;
  /** Incomplete, failed. */
  readonly bad: (text: string) => string;
  /** Worth a look. */
  readonly warn: (text: string) => string;
}

const same = (text: string): string => text;

export const plain: Paint = { strong: same, faint: same, bad: same, warn: same };
