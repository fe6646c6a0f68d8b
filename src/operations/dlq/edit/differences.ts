// What an edit changes in a record, field by field.
import { isRawNumber, parseRaw } from '../../../bytes/exact-json.ts'
import type { Header } from '../../../dead-letters/dead-letter.ts'
import type { StoredRecord } from '../letters.ts'

/** Bytes, or a JSON text; null: it is not there. */
export type Side = Buffer | string | null

export interface Difference {
  /** `key`, `header trace-id`, `value`, `.order.total`. */
  readonly field: string
  readonly before: Side
  readonly after: Side
}

export function differences(before: StoredRecord, after: StoredRecord): Difference[] {
  return [
    ...(before.timestamp === after.timestamp ? [] : [{ field: 'timestamp', before: `${before.timestamp}`, after: `${after.timestamp}` }]),
    ...ofBytes('key', before.key, after.key),
    ...ofHeaders(before.headers, after.headers),
    ...ofValues(before.value, after.value),
  ]
}

function ofBytes(field: string, before: Buffer | null, after: Buffer | null): Difference[] {
  const isSame = before === null || after === null ? before === after : before.equals(after)
  return isSame ? [] : [{ field, before, after }]
}

/** By their places; what is there more or less is at the end. */
function ofHeaders(before: readonly Header[], after: readonly Header[]): Difference[] {
  const count = Math.max(before.length, after.length)
  return Array.from({ length: count }, (_, index): Difference[] => {
    const [old, now] = [before[index], after[index]]
    if (old !== undefined && now !== undefined && old.key === now.key) return ofBytes(`header ${old.key}`, old.value, now.value)
    return [
      ...(old === undefined ? [] : [{ field: `header ${old.key}`, before: old.value, after: null }]),
      ...(now === undefined ? [] : [{ field: `header ${now.key}`, before: null, after: now.value }]),
    ]
  }).flat()
}

function ofValues(before: Buffer | null, after: Buffer | null): Difference[] {
  if (before === null || after === null || before.equals(after)) return ofBytes('value', before, after)
  const found = jsonDifferences(parsed(before), parsed(after), '')
  // One that is no JSON, or is only spaced otherwise, is shown whole.
  return found.length === 0 || found[0]?.field === '' ? [{ field: 'value', before, after }] : found
}

function jsonDifferences(before: unknown, after: unknown, path: string): Difference[] {
  const [old, now] = [JSON.stringify(before), JSON.stringify(after)]
  if (old === now) return []
  // Both objects with fields, or both arrays.
  const areAlike = isNested(before) && isNested(after) && Array.isArray(before) === Array.isArray(after)
  if (!areAlike) return [{ field: path, before: old ?? null, after: now ?? null }]
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap((name) => jsonDifferences(own(before, name), own(after, name), path + stepOf(name, Array.isArray(after))))
}

function own(fields: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined
}

function stepOf(name: string, isItem: boolean): string {
  if (isItem) return `[${name}]`
  return /^[\p{L}\p{N}_-]+$/u.test(name) ? `.${name}` : `.${JSON.stringify(name)}`
}

function isNested(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !isRawNumber(value)
}

/** undefined for what is no JSON. */
function parsed(value: Buffer): unknown {
  try {
    return parseRaw(value.toString())
  } catch {
    return undefined
  }
}
