// The small text files of a data directory.
import { parseIntegers } from '../../../bytes/exact-json.ts'
import { parseCheckpoint } from '../../../log/checkpoint-files.ts'
import { parseLeaderEpochs } from '../../../log/leader-epochs.ts'
import { readMetaProperties, readPartitionMetadata } from '../../../log/meta-properties.ts'
import type { Files } from '../../../system/files.ts'
import { type DumpFile, folderOf } from './dump-file.ts'
import { type PlainItem, type PlainType, damage } from './dump-item.ts'

export function* dumpLeaderEpochs(file: DumpFile, bytes: Buffer): Generator<PlainItem> {
  // Kafka leaves an empty file where it never had anything to write.
  if (bytes.length === 0) return
  const epochs = parseLeaderEpochs(bytes.toString())
  if (epochs === null) yield notWhole(file, bytes, 'a leader epoch checkpoint')
  else for (const entry of epochs) yield { type: 'leader-epoch', file: file.name, ...entry }
}

export function* dumpOffsetCheckpoint(file: DumpFile, bytes: Buffer): Generator<PlainItem> {
  if (bytes.length === 0) return
  const offsets = parseCheckpoint(bytes.toString())
  if (offsets === null) {
    yield notWhole(file, bytes, 'an offset checkpoint')
    return
  }
  for (const [folder, offset] of offsets) {
    const dash = folder.lastIndexOf('-')
    yield {
      type: 'offset-checkpoint',
      file: file.name,
      topic: folder.slice(0, dash),
      partition: Number(folder.slice(dash + 1)),
      offset,
    }
  }
}

export function* dumpMetaProperties(file: DumpFile, bytes: Buffer, files: Files): Generator<PlainItem> {
  const meta = readMetaProperties(files, folderOf(file.path))
  if (meta === null) yield notWhole(file, bytes, 'properties that say which node this is')
  else yield { type: 'meta-properties', file: file.name, ...meta }
}

export function* dumpPartitionMetadata(file: DumpFile, bytes: Buffer, files: Files): Generator<PlainItem> {
  const topicId = readPartitionMetadata(files, folderOf(file.path))
  if (topicId === null) yield notWhole(file, bytes, "a partition's metadata")
  else yield { type: 'partition-metadata', file: file.name, topicId }
}

/** `quorum-state` and `.kafka_cleanshutdown`: JSON whose fields differ from version to version, printed as they are. */
export function* dumpJson(type: PlainType, file: DumpFile, bytes: Buffer): Generator<PlainItem> {
  const state = bytes.length === 0 ? {} : parseObject(bytes.toString())
  if (state === null) yield notWhole(file, bytes, 'a JSON object')
  else yield { type, file: file.name, state }
}

function parseObject(text: string): object | null {
  try {
    const value = parseIntegers(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function notWhole(file: DumpFile, bytes: Buffer, what: string): PlainItem {
  return damage(file, 0, bytes.length, `this is not ${what}`)
}
