// One command of the shell, from its start to its end: its streams, its time limit, and how it ended. Those that still run when leat ends,
// for whatever reason it can see, are killed with it, with all that they started.
import fs from 'node:fs'
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { ChildEnd, ChildOptions } from './child-processes.ts'
import { errorCode } from './error-code.ts'
import { LongTimer } from './long-timer.ts'

type Child = ChildProcessByStdio<Writable, Readable, Readable>

const STDERR_TAIL_BYTES = 8 * 1024
/** After the end of a command, what it started may hold its output open: so long is waited for the rest of what it wrote. */
const DRAIN_MS = 200
/** Three pairs of pipes, and one that tells whether it went well; and some to spare. */
const START_DESCRIPTORS = 12
/** Between asking a command to end and killing it. */
const KILL_AFTER_MS = 1000

export class RunningChild {
  onOutput: (bytes: Buffer) => void = () => {}
  readonly ended: Promise<ChildEnd>
  /** null: it cannot be started. */
  readonly #child: Child | null
  #tail: Buffer = Buffer.alloc(0)
  /** Why it was killed. */
  #reason: ChildEnd | null = null
  #timer: LongTimer | null = null
  /** What the timer was set to last. */
  #timerMs = Number.POSITIVE_INFINITY
  #isOver = false

  constructor(command: string, { env, onStderr }: ChildOptions) {
    const started = startShell(command, env)
    if (started instanceof Promise) {
      this.#child = null
      this.#isOver = true
      this.ended = started
      return
    }
    this.#child = started
    started.stdout.on('data', (bytes: Buffer) => this.onOutput(bytes))
    started.stderr.on('data', (bytes: Buffer) => {
      this.#tail = Buffer.concat([this.#tail, bytes]).subarray(-STDERR_TAIL_BYTES)
      onStderr?.(bytes)
    })
    if (!process.listeners('exit').includes(killAll)) process.on('exit', killAll)
    running.add(this)
    this.ended = this.#end(started)
  }

  get stderr(): string {
    return this.#tail.toString()
  }

  write(bytes: Buffer): void {
    this.#child?.stdin.write(bytes)
  }

  finishInput(bytes?: Buffer): void {
    if (bytes === undefined) this.#child?.stdin.end()
    else this.#child?.stdin.end(bytes)
  }

  /** Kills it when it is still there after so long; each call takes the place of the one before. */
  limit(timeLimitMs: number): void {
    // The timer is for its end once it is being killed.
    if (this.#isOver || this.#reason !== null) return
    if (timeLimitMs === this.#timerMs) return this.#timer?.restart()
    this.#timer?.clear()
    this.#timerMs = timeLimitMs
    if (timeLimitMs === Number.POSITIVE_INFINITY) this.#timer = null
    else this.#timer = new LongTimer(timeLimitMs, () => this.kill({ kind: 'timeout', limitMs: timeLimitMs }))
  }

  kill(reason: ChildEnd): void {
    if (this.#isOver || this.#reason !== null) return
    this.#reason = reason
    this.signal('SIGTERM')
    this.#timer?.clear()
    this.#timer = new LongTimer(KILL_AFTER_MS, () => this.signal('SIGKILL'))
  }

  /** To the whole group: the shell has started others. */
  signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid
    if (pid === undefined) return
    try {
      if (process.platform === 'win32') this.#child?.kill(signal)
      else process.kill(-pid, signal)
    } catch {
      // It ended in this moment.
    }
  }

  async #end(child: Child): Promise<ChildEnd> {
    const end = await endOf(child)
    this.#isOver = true
    this.#timer?.clear()
    // The shell may be gone before what it started, which was to be killed with it.
    if (this.#reason !== null) this.signal('SIGKILL')
    running.delete(this)
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
    return this.#reason ?? end
  }
}

/** In a process group of its own; or why it cannot be started. */
function startShell(command: string, env: Readonly<Record<string, string>>): Child | Promise<ChildEnd> {
  const { spawn } = process.getBuiltinModule('node:child_process')
  let child: Child
  try {
    if (process.platform !== 'win32') checkDescriptors()
    child = spawn(command, {
      shell: true,
      detached: process.platform !== 'win32',
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
  } catch (error) {
    return Promise.resolve(unstartable(error))
  }
  if (child.pid === undefined) return new Promise((resolve) => child.once('error', (error) => resolve(unstartable(error))))
  // It may end before it has read everything: how it ended is what counts.
  for (const emitter of [child, child.stdin, child.stdout, child.stderr]) emitter.on('error', () => {})
  return child
}

/** Throws where a start would run out of file descriptors: of those that it got until then, Node keeps some open for ever. */
function checkDescriptors(): void {
  const spare: number[] = []
  try {
    while (spare.length < START_DESCRIPTORS) spare.push(fs.openSync('/dev/null', 'r'))
  } catch (error) {
    // What Node's calls throw is an Error.
    throw Object.assign(error as Error, { message: `too many open files (${errorCode(error)})` })
  } finally {
    for (const fd of spare) fs.closeSync(fd)
  }
}

function unstartable(error: unknown): ChildEnd {
  return { kind: 'unstartable', code: errorCode(error) ?? 'UNKNOWN', reason: error instanceof Error ? error.message : String(error) }
}

function endOf(child: Child): Promise<ChildEnd> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      const own: ChildEnd = code === null ? { kind: 'signal', signal: signal ?? 'a signal' } : { kind: 'exit', code }
      const drained = setTimeout(() => resolve(own), DRAIN_MS)
      child.once('close', () => {
        clearTimeout(drained)
        resolve(own)
      })
    })
  })
}

/** Groups of their own get no signal from the terminal, nor the end of leat: not even a handler that ignores TERM may outlive it. */
const running = new Set<RunningChild>()

export function areChildrenRunning(): boolean {
  return running.size > 0
}

function killAll(): void {
  for (const child of running) child.signal('SIGKILL')
}
