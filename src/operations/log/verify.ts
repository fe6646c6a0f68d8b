// Looks at every byte of partitions and says what is wrong. Changes nothing, takes no lock.
import { exitCodes, type ExitCode } from '../../errors/leat-error.ts'
import { METADATA_TOPIC } from '../../record/internal/internal-topics.ts'
import type { Files } from '../../system/files.ts'
import { DirectoryFacts } from './directory-facts.ts'
import { aboutFile, type Finding } from './finding.ts'
import { folderOf, type PartitionTarget, resolveTargets } from './targets.ts'
import { type PartitionResult, verifyPartition } from './verify-partition.ts'
import { verifyMetadataSnapshots, verifyRoot } from './verify-root.ts'

export interface VerifyOptions {
  readonly files: Files
  readonly root: string
  /** Topics, folders, files; none: the whole directory. */
  readonly targets: readonly string[]
  readonly isDeep: boolean
  /** Told as soon as something is found. */
  readonly onFinding: (finding: Finding) => Promise<void> | void
}

export interface VerifySummary {
  partitions: number
  segments: number
  batches: number
  records: number
  sizeInBytes: number
  damaged: number
  unsupported: number
  /** Torn ends, derived files that are wrong, and gaps. */
  notes: number
}

/** @throws LeatError for targets that are not there */
export async function verify(options: VerifyOptions): Promise<VerifySummary> {
  const { files, root, isDeep } = options
  const targets = resolveTargets(files, root, options.targets)
  const summary: VerifySummary = {
    partitions: 0,
    segments: 0,
    batches: 0,
    records: 0,
    sizeInBytes: 0,
    damaged: 0,
    unsupported: 0,
    notes: 0,
  }
  const say = async (findings: readonly Finding[]): Promise<void> => {
    for (const finding of findings) {
      count(summary, finding)
      await options.onFinding(finding)
    }
  }
  for (const one of targets.roots) await say(verifyRoot(files, one))
  for (const [directory, partitions] of Map.groupBy(targets.partitions, (target) => target.root)) {
    const facts = new DirectoryFacts(files, directory)
    try {
      for (const target of partitions) await say(add(summary, verifyTarget(files, facts, target, isDeep)))
      if (targets.roots.includes(directory)) await say(missingFolders(files, directory, facts))
    } finally {
      facts.close()
    }
  }
  return summary
}

export function exitCodeOf({ damaged, unsupported }: VerifySummary): ExitCode {
  if (damaged > 0) return exitCodes.damage
  return unsupported > 0 ? exitCodes.partial : exitCodes.ok
}

/** The check of one partition, as both verify and repair make it. */
export function verifyTarget(files: Files, facts: DirectoryFacts, target: PartitionTarget, isDeep: boolean): PartitionResult {
  const { topic, partition, onlyBaseOffset } = target
  const directory = folderOf(target)
  const result = verifyPartition({
    files,
    directory,
    config: facts.configOf(topic),
    recoveryPoint: facts.recoveryPoint(topic, partition),
    topicId: facts.topicId(topic),
    onlyBaseOffset,
    isDeep,
  })
  if (topic !== METADATA_TOPIC || onlyBaseOffset !== null) return result
  return { ...result, findings: [...result.findings, ...verifyMetadataSnapshots(files, directory)] }
}

function missingFolders(files: Files, root: string, facts: DirectoryFacts): Finding[] {
  return facts.checkpointed
    .map(({ topic, partition }) => `${root}/${topic}-${partition}`)
    .filter((folder) => files.stat(folder) === null)
    .map((folder) => aboutFile('damage', folder, 'the partition has its records here, and the folder is missing'))
}

function add(summary: VerifySummary, { findings, segments }: PartitionResult): readonly Finding[] {
  summary.partitions++
  summary.segments += segments.length
  for (const { batches, records, sizeInBytes } of segments) {
    summary.batches += batches
    summary.records += records
    summary.sizeInBytes += sizeInBytes
  }
  return findings
}

function count(summary: VerifySummary, { kind }: Finding): void {
  if (kind === 'damage') summary.damaged++
  else if (kind === 'unsupported') summary.unsupported++
  else summary.notes++
}
