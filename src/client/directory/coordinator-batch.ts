// The records of one decision, as one batch: all of them are in the log, or none.
import { BatchBuilder } from '../../record/batch-builder.ts'
import type { CoordinatorRecord } from '../../stream/coordinator.ts'

/** Room for a record's lengths, and for the batch header. */
const OVERHEAD_BYTES = 100
const NOTHING = Buffer.alloc(0)

/** @param records one at least */
export function coordinatorBatch(records: readonly CoordinatorRecord[], timestampMs: bigint): Buffer {
  const batchBytes = records.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0) + OVERHEAD_BYTES, OVERHEAD_BYTES)
  const builder = new BatchBuilder({ batchBytes, codec: 0 })
  for (const { key, value } of records)
    builder.append(timestampMs, key, 0, key.length, value ?? NOTHING, value === null ? -1 : 0, value === null ? -1 : value.length, null)
  return builder.build()
}
