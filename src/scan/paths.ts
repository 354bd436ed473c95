/**
 * Folds the path of a request to its route while it is read: a segment that is a number, a UUID or a hex id becomes `{id}`. What no
 * pattern folds is bounded by a trie on the way in: a place with too many different segments becomes `{*}`.
 */

const SLASH = 47;
/** Stands for a folded segment in the scratch bytes; no path may hold it. */
export const FOLD_MARK = 1;

const OTHER = 8;
const CLASS = new Uint8Array(256).fill(OTHER);
for (let digit = 48; digit < 58; digit += 1) CLASS[digit] = 1;
for (const char of 'abcdefABCDEF') CLASS[char.charCodeAt(0)] = 2;
CLASS[45] = 4;
/** Ends the path. */
const STOP = 16;
CLASS[63] = STOP;
CLASS[35] = STOP;
CLASS[SLASH] = 32;
const ESCAPE = 64;
CLASS[92] = ESCAPE;
CLASS[FOLD_MARK] = ESCAPE;

export const SCRATCH_BYTES = 4096;

/** Result of the last fold. */
export class PathFolder {
  readonly scratch = new Uint8Array(SCRATCH_BYTES + 8);
  length = 0;
  /** Where the path ended in the input: at `?`, `#` or the end. */
  end = 0;
  folded = false;
  /** A backslash or a control byte was seen: the slow way must look at the text. */
  escaped = false;

  fold(bytes: Uint8Array, from: number, to: number): void {
    const { scratch } = this;
    let out = 0;
    let mask = 0;
    let segmentOut = 0;
    let at = from;
    this.folded = false;
    this.escaped = false;
    const limit = Math.min(to, from + SCRATCH_BYTES - 8);
    for (; at < limit; at += 1) {
      const byte = bytes[at]!;
      const kind = CLASS[byte]!;
      if (kind >= STOP) {
        if (kind === STOP) break;
        if (kind === ESCAPE) {
          this.escaped = true;
          mask |= OTHER;
        } else {
          if ((mask & OTHER) === 0 && isId(mask, out - segmentOut)) {
            scratch[segmentOut] = FOLD_MARK;
            out = segmentOut + 1;
            this.folded = true;
          }
          scratch[out] = byte;
          out += 1;
          segmentOut = out;
          mask = 0;
          continue;
        }
      } else mask |= kind;
      scratch[out] = byte;
      out += 1;
    }
    if ((mask & OTHER) === 0 && isId(mask, out - segmentOut)) {
      scratch[segmentOut] = FOLD_MARK;
      out = segmentOut + 1;
      this.folded = true;
    }
    this.length = out;
    this.end = at;
  }
}

/** Only digits; or at least eight hex digits and dashes of which some are digits (UUIDs, object ids, hashes, dates). */
const isId = (mask: number, length: number): boolean => length > 0 && (mask === 1 || ((mask & 1) === 1 && length >= 8));

/** The route of scratch bytes as text. */
export const foldedText = (raw: string): string => raw.replaceAll(String.fromCharCode(FOLD_MARK), '{id}');

const MAX_CHILDREN = 256;
/** Segments behind these are one. */
const MAX_DEPTH = 16;

interface TrieNode {
  children: Map<string, TrieNode> | undefined;
  collapsed: boolean;
}

/** Bounds the number of routes: the 257th different segment at one place collapses that place to `{*}`. */
export class RouteTrie {
  private readonly root: TrieNode = { children: undefined, collapsed: false };

  /** The route as it is now, and whether a place collapsed on the way, so that known routes must be asked again. */
  place(route: string): { route: string; collapsed: boolean } {
    const segments = route.split('/');
    let node = this.root;
    let collapsed = false;
    const out: string[] = [];
    for (const segment of segments.slice(0, MAX_DEPTH)) {
      // A route from a part that has collapsed here already.
      if (segment === '{*}' && !node.collapsed && node !== this.root) {
        this.collapse(node);
        collapsed = true;
      }
      let name = node.collapsed ? '{*}' : segment;
      node.children ??= new Map();
      let next = node.children.get(name);
      if (next === undefined) {
        if (!node.collapsed && node.children.size >= MAX_CHILDREN) {
          this.collapse(node);
          collapsed = true;
          name = '{*}';
        }
        next = node.children.get(name);
        if (next === undefined) {
          next = { children: undefined, collapsed: false };
          node.children.set(name, next);
        }
      }
      out.push(name);
      node = next;
    }
    if (segments.length > MAX_DEPTH) out.push('{*}');
    return { route: out.join('/'), collapsed };
  }

  /** True when the last segment of this path, which was placed, is at a place that has collapsed. */
  isCrowded(route: string): boolean {
    const segments = route.split('/');
    if (segments.length > MAX_DEPTH) return false;
    let node: TrieNode | undefined = this.root;
    for (const segment of segments.slice(0, -1)) node = node?.children?.get(node.collapsed ? '{*}' : segment);
    return node?.collapsed === true;
  }

  /** All children become one, with the union of their children. */
  private collapse(node: TrieNode): void {
    const merged: TrieNode = { children: undefined, collapsed: false };
    const absorb = (into: TrieNode, from: TrieNode): void => {
      if (from.collapsed && !into.collapsed) this.collapse(into);
      for (const [segment, child] of from.children ?? []) {
        into.children ??= new Map();
        const name = into.collapsed ? '{*}' : segment;
        let target = into.children.get(name);
        if (target === undefined) {
          if (!into.collapsed && into.children.size >= MAX_CHILDREN) {
            this.collapse(into);
            absorb(into, { children: new Map([[segment, child]]), collapsed: false });
            continue;
          }
          target = { children: undefined, collapsed: false };
          into.children.set(name, target);
        }
        absorb(target, child);
      }
    };
    for (const child of node.children?.values() ?? []) absorb(merged, child);
    node.children = new Map([['{*}', merged]]);
    node.collapsed = true;
  }
}

/** Maps routes of several parts to what they are once every place with too many children is folded. Independent of their order. */
export function settleRoutes(routes: Iterable<string>): (route: string) => string {
  const trie = new RouteTrie();
  for (const route of routes) trie.place(route);
  return (route) => trie.place(route).route;
}
