// RabbitMQ's history of a message's deaths, on a record that came from there: the header `x-death`, as AMQP 0-9-1 has it (a field array of
// tables, see amqp-table.ts) or as JSON, `[{"queue":"orders","reason":"rejected","count":3,"time":1742480591,"exchange":"","routing-keys":["orders"]}]`.
// The newest death comes first there; deaths of one reason in one queue are one entry, whose time is that of the first of them. Where a message
// went round and round, its first death is in a newer entry, and `x-first-death-queue` and `x-first-death-reason` tell of it.
import type { DamagedHeader, Failure, Header } from './dead-letter.ts'
import { type AmqpTable, type AmqpValue, AmqpSyntaxError, MAX_DEPTH, readFieldArray } from './amqp-table.ts'
import { RABBITMQ } from './families.ts'

const KEY = 'x-death'
/** Times are seconds; other writers of JSON give them as text. */
const MS_PER_SECOND = 1000n
const OPEN_BRACKET = 0x5b
const FIRST_QUEUE = 'x-first-death-queue'
const FIRST_REASON = 'x-first-death-reason'
const DETAILS = ['exchange', 'routing-keys', 'original-expiration']

export interface Death {
  readonly place: number
  readonly failure: Failure
}

/** Oldest first. */
export function readDeaths(headers: readonly Header[], damaged: DamagedHeader[]): Death[] {
  return headers.flatMap(({ key, value }, place) => {
    if (key !== KEY || value === null) return []
    try {
      const deaths = entriesOf(value).map((entry) => failureOf(asTable(entry)))
      return [...firstOf(headers, deaths), ...deaths.toReversed()].map((failure) => ({ place, failure }))
    } catch (error) {
      if (!(error instanceof AmqpSyntaxError)) throw error
      damaged.push({ family: RABBITMQ, key, reason: error.message })
      return []
    }
  })
}

/** The first death, where it is not the oldest entry. @param deaths newest first */
function firstOf(headers: readonly Header[], deaths: readonly Failure[]): Failure[] {
  const said = (name: string): string | undefined => headers.find(({ key }) => key === name)?.value?.toString()
  const [queue, reason] = [said(FIRST_QUEUE), said(FIRST_REASON)]
  const first = deaths.findLast(({ topic, error }) => topic === queue && error.type === reason)
  return first === undefined || first === deaths.at(-1) ? [] : [{ ...first, attempts: null }]
}

function entriesOf(value: Buffer): readonly AmqpValue[] {
  if (value[0] !== OPEN_BRACKET) return readFieldArray(value)
  let entries: unknown
  try {
    entries = JSON.parse(value.toString())
  } catch {
    throw new AmqpSyntaxError('it is not JSON')
  }
  // It begins with a bracket.
  return (entries as unknown[]).map((entry) => fromJson(entry, 0))
}

function fromJson(value: unknown, depth: number): AmqpValue {
  if (depth > MAX_DEPTH) throw new AmqpSyntaxError('it is nested too deeply')
  if (Array.isArray(value)) return value.map((item) => fromJson(item, depth + 1))
  // JSON has nothing else than AMQP.
  if (typeof value !== 'object' || value === null) return value as AmqpValue
  return new Map(Object.entries(value).map(([name, item]) => [name, fromJson(item, depth + 1)]))
}

function asTable(value: AmqpValue): AmqpTable {
  if (!(value instanceof Map)) throw new AmqpSyntaxError('a death is not a table')
  return value as AmqpTable
}

function failureOf(death: AmqpTable): Failure {
  const count = integerOf(death.get('count'))
  const seconds = integerOf(death.get('time'))
  const details = DETAILS.flatMap((name): [string, string][] => {
    const value = death.get(name)
    return value === undefined || value === null ? [] : [[name, textOf(value)]]
  })
  return {
    family: RABBITMQ,
    topic: stringOf(death.get('queue')),
    partition: null,
    offset: null,
    timestamp: null,
    group: null,
    error: { type: stringOf(death.get('reason')), message: null, stack: null },
    attempts: count === null ? null : Number(count),
    firstFailedAt: seconds === null ? null : seconds * MS_PER_SECOND,
    lastFailedAt: null,
    details: new Map(details),
  }
}

function stringOf(value: AmqpValue | undefined): string | null {
  return typeof value === 'string' ? value : null
}

function integerOf(value: AmqpValue | undefined): bigint | null {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : null
  return typeof value === 'string' && /^\d{1,18}$/.test(value) ? BigInt(value) : null
}

function textOf(value: AmqpValue): string {
  if (Array.isArray(value)) return value.map(textOf).join(', ')
  return typeof value === 'string' || typeof value === 'bigint' || typeof value === 'number' ? `${value}` : '…'
}
