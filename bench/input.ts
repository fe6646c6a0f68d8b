// How fast input is taken apart: formats alone, from bytes in memory to a receiver that only counts, in millions of records a second.
//
//   node bench/input.ts [RECORDS]
import { EnvelopeFormat } from '../src/input/envelope/envelope-format.ts'
import { JsonPath } from '../src/input/json-path.ts'
import { LineFormat } from '../src/input/line-format.ts'
import { RecordFields } from '../src/input/record-fields.ts'
import type { RecordFormat, RecordReceiver } from '../src/input/record-format.ts'
import { order, orderTime } from './order.ts'
import type { ByteSource } from '../src/system/byte-streams.ts'

const RECORDS = Number(process.argv[2] ?? 1_000_000)
const ROUNDS = 7
const NEWLINE = Buffer.from('\n')

function envelope(index: number): string {
  const value = order(index)
  return JSON.stringify({
    topic: 'orders',
    partition: index % 6,
    offset: index,
    timestamp: orderTime(index),
    key: `c-${index}`,
    value,
    headers: [],
  })
}

class Counter implements RecordReceiver {
  readonly maxRecordBytes = 1 << 20
  records = 0

  record(): boolean {
    this.records++
    return true
  }

  reject(reason: string): boolean {
    throw new Error(reason)
  }

  async idle(): Promise<void> {}

  async progressed(): Promise<void> {}
}

/** The pattern again and again, without its last byte at the end. */
function repeated(pattern: Buffer, times: number): ByteSource {
  const total = pattern.length * times - 1
  let at = 0
  return {
    name: 'memory',
    size: total,
    read(into, offset, length) {
      const from = at % pattern.length
      const count = pattern.copy(into, offset, from, Math.min(from + length, from + total - at))
      at += count
      return count
    },
    close() {},
  }
}

const TIMES = Math.ceil(RECORDS / 5000)
const pattern = (text: (index: number) => string, end: string): Buffer =>
  Buffer.from(Array.from({ length: 5000 }, (_, index) => text(index) + end).join(''))

function lines(keyField: string | null): RecordFormat {
  const fields = new RecordFields({
    key: null,
    keyField: keyField === null ? null : new JsonPath(keyField),
    timestampField: null,
    headers: [],
    headerFields: [],
    emptyIsNull: false,
    eventEnvelope: null,
  })
  return new LineFormat({ delimiter: NEWLINE, keyDelimiter: null, fields })
}

const orders = pattern(order, '\n')
const envelopes = pattern(envelope, '\n')

const cases: Record<string, readonly [make: () => RecordFormat, input: Buffer]> = {
  lines: [() => lines(null), orders],
  'key: 2nd field': [() => lines('.customerId'), orders],
  'key: 6th field': [() => lines('.items'), orders],
  envelopes: [() => new EnvelopeFormat(NEWLINE, { emptyIsNull: false, headers: [] }), envelopes],
}

for (const [name, [make, input]] of Object.entries(cases)) {
  const rates: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const counter = new Counter()
    const start = process.hrtime.bigint()
    await make().read(repeated(input, TIMES), counter, new AbortController().signal)
    rates.push(counter.records / (Number(process.hrtime.bigint() - start) / 1e9) / 1e6)
  }
  const median = rates.toSorted((a, b) => a - b)[ROUNDS >> 1] as number
  const megabytes = (median * input.length) / 5000
  console.log(
    `${name.padEnd(16)} ${median.toFixed(2).padStart(6)} M records/s  ${megabytes.toFixed(0).padStart(5)} MB/s in  (first ${rates[0]?.toFixed(2)})`,
  )
}
