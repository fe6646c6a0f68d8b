// The records of a segment or snapshot file, read with nothing but the batch header and the record cursor.
import { readFileSync } from 'node:fs'
import { BATCH_HEADER_SIZE, BatchHeader, MAGIC_OFFSET } from '../../src/record/batch-header.ts'
import { RecordCursor } from '../../src/record/record-cursor.ts'

export interface StoredRecord {
  readonly offset: bigint
  readonly isControl: boolean
  readonly key: Buffer | null
  readonly value: Buffer | null
}

/** All records of a sound file; what a broker that was killed had set aside behind them (zeros) is left out. */
export function storedRecords(file: string): StoredRecord[] {
  const bytes = readFileSync(file)
  const records: StoredRecord[] = []
  const cursor = new RecordCursor()
  const slice = (start: number, end: number): Buffer | null => (start < 0 ? null : cursor.bytes.subarray(start, end))
  let at = 0
  while (at + BATCH_HEADER_SIZE <= bytes.length && bytes[at + MAGIC_OFFSET] === 2) {
    const header = new BatchHeader(bytes, at)
    cursor.open(bytes, at, header)
    while (cursor.next())
      records.push({
        offset: cursor.offset,
        isControl: header.isControl,
        key: slice(cursor.keyStart, cursor.keyEnd),
        value: slice(cursor.valueStart, cursor.valueEnd),
      })
    at += header.sizeInBytes
  }
  return records
}
