// What an event is told apart by: `.path` in its JSON value, its `key`, or the last `header:NAME`. An event that has no such thing has no id.
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import { JsonPath, JsonSpan, JsonSyntaxError, unescapeJson } from '../../input/json-path.ts'
import { HeaderCursor, type RecordCursor } from '../../record/record-cursor.ts'

/** Bytes as latin1 text; null where there is none. */
export type EventId = (cursor: RecordCursor) => string | null

/** @throws LeatError (usage) */
export function compileEventId(text: string): EventId {
  if (text === 'key') return ({ bytes, keyStart, keyEnd }) => (keyStart < 0 ? null : bytes.toString('latin1', keyStart, keyEnd))
  if (text.startsWith('header:') && text.length > 'header:'.length) return headerId(Buffer.from(text.slice('header:'.length)))
  if (text.startsWith('.')) return fieldId(new JsonPath(text))
  throw new LeatError('USAGE', `--dedupe ${text} is nothing that an event is told apart by`, {
    hint: 'For example --dedupe .event_id, --dedupe key or --dedupe header:id.',
    exitCode: exitCodes.usage,
  })
}

function headerId(name: Buffer): EventId {
  const headers = new HeaderCursor()
  return (cursor) => {
    let id: string | null = null
    headers.open(cursor)
    while (headers.next()) {
      const { keyStart, keyEnd, valueStart, valueEnd } = headers
      if (valueStart >= 0 && cursor.bytes.compare(name, 0, name.length, keyStart, keyEnd) === 0)
        id = cursor.bytes.toString('latin1', valueStart, valueEnd)
    }
    return id
  }
}

function fieldId(path: JsonPath): EventId {
  const span = new JsonSpan()
  return ({ bytes, valueStart, valueEnd }) => {
    if (valueStart < 0) return null
    try {
      path.find(bytes, valueStart, valueEnd, span)
      if (span.kind === 'missing' || span.kind === 'null') return null
      const { start, end, hasEscapes } = span
      return hasEscapes ? Buffer.from(unescapeJson(bytes, start, end)).toString('latin1') : bytes.toString('latin1', start, end)
    } catch (error) {
      if (error instanceof JsonSyntaxError) return null
      throw error
    }
  }
}
