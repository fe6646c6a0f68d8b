// Walks the batches of a segment file through one reused buffer: large sequential reads, no copy per batch, every batch
// checked against its checksum before anybody sees it.
//
// Where the walk stops, it says why. `end`: the range is used up. `incomplete`: the bytes left are fewer than the batch
// needs, as after a torn write (or while another process is writing it). `damaged`: a batch's bytes are wrong.
import {
  BATCH_HEADER_SIZE,
  LOG_OVERHEAD,
  MAGIC_OFFSET,
  type BatchHeader,
  batchSizeAt,
  readCheckedHeader,
  readUncheckedHeader,
} from '../record/batch-header.ts'
import { CorruptBatch, UnsupportedMagic } from '../record/errors.ts'
import { isOldMessage } from '../record/old-message.ts'
import type { OpenFile } from '../system/files.ts'

export type ScanStop =
  | { readonly kind: 'end'; readonly position: number }
  | { readonly kind: 'incomplete'; readonly position: number; readonly reason: string }
  | { readonly kind: 'damaged'; readonly position: number; readonly reason: string }
  | { readonly kind: 'unsupported'; readonly position: number; readonly magic: number; readonly reason: string }

const DEFAULT_CHUNK_BYTES = 1 << 20
const MIN_BUFFER_BYTES = 1 << 12
/** A walk may be over after one batch, as when an offset is sought: it begins with little and doubles what it reads. */
const FIRST_READ_BYTES = 1 << 16
/** After a batch that was not read, there may be more of them. */
const READ_BYTES_AFTER_SKIP = 1 << 12

export class BatchScanner {
  /** Holds the present batch from `at` on. Valid until the next call of `next`. */
  bytes: Buffer = Buffer.alloc(0)
  at = 0
  /** Position of the present batch in the file. */
  position = 0
  /** Why `next` returned null. */
  stop: ScanStop = { kind: 'end', position: 0 }

  readonly #chunkBytes: number
  #file: OpenFile | null = null
  #filePosition = 0
  #fileEnd = 0
  #next = 0
  #filled = 0
  #readBytes = FIRST_READ_BYTES

  /** @param buffer to read into, in place of one of its own, as long as batches are no larger than it */
  constructor(chunkBytes: number = DEFAULT_CHUNK_BYTES, buffer?: Buffer | null) {
    this.#chunkBytes = chunkBytes
    if (buffer) this.bytes = buffer
  }

  /** Starts at file position `from`, which must be the start of a batch; bytes at or after `end` are not looked at. */
  open(file: OpenFile, from: number, end: number): void {
    this.#file = file
    this.#filePosition = from
    this.#fileEnd = end
    this.#next = this.#filled = 0
    this.#readBytes = FIRST_READ_BYTES
    this.at = 0
    this.position = from
    this.stop = { kind: 'end', position: from }
  }

  /** File position after the present batch. */
  get nextPosition(): number {
    return this.#filePosition - this.#filled + this.#next
  }

