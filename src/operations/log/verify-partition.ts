// Checks all files of one partition's folder against each other. The log is what counts; everything else is derived from it.
import { LEADER_EPOCH_FILE, type LeaderEpoch, parseLeaderEpochs } from '../../log/leader-epochs.ts'
import { PARTITION_METADATA_FILE, readPartitionMetadata } from '../../log/meta-properties.ts'
import { readLatestSnapshot, readSnapshot } from '../../log/producer-snapshot.ts'
import { ProducerState } from '../../log/producer-state.ts'
import { presentSegments } from '../../log/cleaner/swap-files.ts'
import type { Segment } from '../../log/segment.ts'
import { listSegmentFiles, segmentPath } from '../../log/segment-files.ts'
import { readText } from '../../log/text-file.ts'
import type { LogConfig } from '../../log/topic-config.ts'
import type { AbortedTransaction } from '../../log/transaction-index.ts'
import type { Uuid } from '../../bytes/uuid.ts'
import type { BatchHeader } from '../../record/batch-header.ts'
import { markerOfBatch } from '../../record/control-record.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import type { Files } from '../../system/files.ts'
import { aboutBytes, aboutFile, type Finding } from './finding.ts'
import { SegmentCheck, type SegmentCheckOptions, type SegmentResult } from './verify-segment.ts'

export interface PartitionCheckOptions {
  readonly files: Files
  readonly directory: string
  readonly config: LogConfig
  /** Up to here the log is known to have been on the disk; 0 where nothing is known. */
  readonly recoveryPoint: bigint
  /** What the metadata says the topic's id is; null where it does not. */
  readonly topicId: Uuid | null
  /** Only this segment; null: all. */
  readonly onlyBaseOffset: bigint | null
  readonly isDeep: boolean
}

export interface CheckedSegment extends SegmentResult {
  /** Its `.log`. */
  readonly file: string
  readonly baseOffset: bigint
}

export interface PartitionResult {
  readonly findings: readonly Finding[]
  readonly segments: readonly CheckedSegment[]
  /** What the epochs file has to say, as the batches tell it. */
  readonly epochs: readonly LeaderEpoch[]
  readonly endOffset: bigint
}

export function verifyPartition(options: PartitionCheckOptions): PartitionResult {
  return new PartitionCheck(options).run()
}

class PartitionCheck {
  readonly #options: PartitionCheckOptions
  readonly #findings: Finding[] = []
  readonly #segments: CheckedSegment[] = []
  readonly #producers = new ProducerState()
  readonly #cursor = new RecordCursor()
  readonly #epochs: LeaderEpoch[] = []
  readonly #derived: readonly SegmentFile[]
  readonly #modifiedMs: number | undefined
  readonly #epochsPath: string
  /** As the file says; null where it cannot be read. */
  readonly #epochsInFile: LeaderEpoch[] | null
  #epochProblem: string | null = null

