// The checkpoint files at the root of a data directory: an offset for each partition.
//
//   0                      version
//   2                      entries
//   orders 0 218           topic, partition, offset; in no order
//   orders 1 220
//
// All are derived: one that is missing, empty or torn counts as absent, which costs a longer look at the logs.
import type { Files } from '../system/files.ts'
import type { PendingSyncs } from './pending-syncs.ts'
import { readText, replaceText } from './text-file.ts'

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
  if (version !== '0') return null
  const offsets = new Map<string, bigint>()
  for (const line of lines) {
    if (line === '') continue
    const match = /^(\S+) (\d+) (\d+)$/.exec(line)
    if (match === null) return null
    offsets.set(`${match[1]}-${match[2]}`, BigInt(match[3] as string))
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

export function readCheckpoint(files: Files, root: string, kind: CheckpointKind): OffsetCheckpoint {
  return parseCheckpoint(readText(files, `${root}/${CHECKPOINT_FILES[kind]}`) ?? '') ?? new Map()
}

/** Sets or (with null) removes some partitions' offsets. The caller holds the lock that makes this the only writer. */
export function updateCheckpoint(
  files: Files,
  root: string,
  kind: CheckpointKind,
  changes: ReadonlyMap<string, bigint | null>,
  syncs: PendingSyncs | null,
): void {
  const offsets = new Map(readCheckpoint(files, root, kind))
  for (const [folder, offset] of changes) {
    if (offset === null) offsets.delete(folder)
    else offsets.set(folder, offset)
  }
  replaceText(files, `${root}/${CHECKPOINT_FILES[kind]}`, formatCheckpoint(offsets), syncs)
}
