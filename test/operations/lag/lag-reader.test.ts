// What single runs of `leat lag` say of a group over time.
import { describe, expect, test } from 'vitest'
import { LagReader } from '../../../src/operations/lag/lag-reader.ts'
import { readSamples } from '../../../src/operations/lag/samples.ts'
import { inTransaction, markerOf, batchOf } from '../../support/batches.ts'
import { GROUP, Scene, TOPIC } from './scene.ts'

/** A consumer that every `every` seconds commits `count` records more, `times` times; the topic gets as many meanwhile. */
async function atPace(scene: Scene, times: number, { every = 5, produced = 100, consumed = 100, from = 0 } = {}): Promise<number> {
  let offset = from
  for (let turn = 0; turn < times; turn++) {
    scene.produce(produced)
    await scene.wait(every)
    offset += consumed
    scene.commit(offset)
  }
  return offset
}

test('the first run already has a history: commits in the log have their times', async () => {
  const scene = await Scene.start()
  await atPace(scene, 12)
  scene.produce(50)
  await scene.wait(2)
  expect(await scene.lag(false)).toEqual({
    group: GROUP,
    topic: TOPIC,
    partition: 0,
    currentOffset: 1200n,
    logEndOffset: 1250n,
    lag: 50n,
    lagSeconds: 2,
    rateIn: expect.closeTo(1150 / 57, 5) as number,
    rateOut: expect.closeTo(1100 / 57, 5) as number,
    trend: 'steady',
    catchesUp: true,
    catchUpSeconds: expect.closeTo(50 / (1100 / 57), 5) as number,
    lossSeconds: 604_798,
    lostOffsets: 0n,
    status: 'OK',
  })
})

describe('verdicts', () => {
  test('a group that falls behind is growing: WARN; when it catches up: OK', async () => {
    const scene = await Scene.start()
    const offset = await atPace(scene, 30, { consumed: 60 })
    expect(await scene.lag()).toMatchObject({ lag: 1200n, trend: 'growing', catchesUp: false, status: 'WARN' })
    await atPace(scene, 30, { produced: 10, consumed: 40, from: offset })
    const { lag, rateIn, rateOut, ...rest } = await scene.lag()
    expect(lag).toBe(300n)
    expect(rest).toMatchObject({ trend: 'shrinking', catchesUp: true, status: 'OK' })
    expect(rest.catchUpSeconds).toBeCloseTo(300 / (rateOut! - rateIn!), 5)
  })

  test('a group that ends while records come: OK at first, then STOP', async () => {
    const scene = await Scene.start()
    await atPace(scene, 12)
    const seen: (string | null)[] = []
    for (let turn = 0; turn < 14; turn++) {
      scene.produce(100)
      await scene.wait(10)
      seen.push((await scene.lag()).status)
    }
    expect(seen.join(' ')).toMatch(/^(OK ){9,10}(STOP ?)+$/)
  })

  test('a record an hour, each handled in two minutes: never STOP, though the last commit is an hour ago', async () => {
    const scene = await Scene.start()
    const seen = new Set<string | null>()
    scene.commit(0)
    for (let hour = 1; hour <= 24; hour++) {
      scene.produce(1)
      for (let step = 0; step < 4; step++) {
        seen.add((await scene.lag()).status)
        await scene.wait(30)
      }
      scene.commit(hour)
      seen.add((await scene.lag()).status)
      await scene.wait(3480)
    }
    expect([...seen]).toEqual(['OK'])
  })

  test('… and of records whose times lie years back, as their producer says, once there are samples', async () => {
    const scene = await Scene.start()
    const longAgo = 1_000_000_000_000n
    for (let turn = 0; turn < 12; turn++) {
      scene.produce(10, longAgo)
      scene.commit((turn + 1) * 10)
      await scene.wait(1)
    }
    await scene.wait(3600)
    expect((await scene.lag()).status).toBe('OK')
    scene.produce(5, longAgo)
    await scene.wait(20)
    expect(await scene.lag()).toMatchObject({ lag: 5n, status: 'OK' })
    await scene.wait(100)
    expect(await scene.lag()).toMatchObject({ lag: 5n, status: 'STOP' })
  })

  test('the same offset again and again: STALL; set back: REWIND', async () => {
    const scene = await Scene.start()
    scene.produce(1000)
    await scene.wait(60)
    for (let turn = 0; turn < 12; turn++) {
      scene.commit(500)
      await scene.wait(5)
    }
    expect((await scene.lag()).status).toBe('STALL')
    scene.commit(100)
    await scene.wait(5)
    expect(await scene.lag()).toMatchObject({ lag: 900n, status: 'REWIND' })
  })

  test('a consumer of transactions that is at the end but for markers is at the end', async () => {
    const scene = await Scene.start()
    for (let turn = 1; turn <= 12; turn++) {
      scene.append(inTransaction(7n, batchOf(['a', 'b', 'c'], { timestamp: Number(scene.system.clock.now()) })))
      scene.append(markerOf(7n, 'commit'))
      await scene.wait(5)
      scene.commit(turn * 4 - 1)
    }
    expect(await scene.lag()).toMatchObject({ currentOffset: 47n, logEndOffset: 48n, lag: 0n, lagSeconds: 0, status: 'OK' })
    scene.produce(1)
    await scene.wait(200)
    expect((await scene.lag()).lag).toBe(1n)
  })
})

