// Compaction of one partition of a data directory. Only one process compacts a partition at a time, which a lock of its own sees to:
//
//   orders-0/.leat.cleaner.lock   held while it is compacted; the partition's own lock, through the log that this process
//                                 has open anyway, only for the moment of each swap
//
// Writers append to the active segment meanwhile, readers go on with the files they have open.
import { LeatError } from '../../errors/leat-error.ts'
import { readCheckpoint } from '../../log/checkpoint-files.ts'
import { compactLog, type CompactionResult } from '../../log/cleaner/compact-log.ts'
import { removeCleaned } from '../../log/cleaner/swap-files.ts'
import type { DirectoryWriter } from '../../log/directory-writer.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import { Segment } from '../../log/segment.ts'
import { listSegments } from '../../log/segment-files.ts'
import { storageError } from '../../log/storage-error.ts'
import type { LogConfig } from '../../log/topic-config.ts'
import type { Files } from '../../system/files.ts'
import type { System } from '../../system/system.ts'
import type { CompactionRequest } from '../cluster.ts'

const CLEANER_LOCK_FILE = '.leat.cleaner.lock'
const SEED_BYTES = 16

export interface CompactedPartition {
  readonly system: System
  readonly root: string
  readonly folder: string
  readonly config: LogConfig
}

/** What `compactPartition` would do now. */
export function planCompaction(partition: CompactedPartition, endOffset: bigint, request: CompactionRequest): Promise<CompactionResult> {
  const { system, config } = partition
  const directory = `${partition.root}/${partition.folder}`
  const withActive = request.rolls || isOverdue(system.files, directory, config, system.clock.now())
  return compactLog({
    ...optionsOf(partition, request),
    endOffset,
    mapBytes: Infinity,
    withLock: null,
    withActive,
    onCleaned: () => {},
  })
}

/** @throws LeatError COMPACTION_IN_PROGRESS, KAFKA_STORAGE_ERROR; what was done up to then stays */
export async function compactPartition(
  partition: CompactedPartition,
  openLog: () => PartitionLog,
  writer: DirectoryWriter,
  request: CompactionRequest,
): Promise<CompactionResult> {
  const { system, folder, config } = partition
  const directory = writer.path(folder)
  // Opening the log makes the folder, and finishes what a compaction that died has left.
  const log = openLog()
  const alone = system.locks.tryLock(`${directory}/${CLEANER_LOCK_FILE}`, 'exclusive')
  if (alone === null) throw inProgress(folder)
  try {
    removeCleaned(system.files, directory)
    if (request.rolls || isOverdue(system.files, directory, config, system.clock.now())) log.withLock(() => log.rollLocked())
    return await compactLog({
      ...optionsOf(partition, request),
      endOffset: log.nextOffset,
      withLock: (swap) => log.withLock(swap),
      withActive: false,
      onCleaned: (offset) => writer.setCleanedOffset(folder, offset),
    })
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw storageError(`cannot compact ${directory}`, error)
    throw error
  } finally {
    alone.release()
  }
}

function optionsOf({ system, root, folder, config }: CompactedPartition, { mapBytes, turn }: CompactionRequest) {
  const seed = Buffer.alloc(SEED_BYTES)
  system.random.fill(seed)
  const { files, clock } = system
  const cleanedOffset = readCheckpoint(files, root, 'cleaner').get(folder) ?? null
  return { files, directory: `${root}/${folder}`, config, nowMs: clock.now(), cleanedOffset, mapBytes, seed, turn }
}

/** Kafka closes the active segment of a compacted topic when its first record is older than max.compaction.lag.ms. */
function isOverdue(files: Files, directory: string, { maxCompactionLagMs }: LogConfig, nowMs: bigint): boolean {
  const base = files.stat(directory) === null ? undefined : listSegments(files, directory).at(-1)
  if (base === undefined) return false
  const segment = new Segment(files, directory, base)
  try {
    const first = segment.headerAt(0)?.maxTimestamp ?? -1n
    return first >= 0n && nowMs - first > maxCompactionLagMs
  } finally {
    segment.close()
  }
}

function inProgress(folder: string): LeatError {
  return new LeatError('COMPACTION_IN_PROGRESS', `another process compacts ${folder}`, {
    hint: 'Wait until it is done; nothing is lost by that.',
  })
}
