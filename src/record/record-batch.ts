// A few records as one batch: all of them are in the log, or none.
import { BatchBuilder } from './batch-builder.ts'

export interface KeyAndValue {
  readonly key: Buffer | null
  readonly value: Buffer | null
}

/** Room for a record's lengths, and for the batch header: the batch is never split. */
const OVERHEAD_BYTES = 100
const NOTHING = Buffer.alloc(0)

/** @param records one at least; all get the same timestamp, which Kafka's controller asks for */
export function recordBatch(records: readonly KeyAndValue[], timestampMs: bigint): Buffer {
  const batchBytes = records.reduce(
    (sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0) + OVERHEAD_BYTES,
    OVERHEAD_BYTES,
  )
  const builder = new BatchBuilder({ batchBytes, codec: 0 })
  for (const { key, value } of records)
    builder.append(
      timestampMs,
      key ?? NOTHING,
      key === null ? -1 : 0,
      key?.length ?? -1,
      value ?? NOTHING,
      value === null ? -1 : 0,
      value?.length ?? -1,
      null,
    )
  return builder.build()
}
