// Says on stderr what failed.
import { styleText } from 'node:util'
import { renderError } from '../src/output/errors.ts'
import type { ExitCode } from '../src/errors/leat-error.ts'

/** @param argv the words of the command line: the error is told in JSON when they ask for it. Returns the exit code */
export function reportError(error: unknown, argv: readonly string[]): ExitCode {
  const { text, exitCode } = renderError(error, {
    isJson: wantsJson(argv),
    isDebug: process.env['LEAT_DEBUG'] === '1',
    // Plain where stderr is no terminal, and with NO_COLOR.
    emphasize: (word) => styleText(['bold', 'red'], word, { stream: process.stderr }),
  })
  writeStderr(text)
  return exitCode
}

/** Writes to stderr; one that nobody reads any more is no failure. */
export function writeStderr(text: string | Uint8Array): void {
  if (process.stderr.listenerCount('error') === 0) process.stderr.on('error', () => {})
  process.stderr.write(text)
}

/** Looks at the words themselves, because they may be what is wrong. */
function wantsJson(argv: readonly string[]): boolean {
  const flags = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  return flags.some((word) => word === '--json' || /^-[A-Za-z]*J/.test(word))
}
