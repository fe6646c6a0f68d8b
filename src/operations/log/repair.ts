// Mends what `log verify` finds: derived files are made anew, a torn end is cut as the next write would cut it, and, when that
// was agreed to, damaged bytes are taken out of the log and kept beside it.
import { keptName } from '../../log/repair-segment.ts'
import { LeatError } from '../../errors/leat-error.ts'
import { finishSwaps } from '../../log/cleaner/swap-files.ts'
import { checkNotInUse, DirectoryWriter, LOCK_FILE } from '../../log/directory-writer.ts'
import type { RecoveryReport } from '../../log/recovery.ts'
import { METADATA_TOPIC } from '../../record/internal/internal-topics.ts'
import type { System } from '../../system/system.ts'
import { adoptTopics } from './adopt-topics.ts'
import { DirectoryFacts } from './directory-facts.ts'
import type { Finding } from './finding.ts'
import { isMetadataSnapshot, mendPartition } from './mend-partition.ts'
import { folderOf, type PartitionTarget, resolveTargets } from './targets.ts'
import { verifyTarget } from './verify.ts'

export interface Repair {
  /**
   * - `rebuilt`, `removed`: a derived file
   * - `cut`: bytes of a torn write
   * - `taken out`: damaged bytes, which `keptIn` has now
   * - `accepted`: nothing can be brought back; the log goes on without these offsets
   * - `left`: damage that stays, because nobody agreed, or because leat cannot mend it
   */
  readonly action: 'rebuilt' | 'removed' | 'cut' | 'taken out' | 'accepted' | 'left'
  readonly file: string
  readonly position: number | null
  readonly sizeInBytes: number | null
  /** The offsets concerned, the last one included. */
  readonly fromOffset: bigint | null
  readonly toOffset: bigint | null
  readonly keptIn: string | null
  readonly reason: string
}

export interface RepairOptions {
  readonly system: System
  readonly root: string
  readonly targets: readonly string[]
  readonly isDryRun: boolean
  /** Asked once, with all damage found in the logs, before any of it is touched. */
  readonly agree: (damage: readonly Finding[]) => Promise<boolean>
}

interface Patient {
  readonly target: PartitionTarget
  readonly findings: readonly Finding[]
}

/** @throws LeatError for targets that are not there; DIRECTORY_IN_USE when a broker holds the directory */
export async function repair(options: RepairOptions): Promise<Repair[]> {
  const { system, root, isDryRun, agree } = options
  const { partitions } = resolveTargets(system.files, root, options.targets)
  const repairs: Repair[] = []
  for (const [directory, targets] of Map.groupBy(partitions, (target) => target.root)) {
    // Of what a broker is writing nobody can tell what is wrong with it.
    if (!isDryRun) checkNotInUse(system, directory)
    const patients = diagnose(system, directory, targets)
    const damage = patients.flatMap(({ findings }) => findings.filter(({ kind }) => kind === 'damage'))
    if (isDryRun) repairs.push(...patients.flatMap(({ findings }) => findings.map((finding) => planned(system, finding))))
    else if (patients.length > 0) repairs.push(...(await mend(system, directory, patients, damage.length > 0 && (await agree(damage)))))
  }
  return repairs
}

/** Partitions with something to mend. */
function diagnose(system: System, root: string, targets: readonly PartitionTarget[]): Patient[] {
  const facts = new DirectoryFacts(system.files, root)
  try {
    return targets
      .map((target) => ({
        target: { ...target, onlyBaseOffset: null },
        findings: verifyTarget(system.files, facts, { ...target, onlyBaseOffset: null }, true).findings.filter(
          ({ kind }) => kind !== 'gap' && kind !== 'unsupported',
        ),
      }))
      .filter(({ findings }) => findings.length > 0)
  } finally {
    facts.close()
  }
}

const PLANNED = { damage: 'taken out', torn: 'cut', derived: 'rebuilt', gap: 'left', unsupported: 'left' } as const

function planned({ files }: System, { kind, problem, ...place }: Finding): Repair {
  const { file, position } = place
  const isTakenOut = kind === 'damage' && position !== null && file.endsWith('.log')
  return { action: PLANNED[kind], ...place, keptIn: isTakenOut ? keptName(files, `${file}.${position}`) : null, reason: problem }
}

async function mend(system: System, root: string, patients: readonly Patient[], isAgreed: boolean): Promise<Repair[]> {
  const repairs: Repair[] = []
  const onRecovery = (report: RecoveryReport): void => void repairs.push(...cutBy(report))
  if (isAgreed && patients.some(({ target }) => target.topic === METADATA_TOPIC))
    repairs.push(...(await adoptTopics(system, root, onRecovery)))
  const writer = await DirectoryWriter.open(system, root, onRecovery)
  const facts = new DirectoryFacts(system.files, root)
  try {
    for (const { target } of patients) {
      const { topic, partition } = target
      const lock = system.locks.open(`${folderOf(target)}/${LOCK_FILE}`)
      lock.acquire()
      try {
        // Files are mended under their plain names.
        finishSwaps(system.files, folderOf(target))
        // Others may have written since it was looked at.
        const result = verifyTarget(system.files, facts, target, true)
        const done = await mendPartition(system.files, folderOf(target), facts, target, result, isAgreed)
        repairs.push(...done)
        if (done.some(({ action, file }) => action === 'left' && !isMetadataSnapshot(file))) continue
      } finally {
        lock.release()
        lock.close()
      }
      // Opening the log cuts a torn end; closing it leaves a snapshot and a recovery point.
      writer.openLog(topic, partition, facts.topicId(topic), facts.configOf(topic))
    }
    await writer.close()
    return repairs
  } catch (error) {
    await writer.close(false).catch(() => {})
    throw error
  } finally {
    facts.close()
  }
}

function cutBy(report: RecoveryReport): Repair[] {
  if (report.kind !== 'cut') return []
  const { file, position, sizeInBytes, reason } = report
  return [{ action: 'cut', file, position, sizeInBytes, fromOffset: null, toOffset: null, keptIn: null, reason }]
}

/** What is left after a repair that was not agreed to. */
export function damageStays(count: number): LeatError {
  return new LeatError('DAMAGE_LEFT', `damage in ${count} ${count === 1 ? 'place' : 'places'} was left as it is`, {
    hint: 'Answer y, or give -y in a script: sound records stay, damaged bytes are kept in files beside the segments.',
    exitCode: 5,
  })
}
