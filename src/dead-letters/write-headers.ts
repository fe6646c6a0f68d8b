// The headers that leat gives to a dead letter. Text throughout, times in ms since the epoch; they come after the record's own and after those
// of whoever dead-lettered it before.
import type { Header } from './dead-letter.ts'

/** A stack says enough in its first lines, and headers count against `max.message.bytes`. */
const MAX_STACK_BYTES = 8192
const MAX_MESSAGE_BYTES = 4096

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
    ['error.type', error.type],
    ['error.message', bounded(error.message, MAX_MESSAGE_BYTES)],
    ['error.stack', error.stack === null ? null : bounded(error.stack, MAX_STACK_BYTES)],
    ['attempts', String(attempts)],
    ['first-failed-at', String(firstFailedAt)],
    ['last-failed-at', String(lastFailedAt)],
  ]
  return said.flatMap(([name, text]) => (text === null ? [] : [{ key: `leat.dlq.${name}`, value: Buffer.from(text) }]))
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