  constructor(options: PartitionCheckOptions) {
    this.#options = options
    // Before anything else is looked at: a log that is being written to has by then what these are about.
    this.#modifiedMs = options.files.stat(options.directory)?.modifiedMs
    this.#derived = derivedFiles(options)
    this.#epochsPath = `${options.directory}/${LEADER_EPOCH_FILE}`
    const text = readText(options.files, this.#epochsPath)
    this.#epochsInFile = text === null ? null : parseLeaderEpochs(text)
    if (this.#epochsInFile === null) this.#epochProblem = text === null ? 'the file is missing' : 'the file is torn or garbled'
  }

  run(): PartitionResult {
    const { files, directory, onlyBaseOffset } = this.#options
    const segments = presentSegments(files, directory)
    const wanted = onlyBaseOffset === null ? segments : segments.filter(({ baseOffset }) => baseOffset === onlyBaseOffset)
    const startOffset = wanted[0]?.baseOffset ?? 0n
    const start = readLatestSnapshot(files, directory, startOffset)
    this.#producers.load(start?.entries ?? [], start?.offset ?? 0n)
    let endOffset = startOffset
    for (const segment of wanted)
      endOffset = this.#checkSegment(segment, segments[segments.indexOf(segment) + 1]?.baseOffset ?? null, endOffset)
    if (onlyBaseOffset === null) this.#checkFolder(endOffset)
    return { findings: this.#findings, segments: this.#segments, epochs: this.#epochs, endOffset }
  }

  /** @returns the offset after the segment's last sound batch */
  #checkSegment(segment: Segment, nextBaseOffset: bigint | null, expected: bigint): bigint {
    const { files, config, isDeep, recoveryPoint } = this.#options
    const common = { files, segment, nextBaseOffset, recoveryPoint, config, isDeep }
    const found = new SegmentCheck({ ...common, onBatch: (header, bytes, at) => this.#note(header, bytes, at) }).run()
    if (found === null) {
      // Compaction has put it in place meanwhile, or retention took it.
      const now = this.#present(segment.baseOffset)
      const isElsewhere = now !== undefined && now.path('log') !== segment.path('log')
      return isElsewhere ? this.#checkSegment(now, nextBaseOffset, expected) : (nextBaseOffset ?? expected)
    }
    const result = { ...found, findings: found.findings.filter((finding) => finding.kind !== 'derived' || this.#stays(finding, common)) }
    const { baseOffset } = segment
    const file = segment.path('log')
    this.#findings.push(...result.findings)
    this.#segments.push({ ...result, file, baseOffset })
    if (baseOffset > expected) this.#gap(file, expected, baseOffset)
    const lastDamage = result.damage.at(-1)
    return lastDamage !== undefined && lastDamage.toOffset > result.nextOffset ? lastDamage.toOffset : result.nextOffset
  }

  /** Whether a second look finds it too: who opens the log for writing makes the end of its indexes anew. */
  #stays({ file }: Finding, options: Omit<SegmentCheckOptions, 'onBatch'>): boolean {
    // What a transaction index has to hold is known only from all that came before.
    if (file.endsWith('.txnindex')) return true
    const segment = this.#present(options.segment.baseOffset)
    const again = segment === undefined ? null : new SegmentCheck({ ...options, segment, isDeep: false, onBatch: () => null }).run()
    return again?.findings.some((finding) => finding.kind === 'derived' && finding.file === file) ?? false
  }

  #present(baseOffset: bigint): Segment | undefined {
    return presentSegments(this.#options.files, this.#options.directory).find((segment) => segment.baseOffset === baseOffset)
  }

  #note(header: BatchHeader, bytes: Buffer, at: number): AbortedTransaction | null {
    this.#noteEpoch(header)
    if (header.producerId < 0n) return null
    const completed = this.#producers.update(header, markerOfBatch(this.#cursor, header, bytes, at))
    if (completed === null || !completed.isAborted) return null
    const { producerId, firstOffset, lastOffset } = completed
    return { producerId, firstOffset, lastOffset, lastStableOffset: this.#producers.firstUndecidedOffset ?? lastOffset + 1n }
  }

  #noteEpoch({ partitionLeaderEpoch: epoch, baseOffset }: BatchHeader): void {
    if (epoch < 0 || epoch === this.#epochs.at(-1)?.epoch) return
    if (epoch > (this.#epochs.at(-1)?.epoch ?? -1)) this.#epochs.push({ epoch, startOffset: baseOffset })
    if (this.#epochsInFile === null) return
    const covering = this.#epochsInFile.findLast(({ startOffset }) => startOffset <= baseOffset)
    const first = this.#epochsInFile[0]
    // Where records were deleted the file begins at the log's start, which may lie behind this batch.
    const isRight = covering === undefined ? first !== undefined && epoch <= first.epoch : covering.epoch === epoch
    if (!isRight) this.#epochProblem ??= `it says epoch ${covering?.epoch ?? 'none'} for offset ${baseOffset}; the batch there has ${epoch}`
  }

  /** @param file the segment after the gap */
  #gap(file: string, fromOffset: bigint, endOffset: bigint): void {
    const { directory, config } = this.#options
    const before = this.#segments.at(-2)
    if (before?.isShortened === true) {
      const range = { position: before.sizeInBytes, sizeInBytes: 0, fromOffset, endOffset }
      this.#findings.push(aboutBytes('damage', before.file, range, 'the segment was longer: its index names what is no longer there'))
      return
    }
    // An index without a log says that there was a segment.
    const orphan = this.#orphans().find(
      ({ kind, baseOffset: base }) => kind === 'index' && base >= fromOffset && base < endOffset,
    )?.baseOffset
    if (orphan !== undefined) {
      const missing = aboutFile('damage', segmentPath(directory, orphan, 'log'), 'the segment is missing; its index is there')
      this.#findings.push({ ...missing, fromOffset, toOffset: endOffset - 1n })
    } else if (!config.cleanupPolicy.has('compact')) {
      const range = { position: 0, sizeInBytes: 0, fromOffset, endOffset }
      this.#findings.push(aboutBytes('gap', file, range, 'offsets before this segment are not there'))
    }
  }

  #checkFolder(endOffset: bigint): void {
    const { recoveryPoint } = this.#options
    this.#checkEnd(endOffset, recoveryPoint)
    this.#checkEpochs(endOffset)
    this.#checkSnapshots(endOffset)
    this.#checkOrphans()
    this.#checkTopicId()
  }

  /** The recovery point was on the disk once: a log that ends before it has lost its end. */
  #checkEnd(endOffset: bigint, recoveryPoint: bigint): void {
    if (endOffset >= recoveryPoint) return
    const { directory } = this.#options
    const last = this.#segments.at(-1)
    const file = last?.file ?? directory
    const torn = this.#findings.findIndex((finding) => finding.kind === 'torn' && finding.file === file)
    const [tail] = torn < 0 ? [] : this.#findings.splice(torn, 1)
    const position = tail?.position ?? last?.sizeInBytes ?? 0
    const range = { position, sizeInBytes: tail?.sizeInBytes ?? 0, fromOffset: endOffset, endOffset: recoveryPoint }
    const why = tail === undefined ? '' : `: ${tail.problem}`
    const problem = `the log ends here; it was synced up to offset ${recoveryPoint}${why}`
    this.#findings.push(aboutBytes('damage', file, range, problem))
    if (last === undefined || tail === undefined) return
    const damage = { file, position, sizeInBytes: range.sizeInBytes, fromOffset: endOffset, toOffset: recoveryPoint, reason: problem }
    this.#segments.splice(-1, 1, { ...last, damage: [...last.damage, damage] })
  }

  #checkEpochs(endOffset: bigint): void {
    if (this.#epochs.length === 0 && this.#epochsInFile === null) return
    const beyond = this.#epochsInFile?.find(({ startOffset }) => startOffset > endOffset)
    if (beyond !== undefined) this.#epochProblem ??= `epoch ${beyond.epoch} starts at ${beyond.startOffset}, past the end of the log`
    if (this.#epochProblem !== null) this.#findings.push(aboutFile('derived', this.#epochsPath, this.#epochProblem))
  }

  #checkSnapshots(endOffset: bigint): void {
    for (const { kind, baseOffset: offset, path } of this.#derived) {
      if (kind !== 'snapshot') continue
      const isWhole = readSnapshot(this.#options.files, path) !== null
      if (!isWhole) this.#noteDerived(path, 'the checksum does not agree')
      else if (offset > endOffset) this.#noteDerived(path, `it is past the end of the log, ${endOffset}`)
    }
  }

  #checkOrphans(): void {
    for (const { path } of this.#orphans()) this.#noteDerived(path, 'it belongs to no segment')
  }

  /** Index files whose log is gone; those of segments that retention was removing are nobody's. */
  #orphans(): SegmentFile[] {
    const segments = presentSegments(this.#options.files, this.#options.directory)
    return this.#derived.filter(({ kind, baseOffset }) => {
      const holding = segments.findLast((segment) => segment.baseOffset <= baseOffset)
      return kind !== 'snapshot' && holding?.baseOffset !== baseOffset && holding?.isBeingSwappedIn !== true
    })
  }

  /** Unless retention in another process took the file meanwhile, or is about to. */
  #noteDerived(path: string, problem: string): void {
    const { files, directory } = this.#options
    const isStill = files.stat(directory)?.modifiedMs === this.#modifiedMs
    if (isStill && files.stat(path) !== null) this.#findings.push(aboutFile('derived', path, problem))
  }

  #checkTopicId(): void {
    const { files, directory, topicId } = this.#options
    if (topicId === null) return
    const present = readPartitionMetadata(files, directory)
    if (present === topicId) return
    const problem = present === null ? 'it is missing or garbled' : `it says topic id ${present}; the metadata says ${topicId}`
    this.#findings.push(aboutFile('derived', `${directory}/${PARTITION_METADATA_FILE}`, problem))
  }
}

interface SegmentFile {
  readonly kind: 'index' | 'timeindex' | 'txnindex' | 'snapshot'
  readonly baseOffset: bigint
  readonly path: string
}

function derivedFiles({ files, directory }: PartitionCheckOptions): SegmentFile[] {
  return (['snapshot', 'index', 'timeindex', 'txnindex'] as const).flatMap((kind) =>
    listSegmentFiles(files, directory, kind).map((baseOffset) => ({ kind, baseOffset, path: segmentPath(directory, baseOffset, kind) })),
  )
}
