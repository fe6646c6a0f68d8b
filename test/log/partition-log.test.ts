// One log, written to by several processes on a disk that refuses calls.
import { describe, expect, test } from 'vitest'
import { PartitionLog } from '../../src/log/partition-log.ts'
import { PartitionReader } from '../../src/log/partition-reader.ts'
import type { RecoveryReport } from '../../src/log/recovery.ts'
import { listSegments, segmentPath } from '../../src/log/segment-files.ts'
import { logConfig } from '../../src/log/topic-config.ts'
import type { FaultCode } from '../simulation/faults.ts'
import { type SimulatedSystem, simulatedSystem } from '../simulation/system.ts'
import { batchOf } from '../support/batches.ts'

const FOLDER = '/data/orders-0'
/** An index entry for each batch after the first, and room for two: the log rolls at the fourth. */
const CONFIG = logConfig(
  new Map([
    ['segment.index.bytes', '24'],
    ['index.interval.bytes', '0'],
  ]),
)

function openLog(system: SimulatedSystem, onRecovery: (report: RecoveryReport) => void = () => {}): PartitionLog {
  system.files.makeDirectory(FOLDER)
  const lock = system.locks.open(`${FOLDER}/.leat.lock`)
  const common = { system, directory: FOLDER, lock, isCurrent: () => true, recoveryPoint: 0n, logStartOffset: 0n }
  return new PartitionLog({ ...common, config: CONFIG, onRecovery })
}

function endOf(system: SimulatedSystem): bigint {
  const reader = new PartitionReader(system.files, FOLDER, () => {})
  reader.seek(0n)
  let end = 0n
  for (let header = reader.next(); header !== null; header = reader.next()) end = header.nextOffset
  reader.close()
  return end
}

/** Appends until something fails; returns how many records were stored, and the failure. */
function appendAll(log: PartitionLog, count: number): { stored: bigint; failure: unknown } {
  for (let index = 0; index < count; index++) {
    try {
      log.append(batchOf([`value ${index}`], { timestamp: 1_700_000_000_000 + index }))
    } catch (failure) {
      return { stored: BigInt(index), failure }
    }
  }
  return { stored: BigInt(count), failure: null }
}

test.each<FaultCode>(['ENOSPC', 'EIO'])(
  'an append that fails at any call (%s) says so, and the log closes and goes on from there',
  async (code) => {
    const whole = simulatedSystem()
    appendAll(openLog(whole), 8)
    const first = simulatedSystem()
    openLog(first)
    for (let number = first.files.calls + 1; number <= whole.files.calls; number++) {
      const system = simulatedSystem()
      const log = openLog(system)
      system.files.failCall(number, code)
      const { stored, failure } = appendAll(log, 8)
      const call = whole.files.journal[number - 1]
      expect.soft(failure, `${call?.syscall} ${call?.path}`).toMatchObject({ code: 'KAFKA_STORAGE_ERROR' })
      await expect(log.dispose()).resolves.toBeUndefined()
      system.kill()
      const next = openLog(system.anotherProcess())
      expect.soft(next.nextOffset, `${call?.syscall} ${call?.path}`).toBeGreaterThanOrEqual(stored)
      const end = next.append(batchOf(['next'])) + 1n
      expect(endOf(system)).toBe(end)
      await next.finish()
    }
  },
)

test.each(['index', 'timeindex'])('a batch that readers may have stays, though the disk refuses its entry in the %s', (kind) => {
  const probe = simulatedSystem()
  const other = openLog(probe)
  other.append(batchOf(['a']))
  const firstCall = probe.files.calls
  other.append(batchOf(['b'], { timestamp: 1_700_000_000_001 }))
  const write = probe.files.journal.findLast((call) => call.syscall === 'write' && call.path.endsWith(`.${kind}`))
  const system = simulatedSystem()
  const log = openLog(system)
  log.append(batchOf(['a']))
  system.files.failCall(system.files.calls + (write?.number ?? 0) - firstCall, 'ENOSPC')
  expect(() => log.append(batchOf(['b'], { timestamp: 1_700_000_000_001 }))).toThrow('cannot write')
  expect(endOf(system)).toBe(2n)
  expect(log.nextOffset).toBe(2n)
  expect(() => log.append(batchOf(['c']))).toThrow('offline')
  const next = openLog(system.anotherProcess())
  expect(next.append(batchOf(['c'], { timestamp: 1_700_000_000_002 }))).toBe(2n)
  const seen = new PartitionReader(system.files, FOLDER, (damage) => expect(damage).toBeUndefined())
  seen.seek(1n)
  expect(seen.next()?.baseOffset).toBe(1n)
  expect(seen.next()?.baseOffset).toBe(2n)
})

test('a close that the disk refuses at any call fails nothing that is stored: it is said, and the recovery point stays', async () => {
  const whole = simulatedSystem()
  const log = openLog(whole)
  appendAll(log, 3)
  await log.sync()
  const before = whole.files.calls
  await log.finish()
  const calls = whole.files.journal.slice(before)
  // Looking for what others did, and syncing the log itself, are not about what is derived.
  const derived = calls.filter(({ syscall, path }) => !path.endsWith('.log') && !syscall.endsWith('stat'))
  expect(derived.length).toBeGreaterThan(5)
  for (const { number, syscall, path } of derived) {
    const system = simulatedSystem()
    const reports: RecoveryReport[] = []
    const refused = openLog(system, (report) => reports.push(report))
    appendAll(refused, 3)
    await refused.sync()
    system.files.failCall(number, 'ENOSPC')
    expect(await refused.finish(), `${syscall} ${path}`).toBe(0n)
    expect(reports).toMatchObject([{ kind: 'unfinished', error: { code: 'KAFKA_STORAGE_ERROR' } }])
    const next = openLog(system.anotherProcess(), (report) => reports.push(report))
    expect(next.append(batchOf(['next']))).toBe(3n)
    expect(reports.length).toBe(1)
  }
})

describe('the end of a segment that went bad after another process rolled', () => {
  test('is reported and kept, and the log goes on in the new segment', () => {
    const system = simulatedSystem()
    const reports: RecoveryReport[] = []
    const log = openLog(system, (report) => reports.push(report))
    log.append(batchOf(['first']))
    const other = openLog(system.anotherProcess())
    expect(appendAll(other, 5).failure).toBeNull()
    const base = listSegments(system.files, FOLDER)[1] as bigint
    const path = segmentPath(FOLDER, 0n, 'log')
    const size = system.files.stat(path)?.size ?? 0
    const file = system.files.open(path, 'write')
    file.write(Buffer.from('?'), 0, 1, size - 1)
    file.close()
    expect(log.append(batchOf(['last']))).toBe(6n)
    expect(base).toBeLessThan(6n)
    expect(system.files.stat(path)?.size).toBe(size)
    expect(reports).toMatchObject([{ kind: 'damage', damage: { file: path } }])
  })
})
