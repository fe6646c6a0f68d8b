// What somebody made of records in an editor: one envelope a line, comments behind #. A line that is gone leaves its record out.
import { isUtf8 } from 'node:buffer'
import { parseRaw } from '../../../bytes/exact-json.ts'
import { LeatError } from '../../../errors/leat-error.ts'
import type { StoredRecord } from '../letters.ts'

type Fields = Readonly<Record<string, unknown>>

export interface EditedRecord {
  readonly before: StoredRecord
  readonly after: StoredRecord
}

/** @throws LeatError INVALID_RECORD that names the line */
export function readEditedFile(text: string, records: readonly StoredRecord[]): EditedRecord[] {
  const left = new Map(records.map((record) => [placeOf(record.topic, record.partition, record.offset), record]))
  return editedLines(text).map(({ place, fields, fail }) => {
    const before = left.get(place)
    if (before === undefined)
      throw fail('is not one of the records that were to be edited: topic, partition and offset say which one it is')
    left.delete(place)
    return { before, after: recordOf(before, fields) }
  })
}

/** Envelopes, each of which takes the place of the record that its topic, partition and offset say. */
export class EditedRecords {
  readonly #left = new Map<string, EditedLine>()

  /** @throws LeatError INVALID_RECORD that names the line */
  constructor(text: string) {
    for (const line of editedLines(text)) {
      if (this.#left.has(line.place)) throw line.fail('is of the same record as a line before')
      this.#left.set(line.place, line)
    }
  }

  /** Envelopes whose record did not come yet. */
  get size(): number {
    return this.#left.size
  }

  /** What a record has become; null for one that is not among them. */
  take(before: StoredRecord): StoredRecord | null {
    const place = placeOf(before.topic, before.partition, before.offset)
    const line = this.#left.get(place)
    this.#left.delete(place)
    return line === undefined ? null : recordOf(before, line.fields)
  }
}

interface EditedLine {
  readonly place: string
  readonly fields: Fields
  readonly fail: (reason: string) => LeatError
}

function editedLines(text: string): EditedLine[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return []
    const fail = (reason: string): LeatError => new LeatError('INVALID_RECORD', `line ${index + 1} ${reason}`)
    const fields = parseLine(line, fail)
    checkFields(fields, fail)
    return [{ place: placeOf(fields['topic'], digitsOf(fields['partition']), digitsOf(fields['offset'])), fields, fail }]
  })
}

function placeOf(topic: unknown, partition: unknown, offset: unknown): string {
  return JSON.stringify([topic, String(partition), String(offset)])
}

function digitsOf(value: unknown): string {
  return JSON.stringify(value) ?? ''
}

function parseLine(line: string, fail: (reason: string) => LeatError): Fields {
  try {
    const fields = parseRaw(line)
    if (isFields(fields)) return fields
  } catch {
    // Said below.
  }
  throw fail('is not a JSON object')
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

function checkFields(fields: Fields, fail: (reason: string) => LeatError): void {
  const { headers } = fields
  const timestamp = digitsOf(fields['timestamp'])
  if (!/^-?\d{1,19}$/.test(timestamp) || BigInt.asIntN(64, BigInt(timestamp)) !== BigInt(timestamp)) throw fail('has no timestamp')
  if (!Array.isArray(headers)) throw fail('has no headers')
  const isKeyless = (header: Fields | null): boolean => bytesOf(header?.['key'], null) === null
  if (headers.some(isKeyless)) throw fail('has a header without a key')
}

function recordOf(before: StoredRecord, fields: Fields): StoredRecord {
  return {
    ...before,
    timestamp: BigInt(digitsOf(fields['timestamp'])),
    key: bytesOf(fields['key'], before.key),
    value: bytesOf(fields['value'], before.value),
    headers: (fields['headers'] as Fields[]).map((header) => {
      const key = bytesOf(header['key'], null) as Buffer
      return { key: key.toString(), ...(isUtf8(key) ? {} : { keyBytes: key }), value: bytesOf(header['value'], null) }
    }),
  }
}

/** @param before what it was: JSON that says the same keeps its bytes */
function bytesOf(field: unknown, before: Buffer | null): Buffer | null {
  if (field === null || field === undefined) return null
  if (typeof field === 'string') return Buffer.from(field)
  const base64 = isFields(field) && Object.keys(field).length === 1 ? field['base64'] : null
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64')
  const json = JSON.stringify(field)
  return before !== null && canonical(before) === json ? before : Buffer.from(json)
}

function canonical(value: Buffer): string | null {
  try {
    return JSON.stringify(parseRaw(value.toString()))
  } catch {
    return null
  }
}
