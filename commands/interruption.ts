// Ctrl-C, TERM and a terminal that is closed (HUP): the first one ends what a command waits for, so that it can store what it has; a second one
// does not wait. Once the command is over, one changes nothing any more: how it ended is how it ends.
import { exitCodes, type ExitCode } from '../src/errors/leat-error.ts'
import { HandledSignals } from '../src/system/handled-signals.ts'

const EXIT_CODES = { SIGINT: exitCodes.interrupted, SIGTERM: exitCodes.terminated, SIGHUP: exitCodes.hungUp } as const

type CaughtSignal = keyof typeof EXIT_CODES
/** `keys` forgets the names. */
const CAUGHT_SIGNALS = Object.keys(EXIT_CODES) as CaughtSignal[]

export class Interruption {
  readonly #controller = new AbortController()
  #exitCode: ExitCode | null = null
  #isOver = false
  #signals: HandledSignals | null = null

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
    this.#signals = new HandledSignals(new Map(CAUGHT_SIGNALS.map((signal) => [signal, () => this.#take(signal)])))
    // While Node takes everything down by itself, a signal would be its death after all.
    process.once('beforeExit', () => process.exit())
    try {
      await action()
    } finally {
      this.#isOver = true
    }
  }

  /** Nothing can be stored while something is waited for synchronously: from here to `hold`, a signal ends the process at once, as a kill does. */
  letThrough(): void {
    this.#signals?.letThrough()
  }

  hold(): void {
    this.#signals?.hold()
  }

  #take(signal: CaughtSignal): void {
    if (this.#isOver) process.exit()
    if (this.#exitCode !== null) process.exit(this.#exitCode)
    this.#exitCode = EXIT_CODES[signal]
    this.#controller.abort()
  }
}
