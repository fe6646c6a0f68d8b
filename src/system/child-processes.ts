// The port to other programs: commands of the user's shell that take records on their standard input. Each runs in a process group of its
// own, so that a Ctrl-C on the terminal does not reach it before leat has decided what that means, and so that a time limit ends what it
// has started too. None outlives leat, unless that is killed itself.

/** How a command ended. */
export type ChildEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  /** It took longer than its limit, and was killed. */
  | { readonly kind: 'timeout'; readonly limitMs: number }
  /** It did what it may not: said too much, or what nobody asked for; and was killed. */
  | { readonly kind: 'broken'; readonly reason: string }
  /** There was no process: the machine has no more of something (`EAGAIN`, `EMFILE`), or does not take its environment (`E2BIG`). */
  | { readonly kind: 'unstartable'; readonly code: string; readonly reason: string }

export interface ChildOptions {
  /** Added to the environment of this process. */
  readonly env: Readonly<Record<string, string>>
  /** Told of what the command writes on its standard error, as it comes. */
  readonly onStderr?: (bytes: Buffer) => void
}

export interface RunOptions extends ChildOptions {
  readonly input: Buffer
  /** Infinity: as long as it takes. */
  readonly timeLimitMs: number
}

export interface RunResult {
  readonly end: ChildEnd
  readonly stdout: Buffer
  /** The last 8 KiB. */
  readonly stderr: string
}

/** What a worker is asked, and who is told: no promise, as there may be a hundred thousand a second. */
export interface Question {
  /** Without what ends it, as the answer. */
  readonly line: Buffer
  /** From when all lines before it are answered; Infinity: none. */
  readonly timeLimitMs: number
  answered(answer: Buffer): void
  /** The worker has ended, for whatever reason. */
  failed(error: ChildFailed): void
}

/** A command that keeps running and answers each line with a line, in order. */
export interface Worker {
  /** Resolves once it has ended, for whatever reason. */
  readonly ended: Promise<ChildEnd>
  /** It wrote a line that answers nothing, so nobody knows what its lines before that were about; null: not so far. It answers no more. */
  readonly surplus: ChildFailed | null
  /** Sends a line. Any number of them may be under way. */
  send(question: Question): void
  /** Ends its input and waits until it ends by itself; what is still there after `graceMs` is killed. */
  close(graceMs: number): Promise<ChildEnd>
}

/** Sends a line, and resolves with its answer. @throws ChildFailed */
export function ask(worker: Worker, line: Buffer, timeLimitMs: number): Promise<Buffer> {
  return new Promise((answered, failed) => worker.send({ line, timeLimitMs, answered, failed }))
}

export interface ChildProcesses {
  /** Whether there is the program that a command begins with; true where only running the command can tell. */
  isThere(command: string): Promise<boolean>
  /** Runs a shell command to its end. */
  run(command: string, options: RunOptions): Promise<RunResult>
  /** Starts a shell command that answers lines. */
  start(command: string, options: ChildOptions): Worker
}

/** A worker did not answer. */
export class ChildFailed extends Error {
  readonly end: ChildEnd
  /** The last 8 KiB of its standard error. */
  readonly stderr: string

  constructor(end: ChildEnd, stderr: string) {
    super(`the command ${endText(end)}`)
    this.name = 'ChildFailed'
    this.end = end
    this.stderr = stderr
  }
}

/** Completes "the command …". */
export function endText(end: ChildEnd): string {
  switch (end.kind) {
    case 'exit':
      // What the shell says of a command that there is not, or that is no program.
      if (end.code === 127) return 'was not found'
      return end.code === 126 ? 'cannot be executed' : `ended with exit code ${end.code}`
    case 'signal':
      return `was killed by ${end.signal}`
    case 'timeout':
      return `took longer than ${end.limitMs} ms`
    case 'broken':
      return end.reason
    case 'unstartable':
      return `cannot be started: ${end.reason}`
  }
}

/** What a command that is not there ends with, or one that runs another that is not. */
export function isMissingCommand(end: ChildEnd): boolean {
  return end.kind === 'exit' && (end.code === 127 || end.code === 126)
}
