// Transaction markers (KIP-98): the one record of a control batch says how the producer's open transaction ended.
//
//   key:   version int16 · type int16 (0 abort, 1 commit)
//   value: version int16 · coordinatorEpoch int32 (· transactionVersion, from version 1)
import { BatchBuilder } from './batch-builder.ts'
import { type BatchHeader, NO_SEQUENCE } from './batch-header.ts'
import { CorruptBatch } from './errors.ts'
import { stampBatches } from './producer-stamp.ts'
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

/**
 * The marker that the batch at `at` is; null for a batch of data, for other control batches, and for one whose record cannot be read though its
 * checksum agrees: whoever reads the batch is told of that.
 */
export function markerOfBatch(cursor: RecordCursor, header: BatchHeader, bytes: Buffer, at: number): TransactionMarker | null {
  if (!header.isControl || header.producerId < 0n) return null
  try {
    cursor.open(bytes, at, header)
    return cursor.next() ? readTransactionMarker(cursor) : null
  } catch (error) {
    if (error instanceof CorruptBatch) return null
    throw error
  }
}

export interface MarkerBatch extends TransactionMarker {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly timestampMs: bigint
}

const KEY_BYTES = 4
const VALUE_BYTES = 6
const BATCH_BYTES = 256

/** The control batch that ends a producer's open transaction in one partition, in the versions that every Kafka reads. */
export function markerBatch({ type, coordinatorEpoch, producerId, producerEpoch, timestampMs }: MarkerBatch): Buffer {
  const key = Buffer.alloc(KEY_BYTES)
  key.writeInt16BE(TYPES.indexOf(type), 2)
  const value = Buffer.alloc(VALUE_BYTES)
  value.writeInt32BE(coordinatorEpoch, 2)
  const builder = new BatchBuilder({ batchBytes: BATCH_BYTES, codec: 0 })
  builder.append(timestampMs, key, 0, KEY_BYTES, value, 0, VALUE_BYTES, null)
  const batch = builder.build()
  stampBatches(batch, { producerId, producerEpoch, baseSequence: NO_SEQUENCE, isTransactional: true, isControl: true })
  return batch
}
