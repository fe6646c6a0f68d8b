// What this installation and a data directory look like, and what is wrong with them. Quick: it looks at names and small files, not at records
// (`log verify` does that). Changes nothing.
import { DirectoryTopics } from '../client/directory/directory-topics.ts'
import { counted } from '../errors/counted.ts'
import { LeatError } from '../errors/leat-error.ts'
import { CLEAN_SHUTDOWN_FILE, META_PROPERTIES_FILE, readMetaProperties } from '../log/meta-properties.ts'
import { type FolderName, folderName, parseFolderName } from '../log/folder-name.ts'
import { isPartitionFolder } from '../log/partition-folder.ts'
import type { Files } from '../system/files.ts'
import type { Locks } from '../system/locks.ts'
import { METADATA_TOPIC } from '../record/internal/internal-topics.ts'
import { isInternalTopic } from '../stream/topics/topic-name.ts'

/** What the process that runs knows of itself. */
export interface Installation {
  readonly leat: string
  readonly node: string
  readonly platform: string
  /** Whether files can be locked, which writing needs. */
  readonly locks: boolean
  /** Who computes checksums: native code, or JavaScript, which is slower. */
  readonly crc: 'native' | 'javascript'
}

export interface DirectoryReport {
  readonly directory: string
  readonly clusterId: string | null
  readonly nodeId: number | null
  /** Who keeps the topics: this directory's metadata log, a controller elsewhere, or nobody but the folders. */
  readonly metadata: 'here' | 'elsewhere' | 'none' | 'unreadable'
  /** A broker runs on it. */
  readonly isInUse: boolean
  /** A Kafka stopped in order and nobody wrote since. */
  readonly isCleanlyStopped: boolean
  readonly topics: number
  readonly partitions: number
  readonly sizeInBytes: number
  /** null where the system does not tell. */
  readonly freeBytes: number | null
  /** Partition folders that are on their way out or in, or nobody's. */
  readonly renamedFolders: readonly string[]
  /** Files that an interrupted write, compaction or repair left, and bytes that a repair kept. */
  readonly leftovers: readonly string[]
}

export interface Complaint {
  readonly problem: string
  /** What to do. */
  readonly remedy: string
}

export interface DoctorReport {
  readonly installation: Installation
  /** null where there is none yet. */
  readonly directory: DirectoryReport | null
  readonly problems: readonly Complaint[]
}

export interface DoctorOptions {
  readonly files: Files
  readonly locks: Locks
  readonly root: string
  readonly installation: Installation
  readonly freeBytes: (path: string) => number | null
}

const LEFTOVER = /\.(swap|cleaned|deleted|tmp|repaired|damaged)$/
const LOW_ON_SPACE_BYTES = 1 << 30

/** @throws LeatError when `root` is no directory */
export function examine(options: DoctorOptions): DoctorReport {
  const { files, root, installation } = options
  const problems = problemsOfInstallation(installation)
  const stat = files.stat(root)
  if (stat === null) return { installation, directory: null, problems }
  if (stat.kind !== 'directory')
    throw new LeatError('NOT_A_DIRECTORY', `${root} is not a directory`, { hint: 'Name a data directory with --dir.' })
  const directory = describe(options)
  return { installation, directory, problems: [...problems, ...problemsOfDirectory(files, root, directory)] }
}

function describe({ files, locks, root, installation, freeBytes }: DoctorOptions): DirectoryReport {
  const entries = files.list(root)
  const folders = entries.flatMap(({ name, kind }) => (kind === 'directory' ? [{ name, parsed: parseFolderName(name) }] : []))
  const partitions = folders.filter(({ name, parsed }) => parsed?.kind === 'partition' && isPartitionFolder(files, `${root}/${name}`))
  const meta = readMetaProperties(files, root)
  const contents = partitions.flatMap(({ name }) =>
    files.list(`${root}/${name}`).map((entry) => ({ path: `${name}/${entry.name}`, kind: entry.kind })),
  )
  const sizes = contents.map(({ path, kind }) =>
    kind === 'file' && path.endsWith('.log') ? (files.stat(`${root}/${path}`)?.size ?? 0) : 0,
  )
  return {
    directory: root,
    clusterId: meta?.clusterId ?? null,
    nodeId: meta?.nodeId ?? null,
    metadata: whoKeepsTopics(files, root),
    isInUse: installation.locks && files.stat(`${root}/.lock`) !== null && locks.isLocked(`${root}/.lock`, 'shared'),
    isCleanlyStopped: files.stat(`${root}/${CLEAN_SHUTDOWN_FILE}`) !== null,
    ...countTopics(partitions.flatMap(({ parsed }) => parsed ?? [])),
    sizeInBytes: sizes.reduce((sum, size) => sum + size, 0),
    freeBytes: freeBytes(root),
    renamedFolders: folders.filter(({ parsed }) => parsed !== null && parsed.kind !== 'partition').map(({ name }) => name),
    leftovers: [...entries.map(({ name }) => name), ...contents.map(({ path }) => path)].filter((path) => LEFTOVER.test(path)).toSorted(),
  }
}

