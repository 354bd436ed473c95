/** docs/gallery.md; `run` prints what a command writes on stdout. */
export const galleryPage: (run: (words: readonly string[]) => Promise<string> | string) => Promise<string>;