  /** The next whole, valid batch, or null: see `stop`. */
  next(): BatchHeader | null {
    const position = this.nextPosition
    if (position >= this.#fileEnd) {
      this.stop = { kind: 'end', position }
      return null
    }
    try {
      if (this.#require(MAGIC_OFFSET + 1)) return this.#incomplete(position, BATCH_HEADER_SIZE)
      const size = batchSizeAt(this.bytes, this.#next)
      if (this.#require(size)) return this.#incomplete(position, size)
      const header = readCheckedHeader(this.bytes, this.#next, this.#filled)
      this.at = this.#next
      this.position = position
      this.#next += size
      return header
    } catch (error) {
      if (error instanceof CorruptBatch) this.stop = { kind: 'damaged', position, reason: error.message }
      else if (error instanceof UnsupportedMagic) this.stop = this.#oldFormat(position, error)
      else throw error
      return null
    }
  }

  /** Base offset that the bytes after the present batch claim, unchecked; null where the range ends. */
  peekBaseOffset(): bigint | null {
    if (this.nextPosition + LOG_OVERHEAD > this.#fileEnd) return null
    if (this.#filled - this.#next >= LOG_OVERHEAD) return this.bytes.readBigInt64BE(this.#next)
    const head = Buffer.allocUnsafe(LOG_OVERHEAD)
    return this.#openFile().read(head, 0, LOG_OVERHEAD, this.nextPosition) < LOG_OVERHEAD ? null : head.readBigInt64BE(0)
  }

  /** The header that `next` comes to, unchecked; null where there is none that can be a batch's within the range. */
  peekHeader(): BatchHeader | null {
    if (this.#require(BATCH_HEADER_SIZE)) return null
    const header = readUncheckedHeader(this.bytes, this.#next)
    return header === null || this.nextPosition + header.sizeInBytes > this.#fileEnd ? null : header
  }

  /** Goes past the batch of `peekHeader`: what of it was not read yet, is not. */
  skip({ sizeInBytes }: BatchHeader): void {
    const isRead = this.#next + sizeInBytes <= this.#filled
    if (isRead) {
      this.#next += sizeInBytes
      return
    }
    this.#filePosition = this.nextPosition + sizeInBytes
    this.#next = this.#filled = 0
    this.#readBytes = READ_BYTES_AFTER_SKIP
  }

  /** A stop at bytes that begin like a message of an old format. Damaged ones do too, now and then. */
  #oldFormat(position: number, { magic, message }: UnsupportedMagic): ScanStop {
    const length = this.bytes.readInt32BE(this.#next + 8)
    const isWhole = !this.#require(LOG_OVERHEAD + length)
    if (isWhole && isOldMessage(this.bytes, this.#next, this.#filled)) return { kind: 'unsupported', position, magic, reason: message }
    return { kind: 'damaged', position, reason: `no record batch starts here (magic ${magic}, length ${length})` }
  }

  #incomplete(position: number, size: number): null {
    const left = this.#fileEnd - position
    this.stop = { kind: 'incomplete', position, reason: `a batch of ${size} bytes starts here, ${left} bytes are left` }
    return null
  }

  /** Makes `size` bytes of the present batch available; true when the range does not have them. */
  #require(size: number): boolean {
    if (this.#filled - this.#next >= size) return false
    if (this.nextPosition + size > this.#fileEnd) return true
    const kept = this.#filled - this.#next
    const target = this.#room(size)
    this.bytes.copy(target, 0, this.#next, this.#filled)
    this.bytes = target
    this.#next = 0
    this.#filled = kept
    while (this.#filled < size) {
      const ahead = Math.max(this.#readBytes, size - this.#filled)
      const wanted = Math.min(ahead, target.length - this.#filled, this.#fileEnd - this.#filePosition)
      const count = wanted > 0 ? this.#openFile().read(target, this.#filled, wanted, this.#filePosition) : 0
      // The file may have been cut by its writer since the range was taken.
      if (count === 0) return true
      this.#readBytes = Math.min(2 * this.#readBytes, this.bytes.length)
      this.#filled += count
      this.#filePosition += count
    }
    return false
  }

  /** Only bytes that the file really has are made room for: a hostile length allocates nothing, a thousand small partitions little. */
  #room(size: number): Buffer {
    const left = this.#fileEnd - this.nextPosition
    if (this.bytes.length >= Math.max(size, Math.min(left, this.#chunkBytes))) return this.bytes
    const wanted = Math.min(left, size > this.#chunkBytes ? size + this.#chunkBytes : this.#chunkBytes)
    return Buffer.allocUnsafeSlow(Math.max(MIN_BUFFER_BYTES, wanted, Math.min(this.#chunkBytes, 2 * this.bytes.length)))
  }

  #openFile(): OpenFile {
    if (this.#file === null) throw new Error('scanner is not open')
    return this.#file
  }
}
