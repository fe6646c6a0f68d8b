// Ctrl-C, TERM and a terminal that is closed (HUP): the first one ends what a command waits for, so that it can store what it has; a second one
// does not wait. Once the command is over, one changes nothing any more: how it ended is how it ends.
import { exitCodes, type ExitCode } from '../src/errors/leat-error.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export class Interruption {
  readonly #controller = new AbortController()
  #exitCode: ExitCode | null = null
  #isOver = false

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** With which an interrupted command ends; null where nothing interrupted it. */
  get exitCode(): ExitCode | null {
    return this.#exitCode
  }

  /** Runs `action`; signals are for it, and never end the process by themselves from then on. */
  async during(action: () => Promise<void>): Promise<void> {
    for (const signal of SIGNALS) process.on(signal, () => this.#take(signal))
    // While Node takes everything down by itself, a signal would be its death after all.
    process.once('beforeExit', () => process.exit())
    try {
      await action()
    } finally {
      this.#isOver = true
    }
  }

  #take(signal: (typeof SIGNALS)[number]): void {
    if (this.#isOver) process.exit()
    if (this.#exitCode !== null) process.exit(this.#exitCode)
    this.#exitCode = signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated
    this.#controller.abort()
  }
}
