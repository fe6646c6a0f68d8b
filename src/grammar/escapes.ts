// Escapes in delimiters and templates, as kcat has them: \n \t \r, \0 and octal \033, \xNN, and a backslash before punctuation for itself.
import { NotationError } from './point-at.ts'

const NAMED: Record<string, number> = { n: 0x0a, t: 0x09, r: 0x0d }
const ESCAPE = /\\(?:([ntr])|x([0-9a-fA-F]{1,2})|(0[0-7]{0,2})|([^\p{L}\p{N}]))/uy

export interface Escape {
  readonly bytes: Buffer
  /** Of the first character after it. */
  readonly end: number
}

/** Reads the escape whose backslash is at `at`. @throws NotationError */
export function readEscape(text: string, at: number): Escape {
  ESCAPE.lastIndex = at
  const match = ESCAPE.exec(text)
  if (match === null) throw new NotationError(`unknown escape '${text.slice(at, at + 2)}'`, at)
  const [whole, name, hex, octal, itself] = match
  const end = at + whole.length
  if (itself !== undefined) return { bytes: Buffer.from(itself), end }
  const byte = name === undefined ? (hex === undefined ? Number.parseInt(octal as string, 8) : Number.parseInt(hex, 16)) : NAMED[name]
  return { bytes: Buffer.from([byte as number]), end }
}

/** The bytes of a text with escapes. @throws NotationError */
export function unescapeText(text: string): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < text.length;) {
    const backslash = text.indexOf('\\', at)
    if (backslash < 0) {
      parts.push(Buffer.from(text.slice(at)))
      break
    }
    const { bytes, end } = readEscape(text, backslash)
    parts.push(Buffer.from(text.slice(at, backslash)), bytes)
    at = end
  }
  return Buffer.concat(parts)
}
