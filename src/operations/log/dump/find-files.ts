// From what was asked for to files: a name is looked up in the data directory, then among its topics, then as a path.
import { LeatError } from '../../../errors/leat-error.ts'
import { presentSegments } from '../../../log/cleaner/swap-files.ts'
import { type FolderName, parseFolderName } from '../../../log/folder-name.ts'
import { isMissing, SWAP_SUFFIX } from '../../../log/segment-files.ts'
import { unknownTopic } from '../../../stream/topics/topic-commands.ts'
import { unknownPartition } from '../../../stream/topics/unknown-partition.ts'
import type { Files } from '../../../system/files.ts'
import { type DumpFile, compareFiles, folderOf, parseFileName } from './dump-file.ts'

export interface FindOptions {
  readonly files: Files
  /** The data directory. */
  readonly root: string
  /** What paths without a folder are relative to. */
  readonly workingDirectory: string
  /** Files, partition folders, topics, data directories; none means all of `root`. */
  readonly names: readonly string[]
  /** null: all. */
  readonly partitions: readonly number[] | null
  /** Told the name of each file and folder that is passed over because it is not part of a log. */
  readonly onSkip: (name: string) => void
}

/** What one name stands for. */
type Target = () => Iterable<DumpFile>

/**
 * Looks every name up at once, and lists what is in folders as it comes to them.
 * @throws LeatError for a name that stands for nothing, and for a file that is none of Kafka's
 */
export function findFiles(options: FindOptions): Iterable<DumpFile> {
  const finder = new Finder(options)
  const { names, root } = options
  const targets = names.length === 0 ? [finder.directory(root, '')] : names.flatMap((name) => finder.find(name))
  return (function* () {
    for (const target of targets) yield* target()
  })()
}

/** Kafka's lock, leat's locks and notes: no part of any log, and nothing to mention. */
const IGNORED = /^\.lock$|^\.leat(\.|$)/

class Finder {
  readonly #options: FindOptions

  constructor(options: FindOptions) {
    this.#options = options
  }

  find(name: string): Target[] {
    const { files, root } = this.#options
    const trimmed = name.replace(/(?<=.)\/+$/, '')
    const inside = `${root}/${trimmed}`
    const isPath = /^(\.{1,2}$|\.{0,2}\/)/.test(trimmed)
    if (!isPath && trimmed !== '' && files.stat(inside) !== null) return [this.#at(inside, trimmed)]
    const folders = isPath ? [] : this.#foldersOf(trimmed)
    if (folders.length > 0) return folders.map((folder) => () => this.#folder(`${root}/${folder}`, folder))
    if (files.stat(trimmed) !== null) return [this.#at(trimmed, trimmed)]
    throw this.#nothingThere(trimmed)
  }

  /** A whole data directory. @param prefix what its files are called by, before their names */
  directory(path: string, prefix: string): Target {
    const { files } = this.#options
    const stat = files.stat(path)
    if (stat === null)
      throw new LeatError('NO_DIRECTORY', `there is no data directory ${path}`, { hint: 'Name one with --dir (or LEAT_DIR).' })
    if (stat.kind !== 'directory')
      throw new LeatError('NOT_A_DIRECTORY', `${path} is not a directory`, { hint: 'Name a data directory with --dir.' })
    return () => this.#directory(path, prefix)
  }

  #at(path: string, name: string): Target {
    const isFile = this.#options.files.stat(path)?.kind !== 'directory'
    if (isFile) {
      const file = this.#toFile(path, name)
      if (file === null) throw notKafkas(name)
      return () => (this.#isWanted(file.partition) ? [file] : [])
    }
    if (this.#parseFolder(path) !== null || this.#hasSegments(path)) return () => this.#folder(path, name)
    return this.directory(path, `${name}/`)
  }

  *#directory(path: string, prefix: string): Generator<DumpFile> {
    const entries = this.#options.files.list(path)
    // Files of the directory itself belong to no partition.
    if (this.#options.partitions === null)
      yield* this.#listed(
        path,
        prefix,
        entries.filter(({ kind }) => kind !== 'directory').map((entry) => entry.name),
      )
    const folders = entries.filter(({ kind, name }) => kind === 'directory' && !IGNORED.test(name)).map((entry) => entry.name)
    for (const folder of folders.toSorted(compareFolders)) {
      if (parseFolderName(folder)?.kind === 'partition') yield* this.#folder(`${path}/${folder}`, prefix + folder)
      else this.#options.onSkip(`${prefix}${folder}/`)
    }
  }

  *#folder(path: string, name: string): Generator<DumpFile> {
    if (!this.#isWanted(this.#parseFolder(path)?.partition ?? null)) return
    const names = this.#namesIn(path)
    yield* this.#listed(path, `${name}/`, names, names.some((some) => some.endsWith(SWAP_SUFFIX)) ? this.#presentFiles(path) : null)
  }

  /** @param present segments' files that count, by path, in a folder whose compaction was cut short; null: all that are not leftovers */
  *#listed(path: string, prefix: string, names: readonly string[], present: ReadonlySet<string> | null = null): Generator<DumpFile> {
    const found: DumpFile[] = []
    for (const name of names) {
      const file = this.#toFile(`${path}/${name}`, prefix + name)
      const counts = (some: DumpFile): boolean => (present !== null && isOfSegment(some) ? present.has(some.path) : !some.isLeftover)
      if (file !== null && counts(file)) found.push(file)
      else if (!IGNORED.test(name)) this.#options.onSkip(prefix + name)
    }
    yield* found.toSorted(compareFiles)
  }

  #presentFiles(path: string): Set<string> {
    const segments = presentSegments(this.#options.files, path)
    return new Set(segments.flatMap((segment) => SEGMENT_FILES.map((kind) => segment.path(kind))))
  }

  #hasSegments(path: string): boolean {
    return this.#namesIn(path).some((name) => parseFileName(name)?.kind === 'log')
  }

  /** None, where the owner of the directory has moved the folder away meanwhile. */
  #namesIn(path: string): string[] {
    try {
      return this.#options.files.list(path).map(({ name }) => name)
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  }

  /** The topic's folders, ascending; none where there is no such topic. @throws LeatError for a partition that it does not have */
  #foldersOf(topic: string): string[] {
    const found = this.#partitionFolders().filter((folder) => folder.topic === topic)
    const known = found.map(({ partition }) => partition).toSorted((a, b) => a - b)
    const missing = found.length === 0 ? undefined : this.#options.partitions?.find((partition) => !known.includes(partition))
    if (missing !== undefined) throw unknownPartition(topic, missing, known)
    return known.map((partition) => `${topic}-${partition}`)
  }

