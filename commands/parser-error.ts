// What oclif's parser throws where a command line is wrong.

/** What oclif's parser adds to its errors, by kind. */
export interface ParserError extends Error {
  /** As typed (`--jsno`), when they are unknown. */
  readonly flags?: readonly string[]
  /** Missing ones as definitions, superfluous ones as typed. */
  readonly args?: readonly ({ readonly name: string } | string)[]
}

export function isParserError(error: unknown): error is ParserError {
  return error instanceof Error && 'oclif' in error
}

/** The message without the frame that oclif puts around it. */
export function essence(message: string): string {
  return message
    .replace(/\nSee more help with --help\s*$/, '')
    .replace(/^The following errors? occurred:\s*/, '')
    .split('\n')
    .map((line) => line.trim())
    .join('; ')
}
