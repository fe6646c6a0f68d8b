// Records as `leat consume --json` prints them, gathered in memory, and compared exactly: integers as text.
import { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import type { Damage } from '../../src/log/segment-walker.ts'
import type { RecoveryReport } from '../../src/log/recovery.ts'
import { consume } from '../../src/operations/consume/consume.ts'
import { EnvelopeWriter } from '../../src/output/envelope-writer.ts'
import { RecordPrinter } from '../../src/output/record-printer.ts'
import type { System } from '../../src/system/system.ts'
import { realClock } from '../../src/system/real-clock.ts'

export interface JsonRecord {
  readonly topic: string
  readonly partition: number
  /** Text: integers past 2^53 are there. */
  readonly offset: string
  readonly timestamp: string
  readonly timestampType?: string
  readonly key: unknown
  readonly value: unknown
  readonly headers: readonly { readonly key: unknown; readonly value: unknown }[]
}

/** Parses lines of JSON records, integers of offset and timestamp as text. */
export function parseRecords(text: string): JsonRecord[] {
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line.replaceAll(/"(offset|timestamp)":(-?\d+)/g, '"$1":"$2"')) as JsonRecord)
}

export function openDirectory(system: System, root: string, onRecovery: (report: RecoveryReport) => void = () => {}): DirectoryCluster {
  return new DirectoryCluster({ system, root, onRecovery, onCreate: () => {} })
}

/** With coordinators that compact their logs every few records. */
export function openBusyDirectory(system: System, root: string): DirectoryCluster {
  const coordinatorCompaction = { maxDirtyBytes: 2048, lookEveryRecords: 8n }
  return new DirectoryCluster({ system, root, onRecovery: () => {}, onCreate: () => {}, coordinatorCompaction })
}

export interface ReadOptions {
  readonly isCommittedOnly?: boolean
  readonly from?: bigint
  readonly to?: bigint
}

/** Everything that `leat consume --json` would print of a partition, and the damage that it would report. */
export async function readPartition(
  cluster: DirectoryCluster,
  topic: string,
  partition: number,
  options: ReadOptions = {},
): Promise<{ records: JsonRecord[]; damage: Damage[] }> {
  const pieces: Buffer[] = []
  const damage: Damage[] = []
  const { startOffset, endOffset } = cluster.partitionOffsets(topic, partition)
  await consume({
    cluster,
    clock: realClock,
    ranges: [{ topic, partition, from: options.from ?? startOffset, to: options.to ?? endOffset }],
    sink: new RecordPrinter(
      new EnvelopeWriter(),
      { write: (bytes, start, end) => void pieces.push(Buffer.from(bytes.subarray(start, end))) },
      Number.POSITIVE_INFINITY,
    ),
    isCommittedOnly: options.isCommittedOnly ?? false,
    withControl: false,
    onDamage: (found) => damage.push(found),
    signal: new AbortController().signal,
  })
  return { records: parseRecords(Buffer.concat(pieces).toString()), damage }
}
