// Ctrl-C, TERM and a terminal that is closed (HUP): the first one ends what a command waits for, so that it can store what it has; a second one
// does not wait. Once the command is over, one changes nothing any more: how it ended is how it ends.
import { exitCodes, type ExitCode } from '../src/errors/leat-error.ts'

const EXIT_CODES = { SIGINT: exitCodes.interrupted, SIGTERM: exitCodes.terminated, SIGHUP: exitCodes.hungUp } as const

type CaughtSignal = keyof typeof EXIT_CODES

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
    for (const signal of Object.keys(EXIT_CODES) as CaughtSignal[]) process.on(signal, () => this.#take(signal))
    // While Node takes everything down by itself, a signal would be its death after all.
    process.once('beforeExit', () => process.exit())
    try {
      await action()
    } finally {
      this.#isOver = true
    }
  }

  #take(signal: CaughtSignal): void {
    if (this.#isOver) process.exit()
    if (this.#exitCode !== null) process.exit(this.#exitCode)
    this.#exitCode = EXIT_CODES[signal]
    this.#controller.abort()
  }
}
