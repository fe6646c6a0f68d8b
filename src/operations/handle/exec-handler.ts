// A process for each record: its value on standard input, the rest in the environment (see record-environment.ts), and LEAT_ATTEMPT. Exit code
// 0 is yes. What it prints goes to standard output once it is done.
import type { RecordCursor } from '../../record/record-cursor.ts'
import type { ByteSink } from '../../system/byte-streams.ts'
import type { ChildEnd, ChildProcesses } from '../../system/child-processes.ts'
import type { Clock } from '../../system/system.ts'
import { recordEnvironment } from '../children/record-environment.ts'
import { errorOfEnd, faultOfExit, type HandlerError } from './handler-error.ts'
import type { Attempt, Handler, Preparer } from './handler.ts'
import type { HeldRecord } from './held-record.ts'
import { isGone, missingCommand } from './missing-command.ts'
import { StartPatience } from './unstartable.ts'

export interface CommandOptions {
  readonly processes: ChildProcesses
  readonly clock: Clock
  readonly command: string
  /** How many processes at once. */
  readonly jobs: number
  readonly timeLimitMs: number
  readonly onStderr: (bytes: Buffer) => void
}

const NO_BYTES = Buffer.alloc(0)

export class ExecHandler implements Handler {
  readonly maxUnderWay: number
  readonly #options: CommandOptions
  readonly #output: ByteSink
  readonly #patience: StartPatience
  #underWay = 0

  /** @param output takes what the processes print, a process at a time */
  constructor(options: CommandOptions, output: ByteSink) {
    this.#options = options
    this.#output = output
    this.#patience = new StartPatience(options.clock)
    this.maxUnderWay = options.jobs
  }

  get isInOrder(): boolean {
    return this.maxUnderWay === 1
  }

  get hasRoom(): boolean {
    return this.#underWay < this.maxUnderWay
  }

  preparer(): Preparer {
    return { beginBatch: () => {}, prepare: (record, cursor) => this.#prepare(record, cursor) }
  }

  async close(): Promise<void> {}

  #prepare(record: HeldRecord, cursor: RecordCursor): Attempt {
    const { topic, partition, offset } = record.origin
    const env = { ...recordEnvironment(topic, partition, cursor), LEAT_OFFSET: `${offset}` }
    return (attempt) => this.#run(record.value ?? NO_BYTES, { ...env, LEAT_ATTEMPT: `${attempt}` })
  }

  async #run(input: Buffer, env: Record<string, string>): Promise<HandlerError | null> {
    const { processes, command, timeLimitMs, onStderr } = this.#options
    this.#underWay++
    try {
      for (;;) {
        const { end, stdout, stderr } = await processes.run(command, { input, env, timeLimitMs, onStderr })
        if (end.kind === 'unstartable') {
          if (isTooLarge(end, env)) return tooLarge(env)
          await this.#patience.wait(end)
          continue
        }
        this.#patience.started()
        if (await isGone(this.#options, end)) throw missingCommand(command)
        if (end.kind !== 'exit' || end.code !== 0) return errorOfEnd(end, stderr, faultOfExit(end, stderr))
        if (stdout.length > 0) await this.#output.write(stdout, 0, stdout.length)
        return null
      }
    } finally {
      this.#underWay--
    }
  }
}

/** Of the bytes that a record puts into the environment: fewer than this are not what makes it too large. */
const LARGE_BYTES = 32 * 1024

type Environment = Readonly<Record<string, string>>

function isTooLarge({ code }: ChildEnd & { kind: 'unstartable' }, env: Environment): boolean {
  return code === 'E2BIG' && sizeOf(env) >= LARGE_BYTES
}

/** A record that no command can be given is like one that no command can handle. */
function tooLarge(env: Environment): HandlerError {
  const message = `its key and headers take ${sizeOf(env)} bytes, more than the environment of a command has room for; a --worker reads them from its input`
  return { type: 'environment-too-large', message, stack: null, fault: 'record' }
}

function sizeOf(env: Environment): number {
  return Object.entries(env).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value) + 2, 0)
}
