// Compaction of one partition's log, as Kafka's cleaner does it: of the records with the same key only the latest stays.
//
//   log start        first dirty            uncleanable         end
//   |  clean          |  dirty               |  left alone       |
//   |  one record a key, but for keys that have a later record   |
//
// - Dirty is what no compaction has seen. The first pass maps its keys, the second one goes over all that is clean or dirty.
// - When the keys do not fit the memory, a round ends before the first that does not, and the next one begins there.
// - Left alone are the active segment, what is not decided (an open transaction), what is too young (min.compaction.lag.ms), and
//   damage with all that comes after it.
// - At the end, neighbours that have become small become one.
import type { BatchHeader } from '../../record/batch-header.ts'
import { recordKernel } from '../../record/kernel/record-kernel.ts'
import type { Files } from '../../system/files.ts'
import { PendingSyncs } from '../pending-syncs.ts'
import { segmentPath } from '../segment-files.ts'
import type { Damage } from '../segment-walker.ts'
import type { LogConfig } from '../topic-config.ts'
import type { AbortedTransaction } from '../transaction-index.ts'
import { BatchCleaner } from './batch-cleaner.ts'
import { KeyHash } from './key-hash.ts'
import { KeyMap } from './key-map.ts'
import { DamagedSegment, SegmentBatches } from './segment-batches.ts'
import { TURN_BYTES, writeSegment, type WrittenSegment } from './segment-cleaning.ts'
import { groupSegments, listSegmentFacts, newestTime, type SegmentFacts } from './segment-list.ts'
import { removeCleaned, swapIn } from './swap-files.ts'
import { AbortedTransactions, replayProducers } from './transactions.ts'

export interface CompactionOptions {
  readonly files: Files
  /** The partition's folder. */
  readonly directory: string
  readonly config: LogConfig
  readonly nowMs: bigint
  readonly endOffset: bigint
  /** Where the last compaction came to; null before the first one. */
  readonly cleanedOffset: bigint | null
  /** For the keys, in bytes. */
  readonly mapBytes: number
  /** 16 random bytes. */
  readonly seed: Buffer
  /** Runs a swap while nobody else, here or in another process, has the partition's lock; null: nothing is changed. */
  readonly withLock: ((swap: () => boolean) => boolean) | null
  /** The active segment counts as finished: for a look at what would be. */
  readonly withActive: boolean
  /** Told where the log is clean up to, when that is on the disk. */
  readonly onCleaned: (offset: bigint) => void
  /** Gives others their turn; rejects to stop the compaction. */
  readonly turn: () => Promise<void>
}

export interface CompactionResult {
  /** Segments that could be compacted, and what is left of them. */
  readonly segmentsBefore: number
  readonly segmentsAfter: number
  readonly recordsBefore: number
  readonly recordsAfter: number
  readonly bytesBefore: number
  readonly bytesAfter: number
  /** Records without a key, which go: nothing can supersede them. */
  readonly keylessRecords: number
  /** The part of the bytes that no compaction had seen. */
  readonly dirtyRatio: number
  readonly rounds: number
  /** Before this offset the log is clean. */
  readonly cleanedOffset: bigint
  /** What stopped it before the active segment; null where nothing did. */
  readonly stoppedBy: 'open transaction' | 'min.compaction.lag.ms' | 'damage' | null
  readonly damage: Damage | null
}

/** @throws what `turn` rejects with; errors of the file system */
export async function compactLog(options: CompactionOptions): Promise<CompactionResult> {
  let damaged: DamagedSegment | null = null
  for (;;)
    try {
      return await new Compaction(options, damaged).run()
    } catch (error) {
      if (!(error instanceof DamagedSegment)) throw error
      damaged = error
    }
}

class Compaction {
  readonly #options: CompactionOptions
  readonly #damaged: DamagedSegment | null
  /** Nothing from here on is looked at. */
  readonly #endOffset: bigint
  readonly #aborted: AbortedTransactions
  /** Of the segments that were written or looked through, by base offset. */
  #written = new Map<bigint, WrittenSegment>()
  #rounds = 0
  #removedRecords = 0
  #keptRecords = 0
  #keylessRecords = 0