  #partitionFolders(): { topic: string; partition: number }[] {
    const { files, root } = this.#options
    if (files.stat(root)?.kind !== 'directory') return []
    const folders = files.list(root).map(({ kind, name }) => (kind === 'directory' ? parseFolderName(name) : null))
    return folders.filter((folder) => folder?.kind === 'partition')
  }

  #isWanted(partition: number | null): boolean {
    const { partitions } = this.#options
    return partitions === null || (partition !== null && partitions.includes(partition))
  }

  #toFile(path: string, name: string): DumpFile | null {
    const parsed = parseFileName(lastPart(path))
    if (parsed === null) return null
    const folder = this.#parseFolder(folderOf(path))
    return { ...parsed, path, name, topic: folder?.topic ?? null, partition: folder?.partition ?? null }
  }

  #parseFolder(path: string): FolderName | null {
    return parseFolderName(lastPart(path === '.' ? this.#options.workingDirectory : path))
  }

  #nothingThere(name: string): LeatError {
    if (name.includes('/') || parseFileName(name) !== null)
      return new LeatError('NO_SUCH_FILE', `there is no ${name}, neither here nor in ${this.#options.root}`, {
        hint: 'Name a file, a partition folder (orders-0) or a topic; --dir says where they are.',
      })
    // Without a data directory nothing can be known of topics: that comes first.
    this.directory(this.#options.root, '')
    return unknownTopic(name, [...new Set(this.#partitionFolders().map(({ topic }) => topic))])
  }
}

const SEGMENT_FILES = ['log', 'index', 'timeindex', 'txnindex'] as const

function isOfSegment({ kind }: DumpFile): boolean {
  return SEGMENT_FILES.some((other) => other === kind)
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** By topic, then by partition as a number. */
function compareFolders(a: string, b: string): number {
  const [left, right] = [parseFolderName(a), parseFolderName(b)]
  if (left === null || right === null || left.topic !== right.topic) return a < b ? -1 : 1
  return left.partition - right.partition
}

function notKafkas(name: string): LeatError {
  return new LeatError('NOT_A_LOG_FILE', `${name} is none of Kafka's files`, {
    hint:
      'Kafka names a segment after its first offset in 20 digits (.log, .index, .timeindex, .txnindex, .snapshot); ' +
      'checkpoints, meta.properties, partition.metadata and quorum-state can be dumped, too.',
  })
}
