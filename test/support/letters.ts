// The dead letters of real frameworks (fixtures/dead-letters), and a directory that has them.
import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { leat } from './leat.ts'

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/dead-letters')

export interface LetterPlace {
  readonly topic: string
  /** null where there are no partitions, and no offsets and times. */
  readonly partition: number | null
  readonly offset: number | null
  readonly timestamp: number | null
  readonly errorType?: string
}

export interface RealDeadLetter {
  readonly record: {
    readonly topic: string
    readonly key: unknown
    readonly value: { readonly base64: string } | null
    readonly headers: readonly { readonly key: string; readonly value: { readonly base64: string } | null }[]
  }
  readonly truth: {
    readonly family: string
    readonly origin: LetterPlace
    readonly via?: LetterPlace[]
    readonly group?: string
    readonly errorType?: string
    readonly errorMessage?: string
    readonly attempts?: number
    readonly stage?: string
    readonly connector?: string
    readonly details?: Readonly<Record<string, string>>
    readonly isPointer?: boolean
  }
}

export const fixtureNames = fs.readdirSync(FIXTURES).filter((name) => name.endsWith('.jsonl'))

export function realDeadLetters(name: string): RealDeadLetter[] {
  const text = fs.readFileSync(path.join(FIXTURES, name), 'utf8').trim()
  return text.split('\n').map((line) => JSON.parse(line) as RealDeadLetter)
}

/** Stores records as envelopes. */
export async function store(dir: string, records: readonly object[]): Promise<void> {
  const input = records.map((record) => `${JSON.stringify(record)}\n`).join('')
  const { exitCode, stderr } = await leat(['produce', '--json', '--create-partitions', '1', '-d', dir], { input })
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
}

export interface LetterFields {
  readonly topic?: string
  readonly source?: string
  readonly type?: string
  readonly message?: string
  readonly failedAt?: number
  readonly key?: string
  readonly value?: unknown
}

/** An envelope of a dead letter as leat writes them. */
export function deadLetter({ topic = 'orders.dlq', source = 'orders', type = 'Timeout', ...fields }: LetterFields): object {
  const { message = 'no answer after 500 ms', failedAt = Date.now(), key = 'k', value = { id: 1 } } = fields
  const said = {
    topic: source,
    partition: 0,
    offset: 7,
    'error.type': type,
    'error.message': message,
    attempts: 3,
    'last-failed-at': failedAt,
  }
  const headers = Object.entries(said).map(([name, text]) => ({ key: `leat.dlq.${name}`, value: String(text) }))
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return { topic, partition: 0, timestamp: 1_700_000_000_000, key, value: text, headers: [{ key: 'trace', value: 't1' }, ...headers] }
}

/** The objects that a command printed, one a line. */
export function lines(stdout: Buffer): Record<string, unknown>[] {
  const text = stdout.toString().trim()
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
}
