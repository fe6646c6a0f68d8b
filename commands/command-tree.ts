// `leat help --json`: all that can be typed, for tooling. Names and order are a contract; a test compares it with a committed snapshot.

export interface CommandTree {
  readonly name: string
  /** First words that several commands share: `topic`. */
  readonly groups: readonly { readonly group: string; readonly summary: string }[]
  readonly commands: readonly CommandEntry[]
  readonly exitCodes: readonly { readonly code: number; readonly meaning: string }[]
}

export interface CommandEntry {
  /** As typed after `leat`: `topic create`. */
  readonly command: string
  readonly summary: string
  /** How arguments are written, where the list of them does not say it. */
  readonly usage: string | null
  readonly arguments: readonly ArgumentEntry[]
  /** Whether any number of arguments may follow. */
  readonly isVariadic: boolean
  readonly flags: readonly FlagEntry[]
}

export interface ArgumentEntry {
  readonly name: string
  readonly summary: string
  readonly isRequired: boolean
  /** The only ones, where there are such. */
  readonly values: readonly string[] | null
}

export interface FlagEntry {
  readonly flag: string
  readonly char: string | null
  /** Other spellings, dashes included. */
  readonly aliases: readonly string[]
  readonly summary: string
  readonly takesValue: boolean
  readonly isRepeatable: boolean
  /** Whether --no-… exists. */
  readonly isNegatable: boolean
  readonly isRequired: boolean
  readonly values: readonly string[] | null
  readonly default: unknown
  readonly env: string | null
}
