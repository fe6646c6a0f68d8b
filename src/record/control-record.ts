// Transaction markers (KIP-98): the one record of a control batch says how the producer's open transaction ended.
//
//   key:   version int16 · type int16 (0 abort, 1 commit)
//   value: version int16 · coordinatorEpoch int32 (· transactionVersion, from version 1)
import type { RecordCursor } from './record-cursor.ts'

export interface TransactionMarker {
  readonly type: 'ABORT' | 'COMMIT'
  readonly coordinatorEpoch: number
}

const TYPES = ['ABORT', 'COMMIT'] as const

/** Reads the present record of a control batch; null for control records of other kinds (those of KRaft's own log). */
export function readTransactionMarker(record: RecordCursor): TransactionMarker | null {
  const { bytes, keyStart, keyEnd, valueStart, valueEnd } = record
  if (keyStart < 0 || keyEnd - keyStart < 4 || valueStart < 0 || valueEnd - valueStart < 6) return null
  const type = TYPES[bytes.readInt16BE(keyStart + 2)]
  return type === undefined ? null : { type, coordinatorEpoch: bytes.readInt32BE(valueStart + 2) }
}
