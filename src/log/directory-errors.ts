// What a user is told of a data directory that cannot be written to.
import { LeatError } from '../errors/leat-error.ts'
import { META_PROPERTIES_FILE } from './meta-properties.ts'

export function damagedMetaProperties(root: string): LeatError {
  return new LeatError('INCONSISTENT_META_PROPERTIES', `${root}/${META_PROPERTIES_FILE} does not say which node the directory belongs to`, {
    hint: 'Put it back from a backup; or remove it, and the next write makes one with a new cluster id. Reading works meanwhile.',
  })
}

export function directoryInUse(root: string): LeatError {
  return new LeatError('DIRECTORY_IN_USE', `${root} belongs to a broker that is running (it holds ${root}/.lock); leat only reads it`, {
    hint: 'Stop the broker to write here, or write with its own clients. Reading (consume, topic list, log verify) works meanwhile.',
  })
}

export function notWritable(root: string, error: unknown): unknown {
  if (error instanceof LeatError || !(error instanceof Error && 'code' in error)) return error
  switch (error.code) {
    case 'ENOTDIR':
    case 'EEXIST':
      return new LeatError('NOT_A_DIRECTORY', `${root} is not a directory`, {
        hint: 'Name a data directory with --dir, or one to be made.',
        cause: error,
      })
    case 'ENOENT':
      return new LeatError('NOT_WRITABLE', `${root} cannot be made: ${error.message}`, {
        hint: 'Name another data directory with --dir.',
        cause: error,
      })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new LeatError('NOT_WRITABLE', `${root} cannot be written to: ${error.message}`, {
        hint: 'Reading works; to write, name a directory that is yours with --dir.',
        cause: error,
      })
    case 'ENOSPC':
      return new LeatError('KAFKA_STORAGE_ERROR', `${root} cannot be written to: the disk is full`, {
        hint: 'Make room, then run the command again: nothing was written.',
        cause: error,
      })
    default:
      return error
  }
}
