// Folders that are called like a partition's may be anybody's: a user keeps `notes-1` beside his topics. Nothing of theirs is taken or moved.
import type { Files } from '../system/files.ts'
import { PARTITION_METADATA_FILE } from './meta-properties.ts'
import { listSegments, parseSegmentFileName } from './segment-files.ts'

/** Taken while a folder's files, or the directory's own, are changed. */
export const LOCK_FILE = '.leat.lock'

/** What a process that was killed leaves in a folder that it was about to make a partition's. */
const BEGINNINGS = new Set([LOCK_FILE, `${PARTITION_METADATA_FILE}.tmp`])

/** A power loss may keep an index file, too, and neither the log nor the topic id: nobody calls files of his own like that. */
const isBeginning = (name: string): boolean => BEGINNINGS.has(name) || parseSegmentFileName(name) !== null

const isPartitions = (name: string): boolean => name === PARTITION_METADATA_FILE || parseSegmentFileName(name)?.kind === 'log'

/** Whether the folder is a partition's: one has a topic id or a segment in it. */
export function isPartitionFolder(files: Files, path: string): boolean {
  return files.stat(`${path}/${PARTITION_METADATA_FILE}`) !== null || listSegments(files, path).length > 0
}

/** Whether something that is no partition's stands where a partition's folder is to be made. */
export function isInTheWay(files: Files, path: string): boolean {
  const stat = files.stat(path)
  if (stat === null) return false
  if (stat.kind !== 'directory') return true
  // One look: another process may be making it a partition's.
  const names = files.list(path).map(({ name }) => name)
  return !names.some((name) => isPartitions(name)) && names.some((name) => !isBeginning(name))
}
