// Batches of keyed records, as producers of each kind write them.
import { crc32c } from '../../src/bytes/crc32c.ts'
import { BatchBuilder } from '../../src/record/batch-builder.ts'
import { ATTRIBUTES_OFFSET, CRC_OFFSET } from '../../src/record/batch-header.ts'

/** Text, or null: a null key, a tombstone. */
export interface KeyedRecord {
  readonly key: string | null
  readonly value: string | null
  /** Milliseconds after the batch's. */
  readonly laterMs?: number
}

export interface KeyedBatchOptions {
  readonly codec?: number
  readonly timestampMs?: number
  readonly producer?: { readonly id: bigint; readonly sequence: number; readonly isTransactional?: boolean }
}

const TRANSACTIONAL_BIT = 0x10

export function keyedBatch(records: readonly KeyedRecord[], options: KeyedBatchOptions = {}): Buffer {
  const builder = new BatchBuilder({ batchBytes: 1 << 20, codec: options.codec ?? 0 })
  const timestampMs = options.timestampMs ?? 1_700_000_000_000
  const bytes = (text: string | null): Buffer => Buffer.from(text ?? '')
  for (const { key, value, laterMs = 0 } of records) {
    const [k, v] = [bytes(key), bytes(value)]
    builder.append(timestampMs + laterMs, k, key === null ? -1 : 0, k.length, v, value === null ? -1 : 0, v.length, null)
  }
  const batch = Buffer.from(builder.build())
  if (options.producer === undefined) return batch
  const { id, sequence, isTransactional = false } = options.producer
  if (isTransactional) batch.writeInt16BE(batch.readInt16BE(ATTRIBUTES_OFFSET) | TRANSACTIONAL_BIT, ATTRIBUTES_OFFSET)
  batch.writeBigInt64BE(id, 43)
  batch.writeInt16BE(0, 51)
  batch.writeInt32BE(sequence, 53)
  batch.writeUInt32BE(crc32c(batch, ATTRIBUTES_OFFSET), CRC_OFFSET)
  return batch
}
