// Some programs begin UTF-8 text with a byte order mark; it is no part of the text.
import { sameBytes } from './same-bytes.ts'

export const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** Where the text begins that comes with the first bytes of a source. */
export function afterByteOrderMark(bytes: Buffer, start: number, end: number): number {
  const after = start + BYTE_ORDER_MARK.length
  return after <= end && sameBytes(bytes, start, after, BYTE_ORDER_MARK) ? after : start
}
