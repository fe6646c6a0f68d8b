// Walks the headers of a segment's batches without reading the batches: what they hold is not looked at, and no checksum is. For what may be
// a little wrong where a file is damaged (how many records there are, when they came), and must not cost a read of the log.
import { BATCH_HEADER_SIZE, type BatchHeader, readUncheckedHeader } from '../record/batch-header.ts'
import type { OpenFile } from '../system/files.ts'

const CHUNK_BYTES = 1 << 16
/** Of batches that are larger, headers alone are read. */
const LARGE_BATCH_BYTES = 1 << 13

export class HeaderWalker {
  readonly #file: OpenFile
  readonly #end: number
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  #chunkStart = 0
  #chunkEnd = 0
  #next: number
  #lastSize = 0

  /** @param from start of a batch @param end bytes from here on are not looked at */
  constructor(file: OpenFile, from: number, end: number) {
    this.#file = file
    this.#next = from
    this.#end = end
  }

  /** Where the next header is looked for: after the last one's batch. */
  get position(): number {
    return this.#next
  }

  /** Whether all up to the end was batches, once `next` gave null. */
  get isAtEnd(): boolean {
    return this.#next >= this.#end
  }

  /** null at the end, and where no whole batch can start. */
  next(): BatchHeader | null {
    const position = this.#next
    if (position + BATCH_HEADER_SIZE > this.#end || !this.#load(position)) return null
    const header = readUncheckedHeader(this.#chunk, position - this.#chunkStart)
    if (header === null || position + header.sizeInBytes > this.#end) return null
    this.#next = position + header.sizeInBytes
    this.#lastSize = header.sizeInBytes
    return header
  }

  #load(position: number): boolean {
    if (position >= this.#chunkStart && position + BATCH_HEADER_SIZE <= this.#chunkEnd) return true
    const wanted = this.#lastSize > LARGE_BATCH_BYTES ? BATCH_HEADER_SIZE : CHUNK_BYTES
    this.#chunkStart = position
    this.#chunkEnd = position + this.#file.read(this.#chunk, 0, Math.min(wanted, this.#end - position), position)
    return this.#chunkEnd - position >= BATCH_HEADER_SIZE
  }
}
