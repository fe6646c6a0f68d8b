// What a partition's log, and samples of where it ended, tell about work that waits in it.
import type { Cluster, LogConfig, LogFacts, RetainedSegment, UnreadRecords } from '../../client/cluster.ts'
import { CorruptBatch } from '../../record/errors.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import type { TopicPartition } from '../../record/topic-partition.ts'
import type { Sample } from './samples.ts'

export interface PartitionFactsOptions extends TopicPartition {
  readonly cluster: Cluster
  readonly config: LogConfig
  /** Of any group, oldest first. */
  readonly samples: readonly Sample[]
}

export class PartitionFacts {
  readonly config: LogConfig
  readonly #options: PartitionFactsOptions
  readonly #log: LogFacts
  readonly #samples: readonly Sample[]
  #segments: readonly RetainedSegment[] | null = null

  constructor(options: PartitionFactsOptions) {
    const { cluster, topic, partition, config, samples } = options
    this.config = config
    this.#options = options
    this.#log = cluster.openLogFacts(topic, partition)
    // Of a log that had this name before, or was cut since, nothing counts.
    this.#samples = samples.filter(({ endOffset }) => endOffset <= this.endOffset)
  }

  get startOffset(): bigint {
    return this.#log.startOffset
  }

  get endOffset(): bigint {
    return this.#log.endOffset
  }

  get segments(): readonly RetainedSegment[] {
    this.#segments ??= this.#log.retainedSegments()
    return this.#segments
  }

  unread(fromOffset: bigint, endOffset: bigint = this.endOffset): UnreadRecords {
    return this.#log.unread(fromOffset, endOffset)
  }

  /** Where the log ended: what timestamps tell, within what was seen before and after. */
  endAt(timeMs: bigint): bigint {
    const told = this.#log.endAt(timeMs)
    const least = this.#samples.findLast((sample) => sample.timeMs <= timeMs)?.endOffset ?? 0n
    const most = this.#samples.find((sample) => sample.timeMs >= timeMs)?.endOffset ?? this.endOffset
    return told < least ? least : told > most ? most : told
  }

  /** When the log was last seen to end at or before `offset`, ms; null where it never was. */
  lastSeenEndingBy(offset: bigint): bigint | null {
    return this.#samples.findLast(({ endOffset }) => endOffset <= offset)?.timeMs ?? null
  }

  /** Of the record at `offset`, ms; null where it has none or cannot be read. */
  timestampAt(offset: bigint): bigint | null {
    const { cluster, topic, partition } = this.#options
    const reader = cluster.openReader(topic, partition, () => {})
    const cursor = new RecordCursor()
    try {
      reader.seek(offset)
      const header = reader.next()
      if (header === null) return null
      cursor.open(reader.bytes, reader.at, header)
      while (cursor.next()) if (cursor.offset >= offset) return cursor.timestamp >= 0n ? cursor.timestamp : null
      return null
    } catch (error) {
      if (error instanceof CorruptBatch) return null
      throw error
    } finally {
      reader.close()
    }
  }

  close(): void {
    this.#log.close()
  }
}
