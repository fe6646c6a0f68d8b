// Mends the files of a segment. Whoever calls holds the partition's lock.
//
// Damage in a `.log` is taken out so that at every moment, through a kill or a power loss, all sound batches are on the disk:
//
//   1  0…207.log.17833.damaged   the damaged bytes, kept beside the segment under a name that Kafka passes over · sync
//   2  0…207.log.repaired        the sound batches, as they were, offsets and all · sync
//   3  .index .timeindex removed: positions in them move. Without them Kafka makes new ones, and readers scan · sync the folder
//   4  0…207.log.repaired renamed to 0…207.log · sync the folder
//   5  .index .timeindex made anew
import type { Files, OpenFile } from '../system/files.ts'
import { ActiveSegment } from './active-segment.ts'
import { segmentPath } from './segment-files.ts'
import { type Damage, SegmentWalker } from './segment-walker.ts'
import type { LogConfig } from './topic-config.ts'
import { type AbortedTransaction, TransactionIndexWriter } from './transaction-index.ts'

export const DAMAGED_SUFFIX = '.damaged'
export const REPAIRED_SUFFIX = '.repaired'

const CHUNK_BYTES = 1 << 20

interface Stretch {
  readonly position: number
  readonly sizeInBytes: number
}

/**
 * Takes damaged stretches out of a segment.
 * @param damage ascending, as a walk of the segment finds them
 * @returns the files that keep their bytes, in the same order
 */
export async function takeOutDamage(files: Files, directory: string, baseOffset: bigint, damage: readonly Damage[]): Promise<string[]> {
  const path = segmentPath(directory, baseOffset, 'log')
  const repaired = `${path}${REPAIRED_SUFFIX}`
  const log = files.open(path, 'read')
  const kept: string[] = []
  try {
    for (const stretch of damage) {
      const name = keptName(files, `${path}.${stretch.position}`)
      await writeStretches(files, name, log, [stretch])
      kept.push(name)
    }
    await writeStretches(files, repaired, log, soundStretches(damage, log.stat().size))
  } finally {
    log.close()
  }
  for (const kind of ['index', 'timeindex'] as const) removeIfThere(files, segmentPath(directory, baseOffset, kind))
  await files.syncDirectory(directory)
  files.rename(repaired, path)
  await files.syncDirectory(directory)
  return kept
}

/** Makes `.index` and `.timeindex` of a segment anew from its batches. */
export async function rebuildIndexes(files: Files, directory: string, baseOffset: bigint, config: LogConfig): Promise<void> {
  const segment = new ActiveSegment(files, directory, baseOffset, {
    indexIntervalBytes: config.indexIntervalBytes,
    maxIndexBytes: config.segmentIndexBytes,
  })
  try {
    const end = segment.size
    segment.rewindTo(baseOffset)
    const walker = new SegmentWalker(() => {})
    walker.open(segment.log, 0, end, baseOffset)
    for (let header = walker.next(); header !== null; header = walker.next()) segment.noteBatch(header, walker.position)
    segment.finish()
    segment.settle()
    await Promise.all(segment.filesToSync.map((file) => file.sync()))
  } finally {
    segment.close()
  }
}

/** Makes a segment's `.txnindex` anew; none where there is nothing to hold. */
export function rebuildTransactionIndex(files: Files, directory: string, baseOffset: bigint, aborted: readonly AbortedTransaction[]): void {
  const path = segmentPath(directory, baseOffset, 'txnindex')
  removeIfThere(files, path)
  const writer = new TransactionIndexWriter(files, path)
  for (const transaction of aborted) writer.append(transaction)
}

export function removeIfThere(files: Files, path: string): void {
  if (files.stat(path) !== null) files.remove(path)
}

function soundStretches(damage: readonly Stretch[], size: number): Stretch[] {
  const stretches: Stretch[] = []
  let position = 0
  for (const hole of damage) {
    stretches.push({ position, sizeInBytes: hole.position - position })
    position = hole.position + hole.sizeInBytes
  }
  return [...stretches, { position, sizeInBytes: size - position }]
}

/** Where bytes that are taken out of a file are kept; those of an earlier repair are never written over. @param prefix `FILE.POSITION` */
export function keptName(files: Files, prefix: string): string {
  for (let count = 1; ; count++) {
    const name = `${prefix}${count === 1 ? '' : `.${count}`}${DAMAGED_SUFFIX}`
    if (files.stat(name) === null) return name
  }
}

async function writeStretches(files: Files, path: string, from: OpenFile, stretches: readonly Stretch[]): Promise<void> {
  const target = files.open(path, 'create')
  const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  try {
    target.truncate(0)
    let written = 0
    for (const { position, sizeInBytes } of stretches) {
      for (let done = 0; done < sizeInBytes;) {
        const count = from.read(chunk, 0, Math.min(chunk.length, sizeInBytes - done), position + done)
        if (count === 0) break
        target.write(chunk, 0, count, written)
        written += count
        done += count
      }
    }
    await target.sync()
  } finally {
    target.close()
  }
}
