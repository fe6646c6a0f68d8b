// Dead letters for tests of commands: those of real frameworks (fixtures/dead-letters), and ones as leat writes them; and a directory of its own.
import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { leat, type LeatResult } from './leat.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/dead-letters')

export interface HeaderText {
  readonly key: string
  readonly value: unknown
}

export interface FixtureLine {
  readonly record: { readonly key: unknown; readonly value: unknown; readonly headers: readonly HeaderText[] }
  readonly truth: {
    readonly origin: { readonly topic: string; readonly partition: number; readonly offset: number; readonly timestamp: number }
    readonly isPointer?: boolean
  }
}

export function fixtureNames(): string[] {
  return fs.readdirSync(FIXTURES).filter((name) => name.endsWith('.jsonl'))
}

export function fixtureLines(name: string): FixtureLine[] {
  const lines = fs.readFileSync(path.join(FIXTURES, name), 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as FixtureLine)
}

export interface RecordFields {
  readonly value: string
  readonly key?: string | null
  /** ms */
  readonly timestamp?: number
}

/**
 * An envelope of a dead letter.
 * @param failure headers of leat, without `leat.dlq.`
 * @param own the record's own headers, before those
 */
export function deadLetter(
  { value, key = 'k', timestamp = 1_700_000_000_000 }: RecordFields,
  failure: Readonly<Record<string, string>>,
  own: readonly HeaderText[] = [],
): string {
  const said = Object.entries(failure).map(([name, text]) => ({ key: `leat.dlq.${name}`, value: text }))
  return JSON.stringify({ partition: 0, timestamp, key, value, headers: [...own, ...said] })
}

/** A record as `leat consume --json` prints it; integers as text. */
export interface PrintedRecord {
  readonly topic: string
  readonly partition: number
  readonly timestamp: string
  readonly key: unknown
  readonly value: unknown
  readonly headers: readonly HeaderText[]
}

/** A directory, and what is done there. */
export interface Place {
  /** The flag that names it. */
  readonly dir: readonly string[]
  readonly run: (...words: readonly string[]) => Promise<LeatResult>
  /** Stores envelopes. */
  readonly produce: (topic: string, lines: readonly string[], ...flags: readonly string[]) => Promise<void>
  readonly records: (...words: readonly string[]) => Promise<PrintedRecord[]>
}

export function place(): Place {
  const dir = ['-d', path.join(temporaryDirectory(), 'data')]
  const run = (...words: readonly string[]): Promise<LeatResult> => leat([...words, ...dir])
  return {
    dir,
    run,
    produce: async (topic, lines, ...flags) => {
      const { exitCode, stderr } = await leat(['produce', topic, '--json', ...flags, ...dir], {
        input: lines.map((line) => `${line}\n`).join(''),
      })
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
    },
    records: async (...words) => {
      const { stdout } = await run('consume', ...words, '--json')
      const lines = stdout.toString().split('\n').slice(0, -1)
      return lines.map((line) => {
        const record = JSON.parse(line) as Omit<PrintedRecord, 'timestamp'> & { readonly timestamp: number }
        return { ...record, timestamp: String(record.timestamp) }
      })
    },
  }
}
