// What `consume --json` prints is what `produce --json` reads: the two ends of a pipe, without the pipe.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EnvelopeFormat } from '../../src/input/envelope/envelope-format.ts'
import { EnvelopeWriter } from '../../src/output/envelope-writer.ts'
import { Slab } from '../../src/output/slab.ts'
import { BatchBuilder } from '../../src/record/batch-builder.ts'
import { BatchHeader } from '../../src/record/batch-header.ts'
import { HeadersWriter } from '../../src/record/headers-writer.ts'
import { RecordCursor } from '../../src/record/record-cursor.ts'
import { pieceSizes, readAll } from './support.ts'

const NO_BYTES = Buffer.alloc(0)
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => Buffer.from(text)),
  fc.json({ maxDepth: 2 }).map((text) => Buffer.from(text)),
)
const nullable = fc.option(anyBytes, { nil: null })
const anyRecord = fc.record({
  timestamp: fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: 0n, max: 2n ** 42n })),
  key: nullable,
  value: nullable,
  headers: fc.array(fc.tuple(anyBytes, nullable), { maxLength: 3 }),
})

const latin1 = (bytes: Buffer | null): string | null => bytes?.toString('latin1') ?? null

test('records that are printed as JSON are read back as they were, whatever their bytes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRecord, { minLength: 1, maxLength: 6 }),
      fc.nat({ max: 5000 }),
      pieceSizes,
      async (records, partition, sizes) => {
        const builder = new BatchBuilder({ batchBytes: 64 * 1024, codec: 0 })
        for (const { timestamp, key, value, headers } of records) {
          const section = new HeadersWriter()
          for (const [name, content] of headers)
            section.add(name, 0, name.length, content ?? NO_BYTES, content === null ? -1 : 0, content?.length ?? 0)
          const [keyBytes, valueBytes] = [key ?? NO_BYTES, value ?? NO_BYTES]
          builder.append(
            timestamp,
            keyBytes,
            key === null ? -1 : 0,
            keyBytes.length,
            valueBytes,
            value === null ? -1 : 0,
            valueBytes.length,
            section.section(),
          )
        }
        const batch = builder.build()
        const cursor = new RecordCursor()
        const writer = new EnvelopeWriter()
        const out = new Slab()
        cursor.open(batch, 0, new BatchHeader(batch, 0))
        writer.beginBatch('orders', partition, cursor)
        while (cursor.next()) writer.write(cursor, out)

        const format = new EnvelopeFormat(Buffer.from('\n'), { emptyIsNull: false, headers: [] })
        const got = await readAll(format, out.bytes.subarray(0, out.length), { sizes })
        expect(got.rejected).toEqual([])
        expect(got.records).toEqual(
          records.map(({ timestamp, key, value, headers }, index) => ({
            topic: 'orders',
            partition,
            timestamp,
            key: latin1(key),
            value: latin1(value),
            headers: headers.map(([name, content]) => [latin1(name), latin1(content)]),
            unit: index + 1,
          })),
        )
      },
    ),
    { numRuns: 500 },
  )
})
