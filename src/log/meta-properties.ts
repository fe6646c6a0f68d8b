// `meta.properties`: which cluster and node a data directory belongs to, as Java properties. And `partition.metadata` in each
// partition's folder: the topic's id.
import type { Uuid } from '../bytes/uuid.ts'
import type { Files } from '../system/files.ts'
import type { PendingSyncs } from './pending-syncs.ts'
import { readText, replaceText, writeTextBeside } from './text-file.ts'

export const META_PROPERTIES_FILE = 'meta.properties'
export const PARTITION_METADATA_FILE = 'partition.metadata'
/** Left by a Kafka that stopped in order: it then trusts all files without looking. */
export const CLEAN_SHUTDOWN_FILE = '.kafka_cleanshutdown'

export interface MetaProperties {
  readonly clusterId: string
  readonly nodeId: number
  readonly directoryId: Uuid
}

/** null where the file is missing or does not say which node it is. */
export function readMetaProperties(files: Files, root: string): MetaProperties | null {
  const text = readText(files, `${root}/${META_PROPERTIES_FILE}`)
  return text === null ? null : parseMetaProperties(text)
}

/** null where the text does not say which node it is. */
export function parseMetaProperties(text: string): MetaProperties | null {
  const properties = new Map<string, string>()
  for (const line of text.split(/\r\n|\r|\n/)) {
    const match = /^\s*([^#!\s=:][^\s=:]*)\s*[=:]\s*(.*)$/.exec(line)
    if (match !== null) properties.set(match[1] as string, unescape(match[2] as string))
  }
  const nodeId = /^\d{1,9}$/.exec((properties.get('node.id') ?? properties.get('broker.id') ?? '').trim())
  if (nodeId === null) return null
  return { clusterId: properties.get('cluster.id') ?? '', nodeId: Number(nodeId[0]), directoryId: properties.get('directory.id') ?? '' }
}

const CONTROL_ESCAPES = new Map([
  ['t', '\t'],
  ['n', '\n'],
  ['r', '\r'],
  ['f', '\f'],
])

function unescape(value: string): string {
  return value.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, character: string) =>
    code === undefined ? (CONTROL_ESCAPES.get(character) ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  )
}

/** Resolves once it is on the disk, beside its place: a directory must not be left with half of it. @returns what puts it there; the entry is to be synced then */
export function writeMetaProperties(files: Files, root: string, meta: MetaProperties): Promise<() => void> {
  const lines = ['version=1', `cluster.id=${meta.clusterId}`, `node.id=${meta.nodeId}`, `directory.id=${meta.directoryId}`, '']
  return writeTextBeside(files, `${root}/${META_PROPERTIES_FILE}`, lines.join('\n'))
}

/** The topic id in a partition's folder; null where the file is missing or torn. */
export function readPartitionMetadata(files: Files, folder: string): Uuid | null {
  const text = readText(files, `${folder}/${PARTITION_METADATA_FILE}`)
  return /^version: 0\ntopic_id: ([\w-]{22})\s*$/.exec(text ?? '')?.[1] ?? null
}

export function writePartitionMetadata(files: Files, folder: string, topicId: Uuid, syncs: PendingSyncs): void {
  replaceText(files, `${folder}/${PARTITION_METADATA_FILE}`, `version: 0\ntopic_id: ${topicId}`, syncs)
}
