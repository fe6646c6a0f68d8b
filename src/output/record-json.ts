// Records as envelopes, one a line, as `leat consume --json` prints them and `leat produce --json` reads them (schemas/record.json).
import type { StoredRecord } from '../operations/dlq/letters.ts'
import { toJson } from './json.ts'
import { jsonBytes, jsonHeader } from './json-bytes.ts'

/** Without the line end. */
export function recordJson(record: StoredRecord): string {
  return envelopeOf(record, toJson(jsonBytes(record.value)))
}

/** For an editor: a value that is a JSON object or array stands there as that, not as a text with escapes. */
export function editableJson(record: StoredRecord): string {
  const { value } = record
  return envelopeOf(record, value !== null && isNestable(value) ? value.toString() : toJson(jsonBytes(value)))
}

function envelopeOf({ topic, partition, offset, timestamp, key, headers }: StoredRecord, value: string): string {
  const place = toJson({ topic, partition, offset, timestamp, key: jsonBytes(key) })
  const rest = toJson({ headers: headers.map(jsonHeader) })
  return `${place.slice(0, -1)},"value":${value},${rest.slice(1)}`
}

/** An object that has base64 alone stands for bytes. */
function isNestable(value: Buffer): boolean {
  if ((value[0] !== 0x7b && value[0] !== 0x5b) || value.includes('\n')) return false
  try {
    // It begins with a brace or bracket.
    const json = JSON.parse(value.toString()) as object
    return Array.isArray(json) || Object.keys(json).join() !== 'base64'
  } catch {
    return false
  }
}
