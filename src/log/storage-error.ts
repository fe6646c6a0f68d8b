// What a user is told when the disk refuses a write or a sync.
import { LeatError } from '../errors/leat-error.ts'

const CODE = 'KAFKA_STORAGE_ERROR'

export function storageError(what: string, cause: unknown): LeatError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new LeatError(CODE, `${what}: ${reason}`, {
    hint: isFull(cause)
      ? 'The disk is full. Make room (`leat retention` deletes old segments).'
      : 'Look at the disk and its file system. What was acknowledged before is stored.',
    cause,
  })
}

/** Whether it is the disk, or the system, that refused something: not the user, and no bug. */
export function isStorageFailure(error: unknown): error is Error {
  return error instanceof LeatError ? error.code === CODE : error instanceof Error && 'syscall' in error
}

function isFull(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')
}
