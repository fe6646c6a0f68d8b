// The checkpoint files at the root of a data directory: an offset for each partition.
//
//   0                      version
//   2                      entries
//   orders 0 218           topic, partition, offset; in no order
//   orders 1 220
//
// One that is missing, empty or torn counts as absent. For most that costs a longer look at the logs; for log start offsets it would
// bring trimmed records back, so those are replaced only by what is on the disk already.
import type { Files } from '../system/files.ts'
import type { PendingSyncs } from './pending-syncs.ts'
import { readText, replaceText, replaceTextDurably } from './text-file.ts'
import { MAX_OFFSET } from '../record/offset-range.ts'

export const CHECKPOINT_FILES = {
  recoveryPoint: 'recovery-point-offset-checkpoint',
  highWatermark: 'replication-offset-checkpoint',
  logStartOffset: 'log-start-offset-checkpoint',
  cleaner: 'cleaner-offset-checkpoint',
} as const

export type CheckpointKind = keyof typeof CHECKPOINT_FILES

/** Offsets by partition folder name (`orders-0`). */
export type OffsetCheckpoint = ReadonlyMap<string, bigint>

/** null when the text is not a whole checkpoint. */
export function parseCheckpoint(text: string): OffsetCheckpoint | null {
  const [version, count, ...lines] = text.split('\n')
  // Without its last newline, the last number may have lost digits.
  if (version !== '0' || !text.endsWith('\n')) return null
  const offsets = new Map<string, bigint>()
  for (const line of lines) {
    if (line === '') continue
    const match = /^(\S+)\s+(\d+)\s+(\d+)$/.exec(line)
    if (match === null) return null
    const offset = BigInt(match[3] as string)
    if (offset > MAX_OFFSET) return null
    offsets.set(`${match[1]}-${match[2]}`, offset)
  }
  return String(offsets.size) === count ? offsets : null
}

export function formatCheckpoint(offsets: OffsetCheckpoint): string {
  const lines = [...offsets].map(([folder, offset]) => {
    const dash = folder.lastIndexOf('-')
    return `${folder.slice(0, dash)} ${folder.slice(dash + 1)} ${offset}`
  })
  return ['0', lines.length, ...lines, ''].join('\n')
}

/** @param onDamage told the path of a file that has something else in it */
export function readCheckpoint(files: Files, root: string, kind: CheckpointKind, onDamage?: (path: string) => void): OffsetCheckpoint {
  const path = `${root}/${CHECKPOINT_FILES[kind]}`
  const text = readText(files, path) ?? ''
  const offsets = parseCheckpoint(text)
  // Kafka leaves an empty one behind where there was nothing to say yet.
  if (offsets === null && text !== '') onDamage?.(path)
  return offsets ?? new Map()
}

/** Offsets to set, or (null) to remove. */
export type CheckpointChanges = ReadonlyMap<string, bigint | null>

/** Changes some partitions' offsets. The caller holds the lock that makes this the only writer. */
export function updateCheckpoint(
  files: Files,
  root: string,
  kind: CheckpointKind,
  changes: CheckpointChanges,
  syncs: PendingSyncs | null,
): void {
  replaceText(files, `${root}/${CHECKPOINT_FILES[kind]}`, formatCheckpoint(changed(readCheckpoint(files, root, kind), changes)), syncs)
}

/** As `updateCheckpoint`; a power loss at any time leaves all offsets as they were, or as they are to be. */
export function updateCheckpointDurably(files: Files, root: string, kind: CheckpointKind, changes: CheckpointChanges): void {
  const text = formatCheckpoint(changed(readCheckpoint(files, root, kind), changes))
  replaceTextDurably(files, `${root}/${CHECKPOINT_FILES[kind]}`, text)
}

function changed(checkpoint: OffsetCheckpoint, changes: CheckpointChanges): OffsetCheckpoint {
  const offsets = new Map(checkpoint)
  for (const [folder, offset] of changes) {
    if (offset === null) offsets.delete(folder)
    else offsets.set(folder, offset)
  }
  return offsets
}
