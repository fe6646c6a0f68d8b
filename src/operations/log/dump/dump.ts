// Everything that is in the files of a data directory, one item after the other. Nothing is changed, no lock is taken, and a file that its
// owner deletes meanwhile is passed over.
import type { OffsetRange } from '../../../grammar/offset.ts'
import { isMissing } from '../../../log/segment-files.ts'
import { BatchDumper, type BatchDumpOptions } from './batches.ts'
import { type DumpFile, folderOf } from './dump-file.ts'
import type { DumpItem } from './dump-item.ts'
import { dumpOffsetIndex, dumpProducerSnapshot, dumpTimeIndex, dumpTransactionIndex } from './entries.ts'
import { findFiles, type FindOptions } from './find-files.ts'
import { EVERYTHING, type OffsetWindow, resolveWindow } from './offset-window.ts'
import { dumpJson, dumpLeaderEpochs, dumpMetaProperties, dumpOffsetCheckpoint, dumpPartitionMetadata } from './text-files.ts'

export interface DumpOptions extends FindOptions, BatchDumpOptions {
  /** Leaves out everything that is not about these offsets; null for all. */
  readonly offsets: OffsetRange | null
  /** Stops after so many records, or batches where records are not asked for. */
  readonly maxItems: number
}

/** @throws LeatError before the first item, for a name that stands for nothing or for none of Kafka's files */
export function dump(options: DumpOptions): Iterable<DumpItem> {
  return new Dump(options).limited(findFiles(options))
}

/** Files that say something about offsets. */
const WITH_OFFSETS: ReadonlySet<string> = new Set(['log', 'index', 'timeindex', 'txnindex'])

class Dump {
  readonly #options: DumpOptions
  readonly #batches: BatchDumper
  #folder: string | null = null
  #window: OffsetWindow = EVERYTHING

  constructor(options: DumpOptions) {
    this.#options = options
    this.#batches = new BatchDumper(options.files, options)
  }

  *limited(files: Iterable<DumpFile>): Generator<DumpItem> {
    const { maxItems, withRecords } = this.#options
    const counted = withRecords ? 'record' : 'batch'
    let left = maxItems
    for (const file of files) {
      try {
        for (const item of this.#inWindow(file)) {
          yield item
          if (item.type === counted && --left === 0) return
        }
      } catch (error) {
        if (!isMissing(error)) throw error
      }
    }
  }

  #inWindow(file: DumpFile): Iterable<DumpItem> {
    const { offsets } = this.#options
    if (offsets === null) return this.#items(file, EVERYTHING)
    return WITH_OFFSETS.has(file.kind) ? this.#items(file, this.#windowOf(file, offsets)) : []
  }

  #items(file: DumpFile, window: OffsetWindow): Iterable<DumpItem> {
    if (file.kind === 'log') return window.to !== null && file.baseOffset >= window.to ? [] : this.#batches.dump(file, window)
    if (file.kind === 'bootstrap') return this.#batches.dump(file, window)
    if (file.kind === 'metadata-snapshot') return this.#metadataSnapshot(file)
    const { files } = this.#options
    const bytes = files.readWhole(file.path)
    switch (file.kind) {
      case 'index':
        return dumpOffsetIndex(file, bytes, window)
      case 'timeindex':
        return dumpTimeIndex(file, bytes, window)
      case 'txnindex':
        return dumpTransactionIndex(file, bytes, window)
      case 'snapshot':
        return dumpProducerSnapshot(file, bytes)
      case 'leader-epochs':
        return dumpLeaderEpochs(file, bytes)
      case 'offset-checkpoint':
        return dumpOffsetCheckpoint(file, bytes)
      case 'meta-properties':
        return dumpMetaProperties(file, bytes, files)
      case 'partition-metadata':
        return dumpPartitionMetadata(file, bytes, files)
      case 'quorum-state':
      case 'clean-shutdown':
        return dumpJson(file.kind, file, bytes)
    }
  }

  *#metadataSnapshot(file: DumpFile): Generator<DumpItem> {
    const [, epoch] = /-(\d+)\.checkpoint/.exec(file.path.slice(file.path.lastIndexOf('/'))) ?? []
    yield { type: 'metadata-snapshot', file: file.name, endOffset: file.baseOffset, epoch: Number(epoch) }
    yield* this.#batches.dump(file, EVERYTHING)
  }

  /** The window of the partition that the file belongs to: its files come one after the other. */
  #windowOf(file: DumpFile, offsets: OffsetRange): OffsetWindow {
    const folder = folderOf(file.path)
    if (folder !== this.#folder) {
      this.#folder = folder
      this.#window = resolveWindow(this.#options.files, folder, offsets)
    }
    return this.#window
  }
}
