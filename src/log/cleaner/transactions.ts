// What compaction has to know of producers and transactions. All of it comes from the log's batches: a `.txnindex` that lacks an entry
// would make the records of an aborted transaction supersede good ones.
import type { BatchHeader } from '../../record/batch-header.ts'
import type { Files } from '../../system/files.ts'
import { readLatestSnapshot } from '../producer-snapshot.ts'
import { ProducerState } from '../producer-state.ts'
import type { AbortedTransaction } from '../transaction-index.ts'
import { SegmentBatches } from './segment-batches.ts'
import { listSegmentFacts } from './segment-list.ts'

/** Kafka's default of producer.id.expiration.ms: the last batch of a producer that is silent for longer need not stay. */
const PRODUCER_EXPIRATION_MS = 86_400_000n

export interface LogPlace {
  readonly files: Files
  /** The partition's folder. */
  readonly directory: string
  /** Batches from here on are not looked at. */
  readonly endOffset: bigint
}

/** The producers as of the end: which of them have a transaction open, and the last batch of each. @throws DamagedSegment */
export function replayProducers(place: LogPlace, nowMs: bigint): ProducerState {
  const state = new ProducerState()
  const snapshot = readLatestSnapshot(place.files, place.directory, place.endOffset)
  state.load(snapshot?.entries ?? [], snapshot?.offset ?? 0n)
  walkFrom(place, state.endOffset, (header, batches) => state.update(header, batches.marker(header)))
  state.removeExpired(nowMs, PRODUCER_EXPIRATION_MS)
  return state
}

/** The transactions of a log that were aborted. They are looked for when the first transactional batch comes: most logs have none. */
export class AbortedTransactions {
  readonly #place: LogPlace
  /** By producer, ascending. */
  #found: Map<bigint, AbortedTransaction[]> | null = null

  constructor(place: LogPlace) {
    this.#place = place
  }

  /** The aborted transaction that the batch, of data or a marker, belongs to; null where there is none. @throws DamagedSegment */
  of({ isTransactional, producerId, baseOffset }: BatchHeader): AbortedTransaction | null {
    if (!isTransactional) return null
    this.#found ??= this.#collect()
    const ofProducer = this.#found.get(producerId) ?? []
    let low = 0
    let high = ofProducer.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((ofProducer[middle] as AbortedTransaction).lastOffset < baseOffset) low = middle + 1
      else high = middle
    }
    const next = ofProducer[low]
    return next !== undefined && next.firstOffset <= baseOffset ? next : null
  }

  #collect(): Map<bigint, AbortedTransaction[]> {
    const state = new ProducerState()
    const found = new Map<bigint, AbortedTransaction[]>()
    walkFrom(this.#place, 0n, (header, batches) => {
      const completed = state.update(header, batches.marker(header))
      if (completed === null || !completed.isAborted) return
      const { producerId, firstOffset, lastOffset } = completed
      const lastStableOffset = state.firstUndecidedOffset ?? lastOffset + 1n
      const ofProducer = found.get(producerId) ?? []
      ofProducer.push({ producerId, firstOffset, lastOffset, lastStableOffset })
      found.set(producerId, ofProducer)
    })
    return found
  }
}

function walkFrom(
  { files, directory, endOffset }: LogPlace,
  fromOffset: bigint,
  visit: (header: BatchHeader, batches: SegmentBatches) => void,
): void {
  const batches = new SegmentBatches()
  try {
    for (const segment of listSegmentFacts(files, directory, endOffset)) {
      if (segment.baseOffset >= endOffset) return
      if (!segment.isActive && segment.nextBaseOffset <= fromOffset) continue
      batches.open(segment, fromOffset)
      for (let header = batches.next(); header !== null && header.baseOffset < endOffset; header = batches.next()) visit(header, batches)
    }
  } finally {
    batches.close()
  }
}
