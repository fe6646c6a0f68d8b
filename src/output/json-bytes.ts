import { isUtf8 } from 'node:buffer'
import type { Header } from '../dead-letters/dead-letter.ts'

/** Bytes in the JSON of a record: a text where they are UTF-8, `{"base64":"…"}` where not. */
export type JsonBytes = string | { readonly base64: string } | null

/** A header as in a record's envelope. */
export function jsonHeader({ key, keyBytes, value }: Header): { readonly key: JsonBytes; readonly value: JsonBytes } {
  return { key: keyBytes === undefined ? key : jsonBytes(keyBytes), value: jsonBytes(value) }
}

export function jsonBytes(bytes: Buffer | null): JsonBytes {
  if (bytes === null) return null
  return isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') }
}
