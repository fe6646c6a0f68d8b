// Bytes on their way out: one buffer that grows to what a batch of records needs and is used again and again.
export class Slab {
  bytes: Buffer
  length = 0

  constructor(initialBytes = 1 << 18) {
    this.bytes = Buffer.allocUnsafeSlow(initialBytes)
  }

  /** Makes room for `more` bytes after `length`. */
  reserve(more: number): void {
    const needed = this.length + more
    if (needed <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }

  append(source: Buffer, start: number, end: number): void {
    this.reserve(end - start)
    source.copy(this.bytes, this.length, start, end)
    this.length += end - start
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  /** ASCII text. */
  text(value: string): void {
    this.reserve(value.length)
    this.length += this.bytes.write(value, this.length, 'latin1')
  }

  utf8(value: string): void {
    this.reserve(3 * value.length)
    this.length += this.bytes.write(value, this.length, 'utf8')
  }

  clear(): void {
    this.length = 0
  }
}
