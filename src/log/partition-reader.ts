// Reads one partition's batches in offset order, across segments, without a lock and without changing anything. Any number
// of processes may append, roll and delete meanwhile.
//
// - The end is the last whole, valid batch. Bytes after it are "not yet" and looked at again when the file has changed.
// - Damage with valid batches after it is reported and stepped over: what cannot be trusted is never served.
// - A segment that retention removed is gone for whoever had not opened it; reading goes on at the next one. So it does when a
//   whole stretch of segments went while a reader waited at its end. Only a folder that is gone, or another, ends the reading.
// - Segments that compaction replaced are read to the end by who has them open, and from the same offset on in the new one by others.
import type { Uuid } from '../bytes/uuid.ts'
import { LeatError } from '../errors/leat-error.ts'
import type { BatchHeader } from '../record/batch-header.ts'
import type { FileStat, Files } from '../system/files.ts'
import { readPartitionMetadata } from './meta-properties.ts'
import { presentSegments } from './cleaner/swap-files.ts'
import { deletedWhileRead } from './deleted-meanwhile.ts'
import { Segment } from './segment.ts'
import { isMissing, MAX_LISTINGS } from './segment-files.ts'
import { type Damage, SegmentWalker } from './segment-walker.ts'

export class PartitionReader {
  readonly directory: string
  readonly #files: Files
  readonly #walker: SegmentWalker
  readonly #onDamage: (damage: Damage) => void
  #segments: Segment[] = []
  /** The segment being walked; null before the first read and after a change of segments. */
  #current: Segment | null = null
  #nextOffset = 0n
  /** The last segment's file as it was when its end was reached: nothing to do until it changes. */
  #statAtEnd: FileStat | null = null
  #walkedStat: FileStat | null = null
  #endPosition = 0
  /** Which folder it is, once there is one, and whose: a topic may be deleted and made again. */
  #folderIdentity: string | null = null
  #topicId: Uuid | null = null
  /** When the folder had last changed as its files were listed. */
  #listedMs = 0

  /** @param chunkBytes read at a time, at most; a larger batch is read whole */
  constructor(files: Files, directory: string, onDamage: (damage: Damage) => void, chunkBytes?: number) {
    this.#files = files
    this.directory = directory
    this.#onDamage = onDamage
    this.#walker = new SegmentWalker((damage) => this.#damaged(damage), chunkBytes)
    this.#list()
  }

  /** Holds the present batch from `at` on; valid until the next call of `next`. */
  get bytes(): Buffer {
    return this.#walker.bytes
  }

  get at(): number {
    return this.#walker.at
  }

  /** The offset after the last batch read, or the one sought. */
  get nextOffset(): bigint {
    return this.#nextOffset
  }

  get segments(): readonly Segment[] {
    return this.#segments
  }

  /** `next` will read the batch that holds `offset`, or the first one after it. */
  seek(offset: bigint): void {
    this.#list()
    this.#nextOffset = offset
    this.#leave()
  }

  /** The next batch that reaches the position sought, or null at the present end of the log. */
  next(): BatchHeader | null {
    for (let listings = 1; ; listings++)
      try {
        return this.#next()
      } catch (error) {
        if (!isMissing(error) || listings === MAX_LISTINGS) throw error
        // Retention or compaction took it between the listing and now.
        this.#leave()
        this.#list()
      }
  }

