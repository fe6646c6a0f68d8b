// Messages of formats v0 and v1 are told apart from bytes that only begin like one.
import { expect, test } from 'vitest'
import { BatchScanner } from '../../src/log/batch-scanner.ts'
import { PartitionLog } from '../../src/log/partition-log.ts'
import { PartitionReader } from '../../src/log/partition-reader.ts'
import type { RecoveryReport } from '../../src/log/recovery.ts'
import { segmentPath } from '../../src/log/segment-files.ts'
import { logConfig } from '../../src/log/topic-config.ts'
import { simulatedSystem, type SimulatedSystem } from '../simulation/system.ts'
import { batchOf, placedAt } from '../support/batches.ts'
import { oldMessage } from '../support/old-message.ts'

const FOLDER = '/data/t-0'
const PATH = segmentPath(FOLDER, 0n, 'log')

function logOf(...parts: readonly Buffer[]): SimulatedSystem {
  const system = simulatedSystem()
  system.files.makeDirectory(FOLDER)
  const bytes = Buffer.concat(parts)
  const file = system.files.open(PATH, 'create')
  file.write(bytes, 0, bytes.length, 0)
  file.close()
  return system
}

function open(system: SimulatedSystem, onRecovery: (report: RecoveryReport) => void): PartitionLog {
  const lock = system.locks.open(`${FOLDER}/.leat.lock`)
  const common = { system, directory: FOLDER, config: logConfig(), lock, isCurrent: () => true }
  return new PartitionLog({ ...common, recoveryPoint: 0n, logStartOffset: 0n, onRecovery })
}

test.for([0, 1] as const)('a whole message of format v%i is refused by name, by readers and writers', (magic) => {
  const system = logOf(oldMessage(magic, 'hello'))
  const reader = new PartitionReader(system.files, FOLDER, () => {})
  expect(() => reader.next()).toThrow(`format v${magic}`)
  expect(() => open(system, () => {})).toThrow('cannot be written to')
})

test.for<[string, (message: Buffer) => Buffer]>([
  ['with a byte wrong', (message) => message.fill('?', 30, 31)],
  ['cut short', (message) => message.subarray(0, 30)],
  ['with a size that nothing has', (message) => (message.writeInt32BE(2 ** 31 - 1, 8), message)],
])('what begins like one, %s, is a torn end like any other', ([, damage]) => {
  const system = logOf(placedAt(0n, batchOf(['a'])), damage(oldMessage(1, 'a longer value')))
  const scanner = new BatchScanner()
  const file = system.files.open(PATH, 'read')
  scanner.open(file, 0, file.stat().size)
  while (scanner.next() !== null);
  expect(scanner.stop.kind).toBe('damaged')
  const reports: RecoveryReport[] = []
  const log = open(system, (report) => reports.push(report))
  expect(log.append(batchOf(['b']))).toBe(1n)
  expect(reports).toMatchObject([{ kind: 'cut' }])
})
