// Checks the files of a data directory that belong to no partition, and the metadata's snapshots.
import { BatchScanner } from '../../log/batch-scanner.ts'
import { CHECKPOINT_FILES, parseCheckpoint } from '../../log/checkpoint-files.ts'
import { META_PROPERTIES_FILE, readMetaProperties } from '../../log/meta-properties.ts'
import { readText } from '../../log/text-file.ts'
import type { Files } from '../../system/files.ts'
import { aboutBytes, aboutFile, type Finding } from './finding.ts'

const BOOTSTRAP_FILE = 'bootstrap.checkpoint'
const METADATA_SNAPSHOT = /^\d{20}-\d{10}\.checkpoint$/

export function verifyRoot(files: Files, root: string): Finding[] {
  return [
    ...problemOfMeta(files, root),
    ...Object.values(CHECKPOINT_FILES).flatMap((name) => problemOfCheckpoint(files, `${root}/${name}`)),
    ...batches(files, `${root}/${BOOTSTRAP_FILE}`),
  ]
}

/** Snapshots in the folder of the metadata log: whole files of batches. */
export function verifyMetadataSnapshots(files: Files, folder: string): Finding[] {
  const names = files.list(folder).map(({ name }) => name)
  return names.filter((name) => METADATA_SNAPSHOT.test(name)).flatMap((name) => batches(files, `${folder}/${name}`))
}

function problemOfMeta(files: Files, root: string): Finding[] {
  const path = `${root}/${META_PROPERTIES_FILE}`
  if (files.stat(path) === null) return [aboutFile('derived', path, 'it is missing: the next write makes one, with a new cluster id')]
  if (readMetaProperties(files, root) !== null) return []
  return [aboutFile('damage', path, 'it does not say which node this is')]
}

/** An empty file is what Kafka's cleaner leaves before its first run. */
function problemOfCheckpoint(files: Files, path: string): Finding[] {
  const text = readText(files, path)
  if (text === null || text === '' || parseCheckpoint(text) !== null) return []
  return [aboutFile('derived', path, 'the file is torn or garbled')]
}

function batches(files: Files, path: string): Finding[] {
  if (files.stat(path) === null) return []
  const file = files.open(path, 'read')
  try {
    const scanner = new BatchScanner()
    const { size } = file.stat()
    scanner.open(file, 0, size)
    while (scanner.next() !== null);
    const { stop } = scanner
    if (stop.kind === 'end') return []
    const range = { position: stop.position, sizeInBytes: size - stop.position, fromOffset: 0n, endOffset: 0n }
    return [aboutBytes('damage', path, range, stop.reason)]
  } finally {
    file.close()
  }
}
