// Ctrl-C and TERM: the first one ends what a command waits for, so that it can store what it has; a second one does not wait.
import { exitCodes, type ExitCode } from '../src/errors/leat-error.ts'

export class Interruption {
  readonly #controller = new AbortController()
  #exitCode: ExitCode | null = null

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** With which an interrupted command ends; null where nothing interrupted it. */
  get exitCode(): ExitCode | null {
    return this.#exitCode
  }

  /** Runs `action`; signals are for it until it is done. */
  async during(action: () => Promise<void>): Promise<void> {
    const stop = (signal: NodeJS.Signals): void => {
      if (this.#exitCode !== null) process.exit(this.#exitCode)
      this.#exitCode = signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated
      this.#controller.abort()
    }
    process.on('SIGINT', stop).on('SIGTERM', stop)
    try {
      await action()
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', stop)
    }
  }
}
