// Which partitions `log verify` and `log repair` look at: all of the data directory, or those that were named, as topics, folders or files.
import { nearest } from '../../errors/nearest.ts'
import { LeatError } from '../../errors/leat-error.ts'
import { CHECKPOINT_FILES, readCheckpoint } from '../../log/checkpoint-files.ts'
import { folderName, parseFolderName } from '../../log/folder-name.ts'
import { META_PROPERTIES_FILE } from '../../log/meta-properties.ts'
import { isPartitionFolder } from '../../log/partition-folder.ts'
import { parseSegmentFileName } from '../../log/segment-files.ts'
import { byTopicAndPartition } from '../../record/topic-partition.ts'
import type { Files } from '../../system/files.ts'

export interface PartitionTarget {
  /** The data directory, which need not be one that is whole. */
  readonly root: string
  readonly topic: string
  readonly partition: number
  /** Only this segment; null: all. */
  readonly onlyBaseOffset: bigint | null
}

export interface Targets {
  readonly partitions: readonly PartitionTarget[]
  /** Data directories that are looked at as a whole. */
  readonly roots: readonly string[]
}

/** @throws LeatError for what is neither a topic nor a path */
export function resolveTargets(files: Files, root: string, names: readonly string[]): Targets {
  if (names.length === 0) return wholeDirectory(files, root)
  const all = names.map((name) => resolveTarget(files, root, name))
  return { partitions: all.flatMap(({ partitions }) => partitions), roots: all.flatMap(({ roots }) => roots) }
}

export function folderOf({ root, topic, partition }: PartitionTarget): string {
  return `${root}/${folderName(topic, partition)}`
}

function wholeDirectory(files: Files, root: string): Targets {
  const partitions = partitionsIn(files, root)
  const isEmpty = partitions.every((target) => !isPartition(files, target))
  const isStrange =
    isEmpty && [META_PROPERTIES_FILE, ...Object.values(CHECKPOINT_FILES)].every((name) => files.stat(`${root}/${name}`) === null)
  if (isStrange) throw noLogThere(root)
  return { partitions, roots: [root] }
}

/** Whether there is a log, or one was there once. */
function isPartition(files: Files, target: PartitionTarget): boolean {
  const { root, topic, partition } = target
  return isPartitionFolder(files, folderOf(target)) || readCheckpoint(files, root, 'recoveryPoint').has(folderName(topic, partition))
}

function noLogThere(path: string): LeatError {
  return new LeatError('NO_LOG', `there is no log in ${path}: it is no data directory and no partition's folder`, {
    hint: 'Name a data directory with --dir (it holds meta.properties and folders such as orders-0), a partition folder, or a file in one.',
  })
}

function resolveTarget(files: Files, root: string, name: string): Targets {
  const known = files.stat(root)?.kind === 'directory' ? partitionsIn(files, root) : []
  const named = known.filter(({ topic, partition }) => topic === name || folderName(topic, partition) === name)
  if (named.length > 0) return { partitions: named, roots: [] }
  const path = name.replace(/(?<=.)\/+$/, '')
  const stat = files.stat(path)
  if (stat?.kind === 'directory') {
    const folder = parseFolderName(baseName(path))
    if (folder === null) return wholeDirectory(files, path)
    const target = { root: parentOf(path), ...folder, onlyBaseOffset: null }
    if (!isPartition(files, target)) throw noLogThere(path)
    return { partitions: [target], roots: [] }
  }
  const file = parseSegmentFileName(baseName(path))
  const folder = parseFolderName(baseName(parentOf(path)))
  if (stat?.kind === 'file' && file !== null && folder !== null)
    return { partitions: [{ root: parentOf(parentOf(path)), ...folder, onlyBaseOffset: file.baseOffset }], roots: [] }
  throw unknownTarget(
    root,
    name,
    stat !== null,
    known.map(({ topic }) => topic),
  )
}

function partitionsIn(files: Files, root: string): PartitionTarget[] {
  const stat = files.stat(root)
  if (stat?.kind !== 'directory')
    throw new LeatError(
      stat === null ? 'NO_DIRECTORY' : 'NOT_A_DIRECTORY',
      stat === null ? `there is no data directory ${root}` : `${root} is not a directory`,
      {
        hint: 'Name a data directory with --dir, or a file or folder to look at.',
      },
    )
  const folders = files.list(root).flatMap(({ name, kind }) => (kind === 'directory' ? (parseFolderName(name) ?? []) : []))
  return folders
    .filter(({ kind }) => kind === 'partition')
    .map(({ topic, partition }) => ({ root, topic, partition, onlyBaseOffset: null }))
    .toSorted(byTopicAndPartition)
}

function unknownTarget(root: string, name: string, isThere: boolean, topics: readonly string[]): LeatError {
  if (isThere)
    return new LeatError('UNKNOWN_FILE', `${name} is no file of a partition`, {
      hint: 'Name a topic, a partition folder (orders-0), a file in one, or a data directory.',
    })
  const near = nearest(name, [...new Set(topics)])
  return new LeatError('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic, folder or file '${name}' in ${root}`, {
    hint: near === null ? 'See `leat topic list`.' : `Did you mean '${near}'?`,
  })
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '.' : path.slice(0, slash) || '/'
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
