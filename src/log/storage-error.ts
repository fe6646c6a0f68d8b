// What a user is told when the disk refuses a write or a sync.
import { LeatError } from '../errors/leat-error.ts'

const CODE = 'KAFKA_STORAGE_ERROR'
const FULL = 'The disk is full. Make room (`leat retention` deletes old segments).'
const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: 'Files may not become so large: raise the limit of this shell (`ulimit -f`), or give the topic smaller segments (segment.bytes).',
}

export function storageError(what: string, cause: unknown): LeatError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new LeatError(CODE, `${what}: ${reason}`, {
    hint: HINTS[codeOf(cause)] ?? 'Look at the disk and its file system. What was acknowledged before is stored.',
    cause,
  })
}

/** Whether it is the disk, or the system, that refused something: not the user, and no bug. */
export function isStorageFailure(error: unknown): error is Error {
  return error instanceof LeatError ? error.code === CODE : error instanceof Error && 'syscall' in error
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : ''
}
