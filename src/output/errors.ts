// How a failure looks on stderr: what happened and why, then what to do.
import { LeatError, exitCodes } from '../errors/leat-error.ts'

export interface RenderedError {
  readonly text: string
  readonly exitCode: number
}

export function renderError(error: unknown, { isDebug }: { readonly isDebug: boolean }): RenderedError {
  if (error instanceof LeatError) {
    const hint = error.hint === undefined ? '' : `${error.hint}\n`
    return { text: `leat: ${error.message}\n${hint}${isDebug ? `${error.stack}\n` : ''}`, exitCode: error.exitCode }
  }
  if (isUsageError(error))
    return { text: `leat: ${firstParagraph(error.message)}\nSee --help for the flags and their meaning.\n`, exitCode: exitCodes.usage }
  const system = systemError(error)
  if (system !== null) return { text: `leat: ${system}\n`, exitCode: exitCodes.failed }
  const message = error instanceof Error ? error.message : String(error)
  const stack = isDebug && error instanceof Error ? `${error.stack}\n` : 'With LEAT_DEBUG=1 it shows where.\n'
  return { text: `leat: this is a bug in leat: ${message}\n${stack}`, exitCode: exitCodes.failed }
}

/** oclif's parser marks its errors with the exit code for usage. */
function isUsageError(error: unknown): error is Error {
  return error instanceof Error && 'oclif' in error && (error as { oclif?: { exit?: number } }).oclif?.exit === 2
}

function firstParagraph(message: string): string {
  return message.replace(/\nSee more help with --help\s*$/, '').trim()
}

/** A system call that failed where nobody expected it to: the disk, or rights. */
function systemError(error: unknown): string | null {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return null
  return error.message
}
