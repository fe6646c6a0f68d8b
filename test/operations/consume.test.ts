// Reading as records come: a partition's files grow while `consume` waits for more.
import { getEventListeners } from 'node:events'
import { describe, expect, test, vi } from 'vitest'
import type { PartitionRange } from '../../src/operations/consume/ranges.ts'
import type { RecordSink } from '../../src/operations/consume/record-sink.ts'
import { consume } from '../../src/operations/consume/consume.ts'
import { realClock } from '../../src/system/real-clock.ts'
import { simulatedSystem, type SimulatedSystem } from '../simulation/system.ts'
import { batchOf, inTransaction, markerOf, placedAt } from '../support/batches.ts'
import { openDirectory } from '../support/records.ts'

function append(system: SimulatedSystem, folder: string, ...batches: readonly Buffer[]): void {
  system.files.makeDirectory(`/data/${folder}`)
  const log = system.files.open(`/data/${folder}/00000000000000000000.log`, 'create')
  for (const batch of batches) log.write(batch, 0, batch.length, log.stat().size)
  log.close()
}

/** Everything that can go on without something from outside has gone on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Follows partitions; `seen` grows with each record, as PARTITION:OFFSET. */
function follow(
  system: SimulatedSystem,
  partitions: readonly number[],
  options: { isCommittedOnly?: boolean; onBatch?: (partition: number) => void; to?: bigint } = {},
): { seen: string[]; abort: AbortController; done: Promise<void> } {
  const seen: string[] = []
  const abort = new AbortController()
  let present = 0
  const sink: RecordSink = {
    beginBatch(_, partition) {
      present = partition
    },
    record(cursor) {
      seen.push(`${present}:${cursor.offset}`)
      return true
    },
    endBatch() {
      options.onBatch?.(present)
      return Promise.resolve()
    },
    idle: () => null,
  }
  const ranges = partitions.map((partition): PartitionRange => ({ topic: 't', partition, from: 0n, to: options.to ?? null }))
  const done = consume({
    cluster: openDirectory(system, '/data'),
    // Its pauses end by themselves.
    clock: realClock,
    ranges,
    sink,
    isCommittedOnly: options.isCommittedOnly ?? false,
    withControl: false,
    onDamage: (damage) => expect(damage).toBeUndefined(),
    signal: abort.signal,
  })
  return { seen, abort, done }
}

describe('following with read_committed', () => {
  test('a transaction after a gap is delivered once it is committed', async () => {
    const system = simulatedSystem()
    append(system, 't-0', placedAt(0n, batchOf(['a'])), placedAt(5n, inTransaction(7n, batchOf(['b', 'c']))))
    const { seen, abort, done } = follow(system, [0], { isCommittedOnly: true })
    await settled()
    expect(seen).toEqual(['0:0'])
    append(system, 't-0', placedAt(7n, markerOf(7n, 'commit')))
    await settled()
    expect(seen).toEqual(['0:0', '0:5', '0:6'])
    abort.abort()
    await done
  })

  test('the event loop has its turns while a long stretch is looked through that nothing is handed over of', async () => {
    const value = 'x'.repeat(1 << 18)
    const stretch = Array.from({ length: 100 }, (_, index) => placedAt(BigInt(index), inTransaction(7n, batchOf([value]))))
    for (const last of [[], [placedAt(100n, markerOf(7n, 'abort'))]]) {
      const system = simulatedSystem()
      append(system, 't-0', ...stretch, ...last)
      let turns = 0
      const timer = setInterval(() => turns++, 0)
      const { seen, done } = follow(system, [0], { isCommittedOnly: true, to: 101n })
      await done
      clearInterval(timer)
      expect(seen).toEqual([])
      expect(turns).toBeGreaterThan(3)
    }
  })

  test('records of one partition that come while another is looked through are handed over after that', async () => {
    const system = simulatedSystem()
    const value = 'x'.repeat(1 << 18)
    append(system, 't-0', placedAt(0n, batchOf(['a'])))
    append(system, 't-1', placedAt(0n, batchOf(['a'])))
    const { seen, abort, done } = follow(system, [0, 1], { isCommittedOnly: true })
    await settled()
    const stretch = Array.from({ length: 100 }, (_, index) => placedAt(BigInt(index + 1), inTransaction(7n, batchOf([value]))))
    append(system, 't-1', ...stretch, placedAt(101n, markerOf(7n, 'abort')), placedAt(102n, batchOf(['b'])))
    append(system, 't-0', placedAt(1n, batchOf(['b'])))
    await vi.waitFor(() => expect(seen).toEqual(['0:0', '1:0', '0:1', '1:102']), 5000)
    abort.abort()
    await done
  })
})

test('an interruption is noticed while files are read and nothing is waited for', async () => {
  const system = simulatedSystem()
  const value = 'x'.repeat(1 << 16)
  append(system, 't-0', ...Array.from({ length: 200 }, (_, index) => placedAt(BigInt(index), batchOf([value]))))
  const { seen, abort, done } = follow(system, [0])
  setImmediate(() => abort.abort())
  await done
  expect(seen.length).toBeGreaterThan(0)
  expect(seen.length).toBeLessThan(200)
})

test('however often records come, one listener waits for the interruption', async () => {
  const system = simulatedSystem()
  append(system, 't-0', placedAt(0n, batchOf(['a'])))
  const { seen, abort, done } = follow(system, [0])
  for (let offset = 1n; offset < 20n; offset++) {
    await settled()
    append(system, 't-0', placedAt(offset, batchOf(['b'])))
  }
  await settled()
  expect(seen).toHaveLength(20)
  expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1)
  abort.abort()
  await done
  expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0)
})

test('a partition at its end is looked at again while another one never is', async () => {
  const system = simulatedSystem()
  append(system, 't-0', placedAt(0n, batchOf(['a'], { timestamp: 1000 })))
  append(system, 't-1', placedAt(0n, batchOf(['a'], { timestamp: 1000 })))
  let offset = 1n
  const { seen, abort, done } = follow(system, [0, 1], {
    onBatch: (partition) => {
      if (partition !== 0 || offset > 20n) return
      append(system, 't-0', placedAt(offset, batchOf(['b'], { timestamp: 2000 })))
      if (offset === 10n) append(system, 't-1', placedAt(1n, batchOf(['late'], { timestamp: 1500 })))
      offset++
    },
  })
  await settled()
  expect(seen).toContain('1:1')
  expect(seen.indexOf('1:1')).toBeLessThan(seen.indexOf('0:20'))
  abort.abort()
  await done
})