  #next(): BatchHeader | null {
    for (;;) {
      const segment = this.#current ?? this.#enter()
      if (segment === null) return null
      if (this.#statAtEnd !== null && !this.#hasChanged(segment, this.#statAtEnd)) return null
      if (this.#current === null) continue
      const header = this.#walker.next()
      if (header !== null) {
        if (header.lastOffset < this.#nextOffset) continue
        this.#nextOffset = header.nextOffset
        return header
      }
      // The file may have grown since the walk of it began: whoever was told of that looks only once.
      this.#endOfSegment(segment)
    }
  }

  close(): void {
    this.#leave()
    for (const segment of this.#segments) segment.close()
    this.#segments = []
  }

  /** Opens the segment that holds `nextOffset`; null when the partition has none. */
  #enter(): Segment | null {
    if (this.#segments.length === 0) this.#list()
    const index = this.#segments.findLastIndex((segment) => segment.baseOffset <= this.#nextOffset)
    const segment = this.#segments[Math.max(0, index)]
    if (segment === undefined) return null
    const from = this.#nextOffset > segment.baseOffset ? segment.positionBefore(this.#nextOffset) : 0
    this.#walkFrom(segment, from, segment.baseOffset)
    // A segment of the topic that took the place of this one may have the same name.
    this.#checkIsOurs(this.#files.stat(this.directory))
    this.#current = segment
    return segment
  }

  /** The segment's file may be another when it is entered again. */
  #leave(): void {
    this.#current?.close()
    this.#current = null
    this.#statAtEnd = null
  }

  #walkFrom(segment: Segment, position: number, nextOffset: bigint): void {
    this.#walkedStat = segment.log.stat()
    const next = this.#segments[this.#segments.indexOf(segment) + 1]
    this.#walker.open(segment.log, position, this.#walkedStat.size, nextOffset, segment.bounds(next?.baseOffset ?? null))
  }

  /** Decides what follows the walk of a segment: the next one, more of the same, or the end of the log. */
  #endOfSegment(segment: Segment): void {
    const tail = this.#walker.tail
    if (tail.kind === 'unsupported') throw unsupportedFormat(segment, tail.magic, tail.position)
    const next = this.#segmentAfter(segment)
    if (next === null) {
      this.#endPosition = tail.position
      this.#statAtEnd = this.#walkedStat
      return
    }
    // The writer that rolled had appended to this one until then.
    const size = segment.size
    if (size > this.#walker.end) {
      this.#walkFrom(segment, tail.position, this.#walker.nextOffset)
      return
    }
    if (tail.kind !== 'end')
      this.#damaged({
        file: segment.path('log'),
        position: tail.position,
        sizeInBytes: size - tail.position,
        fromOffset: this.#walker.nextOffset,
        toOffset: next.baseOffset,
        reason: tail.reason,
      })
    this.#leave()
    if (this.#nextOffset < next.baseOffset) this.#nextOffset = next.baseOffset
  }

  /** A segment that was compacted after it was listed has the records of the next one too, which is gone then: no damage. @throws ENOENT */
  #damaged(damage: Damage): void {
    const next = this.#segments.find(({ baseOffset }) => baseOffset > (this.#current?.baseOffset ?? -1n))
    next?.checkIsThere()
    this.#onDamage(damage)
  }

  /** At the end of the log: whether there may be more now, in this segment or a new one. */
  #hasChanged(segment: Segment, before: FileStat): boolean {
    const now = segment.log.stat()
    const isSame = now.size === before.size && now.modifiedMs === before.modifiedMs
    if (isSame && this.#segmentAfter(segment) === null) {
      return this.#files.stat(segment.path('log'))?.identity !== now.identity && this.#isReplaced()
    }
    this.#statAtEnd = null
    this.#walkFrom(segment, Math.min(this.#endPosition, now.size), this.#walker.nextOffset)
    return true
  }

  /** At the end of a file that is no longer there: retention or a repair took it, or the topic is deleted. */
  #isReplaced(): boolean {
    this.#list()
    if (this.#segments.length === 0) return false
    this.#leave()
    return true
  }

  /** @throws LeatError UNKNOWN_TOPIC_OR_PARTITION */
  #checkIsOurs(folder: FileStat | null): void {
    if (this.#folderIdentity !== null && !this.#isOurs(folder)) throw deletedWhileRead(this.directory)
  }

  #isOurs(folder: FileStat | null): boolean {
    if (folder?.identity !== this.#folderIdentity) return false
    const topicId = readPartitionMetadata(this.#files, this.directory)
    return this.#topicId === null || topicId === null || topicId === this.#topicId
  }

  /** A roll names the new segment after the offset that comes next, unless the end of this one was lost: then the folder tells. */
  #segmentAfter(segment: Segment): Segment | null {
    const following = (): Segment | null => this.#segments.find(({ baseOffset }) => baseOffset > segment.baseOffset) ?? null
    const known = following()
    if (known !== null) return known
    const candidate = new Segment(this.#files, this.directory, this.#walker.nextOffset)
    const isOther = candidate.baseOffset !== segment.baseOffset
    const isThere = isOther && this.#files.stat(candidate.path('log')) !== null
    if (!isThere) {
      const folder = this.#files.stat(this.directory)
      if (folder === null || folder.modifiedMs === this.#listedMs || !this.#isOurs(folder)) return null
    }
    this.#list()
    return following()
  }

  /** Takes up the segments that are there now, keeping open those already known. */
  #list(): void {
    const known = new Map(this.#segments.map((segment) => [segment.baseOffset, segment]))
    // A partition whose folder was not made yet is an empty one.
    const folder = this.#files.stat(this.directory)
    this.#checkIsOurs(folder)
    const present = folder === null ? [] : presentSegments(this.#files, this.directory)
    this.#listedMs = folder?.modifiedMs ?? 0
    this.#folderIdentity ??= folder?.identity ?? null
    this.#topicId ??= readPartitionMetadata(this.#files, this.directory)
    this.#segments = present.map((segment) => {
      const same = known.get(segment.baseOffset)
      return same?.isBeingSwappedIn === segment.isBeingSwappedIn ? same : segment
    })
  }
}

function unsupportedFormat(segment: Segment, magic: number, position: number): LeatError {
  return new LeatError(
    'UNSUPPORTED_FOR_MESSAGE_FORMAT',
    `${segment.path('log')} has messages in format v${magic} (magic ${magic}, written by Kafka before 0.11) at byte ${position}; leat reads format v2`,
    {
      hint: 'Start a Kafka 3.x broker on a copy of the directory and copy the topic with a consumer and producer (0.11 or later write format v2), then use leat on that.',
    },
  )
}
