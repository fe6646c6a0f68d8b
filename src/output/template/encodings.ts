// How verbs print bytes and integers.
import { writeJsonBytes } from '../json-string.ts'
import type { Slab } from '../slab.ts'

/** Bytes from `start` to `end`; null where `start` is -1. */
export type BytesEncoding = (out: Slab, source: Buffer, start: number, end: number) => void
export type IntegerEncoding = (out: Slab, value: number | bigint) => void

export const BYTES_ENCODINGS = ['json', 'hex', 'base64'] as const

/** @param nullText printed for null; in JSON that is always `null` */
export function bytesEncoding(name: string | null, nullText: Buffer): BytesEncoding | null {
  if (name === 'json') return writeJsonBytes
  if (name === 'hex' || name === 'base64') return orNull(nullText, (out, source, start, end) => out.text(source.toString(name, start, end)))
  return name === null ? orNull(nullText, (out, source, start, end) => out.append(source, start, end)) : null
}

function orNull(nullText: Buffer, encoding: BytesEncoding): BytesEncoding {
  return (out, source, start, end) => {
    if (start < 0) out.append(nullText, 0, nullText.length)
    else encoding(out, source, start, end)
  }
}

export const INTEGER_ENCODINGS = [
  'hex8',
  'hex16',
  'hex32',
  'hex64',
  'big8',
  'big16',
  'big32',
  'big64',
  'little8',
  'little16',
  'little32',
  'little64',
] as const

/** Decimal; `hexN`: N bits in hex digits; `bigN`, `littleN`: N bits as bytes, highest or lowest first. */
export function integerEncoding(name: string | null): IntegerEncoding | null {
  if (name === null) return (out, value) => out.integer(value)
  const match = /^(hex|big|little)(8|16|32|64)$/.exec(name)
  if (match === null) return null
  const kind = match[1]
  const byteCount = Number(match[2]) / 8
  return (out, value) => {
    const bits = BigInt.asUintN(8 * byteCount, BigInt(value))
    if (kind === 'hex') return out.text(bits.toString(16).padStart(2 * byteCount, '0'))
    for (let index = 0; index < byteCount; index++) {
      const shift = 8 * (kind === 'big' ? byteCount - 1 - index : index)
      out.byte(Number((bits >> BigInt(shift)) & 0xffn))
    }
  }
}
