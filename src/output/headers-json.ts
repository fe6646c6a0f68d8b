// A record's headers as a JSON array: in order, duplicates kept, null values null.
import type { HeaderCursor, RecordCursor } from '../record/record-cursor.ts'
import { writeJsonBytes } from './json-string.ts'
import { FixedText, type Slab } from './slab.ts'

const START = new FixedText('[')
const FIRST = new FixedText('{"key":')
const NEXT = new FixedText(',{"key":')
const VALUE = new FixedText(',"value":')
const HEADER_END = new FixedText('}')
const END = new FixedText(']')

/** Appends `[{"key":"h","value":"v"}]`. @param headers walks them */
export function writeHeadersJson(cursor: RecordCursor, headers: HeaderCursor, out: Slab): void {
  headers.open(cursor)
  out.fixed(START)
  for (let separator = FIRST; headers.next(); separator = NEXT) {
    out.fixed(separator)
    writeJsonBytes(out, cursor.bytes, headers.keyStart, headers.keyEnd)
    out.fixed(VALUE)
    writeJsonBytes(out, cursor.bytes, headers.valueStart, headers.valueEnd)
    out.fixed(HEADER_END)
  }
  out.fixed(END)
}
