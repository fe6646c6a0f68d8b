// An expected failure: something a user caused or can mend. Commands print `message`, then `hint`, and exit with
// `exitCode`. Anything thrown that is not a LeatError is a bug in leat.

/** Exit codes of every command; the table is part of the contract with scripts. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  partial: 3,
  conditionNotMet: 4,
  damage: 5,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export interface LeatErrorOptions {
  /** What to do next, as a sentence. */
  readonly hint?: string
  readonly exitCode?: ExitCode
  readonly cause?: unknown
}

export class LeatError extends Error {
  /** Stable name for scripts and tests, in Kafka's spelling where Kafka has one (`UNKNOWN_TOPIC_OR_PARTITION`). */
  readonly code: string
  readonly hint: string | undefined
  readonly exitCode: ExitCode

  constructor(code: string, message: string, options: LeatErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'LeatError'
    this.code = code
    this.hint = options.hint
    this.exitCode = options.exitCode ?? exitCodes.failed
  }
}
