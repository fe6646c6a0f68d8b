// For tests of replaying and parking: dead letters that real frameworks wrote, some of leat's own making, and a directory for them.
import fs from 'node:fs'
import path from 'node:path'
import { leat, type LeatResult } from './leat.ts'
import { type JsonRecord, parseRecords } from './records.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/dead-letters')

type Bytes = { readonly base64: string } | null

export interface FixtureLine {
  readonly record: {
    readonly timestamp: number
    readonly key: Bytes
    readonly value: Bytes
    readonly headers: readonly { readonly key: string; readonly value: Bytes }[]
  }
  readonly truth: {
    readonly family: string
    readonly origin: {
      readonly topic: string
      /** null where there are no partitions, and no offsets and times. */
      readonly partition: number | null
      readonly offset: number | null
      readonly timestamp: number | null
    }
    /** Key and value were left where they were. */
    readonly isPointer?: boolean
  }
}

export function fixtureLines(): FixtureLine[] {
  const names = fs.readdirSync(FIXTURES).filter((name) => name.endsWith('.jsonl'))
  const lines = names.flatMap((name) => fs.readFileSync(path.join(FIXTURES, name), 'utf8').trim().split('\n'))
  return lines.map((line) => JSON.parse(line) as FixtureLine)
}

/** As leat itself dead-letters: `said` are its headers. A line for `produce --json`. */
export function letterLine(
  fields: { readonly value: string | null; readonly key?: string | null; readonly timestamp?: number },
  said: Readonly<Record<string, string>>,
  own: readonly { readonly key: string; readonly value: string | null }[] = [],
): string {
  const headers = [...own, ...Object.entries(said).map(([key, value]) => ({ key: `leat.dlq.${key}`, value }))]
  return JSON.stringify({ key: 'k', ...fields, headers })
}

export interface Place {
  readonly dir: readonly string[]
  /** Runs leat on the directory. */
  readonly run: (...args: string[]) => Promise<LeatResult>
  readonly produce: (topic: string, lines: readonly string[], ...flags: string[]) => Promise<void>
  readonly records: (...args: string[]) => Promise<JsonRecord[]>
}

/** An empty data directory. */
export function place(): Place {
  const dir = ['-d', `${temporaryDirectory()}/data`]
  const run = async (...args: string[]): Promise<LeatResult> => leat([...args, ...dir])
  return {
    dir,
    run,
    async produce(topic, lines, ...flags) {
      const { exitCode, stderr } = await leat(['produce', topic, '--json', ...flags, ...dir], { input: `${lines.join('\n')}\n` })
      if (exitCode !== 0) throw new Error(stderr)
    },
    async records(...args) {
      return parseRecords((await run('consume', ...args, '--json')).stdout.toString())
    },
  }
}
