// A `leat consume --json` that runs, with what it has printed so far.
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { startLeat } from './leat.ts'
import type { LeatProcess } from './leat.ts'

export interface Followed {
  readonly partition: number
  readonly offset: number
  readonly value: string
}

const PATIENCE_MS = 30_000

export class Follower {
  readonly process: LeatProcess
  readonly records: Followed[] = []
  stderr = ''
  #rest = ''

  /** @param args what follows `consume --json` */
  constructor(args: readonly string[]) {
    this.process = startLeat(['consume', '--json', ...args])
    this.process.stdout.on('data', (bytes: Buffer) => this.#take(String(bytes)))
    this.process.stderr.on('data', (bytes: Buffer) => (this.stderr += String(bytes)))
  }

  get values(): string[] {
    return this.records.map(({ value }) => value)
  }

  get partitions(): number[] {
    return [...new Set(this.records.map(({ partition }) => partition))].toSorted((a, b) => a - b)
  }

  /** Ends it and waits for its end. Returns its exit code; null after a signal that it does not handle. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode
    const closed = once(this.process, 'close') as Promise<[number | null]>
    this.process.kill(signal)
    return (await closed)[0]
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() as string
    this.records.push(...lines.map((line) => JSON.parse(line) as Followed))
  }
}

/** Resolves once it is so; a test that waits for too long says for what. */
export async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`not within ${PATIENCE_MS / 1000} s: ${what}`)
    await setTimeout(20)
  }
}
