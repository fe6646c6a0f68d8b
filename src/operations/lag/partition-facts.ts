// What a partition's log, and samples of where it ended, tell about work that waits in it.
import { PastEnds } from '../../log/past-ends.ts'
import { PartitionReader } from '../../log/partition-reader.ts'
import { PartitionView } from '../../log/partition-view.ts'
import type { RetainedSegment } from '../../log/retention-policy.ts'
import { segmentFacts } from '../../log/segment-facts.ts'
import type { LogConfig } from '../../log/topic-config.ts'
import { type UnreadRecords, unreadRecords } from '../../log/unread-records.ts'
import { CorruptBatch } from '../../record/errors.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import type { Files } from '../../system/files.ts'
import type { Sample } from './samples.ts'

export interface PartitionFactsOptions {
  readonly files: Files
  /** The partition's folder. */
  readonly directory: string
  /** As the checkpoint has it: records before it are deleted though their segment is there. */
  readonly startOffset: bigint
  readonly config: LogConfig
  /** Of any group, oldest first. */
  readonly samples: readonly Sample[]
}

export class PartitionFacts {
  readonly config: LogConfig
  readonly startOffset: bigint
  readonly endOffset: bigint
  readonly #files: Files
  readonly #directory: string
  readonly #samples: readonly Sample[]
  readonly #pastEnds: PastEnds
  #segments: RetainedSegment[] | null = null

  constructor({ files, directory, startOffset, config, samples }: PartitionFactsOptions) {
    const view = new PartitionView(files, directory, startOffset)
    this.config = config
    this.startOffset = view.logStartOffset
    this.endOffset = view.logEndOffset()
    this.#files = files
    this.#directory = directory
    // Of a log that had this name before, or was cut since, nothing counts.
    this.#samples = samples.filter(({ endOffset }) => endOffset <= this.endOffset)
    this.#pastEnds = new PastEnds(files, directory, this.endOffset)
  }

  get segments(): readonly RetainedSegment[] {
    this.#segments ??= segmentFacts(this.#files, this.#directory)
    return this.#segments
  }

  unread(fromOffset: bigint, endOffset: bigint = this.endOffset): UnreadRecords {
    return unreadRecords(this.#files, this.#directory, fromOffset > this.startOffset ? fromOffset : this.startOffset, endOffset)
  }

  /** Where the log ended: what timestamps tell, within what was seen before and after. */
  endAt(timeMs: bigint): bigint {
    const told = this.#pastEnds.at(timeMs)
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
    const reader = new PartitionReader(this.#files, this.#directory, () => {})
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
    this.#pastEnds.close()
  }
}
