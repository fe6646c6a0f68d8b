// The latest offset of each key: an open-addressing hash table in one ArrayBuffer. A slot is four words of 32 bits:
//
//   0-2  hash of the key (key-hash.ts)     3  offset less the first one, plus 1; 0 in an empty slot
//
// The table grows with its keys. While it does, the old one and the new one are both there, and within the limit together.
import type { KeyHash } from './key-hash.ts'

/** The last of the relative offsets that fit a slot. */
export const MAX_RELATIVE_OFFSET = 2 ** 32 - 2

const SLOT_WORDS = 4
const SLOT_BYTES = 4 * SLOT_WORDS
const FIRST_SLOTS = 1 << 14
const GROWTH = 2
const MAX_LOAD = 0.75
/** Less than one, so that no rounding leads past the last slot. */
const BEFORE_NEXT_SLOT = 2 ** -8

export class LatestOffsets {
  readonly #hash: KeyHash
  readonly #maxSlots: number
  #table: Int32Array
  #slots: number
  /** Slots for each value of the hash's first word. */
  #scale = 0
  #maxSize = 0
  #size = 0

  /** @param maxBytes that the table may take; Infinity: as many as its keys need */
  constructor(hash: KeyHash, maxBytes: number) {
    this.#hash = hash
    this.#maxSlots = Math.max(2, Math.floor(maxBytes / SLOT_BYTES))
    this.#slots = Math.min(FIRST_SLOTS, this.#maxSlots)
    this.#table = this.#makeTable()
  }

  /** Keys in the table. */
  get size(): number {
    return this.#size
  }

  /** Empties the table, which keeps its size. */
  clear(): void {
    this.#table.fill(0)
    this.#size = 0
  }

  /**
   * Notes that the key has a record at `offset`, which is relative and at most MAX_RELATIVE_OFFSET.
   * @returns false where the table is full and does not have the key: nothing is noted then
   */
  put(bytes: Buffer, keyStart: number, keyEnd: number, offset: number): boolean {
    const hash = this.#hash
    hash.update(bytes, keyStart, keyEnd)
    let at = this.#find()
    if (this.#table[at + 3] === 0) {
      if (this.#size === this.#maxSize) {
        if (!this.#grow()) return false
        at = this.#find()
      }
      this.#size++
      this.#table[at] = hash.a
      this.#table[at + 1] = hash.b
      this.#table[at + 2] = hash.c
    }
    this.#table[at + 3] = offset + 1
    return true
  }

  /**
   * The same for keys that are hashed already: of each, three words of hash, and its offset less `base`.
   * @returns false where they may not all fit: nothing is noted then
   */
  putHashed(entries: Int32Array, base: number): boolean {
    while (this.#size + entries.length / SLOT_WORDS > this.#maxSize) if (!this.#grow()) return false
    const table = this.#table
    const { length } = table
    for (let from = 0; from < entries.length; from += SLOT_WORDS) {
      const a = entries[from] as number
      const b = entries[from + 1] as number
      const c = entries[from + 2] as number
      // As #find does it, which as a call of its own takes twice as long.
      let at = this.#home(a)
      while (table[at + 3] !== 0 && !(table[at] === a && table[at + 1] === b && table[at + 2] === c)) {
        at += SLOT_WORDS
        if (at === length) at = 0
      }
      if (table[at + 3] === 0) {
        this.#size++
        table[at] = a
        table[at + 1] = b
        table[at + 2] = c
      }
      table[at + 3] = base + (entries[from + 3] as number) + 1
    }
    return true
  }

  /** The relative offset of the key's latest record; -1 where it has none. */
  get(bytes: Buffer, keyStart: number, keyEnd: number): number {
    this.#hash.update(bytes, keyStart, keyEnd)
    return ((this.#table[this.#find() + 3] as number) >>> 0) - 1
  }

  /** Calls `visit` with the relative offset of each key, in no order. */
  forEach(visit: (offset: number) => void): void {
    const table = this.#table
    for (let at = 3; at < table.length; at += SLOT_WORDS) if (table[at] !== 0) visit(((table[at] as number) >>> 0) - 1)
  }

  /** Where the slot of the present hash is, or the empty one that it would get. */
  #find(): number {
    const { a, b, c } = this.#hash
    const table = this.#table
    const { length } = table
    let at = this.#home(a)
    while (table[at + 3] !== 0 && !(table[at] === a && table[at + 1] === b && table[at + 2] === c)) {
      at += SLOT_WORDS
      if (at === length) at = 0
    }
    return at
  }

  #home(a: number): number {
    return SLOT_WORDS * (((a >>> 0) * this.#scale) | 0)
  }

  #next(at: number): number {
    return at + SLOT_WORDS === this.#table.length ? 0 : at + SLOT_WORDS
  }

  /** False where there is no room for more. */
  #grow(): boolean {
    const wanted = GROWTH * this.#slots
    // The last step takes all that the limit leaves beside the old table.
    const slots = GROWTH * wanted <= this.#maxSlots ? wanted : this.#maxSlots - this.#slots
    if (slots <= this.#slots) return false
    const old = this.#table
    this.#slots = slots
    this.#table = this.#makeTable()
    for (let from = 0; from < old.length; from += SLOT_WORDS) {
      if (old[from + 3] === 0) continue
      let at = this.#home(old[from] as number)
      while (this.#table[at + 3] !== 0) at = this.#next(at)
      for (let word = 0; word < SLOT_WORDS; word++) this.#table[at + word] = old[from + word] as number
    }
    return true
  }

  #makeTable(): Int32Array {
    this.#scale = (this.#slots - BEFORE_NEXT_SLOT) / 2 ** 32
    this.#maxSize = Math.max(1, Math.floor(this.#slots * MAX_LOAD))
    return new Int32Array(SLOT_WORDS * this.#slots)
  }
}
