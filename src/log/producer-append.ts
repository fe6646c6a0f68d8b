// Whether a batch of an idempotent or transactional producer may be appended (KIP-98, KIP-890), decided from what the log knows of
// the producer, before anything is written.
//
//   sent again: its sequences are those of one of the last five batches    duplicate: answered with the offsets it has
//   epoch below the last one seen                                          refused, INVALID_PRODUCER_EPOCH
//   sequence that does not follow the last one; in a new epoch, not 0      refused, OUT_OF_ORDER_SEQUENCE_NUMBER
//   not transactional while the producer's transaction is open             refused, INVALID_TXN_STATE
//   marker from a coordinator that another one took over from              refused, TRANSACTION_COORDINATOR_FENCED
//
// What a follower copies was checked by its leader, and is taken even where this log knows better (its leader may have forgotten).
import type { BatchHeader } from '../record/batch-header.ts'
import type { TransactionMarker } from '../record/control-record.ts'
import { NO_EPOCH, type ProducerBatch, type ProducerEntry, batchesOf, firstSequenceOf, lastSequenceOf } from './producer-state.ts'

/** A coordinator appends the offsets of transactions; all its batches have sequence 0. */
export type AppendOrigin = 'client' | 'coordinator' | 'replication'

export type ProducerRefusal =
  | 'INVALID_PRODUCER_EPOCH'
  | 'OUT_OF_ORDER_SEQUENCE_NUMBER'
  | 'INVALID_TXN_STATE'
  | 'TRANSACTION_COORDINATOR_FENCED'

export type AppendVerdict =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'duplicate'; readonly baseOffset: bigint; readonly lastOffset: bigint; readonly timestamp: bigint }
  | { readonly kind: 'refused'; readonly error: ProducerRefusal; readonly reason: string }

const ACCEPTED: AppendVerdict = { kind: 'accepted' }
const MAX_EPOCH = 2 ** 15 - 1
const MAX_SEQUENCE = 2 ** 31 - 1
/** From this transaction.version on, each transaction has an epoch of its own, and its marker the next one (KIP-890). */
const EPOCH_PER_TRANSACTION = 2

/** @param entry what the log knows of the batch's producer; null when that is nothing */
export function checkDataBatch(entry: ProducerEntry | null, header: BatchHeader, origin: AppendOrigin): AppendVerdict {
  if (entry === null) return ACCEPTED
  if (origin === 'client') {
    const stored = findDuplicate(entry, header)
    if (stored !== undefined) {
      const baseOffset = stored.lastOffset - BigInt(stored.offsetDelta)
      return { kind: 'duplicate', baseOffset, lastOffset: stored.lastOffset, timestamp: stored.timestamp }
    }
  }
  if (origin !== 'replication' && header.producerEpoch < entry.epoch) return staleEpoch(entry, header)
  if (origin === 'client') {
    const gap = sequenceGap(entry, header)
    if (gap !== null) return refused('OUT_OF_ORDER_SEQUENCE_NUMBER', `producer ${header.producerId} ${gap}`)
  }
  if (entry.currentTransactionFirstOffset >= 0n && !header.isTransactional)
    return refused('INVALID_TXN_STATE', `producer ${header.producerId} has a transaction open, and the batch is not part of it`)
  return ACCEPTED
}

/**
 * @param entry what the log knows of the marker's producer; null when that is nothing
 * @param transactionVersion of the transaction that the marker ends
 */
export function checkMarker(
  entry: ProducerEntry | null,
  header: BatchHeader,
  marker: TransactionMarker,
  options: { readonly origin: AppendOrigin; readonly transactionVersion: number },
): AppendVerdict {
  if (entry === null || options.origin === 'replication') return ACCEPTED
  if (isStaleMarker(entry, header.producerEpoch, options.transactionVersion)) return staleEpoch(entry, header)
  if (entry.coordinatorEpoch > marker.coordinatorEpoch)
    return refused(
      'TRANSACTION_COORDINATOR_FENCED',
      `coordinator epoch ${marker.coordinatorEpoch} for producer ${header.producerId} is older than ${entry.coordinatorEpoch}`,
    )
  return ACCEPTED
}

function isStaleMarker(entry: ProducerEntry, epoch: number, transactionVersion: number): boolean {
  if (transactionVersion < EPOCH_PER_TRANSACTION || epoch !== entry.epoch) return epoch < entry.epoch
  // The epoch of data whose end this cannot be; unless it is a marker sent again, or there is no higher epoch.
  return entry.currentTransactionFirstOffset >= 0n && epoch !== MAX_EPOCH
}

function findDuplicate(entry: ProducerEntry, header: BatchHeader): ProducerBatch | undefined {
  const lastSequence = lastSequenceOf(header)
  return batchesOf(entry, header.producerEpoch).find(
    (batch) => batch.lastSequence === lastSequence && firstSequenceOf(batch) === header.baseSequence,
  )
}

/** Why the batch's first sequence cannot come now, or null. */
function sequenceGap(entry: ProducerEntry, { producerEpoch, baseSequence }: BatchHeader): string | null {
  // All that the producer wrote may have been deleted: any sequence will do.
  if (entry.epoch === NO_EPOCH) return null
  if (producerEpoch !== entry.epoch)
    return baseSequence === 0 ? null : `starts epoch ${producerEpoch} with sequence ${baseSequence} instead of 0`
  const last = entry.batches.at(-1)?.lastSequence ?? -1
  const next = last === MAX_SEQUENCE ? 0 : last + 1
  return baseSequence === next ? null : `sent sequence ${baseSequence} where ${next} comes next`
}

function staleEpoch(entry: ProducerEntry, { producerId, producerEpoch }: BatchHeader): AppendVerdict {
  return refused(
    'INVALID_PRODUCER_EPOCH',
    `epoch ${producerEpoch} of producer ${producerId} has ended: the last one seen is ${entry.epoch}`,
  )
}

function refused(error: ProducerRefusal, reason: string): AppendVerdict {
  return { kind: 'refused', error, reason }
}
