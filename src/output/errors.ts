// How a failure looks on stderr: what happened and why, then what to do next.
//
//   leat: there is no topic 'oders' in ./data
//   Did you mean 'orders'?
//
// With --json, one line: {"error":{"code":"UNKNOWN_TOPIC_OR_PARTITION","message":"…","hint":"…","exitCode":1}}; hint is null where there is none.
import { LeatError, exitCodes } from '../errors/leat-error.ts'
import type { ExitCode } from '../errors/leat-error.ts'
import { printableLines } from '../errors/printable.ts'

export interface RenderedError {
  /** One or more whole lines. */
  readonly text: string
  readonly exitCode: ExitCode
}

export interface RenderErrorOptions {
  readonly isJson: boolean
  /** Shows the stack. */
  readonly isDebug: boolean
  /** Makes the word before the message stand out, where colours may be used. */
  readonly emphasize: (text: string) => string
}

export function renderError(thrown: unknown, { isJson, isDebug, emphasize }: RenderErrorOptions): RenderedError {
  const error = describe(thrown)
  const { code, message, hint = null, exitCode } = error
  if (isJson) return { text: `${JSON.stringify({ error: { code, message, hint, exitCode } })}\n`, exitCode }
  const lines = [`${emphasize('leat:')} ${printableLines(message)}`]
  if (hint !== null) lines.push(printableLines(hint))
  if (isDebug) lines.push(stackOf(error.cause ?? error))
  return { text: `${lines.join('\n')}\n`, exitCode }
}

/** Everything that can be thrown, as the error that the user is told about. */
function describe(thrown: unknown): LeatError {
  if (thrown instanceof LeatError) return thrown
  if (isSystemError(thrown)) {
    const [what, hint] = SYSTEM_ERRORS[thrown.code] ?? [thrown.message.replace(/^\w+: ([^,]*),.*$/s, '$1'), undefined]
    const where = thrown.path === undefined ? ` (${thrown.syscall})` : `: ${thrown.path}`
    return new LeatError(thrown.code, `${what}${where}`, { ...(hint === undefined ? {} : { hint }), cause: thrown })
  }
  return new LeatError('BUG', `this is a bug in leat: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
    hint: 'Please report it, with what LEAT_DEBUG=1 adds to this message.',
    exitCode: exitCodes.failed,
    cause: thrown,
  })
}

/** What a user can be told about a failed system call, and what helps. */
const SYSTEM_ERRORS: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  EACCES: ['permission denied', 'Use a directory that this user may read and write, or another user.'],
  EPERM: ['the system does not permit this', 'Use a directory that this user may read and write, or another user.'],
  EROFS: ['the file system is read-only', 'Reading works; to write, use another --dir.'],
  ENOSPC: ['no space left on the disk', 'Free some (of a data directory: `leat retention`, `leat topic trim`), and run the command again.'],
  EDQUOT: ['the disk quota is used up', 'Free some space, or use another --dir.'],
  EMFILE: ['too many open files', 'Raise the limit (`ulimit -n`) and run the command again.'],
  ENOTDIR: ['a file stands where a directory is needed', 'Name a directory with --dir.'],
  EIO: ['the disk failed', 'See the logs of the system (`dmesg`); `leat log verify` tells which records can be read.'],
}

interface SystemError extends Error {
  readonly code: string
  readonly syscall: string
  readonly path?: string
}

function isSystemError(thrown: unknown): thrown is SystemError {
  return thrown instanceof Error && 'syscall' in thrown && 'code' in thrown && typeof thrown.code === 'string'
}

function stackOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
}
