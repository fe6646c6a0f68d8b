// Batches of short text records, made as `leat produce` makes them.
import { BatchBuilder } from '../../src/record/batch-builder.ts'
import { crc32c } from '../../src/bytes/crc32c.ts'
import { ATTRIBUTES_OFFSET, BATCH_HEADER_SIZE, CRC_OFFSET, LOG_OVERHEAD, placeBatch } from '../../src/record/batch-header.ts'

const TRANSACTIONAL_BIT = 0x10
const CONTROL_BIT = 0x20

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

/** The batch as compaction keeps it when all its records are gone: its offsets and its times. */
export function withoutRecords(batch: Buffer): Buffer {
  const empty = Buffer.from(batch.subarray(0, BATCH_HEADER_SIZE))
  empty.writeInt32BE(BATCH_HEADER_SIZE - LOG_OVERHEAD, 8)
  empty.writeInt32BE(0, 57)
  return withChecksum(empty)
}

/** The batch as a transactional producer writes it. */
export function inTransaction(producerId: bigint, batch: Buffer): Buffer {
  return asProducers(producerId, TRANSACTIONAL_BIT, batch)
}

/** The marker that ends a producer's transaction. */
export function markerOf(producerId: bigint, outcome: 'commit' | 'abort'): Buffer {
  const key = Buffer.from([0, 0, 0, outcome === 'commit' ? 1 : 0])
  const value = Buffer.alloc(6)
  const builder = new BatchBuilder({ batchBytes: 1 << 20, codec: 0 })
  builder.append(1_700_000_000_000, key, 0, key.length, value, 0, value.length, null)
  return asProducers(producerId, TRANSACTIONAL_BIT | CONTROL_BIT, Buffer.from(builder.build()))
}

function asProducers(producerId: bigint, attributes: number, batch: Buffer): Buffer {
  batch.writeInt16BE(batch.readInt16BE(ATTRIBUTES_OFFSET) | attributes, ATTRIBUTES_OFFSET)
  batch.writeBigInt64BE(producerId, 43)
  batch.writeInt16BE(0, 51)
  return withChecksum(batch)
}

function withChecksum(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch, ATTRIBUTES_OFFSET), CRC_OFFSET)
  return batch
}
