// The batches of a `.log`, of a snapshot of the metadata log, or of `bootstrap.checkpoint`, with their records. Damage is reported where
// it lies and stepped over. Nothing is gathered: memory is one batch, however large the file.
import { MalformedInput, TruncatedInput } from '../../../bytes/errors.ts'
import { Segment } from '../../../log/segment.ts'
import { type Damage, SegmentWalker } from '../../../log/segment-walker.ts'
import type { BatchHeader } from '../../../record/batch-header.ts'
import { CorruptBatch } from '../../../record/errors.ts'
import { type InternalRecord, controlRecordJson, internalRecordJson } from '../../../record/internal/internal-record.ts'
import { METADATA_TOPIC } from '../../../record/internal/internal-topics.ts'
import { HeaderCursor, RecordCursor } from '../../../record/record-cursor.ts'
import type { Files, OpenFile } from '../../../system/files.ts'
import { type DumpFile, folderOf } from './dump-file.ts'
import { type DumpItem, type PlainItem, type RecordItem, damage, sequenceAfter } from './dump-item.ts'
import { type OffsetWindow, overlaps } from './offset-window.ts'

export interface BatchDumpOptions {
  readonly withRecords: boolean
  /** Control records and those of Kafka's own topics are decoded. */
  readonly isDecoding: boolean
}

export class BatchDumper {
  readonly #files: Files
  readonly #options: BatchDumpOptions
  readonly #walker = new SegmentWalker((found) => this.#found.push(found))
  readonly #cursor = new RecordCursor()
  readonly #headers = new HeaderCursor()
  /** Damage that the walker stepped over since the last batch. */
  #found: Damage[] = []

  constructor(files: Files, options: BatchDumpOptions) {
    this.#files = files
    this.#options = options
  }

  *dump(file: DumpFile, window: OffsetWindow): Generator<DumpItem> {
    const open = this.#files.open(file.path, 'read')
    try {
      // In snapshots of the metadata log offsets start again at 0.
      const baseOffset = file.kind === 'log' ? file.baseOffset : 0n
      this.#walker.open(open, this.#start(file, window), open.stat().size, baseOffset)
      for (;;) {
        const header = this.#walker.next()
        if (this.#found.length > 0) yield* this.#damage(file)
        if (header === null) {
          if (!this.#hasGrown(open)) break
        } else if (window.to !== null && header.baseOffset >= window.to) return
        else if (overlaps(window, header.baseOffset, header.lastOffset)) {
          yield { type: 'batch', file, position: this.#walker.position, header }
          if (this.#options.withRecords) yield* this.#records(file, header, window)
        }
      }
      const tail = this.#tail(file)
      if (tail !== null) yield tail
    } finally {
      open.close()
    }
  }

  /** Where to begin so as to miss nothing of the window. */
  #start(file: DumpFile, { from }: OffsetWindow): number {
    if (file.kind !== 'log' || file.isLeftover || from <= file.baseOffset) return 0
    const segment = new Segment(this.#files, folderOf(file.path), file.baseOffset)
    try {
      return segment.positionBefore(from)
    } finally {
      segment.close()
    }
  }

  /** A batch that was half written a moment ago may be whole by now: then the walk goes on. */
  #hasGrown(open: OpenFile): boolean {
    const { tail, end, nextOffset } = this.#walker
    if (tail.kind !== 'incomplete') return false
    const { size } = open.stat()
    if (size <= end) return false
    this.#walker.open(open, tail.position, size, nextOffset)
    return true
  }

  *#records(file: DumpFile, header: BatchHeader, window: OffsetWindow): Generator<DumpItem> {
    const { from, to } = window
    const cursor = this.#cursor
    const item: RecordItem = { type: 'record', file, cursor, sequence: -1, decoded: null, decodeError: null }
    const isWhole = header.baseOffset >= from && (to === null || header.lastOffset < to)
    try {
      cursor.open(this.#walker.bytes, this.#walker.at, header)
      while (cursor.next()) {
        this.#checkHeaders()
        if (!isWhole && !overlaps(window, cursor.offset, cursor.offset)) continue
        item.sequence = sequenceAfter(header.baseSequence, cursor.offsetDelta)
        if (this.#options.isDecoding) this.#decode(item)
        yield item
      }
    } catch (error) {
      if (!(error instanceof CorruptBatch)) throw error
      // The checksum agrees, so this is how it was written: its records cannot be told apart all the same.
      yield damage(file, this.#walker.position, header.sizeInBytes, error.message)
    }
  }

  /** @throws CorruptBatch, before anything of the record is printed */
  #checkHeaders(): void {
    if (this.#cursor.headerCount === 0) return
    this.#headers.open(this.#cursor)
    while (this.#headers.next());
  }

  #decode(item: RecordItem): void {
    item.decoded = item.decodeError = null
    try {
      item.decoded = this.#decoded(item.file)
    } catch (error) {
      if (!(error instanceof MalformedInput || error instanceof TruncatedInput)) throw error
      item.decodeError = error.message
    }
  }

  #decoded(file: DumpFile): InternalRecord | null {
    const { header, bytes, keyStart, keyEnd, valueStart, valueEnd } = this.#cursor
    const topic = file.kind === 'log' ? file.topic : METADATA_TOPIC
    if (!header.isControl && !(topic ?? '').startsWith('__')) return null
    const key = keyStart < 0 ? null : bytes.subarray(keyStart, keyEnd)
    const value = valueStart < 0 ? null : bytes.subarray(valueStart, valueEnd)
    return header.isControl ? controlRecordJson(key, value) : internalRecordJson(topic ?? '', key, value)
  }

  *#damage(file: DumpFile): Generator<PlainItem> {
    for (const { position, sizeInBytes, reason, fromOffset, toOffset } of this.#found)
      yield { ...damage(file, position, sizeInBytes, reason), fromOffset, toOffset }
    this.#found = []
  }

  /** What is wrong with the bytes after the last batch, or null. */
  #tail(file: DumpFile): PlainItem | null {
    const { tail, end, nextOffset } = this.#walker
    if (tail.kind === 'end') return null
    const found = { ...damage(file, tail.position, end - tail.position, tail.reason), fromOffset: nextOffset, toOffset: null }
    return tail.kind === 'unsupported' ? { ...found, type: 'unsupported' } : found
  }
}