function countTopics(folders: readonly FolderName[]): Pick<DirectoryReport, 'topics' | 'partitions'> {
  const own = folders.filter(({ topic }) => !isInternalTopic(topic))
  return { topics: new Set(own.map(({ topic }) => topic)).size, partitions: own.length }
}

function whoKeepsTopics(files: Files, root: string): DirectoryReport['metadata'] {
  if (files.stat(`${root}/${folderName(METADATA_TOPIC, 0)}`) === null) return 'none'
  try {
    const topics = new DirectoryTopics(files, root, () => {})
    try {
      return topics.isController ? 'here' : 'elsewhere'
    } finally {
      topics.close()
    }
  } catch (error) {
    if (error instanceof LeatError) return 'unreadable'
    throw error
  }
}

function problemsOfInstallation({ locks, crc, platform }: Installation): Complaint[] {
  return [
    ...(locks
      ? []
      : [
          {
            problem: `files cannot be locked on ${platform}: nothing can be written`,
            remedy: 'Install leat again on this platform (npm install).',
          },
        ]),
    ...(crc === 'native'
      ? []
      : [
          {
            problem: 'checksums are computed in JavaScript: reading is slower',
            remedy: 'Install leat again with its optional packages (npm install).',
          },
        ]),
  ]
}

function problemsOfDirectory(files: Files, root: string, report: DirectoryReport): Complaint[] {
  const problems: Complaint[] = []
  const complain = (problem: string, remedy: string): void => void problems.push({ problem, remedy })
  if (isPartitionFolder(files, root))
    complain('this is the folder of one partition, not a data directory', 'Name the directory above it with --dir.')
  else if (
    report.metadata === 'none' &&
    report.topics === 0 &&
    files.stat(`${root}/${META_PROPERTIES_FILE}`) === null &&
    files.list(root).some(({ name }) => !name.startsWith('.'))
  )
    complain('there is something else in it, and no log: it is no data directory', 'Name a data directory with --dir.')
  if (report.nodeId === null && files.stat(`${root}/${META_PROPERTIES_FILE}`) !== null)
    complain(
      `${META_PROPERTIES_FILE} does not say which node this is`,
      'Mend its line node.id=N; else the next write makes a new one, with a new cluster id.',
    )
  if (report.metadata === 'unreadable') complain('the metadata log cannot be read', 'See `leat log verify`.')
  const stray = report.renamedFolders.filter((name) => parseFolderName(name)?.kind === 'stray')
  if (stray.length > 0)
    complain(
      `${counted(stray.length, 'folder holds a partition', 'folders hold partitions')} of no topic: ${stray.join(', ')}`,
      'A Kafka set them aside. Read them with `leat log dump`, then remove them.',
    )
  const swap = report.leftovers.filter((path) => path.endsWith('.swap'))
  if (swap.length > 0 && !report.isInUse)
    complain(
      `a compaction was cut short: ${swap.join(', ')}`,
      'Nothing is lost: what reads knows which files count, and the next write to the partition, or a start of Kafka, finishes it.',
    )
  if (report.freeBytes !== null && report.freeBytes < LOW_ON_SPACE_BYTES)
    complain(
      `only ${report.freeBytes} bytes are free on the disk`,
      'Free some, or let old records go (`leat retention`, `leat topic trim`).',
    )
  return problems
}
