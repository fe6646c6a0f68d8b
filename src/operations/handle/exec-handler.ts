// A process for each record: its value on standard input, the rest in the environment (see record-environment.ts), and LEAT_ATTEMPT. Exit code
// 0 is yes. What it prints goes to standard output once it is done.
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import type { RecordCursor } from '../../record/record-cursor.ts'
import type { ByteSink } from '../../system/byte-streams.ts'
import { type ChildEnd, type ChildProcesses, endText } from '../../system/child-processes.ts'
import { recordEnvironment } from '../pipe/record-environment.ts'
import { isMissingCommand } from '../pipe/transform.ts'
import { errorOfEnd, type HandlerError } from './handler-error.ts'
import type { Attempt, Handler, Preparer } from './handler.ts'
import type { HeldRecord } from './held-record.ts'

export interface CommandOptions {
  readonly processes: ChildProcesses
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
  #underWay = 0

  /** @param output takes what the processes print, a process at a time */
  constructor(options: CommandOptions, output: ByteSink) {
    this.#options = options
    this.#output = output
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
      const { end, stdout, stderr } = await processes.run(command, { input, env, timeLimitMs, onStderr })
      if (isMissingCommand(end)) throw missingCommand(command, end, stderr)
      if (end.kind !== 'exit' || end.code !== 0) return errorOfEnd(end, stderr)
      if (stdout.length > 0) await this.#output.write(stdout, 0, stdout.length)
      return null
    } finally {
      this.#underWay--
    }
  }
}

/** A slip of the finger is not the records' fault: none of them counts as failed. */
export function missingCommand(command: string, end: ChildEnd, stderr: string): LeatError {
  const said = stderr.trim().split('\n').at(-1) ?? ''
  return new LeatError('COMMAND_NOT_FOUND', `the command '${command}' ${endText(end)}${said === '' ? '' : `: ${said}`}`, {
    hint: 'No record was given up for that; mend the command and run it again.',
    exitCode: exitCodes.usage,
  })
}
