// Names of partition folders: `topic-partition`; and of those that are on their way out or in, with 32 hex digits:
//
//   orders-0.0f1e…-delete   deleted topic (the topic is cut so that the name has at most 255 characters)
//   orders-0.0f1e…-future   a copy being made for another disk
//   orders-0.0f1e…-stray    a folder whose topic the metadata does not know (the topic is cut too)
//
// Topics have dashes, dots and digits in them: the last dash counts.
export interface PartitionFolder {
  readonly topic: string
  readonly partition: number
}

export type FolderName =
  | ({ readonly kind: 'partition' } & PartitionFolder)
  | ({ readonly kind: 'delete' | 'future' | 'stray' } & PartitionFolder)

/** Partitions have no leading zeros: `orders-007` is nobody's folder. */
const PARTITION = /^(.+)-(0|[1-9]\d*)$/
const RENAMED = /^(.+)\.[0-9a-f]{32}-(delete|future|stray)$/
const MAX_NAME_LENGTH = 255
const MAX_PARTITION = 2 ** 31 - 1

/** null for folders that are no partition's. */
export function parseFolderName(name: string): FolderName | null {
  const renamed = RENAMED.exec(name)
  const match = PARTITION.exec(renamed?.[1] ?? name)
  if (match === null || Number(match[2]) > MAX_PARTITION) return null
  const kind = (renamed?.[2] ?? 'partition') as FolderName['kind']
  return { kind, topic: match[1] as string, partition: Number(match[2]) }
}

export function folderName(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** Name for a partition folder that is to go. @param unique 32 hex digits */
export function deletedFolderName(topic: string, partition: number, unique: string): string {
  const suffix = `-${partition}.${unique}-delete`
  return topic.slice(0, MAX_NAME_LENGTH - suffix.length) + suffix
}
