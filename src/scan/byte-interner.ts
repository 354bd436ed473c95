/**
 * Byte strings to small ids without making a string: an open-addressing table over an arena of keys. It is a cache in front of the
 * dictionaries, so it may refuse: when it is full, or when a key would need too many probes (crafted collisions), `add` keeps
 * nothing and the caller takes the slow way for that row.
 */
const MAX_PROBES = 48;

export class ByteInterner {
  private table = new Int32Array(1024);
  private mask = 1023;
  private keyAt: Int32Array = new Int32Array(512);
  private keyLength: Int32Array = new Int32Array(512);
  private hashes: Int32Array = new Int32Array(512);
  private values: Int32Array = new Int32Array(512);
  private arena = new Uint8Array(16 * 1024);
  private arenaView = new DataView(this.arena.buffer);
  private arenaUsed = 0;
  /** The array that was searched last, as words. */
  private viewOf: Uint8Array | undefined;
  private view: DataView<ArrayBufferLike> = this.arenaView;
  count = 0;
  private pendingHash = 0;
  private pendingSlot = -1;

  constructor(
    private readonly maxKeys: number,
    private readonly maxArenaBytes: number,
  ) {}

  /** The value kept for these bytes, or -1. A miss remembers where the key belongs, for an `add` right after it. */
  find(bytes: Uint8Array, from: number, to: number): number {
    const length = to - from;
    if (bytes !== this.viewOf) this.look(bytes);
    const { view, arenaView } = this;
    const start = from;
    const end = to;
    let hash = (0x811c9dc5 ^ length) | 0;
    let at = start;
    // Of a long key the ends and every fourth word are enough to tell it from its neighbours; the comparison below is over all bytes.
    if (length > 64) {
      for (const last = end - 36; at <= last; at += at - start < 32 ? 4 : 16) {
        hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ view.getInt32(at, true), 0x9e3779b1);
      }
      at = end - 32;
    }
    for (const last = end - 4; at <= last; at += 4)
      hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ view.getInt32(at, true), 0x9e3779b1);
    for (; at < end; at += 1) hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ view.getUint8(at), 0x9e3779b1);
    hash ^= hash >>> 15;
    this.pendingHash = hash;
    const { table, mask, keyAt, keyLength, hashes } = this;
    let slot = hash & mask;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const entry = table[slot]! - 1;
      if (entry < 0) {
        this.pendingSlot = slot;
        return -1;
      }
      if (hashes[entry] === hash && keyLength[entry] === length) {
        const base = keyAt[entry]! - start;
        let p = start;
        while (p + 4 <= end && arenaView.getInt32(base + p, true) === view.getInt32(p, true)) p += 4;
        while (p < end && arenaView.getUint8(base + p) === view.getUint8(p)) p += 1;
        if (p === end) return this.values[entry]!;
      }
      slot = (slot + 1) & mask;
    }
    this.pendingSlot = -1;
    return -1;
  }

  /** Keeps a value for the bytes that `find` has just missed. */
  add(bytes: Uint8Array, from: number, to: number, value: number): void {
    const length = to - from;
    if (this.pendingSlot < 0 || this.count >= this.maxKeys || this.arenaUsed + length > this.maxArenaBytes) return;
    if (this.arenaUsed + length > this.arena.length) this.growArena(this.arenaUsed + length);
    if (this.count === this.keyAt.length) this.growEntries();
    this.arena.set(bytes.subarray(from, to), this.arenaUsed);
    const entry = this.count;
    this.keyAt[entry] = this.arenaUsed;
    this.keyLength[entry] = length;
    this.hashes[entry] = this.pendingHash;
    this.values[entry] = value;
    this.arenaUsed += length;
    this.count += 1;
    this.table[this.pendingSlot] = entry + 1;
    this.pendingSlot = -1;
    if (this.count * 2 > this.table.length) this.rehash();
  }

  /** Calls back with the keys that begin with these bytes, and their values, while the answer is true; whether it always was. */
  everyBelow(
    bytes: Uint8Array,
    from: number,
    to: number,
    visit: (arena: Uint8Array, keyFrom: number, keyTo: number, value: number) => boolean,
  ): boolean {
    const { arena, keyAt, keyLength, values } = this;
    const length = to - from;
    for (let entry = 0; entry < this.count; entry += 1) {
      if (keyLength[entry]! < length) continue;
      const at = keyAt[entry]!;
      let same = 0;
      while (same < length && arena[at + same] === bytes[from + same]) same += 1;
      if (same === length && !visit(arena, at, at + keyLength[entry]!, values[entry]!)) return false;
    }
    return true;
  }

  private growArena(needed: number): void {
    const arena = new Uint8Array(Math.min(Math.max(this.arena.length * 2, needed), Math.max(this.maxArenaBytes, needed)));
    arena.set(this.arena.subarray(0, this.arenaUsed));
    this.arena = arena;
    this.arenaView = new DataView(arena.buffer);
  }

  private look(bytes: Uint8Array): void {
    this.viewOf = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  private growEntries(): void {
    const grow = (old: Int32Array): Int32Array => {
      const next = new Int32Array(old.length * 2);
      next.set(old);
      return next;
    };
    this.keyAt = grow(this.keyAt);
    this.keyLength = grow(this.keyLength);
    this.hashes = grow(this.hashes);
    this.values = grow(this.values);
  }

  private rehash(): void {
    const table = new Int32Array(this.table.length * 2);
    const mask = table.length - 1;
    for (let entry = 0; entry < this.count; entry += 1) {
      let slot = this.hashes[entry]! & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = entry + 1;
    }
    this.table = table;
    this.mask = mask;
  }
}
