// Dead letters that are told in the value, not in headers, as many a service of its own makes them:
//
//   {"original_event": {…} or "text", "failed_at": "2026-11-21T08:00:00Z", "error_message": "…", "error_type": "…", "retry_count": 3,
//    "source_topic": "orders", "source_partition": 0, "source_offset": 7}
//
// A value is one of these when it is an object with an original event and the topic it came from or the error; all else may be missing.
import type { Failure } from './dead-letter.ts'
import { parseRaw } from '../bytes/exact-json.ts'

const MARK = Buffer.from('"original_event"')
const OPEN_BRACE = 0x7b

export interface JsonEnvelope {
  readonly failure: Failure
  /** The original's value: a text as its bytes, anything else as JSON, its numbers digit for digit. */
  readonly original: Buffer | null
}

/** null for a value that is none. */
export function readJsonEnvelope(value: Buffer | null): JsonEnvelope | null {
  if (value === null || value[0] !== OPEN_BRACE || !value.includes(MARK)) return null
  try {
    // It begins with a brace.
    const fields = parseRaw(value.toString()) as Readonly<Record<string, unknown>>
    if (!Object.hasOwn(fields, 'original_event') || !hasText(fields, 'source_topic', 'error_type', 'error_message')) return null
    return { failure: failureOf(fields), original: originalOf(fields['original_event']) }
  } catch {
    // It is no JSON, or is nested more deeply than anybody's event.
    return null
  }
}

function hasText(fields: Readonly<Record<string, unknown>>, ...names: readonly string[]): boolean {
  return names.some((name) => typeof fields[name] === 'string')
}

function failureOf(fields: Readonly<Record<string, unknown>>): Failure {
  const partition = integerOf(fields['source_partition'])
  const retries = integerOf(fields['retry_count'])
  return {
    family: 'json-envelope',
    topic: textOf(fields['source_topic']),
    partition: partition === null ? null : Number(partition),
    offset: integerOf(fields['source_offset']),
    timestamp: null,
    group: null,
    error: { type: textOf(fields['error_type']), message: textOf(fields['error_message']), stack: null },
    // The first attempt is no retry.
    attempts: retries === null ? null : Number(retries) + 1,
    firstFailedAt: null,
    lastFailedAt: timeOf(fields['failed_at']),
    details: new Map(),
  }
}

function originalOf(event: unknown): Buffer | null {
  if (event === null) return null
  return Buffer.from(typeof event === 'string' ? event : JSON.stringify(event))
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** Of a number, or of one in quotes. */
function integerOf(value: unknown): bigint | null {
  const digits = typeof value === 'string' ? value : JSON.stringify(value)
  return digits !== undefined && /^\d{1,18}$/.test(digits) ? BigInt(digits) : null
}

/** ms of a date, or of a number of seconds or milliseconds. */
function timeOf(value: unknown): bigint | null {
  const number = integerOf(value)
  if (number !== null) return number < 100_000_000_000n ? number * 1000n : number
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? null : BigInt(ms)
}
