import { isUtf8 } from 'node:buffer'

/** Bytes in the JSON of a record: a text where they are UTF-8, `{"base64":"…"}` where not. */
export type JsonBytes = string | { readonly base64: string } | null

export function jsonBytes(bytes: Buffer | null): JsonBytes {
  if (bytes === null) return null
  return isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') }
}
