// The log of one partition, for writing. Several processes may have one open on the same folder: each append holds the
// partition's lock and first catches up with what others appended since.
//
//   lock · has the file grown? take account of the new batches · roll if due · write the batch · index · unlock
//
// A batch is written with one call at the end of the file, so a process that is killed leaves whole batches and at most one
// torn one behind; whoever holds the lock next cuts that. What others read meanwhile is whole batches.
import { LeatError } from '../errors/leat-error.ts'
import { BatchHeader, placeBatch } from '../record/batch-header.ts'
import type { LockFile } from '../system/locks.ts'
import type { System } from '../system/system.ts'
import { ActiveSegment } from './active-segment.ts'
import { LeaderEpochs } from './leader-epochs.ts'
import { ProducerState } from './producer-state.ts'
import { type Recovery, recover } from './recovery.ts'
import { shouldRoll } from './roll-policy.ts'
import { listSegments, segmentPath } from './segment-files.ts'
import { SegmentWalker } from './segment-walker.ts'
import type { LogConfig } from './topic-config.ts'

export interface PartitionLogOptions {
  readonly system: System
  /** The partition's folder; it exists. */
  readonly directory: string
  readonly config: LogConfig
  readonly lock: LockFile
  /** Everything before this offset is known to be on the disk and whole. */
  readonly recoveryPoint: bigint
  /** Batches that others wrote and that a kill left torn are cut; this tells the user. */
  readonly onRecovery: (recovery: Recovery) => void
}

export class PartitionLog {
  readonly directory: string
  readonly #options: PartitionLogOptions
  readonly #walker: SegmentWalker
  readonly #producers: ProducerState
  readonly #epochs: LeaderEpochs
  #segment: ActiveSegment
  #nextOffset: bigint
  /** Timestamp of the active segment's first batch, for rolling by time. */
  #firstTimestamp: bigint | null = null
  #rolled: ActiveSegment[] = []
  #hasNewFiles = false
  #failure: Error | null = null
}
