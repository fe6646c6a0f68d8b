// Programs of this machine, started through the shell.
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { type ChildEnd, ChildFailed, type ChildOptions, type ChildProcesses, type Worker } from './child-processes.ts'

type Child = ChildProcessByStdio<Writable, Readable, Readable>

const STDERR_TAIL_BYTES = 8 * 1024
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024
/** After the end of a command, what it started may hold its output open: so long is waited for the rest of what it wrote. */
const DRAIN_MS = 200
/** Between asking a command to end and killing it. */
const KILL_AFTER_MS = 1000

export const realChildProcesses: ChildProcesses = {
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

class RunningChild {
  onOutput: (bytes: Buffer) => void = () => {}
  readonly ended: Promise<ChildEnd>
  readonly #child: Child
  #tail: Buffer = Buffer.alloc(0)
  /** Why it was killed. */
  #reason: ChildEnd | null = null
  #timer: NodeJS.Timeout | undefined
  /** What the timer was set to last. */
  #timerMs = Number.POSITIVE_INFINITY
  #isOver = false

  constructor(command: string, { env, onStderr }: ChildOptions) {
    const { spawn } = process.getBuiltinModule('node:child_process')
    this.#child = spawn(command, {
      shell: true,
      detached: process.platform !== 'win32',
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    // It may end before it has read everything: how it ended is what counts.
    this.#child.stdin.on('error', () => {})
    this.#child.stdout.on('data', (bytes: Buffer) => this.onOutput(bytes))
    this.#child.stderr.on('data', (bytes: Buffer) => {
      this.#tail = Buffer.concat([this.#tail, bytes]).subarray(-STDERR_TAIL_BYTES)
      onStderr?.(bytes)
    })
    this.ended = this.#end()
  }

  get stderr(): string {
    return this.#tail.toString()
  }

  write(bytes: Buffer): void {
    this.#child.stdin.write(bytes)
  }

  finishInput(bytes?: Buffer): void {
    if (bytes === undefined) this.#child.stdin.end()
    else this.#child.stdin.end(bytes)
  }

  /** Kills it when it is still there after so long; each call takes the place of the one before. */
  limit(timeLimitMs: number): void {
    // The timer is for its end once it is being killed.
    if (this.#reason !== null) return
    if (timeLimitMs === this.#timerMs) return void this.#timer?.refresh()
    clearTimeout(this.#timer)
    this.#timerMs = timeLimitMs
    if (timeLimitMs === Number.POSITIVE_INFINITY) return
    this.#timer = setTimeout(() => this.kill({ kind: 'timeout', limitMs: timeLimitMs }), timeLimitMs)
  }

  kill(reason: ChildEnd): void {
    if (this.#isOver || this.#reason !== null) return
    this.#reason = reason
    this.#signal('SIGTERM')
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#signal('SIGKILL'), KILL_AFTER_MS)
  }

  async #end(): Promise<ChildEnd> {
    const end = await new Promise<ChildEnd>((resolve) => {
      this.#child.once('error', (error) => resolve({ kind: 'broken', reason: `cannot be started: ${error.message}` }))
      this.#child.once('exit', (code, signal) => {
        const own: ChildEnd = code === null ? { kind: 'signal', signal: signal ?? 'a signal' } : { kind: 'exit', code }
        const drained = setTimeout(() => resolve(own), DRAIN_MS)
        this.#child.once('close', () => {
          clearTimeout(drained)
          resolve(own)
        })
      })
    })
    this.#isOver = true
    clearTimeout(this.#timer)
    // The shell may be gone before what it started, which was to be killed with it.
    if (this.#reason !== null) this.#signal('SIGKILL')
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream.destroy()
    return this.#reason ?? end
  }

  /** The whole group: the shell has started others. */
  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child
    if (pid === undefined) return
    try {
      if (process.platform === 'win32') this.#child.kill(signal)
      else process.kill(-pid, signal)
    } catch {
      // It ended in this moment.
    }
  }
}

interface Question {
  readonly timeLimitMs: number
  readonly resolve: (answer: Buffer) => void
  readonly reject: (error: ChildFailed) => void
}

const NEWLINE = 0x0a
const LINE_END = Buffer.from('\n')

class LineWorker implements Worker {
  readonly #child: RunningChild
  readonly #questions: Question[] = []
  /** Lines that are asked in the same turn go out together. */
  readonly #lines: Buffer[] = []
  #failure: ChildFailed | null = null
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

  ask(line: Buffer, timeLimitMs: number): Promise<Buffer> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    const answer = new Promise<Buffer>((resolve, reject) => {
      this.#questions.push({ timeLimitMs, resolve, reject })
    })
    if (this.#questions.length === 1) this.#child.limit(timeLimitMs)
    if (this.#lines.push(line, LINE_END) === 2) setImmediate(() => this.#write())
    return answer
  }

  async close(graceMs: number): Promise<ChildEnd> {
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
    this.#failure = new ChildFailed(await this.#child.ended, this.#child.stderr)
    for (const question of this.#questions.splice(0)) question.reject(this.#failure)
  }

  #take(bytes: Buffer): void {
    let from = 0
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      this.#pieces.push(bytes.subarray(from, at))
      this.#answer(this.#pieces.length === 1 ? bytes.subarray(from, at) : Buffer.concat(this.#pieces))
      this.#pieces = []
      this.#piecesBytes = 0
      from = at + 1
    }
    if (from === bytes.length) return
    this.#pieces.push(bytes.subarray(from))
    this.#piecesBytes += bytes.length - from
    if (this.#piecesBytes > MAX_OUTPUT_BYTES)
      this.#child.kill({ kind: 'broken', reason: `wrote a line of more than ${MAX_OUTPUT_BYTES} bytes` })
  }

  #answer(line: Buffer): void {
    const question = this.#questions.shift()
    if (question === undefined) {
      const said = line.subarray(0, 60).toString()
      return this.#child.kill({ kind: 'broken', reason: `wrote a line that answers nothing ('${said}')` })
    }
    question.resolve(line)
    this.#child.limit(this.#questions[0]?.timeLimitMs ?? Number.POSITIVE_INFINITY)
  }
}
