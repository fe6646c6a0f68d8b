// What `produce` says of a run that the disk ended, and how fast it takes records.
import { expect, test } from 'vitest'
import type { LeatError } from '../../src/errors/leat-error.ts'
import { LineFormat } from '../../src/input/line-format.ts'
import { RecordFields } from '../../src/input/record-fields.ts'
import { Pace } from '../../src/operations/produce/pace.ts'
import { produce, type ProduceOptions } from '../../src/operations/produce/produce.ts'
import type { ByteSource } from '../../src/system/byte-streams.ts'
import { SimulatedClock } from '../simulation/clock.ts'
import { type SimulatedSystem, simulatedSystem } from '../simulation/system.ts'
import { NO_FIELDS } from '../input/support.ts'
import { openDirectory, readPartition } from '../support/records.ts'

const LINES = Array.from({ length: 12 }, (_, index) => `line ${index} ${'x'.repeat(40)}`)

const plain = new LineFormat({ delimiter: Buffer.from('\n'), keyDelimiter: null, fields: new RecordFields(NO_FIELDS) })

/** Keys before a colon. */
const keyed = new LineFormat({ delimiter: Buffer.from('\n'), keyDelimiter: Buffer.from(':'), fields: new RecordFields(NO_FIELDS) })

/** Gives a few lines at a time, so that there is more than one append. */
function linesSource(lines: readonly string[]): ByteSource {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  let at = 0
  return {
    name: 'lines',
    size: null,
    read(into, offset, length) {
      const count = bytes.copy(into, offset, at, Math.min(bytes.length, at + Math.min(length, 250)))
      at += count
      return Promise.resolve(count)
    },
    close() {},
  }
}

async function run(
  system: SimulatedSystem,
  { format = plain, lines = LINES, transaction = null as ProduceOptions['transaction'] } = {},
): Promise<void> {
  const cluster = openDirectory(system, '/data')
  const options: Omit<ProduceOptions, 'cluster'> = {
    system,
    topic: 'orders',
    sources: [() => linesSource(lines)],
    format,
    batchBytes: 200,
    lingerMs: 0,
    codec: 0,
    partitioner: 'murmur2',
    partition: -1,
    createPartitions: 1,
    onError: 'stop',
    isDurable: true,
    transaction,
    rate: null,
    signal: new AbortController().signal,
    onTopicCreated() {},
    onAppend() {},
    onRejected() {},
    onProgress() {},
  }
  await produce({ ...options, cluster }).finally(() => cluster.close().catch(() => {}))
}

/** A directory with a topic that rolls often where it has one partition. */
async function prepared(partitions = 1): Promise<SimulatedSystem> {
  const system = simulatedSystem()
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  cluster.createTopic('orders', {
    partitions,
    configs: new Map([
      ['segment.index.bytes', partitions === 1 ? '24' : '10000'],
      ['index.interval.bytes', '0'],
    ]),
  })
  await cluster.close()
  return system
}

test('whichever file call fails, as many records are in the log as are said to be stored, and they are the first ones', async () => {
  const whole = await prepared()
  const before = whole.files.calls
  await run(whole)
  let told = 0
  for (let number = before + 1; number <= whole.files.calls; number++) {
    const system = await prepared()
    system.files.failCall(number, 'ENOSPC')
    const failure = await run(system).then(
      () => null,
      (error: Error) => error,
    )
    system.kill()
    const { records } = await readPartition(openDirectory(system.anotherProcess(), '/data'), 'orders', 0)
    expect(records.map(({ value }) => value)).toEqual(LINES.slice(0, records.length))
    if (failure === null) expect(records.length).toBe(LINES.length)
    const said = /; (?:(?:the first|all|its) (?:(\d+) records are|(record) is) (?:stored|written)|(no record) is stored)/.exec(
      failure?.message ?? '',
    )
    if (said === null) continue
    told++
    expect([number, records.length]).toEqual([number, said[3] === undefined ? Number(said[1] ?? 1) : 0])
  }
  expect(told).toBeGreaterThan(20)
})

