// Offset and timestamp of a batch's records, as numbers wherever those are exact: a bigint per record would cost more than printing it.
import type { BatchHeader } from '../record/batch-header.ts'
import type { RecordCursor } from '../record/record-cursor.ts'

export class RecordPlace {
  /** Bases as numbers where they are exact; else NaN. */
  #baseOffset = Number.NaN
  #baseTimestamp = Number.NaN

  beginBatch(header: BatchHeader): void {
    const { baseOffset, baseTimestamp } = header
    this.#baseOffset = baseOffset <= Number.MAX_SAFE_INTEGER ? Number(baseOffset) : Number.NaN
    const timestamp = Number(baseTimestamp)
    this.#baseTimestamp = header.timestampType === 'CreateTime' && Number.isSafeInteger(timestamp) ? timestamp : Number.NaN
  }

  offset(cursor: RecordCursor): number | bigint {
    const offset = this.#baseOffset + cursor.offsetDelta
    return Number.isSafeInteger(offset) ? offset : cursor.offset
  }

  /** Milliseconds. */
  timestamp(cursor: RecordCursor): number | bigint {
    const timestamp = this.#baseTimestamp + cursor.timestampDelta
    return Number.isSafeInteger(timestamp) ? timestamp : cursor.timestamp
  }
}
