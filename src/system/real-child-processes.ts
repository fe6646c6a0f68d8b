// Programs of this machine, started through the shell.
import { type ChildEnd, ChildFailed, type ChildProcesses, type Question, type Worker } from './child-processes.ts'
import { RunningChild } from './running-child.ts'

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/** The program of a command that is nothing but words, after variables that are set for it. */
const PROGRAM = /^\s*(?:\w+=[\w./:@%+,-]*\s+)*(?:exec\s+)?([\w./@%+,][\w./@%+,-]*)(?:\s|$)/
const LOOK_FOR_IT = 'case $LEAT_PROGRAM in */*) test -f "$LEAT_PROGRAM" && test -x "$LEAT_PROGRAM" ;; *) command -v "$LEAT_PROGRAM" ;; esac'

export const realChildProcesses: ChildProcesses = {
  async isThere(command) {
    const program = PROGRAM.exec(command)?.[1]
    if (program === undefined || process.platform === 'win32') return true
    const env = { LEAT_PROGRAM: program }
    const { end } = await this.run(LOOK_FOR_IT, { input: Buffer.alloc(0), env, timeLimitMs: Number.POSITIVE_INFINITY })
    return end.kind !== 'exit' || end.code === 0
  },

  async run(command, { input, timeLimitMs, ...options }) {
    const child = new RunningChild(command, options)
    const pieces: Buffer[] = []
    let size = 0
    child.onOutput = (bytes) => {
      size += bytes.length
      if (size <= MAX_OUTPUT_BYTES) pieces.push(bytes)
      else child.kill({ kind: 'broken', reason: `wrote more than ${MAX_OUTPUT_BYTES} bytes` })
    }
    child.finishInput(input)
    child.limit(timeLimitMs)
    const end = await child.ended
    return { end, stdout: Buffer.concat(pieces), stderr: child.stderr }
  },

  start: (command, options) => new LineWorker(new RunningChild(command, options)),
}

const NEWLINE = 0x0a
const LINE_END = Buffer.from('\n')

class LineWorker implements Worker {
  surplus: ChildFailed | null = null
  readonly #child: RunningChild
  readonly #questions: Question[] = []
  /** Lines that are sent in the same turn go out together. */
  readonly #lines: Buffer[] = []
  #failure: ChildFailed | null = null
  /** Its time is what it has left to end. */
  #isClosing = false
  /** The beginning of a line whose end has not come. */
  #pieces: Buffer[] = []
  #piecesBytes = 0

  constructor(child: RunningChild) {
    this.#child = child
    child.onOutput = (bytes) => this.#take(bytes)
    void this.#fail()
  }

  get ended(): Promise<ChildEnd> {
    return this.#child.ended
  }

  send(question: Question): void {
    if (this.#failure !== null) return question.failed(this.#failure)
    if (this.#questions.push(question) === 1) this.#child.limit(question.timeLimitMs)
    if (this.#lines.push(question.line, LINE_END) === 2) setImmediate(() => this.#write())
  }

  async close(graceMs: number): Promise<ChildEnd> {
    this.#isClosing = true
    this.#write()
    this.#child.finishInput()
    this.#child.limit(graceMs)
    return this.#child.ended
  }

  #write(): void {
    if (this.#lines.length > 0) this.#child.write(Buffer.concat(this.#lines.splice(0)))
  }

  /** Once it has ended, for whatever reason. */
  async #fail(): Promise<void> {
    this.#refuse(new ChildFailed(await this.#child.ended, this.#child.stderr))
  }

  #refuse(failure: ChildFailed): void {
    this.#failure ??= failure
    for (const question of this.#questions.splice(0)) question.failed(this.#failure)
  }

  #take(bytes: Buffer): void {
    let from = 0
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      this.#answer(this.#whole(bytes.subarray(from, at)))
      from = at + 1
    }
    // Once for all of them: its time begins when the one before it is answered.
    if (from > 0 && !this.#isClosing) this.#child.limit(this.#questions[0]?.timeLimitMs ?? Number.POSITIVE_INFINITY)
    if (from === bytes.length) return
    this.#pieces.push(bytes.subarray(from))
    this.#piecesBytes += bytes.length - from
    if (this.#piecesBytes > MAX_OUTPUT_BYTES)
      this.#child.kill({ kind: 'broken', reason: `wrote a line of more than ${MAX_OUTPUT_BYTES} bytes` })
  }

  /** A line from its last piece. */
  #whole(piece: Buffer): Buffer {
    if (this.#pieces.length === 0) return piece
    this.#piecesBytes = 0
    return Buffer.concat([...this.#pieces.splice(0), piece])
  }

  #answer(line: Buffer): void {
    if (this.surplus !== null) return
    // A line that was not sent yet has no answer.
    const isAsked = this.#questions.length > this.#lines.length / 2
    const question = isAsked ? this.#questions.shift() : undefined
    if (question === undefined) {
      const end = { kind: 'broken', reason: `wrote a line that answers nothing ('${line.subarray(0, 60).toString()}')` } as const
      this.surplus = new ChildFailed(end, this.#child.stderr)
      this.#child.kill(end)
      return this.#refuse(this.surplus)
    }
    question.answered(line)
  }
}
