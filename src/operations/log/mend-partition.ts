// Mends the files of one partition after verify has looked at them. Whoever calls holds the partition's lock.
import { formatLeaderEpochs, LEADER_EPOCH_FILE } from '../../log/leader-epochs.ts'
import { PARTITION_METADATA_FILE, writePartitionMetadata } from '../../log/meta-properties.ts'
import { PendingSyncs } from '../../log/pending-syncs.ts'
import { rebuildIndexes, rebuildTransactionIndex, removeIfThere, takeOutDamage } from '../../log/repair-segment.ts'
import { parseSegmentFileName, segmentPath } from '../../log/segment-files.ts'
import type { Damage } from '../../log/segment-walker.ts'
import { replaceText } from '../../log/text-file.ts'
import type { Files } from '../../system/files.ts'
import type { DirectoryFacts } from './directory-facts.ts'
import type { Finding } from './finding.ts'
import type { Repair } from './repair.ts'
import type { PartitionTarget } from './targets.ts'
import type { PartitionResult } from './verify-partition.ts'

export async function mendPartition(
  files: Files,
  directory: string,
  facts: DirectoryFacts,
  target: PartitionTarget,
  result: PartitionResult,
  isAgreed: boolean,
): Promise<Repair[]> {
  const config = facts.configOf(target.topic)
  const damage = result.findings.filter(({ kind }) => kind === 'damage')
  const repairs = damage.length === 0 ? [] : isAgreed ? await mendDamage(files, directory, result, damage) : damage.map(left)
  const rewritten = new Set(repairs.filter(({ action }) => action === 'taken out').map(({ file }) => file))
  // Indexes first go where their segment was written anew, then where they were wrong.
  for (const { baseOffset, aborted } of result.segments) {
    const wrong = new Set(result.findings.filter(({ kind }) => kind === 'derived').map(({ file }) => file))
    const path = (kind: 'index' | 'timeindex' | 'txnindex'): string => segmentPath(directory, baseOffset, kind)
    const isRewritten = rewritten.has(segmentPath(directory, baseOffset, 'log'))
    if (isRewritten || wrong.has(path('index')) || wrong.has(path('timeindex'))) await rebuildIndexes(files, directory, baseOffset, config)
    if (wrong.has(path('txnindex'))) rebuildTransactionIndex(files, directory, baseOffset, aborted)
  }
  const syncs = new PendingSyncs(files)
  for (const finding of result.findings) if (finding.kind === 'derived') repairs.push(mendDerived(finding))
  await syncs.flush()
  return repairs

  function mendDerived({ file, problem }: Finding): Repair {
    const name = file.slice(file.lastIndexOf('/') + 1)
    const segmentFile = parseSegmentFileName(name)
    const isOrphan = segmentFile !== null && !result.segments.some(({ baseOffset }) => baseOffset === segmentFile.baseOffset)
    const isRemoved = segmentFile?.kind === 'snapshot' || isOrphan
    if (isRemoved) removeIfThere(files, file)
    else if (name === LEADER_EPOCH_FILE) replaceText(files, file, formatLeaderEpochs(result.epochs), syncs)
    // It is found wrong by comparing it with the id that the metadata has.
    else if (name === PARTITION_METADATA_FILE) writePartitionMetadata(files, directory, facts.topicId(target.topic) as string, syncs)
    return { ...about(file, problem), action: isRemoved ? 'removed' : 'rebuilt' }
  }
}

/** Takes damaged stretches out of their segments; what is missing stays missing. */
async function mendDamage(files: Files, directory: string, result: PartitionResult, damage: readonly Finding[]): Promise<Repair[]> {
  const repairs: Repair[] = []
  const stretches = new Set<string>()
  for (const segment of result.segments) {
    if (segment.damage.length === 0) continue
    const kept = await takeOutDamage(files, directory, segment.baseOffset, segment.damage)
    for (const [index, stretch] of segment.damage.entries()) {
      repairs.push(takenOut(stretch, kept[index] as string))
      stretches.add(`${stretch.file}:${stretch.position}`)
    }
  }
  for (const finding of damage)
    if (!stretches.has(`${finding.file}:${finding.position}`))
      repairs.push({ ...left(finding), action: isMetadataSnapshot(finding.file) ? 'left' : 'accepted' })
  return repairs
}

/** Metadata snapshots are Kafka's own to mend. */
export function isMetadataSnapshot(file: string): boolean {
  return file.endsWith('.checkpoint')
}

function takenOut({ file, position, sizeInBytes, fromOffset, toOffset, reason }: Damage, keptIn: string): Repair {
  const hasOffsets = toOffset > fromOffset
  return {
    action: 'taken out',
    file,
    position,
    sizeInBytes,
    fromOffset: hasOffsets ? fromOffset : null,
    toOffset: hasOffsets ? toOffset - 1n : null,
    keptIn,
    reason,
  }
}

function left({ file, position, sizeInBytes, fromOffset, toOffset, problem }: Finding): Repair {
  return { action: 'left', file, position, sizeInBytes, fromOffset, toOffset, keptIn: null, reason: problem }
}

function about(file: string, reason: string): Omit<Repair, 'action'> {
  return { file, position: null, sizeInBytes: null, fromOffset: null, toOffset: null, keptIn: null, reason }
}
