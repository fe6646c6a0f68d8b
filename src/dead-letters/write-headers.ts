// The headers that leat gives to a dead letter. Text throughout, times in ms since the epoch; they come after the record's own and after those
// of whoever dead-lettered it before.
import { HeadersWriter } from '../record/headers-writer.ts'
import type { Header } from './dead-letter.ts'

/** What a handler says may be of any length, and headers count against `max.message.bytes`. A stack says enough in its first lines. */
const MAX_TYPE_BYTES = 256
const MAX_MESSAGE_BYTES = 4096
const MAX_STACK_BYTES = 8192
const NOTHING = Buffer.alloc(0)

export interface NewFailure {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly timestamp: bigint
  readonly group: string | null
  readonly error: { readonly type: string; readonly message: string; readonly stack: string | null }
  readonly attempts: number
  readonly firstFailedAt: bigint
  readonly lastFailedAt: bigint
}

export function failureHeaders(failure: NewFailure): Header[] {
  const { topic, partition, offset, timestamp, group, error, attempts, firstFailedAt, lastFailedAt } = failure
  const said: [string, string | null][] = [
    ['topic', topic],
    ['partition', String(partition)],
    ['offset', String(offset)],
    ['timestamp', String(timestamp)],
    ['group', group],
    ['error.type', bounded(error.type, MAX_TYPE_BYTES)],
    ['error.message', bounded(error.message, MAX_MESSAGE_BYTES)],
    ['error.stack', error.stack === null ? null : bounded(error.stack, MAX_STACK_BYTES)],
    ['attempts', String(attempts)],
    ['first-failed-at', String(firstFailedAt)],
    ['last-failed-at', String(lastFailedAt)],
  ]
  return said.flatMap(([name, text]) => (text === null ? [] : [{ key: `leat.dlq.${name}`, value: Buffer.from(text) }]))
}

/** Encodes headers as a section of a record, after those of another one. @returns null where there are none */
export function headerSection(headers: readonly Header[], before: Buffer | null = null): Buffer | null {
  const writer = new HeadersWriter()
  if (before !== null) writer.addSection(before)
  for (const { key, keyBytes, value } of headers) {
    const name = keyBytes ?? Buffer.from(key)
    writer.add(name, 0, name.length, value ?? NOTHING, value === null ? -1 : 0, value === null ? -1 : value.length)
  }
  return writer.section()
}

/** Cuts text to so many bytes of UTF-8, between characters, and says so. */
function bounded(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= maxBytes) return text
  let end = maxBytes
  // A byte of the form 10xxxxxx continues a character.
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--
  return `${bytes.toString('utf8', 0, end)} … (${bytes.length} bytes)`
}