test('of records that went to several partitions, none are told as the first ones, and none is stored after one of its partition that is not', async () => {
  const lines = Array.from({ length: 12 }, (_, index) => `k${index % 5}:${index} ${'x'.repeat(60)}`)
  const whole = await prepared(2)
  const before = whole.files.calls
  await run(whole, { format: keyed, lines })
  let failures = 0
  for (let number = before + 1; number <= whole.files.calls; number++) {
    const system = await prepared(2)
    system.files.failCall(number, 'ENOSPC')
    const failure = await run(system, { format: keyed, lines }).then(
      () => null,
      (error: Error) => error,
    )
    system.kill()
    const cluster = openDirectory(system.anotherProcess(), '/data')
    const partitions = await Promise.all([0, 1].map((partition) => readPartition(cluster, 'orders', partition)))
    const stored = partitions.flatMap(({ records }) => records.map(({ key, value }) => `${String(key)}:${String(value)}`))
    for (const key of new Set(lines.map((line) => line.slice(0, 2)))) {
      const ofKey = stored.filter((line) => line.startsWith(key))
      expect(ofKey).toEqual(lines.filter((line) => line.startsWith(key)).slice(0, ofKey.length))
    }
    if (failure === null) {
      expect(stored.length).toBe(lines.length)
      continue
    }
    failures++
    const isFirst = stored.every((line) => lines.indexOf(line) < stored.length)
    if (/; the first (?:\d+ )?records? (?:are|is) /.test(failure.message)) expect([number, isFirst]).toEqual([number, true])
  }
  expect(failures).toBeGreaterThan(20)
})

/** Takes the id up, which completes what is decided and aborts the rest, and reads what counts then. */
async function committed(system: SimulatedSystem, transactionalId: string): Promise<unknown[]> {
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  await cluster.transactions.initProducerId(transactionalId, 60_000)
  const { records } = await readPartition(cluster, 'orders', 0, { isCommittedOnly: true })
  return records.map(({ value }) => value)
}

/** Of the calls after the first record: all of them take too long. */
const STEP = 4

test('whichever file call of a transaction fails, as many records count after the next run with its id as are said to be stored', async () => {
  const transaction = { transactionalId: 'loader', timeoutMs: 60_000, recordsPerTransaction: 7 }
  const whole = await prepared()
  await run(whole, { transaction })
  const firstWrite = whole.files.journal.findIndex(
    ({ syscall, path }) => syscall === 'write' && path === '/data/orders-0/00000000000000000000.log',
  )
  const unfinished = new Set<string>()
  for (let number = firstWrite + 1; number <= whole.files.calls; number += STEP) {
    const system = await prepared()
    system.files.failCall(number, 'ENOSPC')
    const failure = await run(system, { transaction }).then(
      () => null,
      (error: LeatError) => error,
    )
    system.kill()
    const [, which = null, count = '0'] = /; (all|the first) (\d+) records are (?:stored|written)/.exec(failure?.message ?? '') ?? []
    const stored = failure === null ? LINES.length : Number(count)
    expect([number, failure?.message, (await committed(system.anotherProcess(), 'loader')).length]).toEqual([
      number,
      failure?.message,
      stored,
    ])
    if (failure?.code === 'COMMIT_UNFINISHED') unfinished.add(`${which} ${count}: ${/[^.]*twice\.$/.exec(failure.hint ?? '')?.[0].trim()}`)
  }
  expect(unfinished).toEqual(
    new Set([
      'the first 7: Then go on with record 8 of the input: what is before it would be stored twice.',
      'all 12: Do not run it again with the same input: that would be stored twice.',
    ]),
  )
})

test('a rate is kept in even steps; a late step is made up for, a pause is not', async () => {
  const clock = new SimulatedClock()
  const pace = new Pace(clock, 1000)
  expect([pace.step, pace.dueMs(0)]).toEqual([50, 0])
  expect(pace.dueMs(50)).toBe(50)
  await clock.advance(60)
  expect(pace.dueMs(50)).toBe(-10)
  expect(pace.dueMs(100)).toBe(40)
  await clock.advance(10_000)
  pace.resume()
  expect(pace.dueMs(100)).toBe(0)
  expect(pace.dueMs(150)).toBe(50)
})

test.each([
  [0.5, 1],
  [10, 1],
  [100, 5],
  [1_000_000, 50_000],
])('at %d a second, %d are taken at once', (rate, step) => expect(new Pace(new SimulatedClock(), rate).step).toBe(step))
