// A source that gives its bytes in pieces, and a receiver that writes down what it gets.
import fc from 'fast-check'
import type { RecordFieldsOptions } from '../../src/input/record-fields.ts'
import type { RecordFormat, RecordReceiver } from '../../src/input/record-format.ts'
import type { ByteSource } from '../../src/system/byte-streams.ts'

/** Gives the bytes in pieces of these sizes, again and again; a negative size comes only after a wait. */
export function sourceOf(bytes: Buffer | string, sizes: readonly number[] = [Number.POSITIVE_INFINITY]): ByteSource {
  const all = Buffer.from(bytes as string)
  let at = 0
  let call = 0
  return {
    name: 'test',
    size: null,
    read(into, offset, length) {
      const size = sizes[call++ % sizes.length] as number
      const count = all.copy(into, offset, at, at + Math.min(length, Math.abs(size)))
      at += count
      return size < 0 ? Promise.resolve(count) : count
    },
    close() {},
  }
}

/** Values, and nothing else. */
export const NO_FIELDS: RecordFieldsOptions = {
  key: null,
  keyField: null,
  timestampField: null,
  headers: [],
  headerFields: [],
  emptyIsNull: false,
  eventEnvelope: null,
}

export const pieceSizes = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 200 }), fc.integer({ min: -5, max: -1 })),
  { minLength: 1, maxLength: 6 },
)

export interface Got {
  topic: string | null
  partition: number
  timestamp: bigint | null
  key: string | null
  value: string | null
  headers: (readonly [string, string | null])[]
  unit: number
}

/** Texts are latin1, so that no byte is lost. */
export class Receiver implements RecordReceiver {
  readonly maxRecordBytes: number
  readonly records: Got[] = []
  readonly rejected: { reason: string; unit: number; bytes: string }[] = []
  /** Records and rejections in the order in which they came. */
  readonly order: string[] = []
  readonly #stopAtReject: boolean

  constructor(options: { maxRecordBytes?: number; stopAtReject?: boolean } = {}) {
    this.maxRecordBytes = options.maxRecordBytes ?? 1 << 20
    this.#stopAtReject = options.stopAtReject ?? false
  }

  record(...args: Parameters<RecordReceiver['record']>): boolean {
    const [topic, partition, timestampMs, key, keyStart, keyEnd, value, valueStart, valueEnd, headers, unit] = args
    this.records.push({
      topic,
      partition,
      timestamp: timestampMs === null ? null : BigInt(timestampMs),
      key: textOf(key, keyStart, keyEnd),
      value: textOf(value, valueStart, valueEnd),
      headers: headers === null ? [] : headersOf(headers),
      unit,
    })
    this.order.push(`record ${unit}`)
    return true
  }

  reject(reason: string, unit: number, bytes: Buffer): boolean {
    this.rejected.push({ reason, unit, bytes: bytes.toString('latin1') })
    this.order.push(`reject ${unit}`)
    return !this.#stopAtReject
  }

  idle(): Promise<void> {
    return Promise.resolve()
  }

  progressed(): Promise<void> {
    return Promise.resolve()
  }

  get values(): (string | null)[] {
    return this.records.map(({ value }) => value)
  }
}

function textOf(bytes: Buffer, start: number, end: number): string | null {
  return start < 0 ? null : bytes.toString('latin1', start, end)
}

/** A header section, decoded independently of the code that wrote it. */
function headersOf(section: Buffer): [string, string | null][] {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = section[at++] as number
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
  }
  const text = (): string | null => {
    const length = varint()
    if (length < 0) return null
    at += length
    return section.toString('latin1', at - length, at)
  }
  return Array.from({ length: varint() }, () => [text() ?? 'null key', text()])
}

export async function readAll(
  format: RecordFormat,
  input: Buffer | string,
  options: { sizes?: readonly number[]; maxRecordBytes?: number; stopAtReject?: boolean } = {},
): Promise<Receiver> {
  const receiver = new Receiver(options)
  await format.read(sourceOf(input, options.sizes), receiver, new AbortController().signal)
  return receiver
}