  constructor(options: CompactionOptions, damaged: DamagedSegment | null) {
    const { files, directory } = options
    this.#options = options
    this.#damaged = damaged
    this.#endOffset = damaged?.baseOffset ?? options.endOffset
    this.#aborted = new AbortedTransactions({ files, directory, endOffset: this.#endOffset })
  }

  async run(): Promise<CompactionResult> {
    const { files, directory, nowMs, seed, mapBytes } = this.#options
    const producers = replayProducers({ files, directory, endOffset: this.#endOffset }, nowMs)
    const before = this.#segments(this.#endOffset)
    const { uncleanableOffset, stoppedBy } = this.#uncleanable(before, producers.firstUndecidedOffset)
    const cleanable = before.filter(({ baseOffset }) => baseOffset < uncleanableOffset)
    const firstDirty = this.#firstDirty(before)
    await this.#syncFrom(firstDirty)
    let dirty = firstDirty < uncleanableOffset ? firstDirty : uncleanableOffset
    const hash = new KeyHash(seed)
    while (cleanable.length > 0) {
      const keys = new KeyMap(hash, mapBytes, dirty)
      await this.#map(keys, uncleanableOffset)
      const rules = { keys, aborted: this.#aborted, producers, nowMs, deleteRetentionMs: this.#options.config.deleteRetentionMs }
      const isClean = await this.#clean(new BatchCleaner({ ...rules, uncleanableOffset }), uncleanableOffset, keys.endOffset)
      this.#keylessRecords += keys.keylessRecords
      if (!isClean) break
      dirty = keys.endOffset
      this.#options.onCleaned(dirty)
      if (dirty >= uncleanableOffset) break
    }
    const after = await this.#merge(uncleanableOffset)
    return {
      segmentsBefore: cleanable.length,
      segmentsAfter: after.length,
      recordsBefore: this.#keptRecords + this.#removedRecords,
      recordsAfter: this.#keptRecords,
      bytesBefore: bytesOf(cleanable),
      bytesAfter: bytesOf(after),
      keylessRecords: this.#keylessRecords,
      dirtyRatio: ratio(bytesOf(cleanable.filter(({ nextBaseOffset }) => nextBaseOffset > firstDirty)), bytesOf(cleanable)),
      rounds: this.#rounds,
      cleanedOffset: dirty,
      stoppedBy,
      damage: this.#damaged?.damage ?? null,
    }
  }

  /** Those that may be looked at, before `limit`. */
  #segments(limit: bigint): SegmentFacts[] {
    const { files, directory, endOffset, withActive } = this.#options
    const all = files.stat(directory) === null ? [] : listSegmentFacts(files, directory, endOffset)
    return all.filter(({ baseOffset, isActive }) => baseOffset < limit && (withActive || !isActive))
  }

  /** Where what may be cleaned ends: at the start of a segment, or after the last one. */
  #uncleanable(
    segments: readonly SegmentFacts[],
    undecided: bigint | null,
  ): { uncleanableOffset: bigint; stoppedBy: CompactionResult['stoppedBy'] } {
    const { nowMs, config } = this.#options
    const firstDirty = this.#firstDirty(segments)
    const lag = config.minCompactionLagMs
    for (const segment of segments) {
      const { baseOffset, nextBaseOffset } = segment
      if (undecided !== null && undecided < nextBaseOffset) return { uncleanableOffset: baseOffset, stoppedBy: 'open transaction' }
      const isDirty = nextBaseOffset > firstDirty
      if (isDirty && lag > 0n && newestTime(segment) > nowMs - lag)
        return { uncleanableOffset: baseOffset, stoppedBy: 'min.compaction.lag.ms' }
    }
    return { uncleanableOffset: segments.at(-1)?.nextBaseOffset ?? 0n, stoppedBy: this.#damaged === null ? null : 'damage' }
  }

  /** What a checkpoint says that cannot be is not believed. */
  #firstDirty(segments: readonly SegmentFacts[]): bigint {
    const { cleanedOffset, endOffset } = this.#options
    const start = segments[0]?.baseOffset ?? 0n
    return cleanedOffset === null || cleanedOffset < start || cleanedOffset > endOffset ? start : cleanedOffset
  }

  /** A record that is superseded may go only when the one that supersedes it, and what decided about that one, is on the disk. */
  async #syncFrom(firstDirty: bigint): Promise<void> {
    const { files, directory, endOffset, withLock } = this.#options
    if (withLock === null) return
    const syncs = new PendingSyncs(files)
    for (const { baseOffset, nextBaseOffset, isActive } of listSegmentFacts(files, directory, endOffset))
      if (isActive || nextBaseOffset > firstDirty) syncs.addFile(segmentPath(directory, baseOffset, 'log'))
    syncs.addDirectory(directory)
    await syncs.flush()
  }

