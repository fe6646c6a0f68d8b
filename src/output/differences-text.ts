// What an edit would change, for a person and for a program.
import { isUtf8 } from 'node:buffer'
import { parseRaw } from '../bytes/exact-json.ts'
import { counted } from '../errors/counted.ts'
import { printable } from '../errors/printable.ts'
import { differences, type Side } from '../operations/dlq/edit/differences.ts'
import type { StoredRecord } from '../operations/dlq/letters.ts'
import { toJson } from './json.ts'
import { jsonBytes } from './json-bytes.ts'

const MAX_LENGTH = 200

/** A line for the record, and one for each field: `  .total  12 → 15`. */
export function differencesText(before: StoredRecord, after: StoredRecord): string {
  const found = differences(before, after)
  const lines = found.map((one) => `  ${one.field}  ${sideText(one.before)} → ${sideText(one.after)}`)
  const title = `${before.topic}-${before.partition} offset ${before.offset}${found.length === 0 ? ': stays as it is' : ''}`
  return [title, ...lines].map((line) => `${printable(line)}\n`).join('')
}

/** One object, with the line end. schemas/dlq-edit-dry-run.json has it in full. */
export function differencesJson(before: StoredRecord, after: StoredRecord): string {
  const changes = differences(before, after).map((one) => ({ field: one.field, before: sideJson(one.before), after: sideJson(one.after) }))
  return `${toJson({ topic: before.topic, partition: before.partition, offset: before.offset, changes })}\n`
}

function sideText(side: Side): string {
  if (side === null) return '(none)'
  if (typeof side === 'string') return shortened(side)
  return isUtf8(side) ? shortened(JSON.stringify(side.toString())) : counted(side.length, 'byte')
}

function shortened(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)}… (${text.length} characters)`
}

function sideJson(side: Side): unknown {
  return typeof side === 'string' ? parseRaw(side) : jsonBytes(side)
}
