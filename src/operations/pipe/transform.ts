// What makes new values of records: a command per record, or one that keeps running. A record is prepared while the cursor is on it and
// handled after that; several may be under way, and their order is kept.
import type { RecordCursor } from '../../record/record-cursor.ts'
import { LeatError } from '../../errors/leat-error.ts'
import { ask, ChildFailed, type ChildProcesses, endText, type Worker } from '../../system/child-processes.ts'
import type { Clock } from '../../system/system.ts'
import type { LineEncoder } from '../children/line-encoder.ts'
import { recordEnvironment } from '../children/record-environment.ts'

/** Handles the record; null drops it. @throws ChildFailed */
export type Handle = () => Promise<Buffer | null>

export interface Transform {
  /** How many may be under way at once. */
  readonly window: number
  beginBatch(topic: string, partition: number, cursor: RecordCursor): void
  /** @param cursor on a record that has a value */
  prepare(cursor: RecordCursor): Handle
  /**
   * Waits until what was begun is done with, and as long as it takes to tell that it says no more than it was asked.
   * @param isLast whether nothing more is asked @throws SurplusOutput
   */
  settle(isLast: boolean): Promise<void>
  close(): Promise<void>
}

/** A worker wrote more lines than it was asked for: which of them are about which record nobody knows. */
export class SurplusOutput extends LeatError {
  constructor({ end }: ChildFailed) {
    super('HANDLER_FAILED', `the command ${endText(end)}: which of its lines belong to which records cannot be told`, {
      hint: 'Nothing of this transaction is stored. A worker writes one line for each record, and nothing else, to its standard output.',
    })
  }
}

export interface CommandOptions {
  readonly processes: ChildProcesses
  readonly command: string
  readonly timeLimitMs: number
  readonly onStderr: (bytes: Buffer) => void
}

const NEWLINE = 0x0a

/** A process for each record: the value is its standard input, its standard output the new value, less one newline at the end. */
export class ExecTransform implements Transform {
  readonly window: number
  readonly #options: CommandOptions
  #topic = ''
  #partition = -1

  /** @param jobs processes at once */
  constructor(options: CommandOptions, jobs: number) {
    this.#options = options
    this.window = jobs
  }

  beginBatch(topic: string, partition: number): void {
    this.#topic = topic
    this.#partition = partition
  }

  prepare(cursor: RecordCursor): Handle {
    const { processes, command, timeLimitMs, onStderr } = this.#options
    const input = Buffer.from(cursor.bytes.subarray(cursor.valueStart, cursor.valueEnd))
    const env = recordEnvironment(this.#topic, this.#partition, cursor)
    return async () => {
      const { end, stdout, stderr } = await processes.run(command, { input, env, timeLimitMs, onStderr })
      if (end.kind !== 'exit' || end.code !== 0) throw new ChildFailed(end, stderr)
      const length = stdout.at(-1) === NEWLINE ? stdout.length - 1 : stdout.length
      return length === 0 ? null : stdout.subarray(0, length)
    }
  }

  async settle(): Promise<void> {}

  async close(): Promise<void> {}
}

/** Lines under way at most. */
const MAX_WINDOW = 256
/** An answer that comes sooner than this lets one line more go ahead; one that comes later than that, half as many. */
const SHORT_MS = 20n
const LONG_MS = 100n
const CLOSE_GRACE_MS = 5000
/** Before a transaction, a line too many is waited for as long as the slowest answer took and a little more, but no longer than this. */
const QUIET_MS = 10
const MAX_QUIET_MS = 100
/** Before the first one: who greets, or prints a heading, is one line ahead from then on. */
const MAX_FIRST_QUIET_MS = 5000

/** One process: a JSON line for each record, and a line back that is the new value. */
export class WorkerTransform implements Transform {
  window = 1
  readonly #worker: Worker
  readonly #timeLimitMs: number
  readonly #encoder: LineEncoder
  readonly #clock: Clock
  /** Answers come in order: once it is here, all are. */
  #last: Promise<unknown> = Promise.resolve()
  /** Of the answers since the last transaction; null: there were none. */
  #slowestMs: number | null = null
  #maxQuietMs = MAX_FIRST_QUIET_MS

  constructor({ processes, command, timeLimitMs, onStderr }: CommandOptions, encoder: LineEncoder, clock: Clock) {
    this.#worker = processes.start(command, { env: {}, onStderr })
    this.#timeLimitMs = timeLimitMs
    this.#encoder = encoder
    this.#clock = clock
  }

  beginBatch(topic: string, partition: number, cursor: RecordCursor): void {
    this.#encoder.beginBatch(topic, partition, cursor)
  }

  prepare(cursor: RecordCursor): Handle {
    const line = this.#encoder.line(cursor, '}')
    return () => {
      const answer = this.#ask(line)
      this.#last = answer.catch(() => {})
      return answer
    }
  }

  async settle(isLast: boolean): Promise<void> {
    await this.#last
    if (isLast) await this.close()
    else if (this.#slowestMs !== null) {
      await this.#clock.sleep(QUIET_MS + Math.min(this.#slowestMs, this.#maxQuietMs))
      this.#maxQuietMs = MAX_QUIET_MS
    }
    this.#slowestMs = null
    if (this.#worker.surplus !== null) throw new SurplusOutput(this.#worker.surplus)
  }

  async close(): Promise<void> {
    await this.#worker.close(CLOSE_GRACE_MS)
  }

  async #ask(line: Buffer): Promise<Buffer | null> {
    const sentAt = this.#clock.now()
    try {
      const answer = await ask(this.#worker, line, this.#timeLimitMs)
      this.#adapt(this.#clock.now() - sentAt)
      return answer.length === 0 ? null : answer
    } catch (error) {
      throw this.#worker.surplus === null ? error : new SurplusOutput(this.#worker.surplus)
    }
  }

  #adapt(tookMs: bigint): void {
    this.#slowestMs = Math.max(this.#slowestMs ?? 0, Number(tookMs))
    if (tookMs <= SHORT_MS) this.window = Math.min(MAX_WINDOW, this.window + 1)
    else if (tookMs > LONG_MS) this.window = Math.max(1, this.window >> 1)
  }
}
