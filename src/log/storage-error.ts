// What a user is told when the disk refuses a write or a sync.
import { LeatError } from '../errors/leat-error.ts'

export function storageError(what: string, cause: unknown): LeatError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const isFull = cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')
  return new LeatError('KAFKA_STORAGE_ERROR', `${what}: ${reason}`, {
    hint: isFull
      ? 'The disk is full. Make room (`leat retention` deletes old segments) and run the command again.'
      : 'Look at the disk and its file system. What was acknowledged before is stored; run the command again once writing works.',
    cause,
  })
}
