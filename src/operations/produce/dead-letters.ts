// Keeps records that a topic does not take in `TOPIC.dlq`: key, value, headers and timestamp as they were, and what was wrong in headers.
import type { LeatError } from '../../errors/leat-error.ts'
import { HeadersWriter } from '../../record/headers-writer.ts'
import type { TopicProducer } from './topic-producer.ts'

export interface DeadLetter {
  /** Where it was to go; null: it did not say. */
  readonly topic: string | null
  readonly error: LeatError
  /** Which piece of the input it was. */
  readonly unit: number
  readonly timestampMs: number | bigint
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** The section of the record, as HeadersWriter encodes it. */
  readonly headers: Buffer | null
}

/** Room that a record needs beside its fields in a batch of its own; what a codec cannot compress grows by less than a 64th besides. */
const BATCH_OVERHEAD = 1024
const NO_BYTES = Buffer.alloc(0)

/** What is too large for the dead letters too is cut, and says how long it was. @throws LeatError when they cannot be kept */
export function keepDeadLetter(producer: TopicProducer, letter: DeadLetter): void {
  const { value } = letter
  const headers = headersOf(letter, false)
  const fixed = (letter.key?.length ?? 0) + headers.length + BATCH_OVERHEAD
  const room = Math.max(0, Math.floor(((producer.maxMessageBytes - fixed) * 63) / 64))
  if (value === null || value.length <= room) add(producer, letter, value, headers)
  else add(producer, letter, value.subarray(0, room), headersOf(letter, true))
}

function add(producer: TopicProducer, { timestampMs, key }: DeadLetter, value: Buffer | null, headers: Buffer): void {
  producer.add(
    -1,
    timestampMs,
    key ?? NO_BYTES,
    key === null ? -1 : 0,
    key?.length ?? -1,
    value ?? NO_BYTES,
    value === null ? -1 : 0,
    value?.length ?? -1,
    headers,
  )
}

function headersOf({ topic, error, unit, headers, value }: DeadLetter, isCut: boolean): Buffer {
  const writer = new HeadersWriter()
  if (headers !== null) writer.addSection(headers)
  const said: [string, string][] = [
    ['leat.dlq.error.type', error.code],
    ['leat.dlq.error.message', error.message],
    ['leat.dlq.record', String(unit)],
  ]
  if (topic !== null) said.unshift(['leat.dlq.topic', topic])
  if (isCut) said.push(['leat.dlq.value.bytes', String(value?.length)])
  for (const [name, text] of said) {
    const key = Buffer.from(name)
    const bytes = Buffer.from(text)
    writer.add(key, 0, key.length, bytes, 0, bytes.length)
  }
  // At least those three are in it.
  return writer.section() as Buffer
}
