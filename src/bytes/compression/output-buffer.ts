// Where decompressed bytes go when their number is not known: grows with what really comes, up to a limit.
import { MalformedInput } from '../errors.ts'
import { viewOf } from './ranges.ts'

export class DecompressedTooLarge extends MalformedInput {
  constructor(maxBytes: number) {
    super(`decompresses to more than ${maxBytes} bytes`)
    this.name = 'DecompressedTooLarge'
  }
}

/** So that the last few copies may also write eight bytes at once. */
const SLACK_BYTES = 8

export class OutputBuffer {
  bytes: Buffer
  view: DataView
  length = 0
  readonly #maxBytes: number

  constructor(expectedBytes: number, maxBytes: number) {
    this.#maxBytes = maxBytes
    this.bytes = Buffer.allocUnsafe(Math.min(expectedBytes, maxBytes) + SLACK_BYTES)
    this.view = viewOf(this.bytes)
  }

  /** Makes room for exactly `more` bytes after `length`. @throws DecompressedTooLarge */
  reserve(more: number): void {
    if (this.length + more > this.#maxBytes) throw new DecompressedTooLarge(this.#maxBytes)
    this.#grow(this.length + more)
  }

  /** Makes room for up to `more` bytes and returns where it ends: earlier than asked when that is all that may come. */
  reserveUpTo(more: number): number {
    const end = Math.min(this.length + more, this.#maxBytes)
    this.#grow(end)
    return end
  }

  append(source: Buffer, start: number, end: number): void {
    this.reserve(end - start)
    source.copy(this.bytes, this.length, start, end)
    this.length += end - start
  }

  result(): Buffer {
    return this.bytes.subarray(0, this.length)
  }

  /** What to throw when more comes than fits before `end`, which `reserveUpTo` gave. */
  overflow(end: number, reason: string): MalformedInput {
    return end === this.#maxBytes ? new DecompressedTooLarge(this.#maxBytes) : new MalformedInput(reason)
  }

  #grow(needed: number): void {
    if (needed + SLACK_BYTES <= this.bytes.length) return
    const grown = Buffer.allocUnsafe(Math.min(Math.max(needed, 2 * this.bytes.length), this.#maxBytes) + SLACK_BYTES)
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
    this.view = viewOf(grown)
  }
}
