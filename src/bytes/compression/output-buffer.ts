// Where decompressed bytes go when their number is not known: grows with what really comes, up to a limit.
import { MalformedInput } from '../errors.ts'

export class DecompressedTooLarge extends MalformedInput {
  constructor(maxBytes: number) {
    super(`decompresses to more than ${maxBytes} bytes`)
    this.name = 'DecompressedTooLarge'
  }
}

export class OutputBuffer {
  bytes: Buffer
  length = 0
  readonly #maxBytes: number

  constructor(expectedBytes: number, maxBytes: number) {
    this.#maxBytes = maxBytes
    this.bytes = Buffer.allocUnsafe(Math.min(expectedBytes, maxBytes))
  }

  /** Makes room for `more` bytes after `length`. @throws DecompressedTooLarge */
  reserve(more: number): void {
    const needed = this.length + more
    if (needed <= this.bytes.length) return
    if (needed > this.#maxBytes) throw new DecompressedTooLarge(this.#maxBytes)
    const grown = Buffer.allocUnsafe(Math.min(Math.max(needed, 2 * this.bytes.length), this.#maxBytes))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }

  append(source: Buffer, start: number, end: number): void {
    this.reserve(end - start)
    source.copy(this.bytes, this.length, start, end)
    this.length += end - start
  }

  /** Repeats `count` bytes from `distance` back; the ranges may overlap, and then the pattern goes on. */
  repeat(distance: number, count: number): void {
    if (distance < 1 || distance > this.length) throw new MalformedInput(`a match ${distance} bytes back, where there are ${this.length}`)
    this.reserve(count)
    const { bytes } = this
    let from = this.length - distance
    let to = this.length
    const end = to + count
    if (distance >= count) bytes.copyWithin(to, from, from + count)
    else if (distance === 1) bytes.fill(bytes[from] as number, to, end)
    else while (to < end) bytes[to++] = bytes[from++] as number
    this.length = end
  }

  result(): Buffer {
    return this.bytes.subarray(0, this.length)
  }
}
