// A set of offsets, a bit each: of a compaction, those of the records that stay.

export class OffsetSet {
  readonly #words: Int32Array

  /** @param span offsets are relative and below it */
  constructor(span: number) {
    this.#words = new Int32Array((span + 31) >>> 5)
  }

  add(offset: number): void {
    const word = offset >>> 5
    this.#words[word] = (this.#words[word] as number) | (1 << (offset & 31))
  }

  has(offset: number): boolean {
    return (((this.#words[offset >>> 5] as number) >>> (offset & 31)) & 1) !== 0
  }

  /** Whether any offset from `first` to `last`, inclusive, may be in it: false is certain. */
  hasNear(first: number, last: number): boolean {
    for (let word = first >>> 5; word <= last >>> 5; word++) if (this.#words[word] !== 0) return true
    return false
  }
}