  async #map(keys: KeyMap, limit: bigint): Promise<void> {
    const { turn } = this.#options
    const segments = this.#segments(limit)
    const kernel = recordKernel(bytesOf(segments))
    const lent = kernel?.lend() ?? null
    const batches = new SegmentBatches(lent)
    let bytes = 0
    try {
      for (const segment of segments) {
        if (segment.nextBaseOffset <= keys.firstOffset) continue
        batches.open(segment, keys.firstOffset)
        for (let header = batches.next(); header !== null && !keys.isFull; header = batches.next()) {
          const isData = !header.isControl && this.#aborted.of(header) === null
          if (isData) addKeys(keys, header, batches)
          else keys.skipTo(header.nextOffset)
          bytes += header.sizeInBytes
          if (bytes < TURN_BYTES) continue
          bytes = 0
          await turn()
        }
        if (keys.isFull) break
        keys.skipTo(segment.nextBaseOffset)
      }
    } finally {
      batches.close()
      if (lent !== null) kernel?.giveBack()
    }
    keys.finish()
  }

  /** The second pass, over the segments that begin before `end`. False where not all could be replaced. */
  async #clean(cleaner: BatchCleaner, limit: bigint, end: bigint): Promise<boolean> {
    const { config } = this.#options
    this.#rounds++
    this.#written.clear()
    const segments = this.#segments(limit).filter(({ baseOffset }) => baseOffset < end)
    const groups = groupSegments(segments, config)
    for (const group of groups) {
      const written = await writeSegment(this.#place(), group, cleaner)
      if (this.#swap(group, written)) this.#written.set(written.facts.baseOffset, written)
    }
    this.#removedRecords += cleaner.recordsRead - cleaner.recordsKept
    this.#keptRecords = cleaner.recordsKept
    return this.#written.size === groups.length
  }

  /** Neighbours that are small now become one. Returns the segments that there are then. */
  async #merge(limit: bigint): Promise<SegmentFacts[]> {
    const { config, withLock } = this.#options
    const segments = withLock === null ? [...this.#written.values()].map(({ facts }) => facts) : this.#segments(limit)
    const groups = groupSegments(segments, config)
    if (withLock === null) return groups.map((group) => ({ ...(group[0] as SegmentFacts), logBytes: bytesOf(group) }))
    for (const group of groups) {
      const parts = group.map(({ baseOffset }) => this.#written.get(baseOffset))
      if (group.length === 1 || parts.includes(undefined)) continue
      const aborted = parts.flatMap((part): readonly AbortedTransaction[] => part?.aborted ?? [])
      this.#swap(group, await writeSegment(this.#place(), group, null, aborted))
    }
    return this.#segments(limit)
  }

  /** False where others changed the segments meanwhile (retention, a repair): then they stay as they are. */
  #swap(group: readonly SegmentFacts[], { isChanged, sources }: WrittenSegment): boolean {
    const { files, directory, withLock } = this.#options
    if (withLock === null || !isChanged) return true
    const bases = group.map(({ baseOffset }) => baseOffset)
    return withLock(() => {
      const isSame = bases.every((base, index) => {
        const now = files.stat(segmentPath(directory, base, 'log'))
        return now !== null && now.identity === sources[index]?.identity && now.size === sources[index]?.size
      })
      if (isSame) swapIn(files, directory, bases)
      else removeCleaned(files, directory)
      return isSame
    })
  }

  #place(): Parameters<typeof writeSegment>[0] {
    const { files, directory, config, withLock, turn } = this.#options
    return { files, directory, indexIntervalBytes: config.indexIntervalBytes, isDryRun: withLock === null, turn }
  }
}

function addKeys(keys: KeyMap, header: BatchHeader, batches: SegmentBatches): void {
  batches.reading(header, () => keys.addBatch(header, batches.bytes, batches.at))
}

function bytesOf(segments: readonly SegmentFacts[]): number {
  return segments.reduce((sum, { logBytes }) => sum + logBytes, 0)
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
