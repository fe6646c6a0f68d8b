// What the files of a partition tell of the work that waits in it.
import { PastEnds } from '../../log/past-ends.ts'
import type { PartitionView } from '../../log/partition-view.ts'
import type { RetainedSegment } from '../../log/retention-policy.ts'
import { segmentFacts } from '../../log/segment-facts.ts'
import { type UnreadRecords, unreadRecords } from '../../log/unread-records.ts'
import type { Files } from '../../system/files.ts'
import type { LogFacts } from '../cluster.ts'

export class DirectoryLogFacts implements LogFacts {
  readonly startOffset: bigint
  readonly endOffset: bigint
  readonly #files: Files
  readonly #directory: string
  readonly #pastEnds: PastEnds

  constructor(files: Files, view: PartitionView) {
    this.startOffset = view.logStartOffset
    this.endOffset = view.logEndOffset()
    this.#files = files
    this.#directory = view.directory
    this.#pastEnds = new PastEnds(files, view.directory, this.endOffset)
  }

  unread(fromOffset: bigint, endOffset: bigint): UnreadRecords {
    return unreadRecords(this.#files, this.#directory, fromOffset > this.startOffset ? fromOffset : this.startOffset, endOffset)
  }

  endAt(timeMs: bigint): bigint {
    return this.#pastEnds.at(timeMs)
  }

  retainedSegments(): readonly RetainedSegment[] {
    return segmentFacts(this.#files, this.#directory)
  }

  close(): void {
    this.#pastEnds.close()
  }
}
