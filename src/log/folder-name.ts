// Names of partition folders: `topic-partition`; and of those that are on their way out or in:
//
//   orders-0.0f1e…-delete   deleted topic (32 hex digits; the topic is cut so that the name has at most 255 characters)
//   orders-0.0f1e…-future   a copy being made for another disk
//   orders-0-stray          a folder whose topic the metadata does not know; also with 32 hex digits
export interface PartitionFolder {
  readonly topic: string
  readonly partition: number
}

export type FolderName =
  | ({ readonly kind: 'partition' } & PartitionFolder)
  | ({ readonly kind: 'delete' | 'future' | 'stray' } & PartitionFolder)

const PARTITION = /^(.+)-(\d+)$/
const RENAMED = /^(.+?)-(\d+)(?:\.[0-9a-f]{32})?-(delete|future|stray)$/
const MAX_NAME_LENGTH = 255

/** null for folders that are no partition's. */
export function parseFolderName(name: string): FolderName | null {
  const renamed = RENAMED.exec(name)
  if (renamed !== null) return { kind: renamed[3] as 'delete', topic: renamed[1] as string, partition: Number(renamed[2]) }
  const match = PARTITION.exec(name)
  if (match === null || !Number.isSafeInteger(Number(match[2]))) return null
  // `orders-007` is nobody's folder: partitions have no leading zeros.
  if (String(Number(match[2])) !== match[2]) return null
  return { kind: 'partition', topic: match[1] as string, partition: Number(match[2]) }
}

export function folderName(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** Name for a partition folder that is to go. @param unique 32 hex digits */
export function deletedFolderName(topic: string, partition: number, unique: string): string {
  const suffix = `-${partition}.${unique}-delete`
  return topic.slice(0, MAX_NAME_LENGTH - suffix.length) + suffix
}