test('samples tell the rates of records that come with times of their own', async () => {
  const scene = await Scene.start()
  scene.commit(0)
  for (let turn = 0; turn < 12; turn++) {
    scene.produce(100, 1_000_000_000_000n)
    scene.commit(turn * 50)
    await scene.lag()
    await scene.wait(10)
  }
  const { rateIn, rateOut, trend, lagSeconds } = await scene.lag()
  expect(rateIn).toBeCloseTo(10, -0.5)
  expect(rateOut).toBeCloseTo(5, -0.5)
  expect(trend).toBe('growing')
  expect(lagSeconds).toBeGreaterThan(600_000_000)
})

test('commits that compaction took are known from samples', async () => {
  const scene = await Scene.start()
  scene.produce(1000)
  for (let turn = 1; turn <= 6; turn++) {
    scene.commit(turn * 10)
    await scene.lag()
    await scene.wait(10)
  }
  // As after compaction: of the commits, the last one is left.
  const folders = scene.system.files.list('/data').filter(({ name }) => name.startsWith('__consumer_offsets-'))
  const logs = folders.map(({ name }) => `/data/${name}/00000000000000000000.log`)
  const path = logs.find((log) => (scene.system.files.stat(log)?.size ?? 0) > 0)!
  const bytes = scene.system.files.readWhole(path)
  const last = bytes.subarray((bytes.length / 6) * 5)
  const file = scene.system.files.open(path, 'write')
  file.truncate(0)
  file.write(last, 0, last.length, 0)
  file.close()
  const { rateOut, currentOffset } = await scene.lag(false)
  expect(currentOffset).toBe(60n)
  expect(rateOut).toBeCloseTo(1, 0)
})

test('loss: how long unread records are safe, and how many were deleted unread', async () => {
  const scene = await Scene.start({ 'retention.ms': '3600000', 'segment.index.bytes': '24', 'index.interval.bytes': '0' })
  for (let turn = 0; turn < 10; turn++) {
    scene.produce(10)
    await scene.wait(60)
  }
  scene.commit(15)
  expect(await scene.lag()).toMatchObject({ lag: 85n, lostOffsets: 0n })
  const { lossSeconds } = await scene.lag()
  expect(lossSeconds).toBeGreaterThan(3600 - 600)
  expect(lossSeconds).toBeLessThan(3600 - 480 + 60)
  await scene.wait(3000 + 60 * 2)
  await scene.cluster.applyRetention(TOPIC, 0, { startOffset: null, withLimits: true })
  const { startOffset } = scene.cluster.partitionOffsets(TOPIC, 0)
  expect(startOffset).toBeGreaterThan(15n)
  expect(await scene.lag()).toMatchObject({ lostOffsets: startOffset - 15n, lag: 100n - startOffset })
})

test('a topic that was deleted, and a partition of none, have an offset and nothing else', async () => {
  const scene = await Scene.start()
  scene.produce(10)
  scene.cluster.deleteTopic(TOPIC)
  scene.commit(5)
  expect(await scene.lag()).toMatchObject({ currentOffset: 5n, logEndOffset: null, lag: null, status: null })
})

test('who looks again, at all groups too, opens no log of commits from its start again', async () => {
  const scene = await Scene.start()
  await atPace(scene, 20)
  const { files } = scene.system
  const opened: string[] = []
  files.onCall = ({ syscall, path }) => void (syscall === 'open' && path.endsWith('.log') && opened.push(path))
  const reader = new LagReader({ cluster: scene.cluster, clock: scene.system.clock })
  const look = async (): Promise<bigint | null | undefined> => {
    opened.length = 0
    const { looks } = await reader.look({ groups: null, topics: null }, readSamples(scene.system, scene.cluster.location))
    return looks[0]?.lag.currentOffset
  }
  const ofCommits = (): string[] => opened.filter((path) => path.includes('__consumer_offsets'))
  expect(await look()).toBe(2000n)
  expect(ofCommits()).not.toEqual([])
  scene.commit(2010)
  scene.produce(100)
  expect(await look()).toBe(2010n)
  expect(ofCommits()).toEqual([])
  reader.close()
})
