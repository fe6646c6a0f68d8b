// Which records of a coordinator's log count when it is replayed from its start: of each key the last one, as compaction would leave them.
// Most of a long log are commits that later ones replace, and finding that out costs a tenth of replaying them.
import type { PartitionReader } from '../../log/partition-reader.ts'
import { CorruptBatch } from '../../record/errors.ts'
import { RecordCursor } from '../../record/record-cursor.ts'

export class LastRecords {
  /** Ascending. */
  readonly #offsets: readonly bigint[]
  readonly #endOffset: bigint
  #next = 0

  /** Reads the log to its present end. */
  constructor(reader: PartitionReader) {
    const last = new Map<string, bigint>()
    const cursor = new RecordCursor()
    for (let header = reader.next(); header !== null; header = reader.next()) {
      // What transactions wrote counts in the order in which they ended.
      if (header.isControl || header.isTransactional) continue
      try {
        cursor.open(reader.bytes, reader.at, header)
        while (cursor.next())
          if (cursor.keyStart >= 0) last.set(cursor.bytes.toString('latin1', cursor.keyStart, cursor.keyEnd), cursor.offset)
      } catch (error) {
        // It is told of when it is replayed.
        if (!(error instanceof CorruptBatch)) throw error
      }
    }
    this.#offsets = [...last.values()].toSorted((a, b) => (a < b ? -1 : 1))
    this.#endOffset = reader.nextOffset
  }

  /** Whether a later record with the same key makes up for this one, which is in no transaction. Ask in the order of offsets. */
  isReplaced(offset: bigint): boolean {
    if (offset >= this.#endOffset) return false
    while (this.#next < this.#offsets.length && (this.#offsets[this.#next] as bigint) < offset) this.#next++
    return this.#offsets[this.#next] !== offset
  }
}
