// Memory that codecs write to, kept from one batch to the next. What decompresses to an unknown size grows with what really
// comes, up to a limit, so that a hostile size in the input allocates nothing.
import { MalformedInput } from '../errors.ts'
import { SLACK_BYTES, viewOf } from './ranges.ts'

export class DecompressedTooLarge extends MalformedInput {
  constructor(maxBytes: number) {
    super(`decompresses to more than ${maxBytes} bytes`)
    this.name = 'DecompressedTooLarge'
  }
}

/** More than this is not kept for the next time. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024
const EMPTY = Buffer.alloc(0)

export class OutputBuffer {
  bytes: Buffer = EMPTY
  view: DataView = viewOf(EMPTY)
  length = 0
  #maxBytes = 0

  /** Empties it, for up to `maxBytes`, with room for the expected bytes. */
  begin(expectedBytes: number, maxBytes: number): void {
    this.length = 0
    this.#maxBytes = maxBytes
    if (this.bytes.length > MAX_KEPT_BYTES) this.bytes = EMPTY
    this.#makeRoom(Math.min(expectedBytes, maxBytes))
  }

  /** Makes room for exactly `more` bytes after `length`. @throws DecompressedTooLarge */
  reserve(more: number): void {
    if (this.length + more > this.#maxBytes) throw new DecompressedTooLarge(this.#maxBytes)
    this.#makeRoom(this.length + more)
  }

  /** Makes room for up to `more` bytes and returns where it ends: earlier than asked when that is all that may come. */
  reserveUpTo(more: number): number {
    const end = Math.min(this.length + more, this.#maxBytes)
    this.#makeRoom(end)
    return end
  }

  /** What to throw when more comes than fits before `end`, which `reserveUpTo` gave. */
  overflow(end: number, reason: string): MalformedInput {
    return end === this.#maxBytes ? new DecompressedTooLarge(this.#maxBytes) : new MalformedInput(reason)
  }

  append(source: Buffer, start: number, end: number): void {
    this.reserve(end - start)
    source.copy(this.bytes, this.length, start, end)
    this.length += end - start
  }

  /** What was written, valid until the next `begin`. */
  result(): Buffer {
    return this.bytes.subarray(0, this.length)
  }

  #makeRoom(end: number): void {
    if (end + SLACK_BYTES <= this.bytes.length) return
    const size = Math.max(end, Math.min(2 * this.length, this.#maxBytes))
    const grown = Buffer.allocUnsafeSlow(size + SLACK_BYTES)
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
    this.view = viewOf(grown)
  }
}
