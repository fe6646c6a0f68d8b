// Which records of a partition are done with, where they are not simply the first ones: a replay that picks some leaves others behind. The
// committed offset says that everything before it is done; what is done after it goes along as the commit's metadata:
//
//   "done:" base64( gzip( varlong of offsets left, varlong of offsets done, … ) )      from the committed offset on, in turn
//
// so that both are one record, and the one never is without the other.
import { compress, decompress } from '../../bytes/compression/index.ts'
import { MAX_VARLONG_SIZE, readVarlong, writeVarlongExact } from '../../bytes/varint.ts'

const PREFIX = 'done:'
const GZIP = 1
/** A broker's `offset.metadata.max.bytes` is 4096; gaps in the log, which are added unasked, may need some of it. */
const ENOUGH_LENGTH = 4096 - 256
/** What a range may add to the metadata, and one record splits or adds one at most. */
const RANGE_LENGTH = 28
/** More are not kept, though a pattern may let them fit: near the limit, each record that is added has all of them compressed. */
const MAX_RANGES = 32 * 1024
/** Far more than fits, however well it is compressed. */
const MAX_RANGES_BYTES = 16 * 1024 * 1024

interface Range {
  readonly from: bigint
  /** Exclusive. */
  readonly to: bigint
}

export class DoneOffsets {
  #committed: bigint
  /** In order, apart from each other and from `#committed`. */
  #ranges: Range[] = []
  /** Not less than the length of the metadata. */
  #atMost = 0

  /** @param committed everything before it is done */
  constructor(committed: bigint) {
    this.#committed = committed
  }

  /** null for metadata that somebody else wrote. */
  static read(committed: bigint, metadata: string): DoneOffsets | null {
    const done = new DoneOffsets(committed)
    if (metadata === '') return done
    if (!metadata.startsWith(PREFIX)) return null
    try {
      const bytes = decompress(GZIP, Buffer.from(metadata.slice(PREFIX.length), 'base64'), MAX_RANGES_BYTES)
      const position = { at: 0 }
      for (let at = committed; position.at < bytes.length;) {
        const from = at + readVarlong(bytes, position)
        at = from + readVarlong(bytes, position)
        done.add(from, at)
      }
    } catch {
      return null
    }
    return done
  }

  /** Everything before it is done. */
  get committed(): bigint {
    return this.#committed
  }

  has(offset: bigint): boolean {
    if (offset < this.#committed) return true
    const range = this.#ranges[this.#firstEndingAfter(offset)]
    return range !== undefined && range.from <= offset
  }

  /** Offsets from `from` on, before `to`. */
  add(from: bigint, to: bigint): void {
    if (to <= from || to <= this.#committed) return
    const first = this.#firstEndingAfter(from - 1n)
    let end = first
    let merged: Range = { from, to }
    for (let range = this.#ranges[end]; range !== undefined && range.from <= to; range = this.#ranges[++end])
      merged = { from: range.from < merged.from ? range.from : merged.from, to: range.to > merged.to ? range.to : merged.to }
    this.#atMost += RANGE_LENGTH
    if (merged.from <= this.#committed) {
      this.#committed = merged.to
      this.#ranges.splice(first, end - first)
    } else this.#ranges.splice(first, end - first, merged)
  }

  /** Whether the metadata has room for this one, too. */
  hasRoomFor(offset: bigint): boolean {
    if (this.#atMost + RANGE_LENGTH <= ENOUGH_LENGTH && this.#ranges.length < MAX_RANGES) return true
    // It may as well become shorter: a record that was left behind joins what is done on both sides of it.
    const next = new DoneOffsets(this.#committed)
    next.#ranges = [...this.#ranges]
    next.add(offset, offset + 1n)
    if (next.#ranges.length > MAX_RANGES) return false
    const { length } = next.metadata()
    this.#atMost = length
    return length <= ENOUGH_LENGTH
  }

  metadata(): string {
    if (this.#ranges.length === 0) return ''
    const bytes = Buffer.allocUnsafe(2 * MAX_VARLONG_SIZE * this.#ranges.length)
    let position = 0
    let at = this.#committed
    for (const { from, to } of this.#ranges) {
      position = writeVarlongExact(bytes, position, from - at)
      position = writeVarlongExact(bytes, position, to - from)
      at = to
    }
    return PREFIX + compress(GZIP, bytes.subarray(0, position)).toString('base64')
  }

  #firstEndingAfter(offset: bigint): number {
    let low = 0
    let high = this.#ranges.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#ranges[middle] as Range).to > offset) high = middle
      else low = middle + 1
    }
    return low
  }
}
