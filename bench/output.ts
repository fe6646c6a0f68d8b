// How fast records are printed: the writers alone, from batches in memory to a slab, in millions of records a second.
//
//   node bench/output.ts [RECORDS]
import { BatchBuilder } from '../src/record/batch-builder.ts'
import { BatchHeader } from '../src/record/batch-header.ts'
import { RecordCursor } from '../src/record/record-cursor.ts'
import { EnvelopeWriter } from '../src/output/envelope-writer.ts'
import { type RecordWriter, ValueWriter } from '../src/output/record-writer.ts'
import { compileTemplate } from '../src/output/template/template-writer.ts'
import { Slab } from '../src/output/slab.ts'
import { order, orderTime } from './order.ts'

const RECORDS = Number(process.argv[2] ?? 1_000_000)
const ROUNDS = 7
const NO_KEY = Buffer.alloc(0)
const WRITE_BYTES = 256 * 1024

/** Order events of about 123 bytes, as in the other benchmarks, in batches of 64 KiB. */
function orderBatches(): Buffer[] {
  const builder = new BatchBuilder({ batchBytes: 64 * 1024, codec: 0 })
  const batches: Buffer[] = []
  for (let index = 0; index < 5000; index++) {
    const value = Buffer.from(order(index))
    while (!builder.append(orderTime(index), NO_KEY, -1, -1, value, 0, value.length, null)) batches.push(Buffer.from(builder.build()))
  }
  batches.push(Buffer.from(builder.build()))
  return batches
}

function print(batches: readonly Buffer[], writer: RecordWriter): number {
  const cursor = new RecordCursor()
  const out = new Slab()
  let bytes = 0
  for (let count = 0; count < RECORDS;) {
    for (const batch of batches) {
      cursor.open(batch, 0, new BatchHeader(batch, 0))
      writer.beginBatch('orders', 0, cursor)
      while (cursor.next()) {
        writer.write(cursor, out)
        count++
      }
      if (out.length < WRITE_BYTES) continue
      bytes += out.length
      out.clear()
    }
  }
  return bytes + out.length
}

const writers: Record<string, () => RecordWriter> = {
  values: () => new ValueWriter(Buffer.from('\n')),
  json: () => new EnvelopeWriter(),
  template: () => compileTemplate('%t %p %o %T %s\\n'),
}

const batches = orderBatches()
for (const [name, make] of Object.entries(writers)) {
  const rates: number[] = []
  let bytes = 0
  for (let round = 0; round < ROUNDS; round++) {
    const writer = make()
    const start = process.hrtime.bigint()
    bytes = print(batches, writer)
    rates.push(RECORDS / (Number(process.hrtime.bigint() - start) / 1e9) / 1e6)
  }
  const median = rates.toSorted((a, b) => a - b)[ROUNDS >> 1] as number
  console.log(
    `${name.padEnd(10)} ${median.toFixed(2).padStart(6)} M records/s  ${((median * bytes) / RECORDS).toFixed(0).padStart(5)} MB/s out  (first ${rates[0]?.toFixed(2)})`,
  )
}
