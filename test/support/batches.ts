// Batches of short text records, made as `leat produce` makes them.
import { BatchBuilder } from '../../src/record/batch-builder.ts'
import { placeBatch } from '../../src/record/batch-header.ts'

/** A batch of records without keys; the timestamp is that of each. */
export function batchOf(values: readonly string[], options: { timestamp?: number; codec?: number } = {}): Buffer {
  const builder = new BatchBuilder({ batchBytes: 1 << 20, codec: options.codec ?? 0 })
  for (const value of values) {
    const bytes = Buffer.from(value)
    builder.append(options.timestamp ?? 1_700_000_000_000, bytes, -1, -1, bytes, 0, bytes.length, null)
  }
  return Buffer.from(builder.build())
}

/** The batch as it lies in a log, its first record at `baseOffset`. */
export function placedAt(baseOffset: bigint, batch: Buffer): Buffer {
  placeBatch(batch, 0, baseOffset, 0)
  return batch
}
