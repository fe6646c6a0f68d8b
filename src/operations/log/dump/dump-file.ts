// The files of a data directory, told apart by their names:
//
//   DIR/meta.properties · bootstrap.checkpoint · .kafka_cleanshutdown · *-offset-checkpoint (four)
//   DIR/TOPIC-P/partition.metadata · leader-epoch-checkpoint · quorum-state · NNN-EEE.checkpoint
//   DIR/TOPIC-P/NNN.log · NNN.index · NNN.timeindex · NNN.txnindex · NNN.snapshot       NNN: 20 digits, EEE: 10
//
// A further ending says that a file is on its way in or out: .deleted, .cleaned, .swap, .part, .tmp.
import { CHECKPOINT_FILES } from '../../../log/checkpoint-files.ts'
import { LEADER_EPOCH_FILE } from '../../../log/leader-epochs.ts'
import { CLEAN_SHUTDOWN_FILE, META_PROPERTIES_FILE, PARTITION_METADATA_FILE } from '../../../log/meta-properties.ts'
import { parseSegmentFileName } from '../../../log/segment-files.ts'

/** In the order in which the files of a folder are dumped. */
const KINDS = [
  'meta-properties',
  'clean-shutdown',
  'bootstrap',
  'offset-checkpoint',
  'partition-metadata',
  'quorum-state',
  'leader-epochs',
  'metadata-snapshot',
  'log',
  'index',
  'timeindex',
  'txnindex',
  'snapshot',
] as const

export type FileKind = (typeof KINDS)[number]

export interface FileName {
  readonly kind: FileKind
  /** The number that the name starts with; -1 without one. */
  readonly baseOffset: bigint
  /** On its way in or out: not part of the log. */
  readonly isLeftover: boolean
}

export interface DumpFile extends FileName {
  readonly path: string
  /** As it is called in the dump: relative to the data directory, or as it was asked for. */
  readonly name: string
  /** Of the folder that it lies in; null where that is not a partition's. */
  readonly topic: string | null
  readonly partition: number | null
}

const LEFTOVER = /\.(deleted|cleaned|swap|part|tmp)$/
const METADATA_SNAPSHOT = /^(\d{20})-\d{10}\.checkpoint$/

const BY_NAME: ReadonlyMap<string, FileKind> = new Map<string, FileKind>([
  [META_PROPERTIES_FILE, 'meta-properties'],
  [CLEAN_SHUTDOWN_FILE, 'clean-shutdown'],
  ['bootstrap.checkpoint', 'bootstrap'],
  ...Object.values(CHECKPOINT_FILES).map((name): [string, FileKind] => [name, 'offset-checkpoint']),
  [PARTITION_METADATA_FILE, 'partition-metadata'],
  ['quorum-state', 'quorum-state'],
  [LEADER_EPOCH_FILE, 'leader-epochs'],
])

/** null for a name that is none of Kafka's. */
export function parseFileName(name: string): FileName | null {
  const plain = name.replace(LEFTOVER, '')
  const isLeftover = plain !== name
  const kind = BY_NAME.get(plain)
  if (kind !== undefined) return { kind, baseOffset: -1n, isLeftover }
  const snapshot = METADATA_SNAPSHOT.exec(plain)
  if (snapshot !== null) return { kind: 'metadata-snapshot', baseOffset: BigInt(snapshot[1] as string), isLeftover }
  const segmentFile = parseSegmentFileName(plain)
  return segmentFile === null ? null : { ...segmentFile, isLeftover }
}

/** Small files first, then one segment after the other. */
export function compareFiles(a: FileName, b: FileName): number {
  if (a.baseOffset !== b.baseOffset) return a.baseOffset < b.baseOffset ? -1 : 1
  return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind)
}

/** The folder that a file lies in. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '.' : path.slice(0, slash)
}
