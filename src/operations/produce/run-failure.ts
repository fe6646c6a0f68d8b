// How a run of `produce` that could not be finished is told: with how much is stored, so that it can be gone on with.
import { CommitUnfinished } from '../../client/transactions.ts'
import { counted } from '../../errors/counted.ts'
import { LeatError } from '../../errors/leat-error.ts'
import { isStorageFailure } from '../../log/storage-error.ts'

export interface StoredSoFar {
  /** Records that are in the logs of their topics. */
  readonly records: number
  /** Whether those are the first ones of the input: not where records go to several partitions, or some were passed over. */
  readonly areFirst: boolean
  /** Whether they survive a power loss, where that was asked for. */
  readonly isDurable: boolean
  /** Whether those are all of an input that was read to its end. */
  readonly areAll: boolean
  /** Whether records count only with the transaction that they are part of. */
  readonly isTransactional: boolean
}

const NOT_DURABLE = 'written, but may not survive a power loss'
const COMPLETION =
  'The next run with this transactional id completes it, even one without input; until then readers with read_committed wait.'

/** A record that is refused: all before it is stored. */
export function tellRefusal({ code, message, hint }: LeatError, { records, isTransactional }: StoredSoFar): LeatError {
  const before = isTransactional
    ? 'its transaction is aborted'
    : records === 0
      ? 'nothing is stored'
      : records === 1
        ? 'the record before it is stored'
        : `the ${records} records before it are stored`
  return new LeatError(code, `${message}; ${before}`, {
    hint: hint ?? 'Mend the record, or pass over such records with --on-error skip (or dlq).',
  })
}

/** Anything else that ended the run: what the disk refuses, and inputs that cannot be read any more. */
export function tellFailure(error: unknown, stored: StoredSoFar): unknown {
  if (error instanceof LeatError && error.code === 'INPUT_UNREADABLE') return extended(error, stored, error.hint)
  if (error instanceof CommitUnfinished) return extended(error, stored, `${error.remedy} ${COMPLETION} ${goOn(stored)}`)
  if (!isStorageFailure(error) || (!(error instanceof LeatError) && stored.records === 0)) return error
  const known = error instanceof LeatError ? error : new LeatError('KAFKA_STORAGE_ERROR', error.message, { cause: error })
  return extended(known, stored, `${known.hint ?? 'Look at the disk and its file system.'} ${goOn(stored)}`)
}

function extended({ code, message, exitCode, cause }: LeatError, stored: StoredSoFar, hint: string | undefined): LeatError {
  return new LeatError(code, `${message}; ${storedText(stored)}`, { ...(hint === undefined ? {} : { hint }), exitCode, cause })
}

function storedText({ records, areFirst, areAll, isDurable }: StoredSoFar): string {
  if (records === 0) return 'no record is stored'
  if (areAll) return `${records === 1 ? 'its record is' : `all ${counted(records, 'record')} are`} ${isDurable ? 'stored' : NOT_DURABLE}`
  const which = areFirst && records === 1 ? 'the first record' : `${areFirst ? 'the first ' : ''}${counted(records, 'record')}`
  const is = records === 1 ? 'is' : 'are'
  return isDurable ? `${which} ${is} stored, the rest is not` : `${which} ${is} ${NOT_DURABLE}; the rest is not written`
}

function goOn({ records, areFirst, areAll }: StoredSoFar): string {
  if (records === 0) return 'The command can be run again.'
  if (areAll) return 'Do not run it again with the same input: that would be stored twice.'
  return areFirst
    ? `Then go on with record ${records + 1} of the input: what is before it would be stored twice.`
    : 'Run again as a whole, it would store these twice; `leat topic describe` says how far each partition got.'
}
