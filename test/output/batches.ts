// Batches in memory for tests of writers.
import { BatchBuilder } from '../../src/record/batch-builder.ts'
import { BatchHeader } from '../../src/record/batch-header.ts'
import { HeadersWriter } from '../../src/record/headers-writer.ts'
import { RecordCursor } from '../../src/record/record-cursor.ts'
import type { RecordWriter } from '../../src/output/record-writer.ts'
import { Slab } from '../../src/output/slab.ts'

export interface TestRecord {
  readonly key?: Buffer | string | null
  readonly value?: Buffer | string | null
  readonly timestamp?: bigint
  readonly headers?: readonly (readonly [key: Buffer | string, value: Buffer | string | null])[]
}

export interface TestBatch {
  readonly baseOffset?: bigint
  /** Bits beside the codec: 0x08 log append time, 0x10 transactional, 0x20 control. */
  readonly attributes?: number
  readonly producerId?: bigint
  readonly producerEpoch?: number
}

const NO_BYTES = Buffer.alloc(0)

/** A cursor before the first of the records. */
export function cursorOver(records: readonly TestRecord[], batch: TestBatch = {}): RecordCursor {
  const builder = new BatchBuilder({ batchBytes: 1 << 16, codec: 0 })
  for (const { key = null, value = null, timestamp = 0n, headers = [] } of records) {
    const writer = new HeadersWriter()
    for (const [name, content] of headers) {
      const nameBytes = bytesOf(name) as Buffer
      const contentBytes = bytesOf(content)
      writer.add(nameBytes, 0, nameBytes.length, contentBytes ?? NO_BYTES, contentBytes === null ? -1 : 0, contentBytes?.length ?? -1)
    }
    const keyBytes = bytesOf(key)
    const valueBytes = bytesOf(value)
    builder.append(
      timestamp,
      keyBytes ?? NO_BYTES,
      keyBytes === null ? -1 : 0,
      keyBytes?.length ?? -1,
      valueBytes ?? NO_BYTES,
      valueBytes === null ? -1 : 0,
      valueBytes?.length ?? -1,
      writer.section(),
    )
  }
  const bytes = Buffer.from(builder.build())
  bytes.writeBigInt64BE(batch.baseOffset ?? 0n, 0)
  bytes.writeInt16BE(batch.attributes ?? 0, 21)
  bytes.writeBigInt64BE(batch.producerId ?? -1n, 43)
  bytes.writeInt16BE(batch.producerEpoch ?? -1, 51)
  const cursor = new RecordCursor()
  cursor.open(bytes, 0, new BatchHeader(bytes, 0))
  return cursor
}

/** What a writer prints for a batch. */
export function printed(
  writer: RecordWriter,
  records: readonly TestRecord[],
  batch: TestBatch = {},
  topic = 'orders',
  partition = 0,
): Buffer {
  // Small, so that it has to grow.
  const out = new Slab(8)
  const cursor = cursorOver(records, batch)
  writer.beginBatch(topic, partition, cursor)
  while (cursor.next()) writer.write(cursor, out)
  return Buffer.from(out.bytes.subarray(0, out.length))
}

function bytesOf(content: Buffer | string | null): Buffer | null {
  return typeof content === 'string' ? Buffer.from(content) : content
}
