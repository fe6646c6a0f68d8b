// What makes new values of records: a command per record, or one that keeps running. A record is prepared while the cursor is on it and
// handled after that; several may be under way, and their order is kept.
import type { RecordCursor } from '../../record/record-cursor.ts'
import { type ChildEnd, ChildFailed, type ChildProcesses, type Worker } from '../../system/child-processes.ts'
import { recordEnvironment } from './record-environment.ts'

/** Handles the record; null drops it. @throws ChildFailed */
export type Handle = () => Promise<Buffer | null>

export interface Transform {
  /** How many may be under way at once. */
  readonly window: number
  beginBatch(topic: string, partition: number, cursor: RecordCursor): void
  /** @param cursor on a record that has a value */
  prepare(cursor: RecordCursor): Handle
  close(): Promise<void>
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

  async close(): Promise<void> {}
}

/** How a record is told to a worker: as one line, without what ends it. */
export interface LineEncoder {
  beginBatch(topic: string, partition: number, cursor: RecordCursor): void
  line(cursor: RecordCursor): Buffer
}

const WORKER_WINDOW = 256
const CLOSE_GRACE_MS = 5000

/** One process: a JSON line for each record, and a line back that is the new value. */
export class WorkerTransform implements Transform {
  readonly window = WORKER_WINDOW
  readonly #worker: Worker
  readonly #timeLimitMs: number
  readonly #encoder: LineEncoder

  constructor({ processes, command, timeLimitMs, onStderr }: CommandOptions, encoder: LineEncoder) {
    this.#worker = processes.start(command, { env: {}, onStderr })
    this.#timeLimitMs = timeLimitMs
    this.#encoder = encoder
  }

  beginBatch(topic: string, partition: number, cursor: RecordCursor): void {
    this.#encoder.beginBatch(topic, partition, cursor)
  }

  prepare(cursor: RecordCursor): Handle {
    const line = this.#encoder.line(cursor)
    return async () => {
      const answer = await this.#worker.ask(line, this.#timeLimitMs)
      return answer.length === 0 ? null : answer
    }
  }

  async close(): Promise<void> {
    await this.#worker.close(CLOSE_GRACE_MS)
  }
}

/** What a command that is not there ends with. */
export function isMissingCommand(end: ChildEnd): boolean {
  return end.kind === 'exit' && (end.code === 127 || end.code === 126)
}
