// Two processes that have one log open while its end goes bad, and a write of several batches that fails half-way.
import { describe, expect, test } from 'vitest'
import { PartitionLog } from '../../src/log/partition-log.ts'
import { PartitionReader } from '../../src/log/partition-reader.ts'
import type { RecoveryReport } from '../../src/log/recovery.ts'
import { listSegments, segmentPath } from '../../src/log/segment-files.ts'
import type { Damage } from '../../src/log/segment-walker.ts'
import { logConfig } from '../../src/log/topic-config.ts'
import { type SimulatedSystem, simulatedSystem } from '../simulation/system.ts'
import { batchOf } from '../support/batches.ts'

const FOLDER = '/data/orders-0'
const LOG = segmentPath(FOLDER, 0n, 'log')

interface OpenOptions {
  readonly recoveryPoint?: bigint
  readonly onRecovery?: (report: RecoveryReport) => void
}

function openLog(system: SimulatedSystem, { recoveryPoint = 0n, onRecovery = () => {} }: OpenOptions = {}): PartitionLog {
  system.files.makeDirectory(FOLDER)
  const lock = system.locks.open(`${FOLDER}/.leat.lock`)
  const common = { system, directory: FOLDER, lock, isCurrent: () => true, logStartOffset: 0n, config: logConfig() }
  return new PartitionLog({ ...common, recoveryPoint, onRecovery })
}

function damageAt(system: SimulatedSystem, position: number): void {
  const file = system.files.open(LOG, 'write')
  file.write(Buffer.from('?'), 0, 1, position)
  file.close()
}

function contents(system: SimulatedSystem): { sizes: [bigint, number][]; damage: Damage[] } {
  const damage: Damage[] = []
  const reader = new PartitionReader(system.files, FOLDER, (found) => damage.push(found))
  reader.seek(0n)
  const sizes: [bigint, number][] = []
  for (let header = reader.next(); header !== null; header = reader.next()) sizes.push([header.baseOffset, header.sizeInBytes])
  reader.close()
  return { sizes, damage }
}

describe('an end that goes bad under two processes', () => {
  const [a, b, c] = [batchOf(['a']), batchOf(['b']), batchOf(['c'])]
  const longer = (): Buffer => batchOf(['d'.repeat(500)])

  test('and is cut and written over by a third is no end for who knew it: what is there now stays', () => {
    const system = simulatedSystem()
    const first = openLog(system)
    for (const batch of [a, b, c]) first.append(Buffer.from(batch))
    damageAt(system, a.length + b.length + c.length - 1)
    const third = openLog(system.anotherProcess())
    expect(third.append(longer())).toBe(2n)
    expect(first.append(batchOf(['e']))).toBe(3n)
    expect(third.append(batchOf(['f']))).toBe(4n)
    const { sizes, damage } = contents(system)
    expect(sizes.map(([offset]) => offset)).toEqual([0n, 1n, 2n, 3n, 4n])
    expect([sizes[2]?.[1], damage]).toEqual([longer().length, []])
  })

  test('and is left behind by a third, in a segment that begins with an offset before it: the others follow', async () => {
    const system = simulatedSystem()
    const first = openLog(system)
    first.append(Buffer.from(a))
    first.append(Buffer.from(b))
    await first.finish()
    const second = openLog(system.anotherProcess(), { recoveryPoint: 2n })
    expect(second.append(Buffer.from(c))).toBe(2n)
    damageAt(system, a.length + b.length - 1)
    damageAt(system, a.length + b.length + c.length - 1)
    await system.clock.advance(10)
    const third = openLog(system.anotherProcess(), { recoveryPoint: 2n })
    expect(listSegments(system.files, FOLDER)).toEqual([0n, 2n])
    const offsets = [second, third, second].map((log) => log.append(batchOf(['after'])))
    expect(offsets.map(Number)).toEqual([...new Set(offsets)].map(Number))
    const read = contents(system).sizes.map(([offset]) => offset)
    expect(read).toEqual([0n, ...offsets])
  })
})

describe('a write of several batches that the disk refuses half-way', () => {
  const parts = ['one', 'two', 'three'].map((value) => batchOf([value]))
  const whole = (): Buffer => Buffer.concat(parts)

  test('leaves the whole ones, which readers may have, and nothing of the one that is torn', () => {
    const found = new Set<number>()
    for (let seed = 1; seed <= 40; seed++) {
      const system = simulatedSystem({ seed })
      const log = openLog(system)
      log.append(batchOf(['before']))
      system.files.failCall(writeCall(system, log), 'ENOSPC')
      expect(() => log.append(whole())).toThrow('cannot append')
      const seen = contents(system).sizes
      found.add(seen.length)
      expect(BigInt(seen.length)).toBe(log.nextOffset)
      expect(system.files.stat(LOG)?.size).toBe(seen.reduce((sum, [, size]) => sum + size, 0))
      expect(log.append(batchOf(['after']))).toBe(BigInt(seen.length))
      expect(contents(system)).toMatchObject({ damage: [] })
    }
    // Before it there was one: none, one or two of three came to it.
    expect([...found].toSorted((a, b) => a - b)).toEqual([1, 2, 3])
  })

  /** The number of the call that will write the batches. */
  function writeCall(system: SimulatedSystem, log: PartitionLog): number {
    const probe = simulatedSystem({ seed: 1 })
    const other = openLog(probe)
    other.append(batchOf(['before']))
    const before = probe.files.calls
    other.append(whole())
    const write = probe.files.journal.find((call) => call.number > before && call.syscall === 'write' && call.path === LOG)
    expect(log.nextOffset).toBe(1n)
    return system.files.calls + (write?.number ?? 0) - before
  }
})
