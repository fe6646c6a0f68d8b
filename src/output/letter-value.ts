// A value of a dead letter for a person to read: JSON with indents, text as it is, anything else as a hex dump.
import { isUtf8 } from 'node:buffer'
import { parseRaw } from '../bytes/exact-json.ts'

const MAX_HEX_BYTES = 4096
const HEX_LINE_BYTES = 16
const TEXT_CONTROLS = /[^\P{Cc}\t\n\r]/u

export interface ValueText {
  readonly kind: 'JSON' | 'text' | 'binary'
  readonly lines: readonly string[]
}

/** @param isFull all of the bytes of a binary value */
export function valueText(value: Buffer, isFull: boolean): ValueText {
  const text = isUtf8(value) ? value.toString() : null
  if (text === null) return { kind: 'binary', lines: hexLines(value, isFull) }
  const json = prettyJson(text)
  if (json !== null) return { kind: 'JSON', lines: json.split('\n') }
  return TEXT_CONTROLS.test(text) ? { kind: 'binary', lines: hexLines(value, isFull) } : { kind: 'text', lines: textLines(text) }
}

export function textLines(text: string): string[] {
  return text.replaceAll('\t', '  ').split(/\r?\n/)
}

function prettyJson(text: string): string | null {
  try {
    const value = parseRaw(text)
    return JSON.stringify(value, null, 2)
  } catch {
    return null
  }
}

/** `00000010  7b 22 61 22 …  |{"a"|` */
function hexLines(bytes: Buffer, isFull: boolean): string[] {
  const lines: string[] = []
  const end = isFull ? bytes.length : Math.min(bytes.length, MAX_HEX_BYTES)
  for (let at = 0; at < end; at += HEX_LINE_BYTES) {
    const line = bytes.subarray(at, at + HEX_LINE_BYTES)
    const hex = (line.toString('hex').match(/../g) ?? []).join(' ')
    const ascii = line.toString('latin1').replaceAll(/[^\x20-\x7e]/g, '.')
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(3 * HEX_LINE_BYTES - 1)}  |${ascii}|`)
  }
  if (bytes.length > end) lines.push(`… and ${bytes.length - end} more bytes (--full shows them)`)
  return lines
}
