import { expect, test } from 'vitest'
import { keepSamples, type NewSample, readSamples, Samples, SAMPLES_FILE } from '../../../src/operations/lag/samples.ts'
import { LOCK_FILE } from '../../../src/log/directory-writer.ts'
import { simulatedSystem, type SimulatedSystem } from '../../simulation/system.ts'

const billing = { group: 'billing', topic: 'orders', partition: 0 }
const FILE = `/data/${SAMPLES_FILE}`

function machine(): SimulatedSystem {
  const system = simulatedSystem()
  system.files.makeDirectory('/data')
  return system
}

function sampleNow({ clock }: SimulatedSystem, offset: bigint, of: typeof billing = billing): NewSample {
  return { ...of, sample: { timeMs: clock.now(), endOffset: 100n, offset, commitTimestampMs: clock.now() - 5n } }
}

const offsetsIn = (samples: Samples, of = billing): bigint[] => samples.of(of).map(({ offset }) => offset)

test('samples are kept ten seconds apart, the last ones, and read back as they were', async () => {
  const system = machine()
  for (let second = 0; second < 1000; second++) {
    expect(keepSamples(system, '/data', [sampleNow(system, BigInt(second))])).toBe(null)
    await system.clock.advance(1000)
  }
  const offsets = offsetsIn(readSamples(system, '/data'))
  expect(offsets.length).toBeGreaterThan(30)
  expect(offsets).toEqual(offsets.map((_, index) => 990n - BigInt((offsets.length - 1 - index) * 10)))
  expect(system.files.stat(FILE)?.size).toBeLessThan(3000)
  expect(
    system.files
      .list('/data')
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual([SAMPLES_FILE, LOCK_FILE])
})

test('a group that nobody looked at for a week is forgotten; names may hold anything', async () => {
  const system = machine()
  const odd = { group: 'a "b"\n\t名', topic: 'orders', partition: 3 }
  keepSamples(system, '/data', [sampleNow(system, 1n)])
  await system.clock.advance(6 * 86_400_000)
  keepSamples(system, '/data', [sampleNow(system, 2n, odd)])
  expect(offsetsIn(readSamples(system, '/data'))).toEqual([1n])
  await system.clock.advance(2 * 86_400_000)
  keepSamples(system, '/data', [sampleNow(system, 3n, odd)])
  expect(offsetsIn(readSamples(system, '/data'))).toEqual([])
  expect(offsetsIn(readSamples(system, '/data'), odd)).toEqual([2n, 3n])
})

test('several processes keep theirs side by side; who does not get the lock at once goes without', async () => {
  const [one, other] = [machine()].flatMap((system) => [system, system.anotherProcess()]) as [SimulatedSystem, SimulatedSystem]
  keepSamples(one, '/data', [sampleNow(one, 1n)])
  keepSamples(other, '/data', [sampleNow(other, 2n, { ...billing, partition: 1 })])
  expect(offsetsIn(readSamples(one, '/data'))).toEqual([1n])
  expect(offsetsIn(readSamples(one, '/data'), { ...billing, partition: 1 })).toEqual([2n])
  await one.clock.advance(20_000)
  const lock = one.locks.open(`/data/${LOCK_FILE}`)
  lock.acquire()
  expect(keepSamples(other, '/data', [sampleNow(other, 3n)])).toMatch(/another process/)
  lock.release()
  expect(keepSamples(other, '/data', [sampleNow(other, 4n)])).toBe(null)
  expect(offsetsIn(readSamples(one, '/data'))).toEqual([1n, 4n])
})

test('while a broker has the directory, nothing is written to it', () => {
  const system = machine()
  const broker = system.anotherProcess().locks.tryLock('/data/.lock', 'exclusive')
  expect(keepSamples(system, '/data', [sampleNow(system, 1n)])).toMatch(/broker/)
  expect(system.files.stat(FILE)).toBe(null)
  broker?.release()
  expect(keepSamples(system, '/data', [sampleNow(system, 1n)])).toBe(null)
})

test('a disk that refuses is a reason, not a failure', () => {
  const system = simulatedSystem({ capacity: 1000 })
  system.files.makeDirectory('/data')
  const many = Array.from({ length: 100 }, (_, partition) => sampleNow(system, 1n, { ...billing, partition }))
  expect(keepSamples(system, '/data', many)).toMatch(/ENOSPC/)
})

test('whichever file call is refused, as on a read-only disk, is a reason and no failure; and what was kept is still there', () => {
  const run = (call: number | null): { calls: number; reason: string | null; kept: bigint[] } => {
    const system = machine()
    keepSamples(system, '/data', [sampleNow(system, 1n)])
    const before = system.files.calls
    if (call !== null) system.files.failCall(before + call, 'EROFS')
    const reason = keepSamples(system, '/data', [sampleNow(system, 2n, { ...billing, partition: 1 })])
    return { calls: system.files.calls - before, reason, kept: offsetsIn(readSamples(system, '/data')) }
  }
  const { calls } = run(null)
  expect(calls).toBeGreaterThan(5)
  for (let call = 1; call <= calls; call++) {
    const { reason, kept } = run(call)
    expect(reason, `call ${call}`).toMatch(/EROFS/)
    expect(kept).toEqual([1n])
  }
})

test('damage costs the lines it is in, whatever it is, and the next sample mends the file', () => {
  const good = '["billing","orders",0,"1 10 5 1","20000 11 6 19000"]'
  const damaged = [
    '["billing","orders",0,"1 10 5 1","20000 11',
    '\0\0\0\0\0\0\0',
    '["billing","orders"]',
    '[7,"orders",0,"1 10 5 1"]',
    'null',
    '{}',
    '["shipping","orders",0,"x","1 2 3","20000 11 6 19000 8","99999999999999999999 1 1 1",7,null,"30000 12 7 29000"]',
  ]
  const samples = new Samples([...damaged, good, ''].join('\n'))
  expect(offsetsIn(samples)).toEqual([5n, 6n])
  expect(offsetsIn(samples, { ...billing, group: 'shipping' })).toEqual([7n])
  samples.add([{ ...billing, sample: { timeMs: 40_000n, endOffset: 20n, offset: 8n, commitTimestampMs: 1n } }], 40_000n)
  const lines = samples.text(40_000n).trimEnd().split('\n')
  const groups = lines.map((line) => String((JSON.parse(line) as unknown[])[0]))
  expect(groups.toSorted()).toEqual(['billing', 'shipping'])
})

test('a clock that was put back makes the samples of the future go', () => {
  const samples = new Samples('["billing","orders",0,"1000 10 5 1","900000000 11 6 2"]')
  samples.add([{ ...billing, sample: { timeMs: 20_000n, endOffset: 12n, offset: 7n, commitTimestampMs: 3n } }], 20_000n)
  expect(offsetsIn(samples)).toEqual([5n, 7n])
})
