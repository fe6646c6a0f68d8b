// Compaction by leat and by a real Kafka: what one leaves the other serves, and of the same input both leave the same records.
import fs from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { fixtureCopy, fixturesMissing } from '../support/fixtures.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { kafkaMissing } from './available.ts'
import { checkFiles, filesOf } from './check-files.ts'
import { boot, warnings } from './kafka.ts'
import { CODECS } from './leat-directory.ts'
import { expectSame, expectSameRecords, kafkaView, leatRecords, leatView, run } from './views.ts'

const TIME = 1_793_491_200_000
const missing = kafkaMissing ?? (fixturesMissing ? 'no fixtures' : null)

/** Keyed records, some without a value, in segments of a few batches. */
async function compactedTopics(directory: string): Promise<string[]> {
  const topics = CODECS.map((codec) => `compacted-${codec}`)
  const configs = ['cleanup.policy=compact', 'index.interval.bytes=0', 'segment.index.bytes=64', 'min.cleanable.dirty.ratio=0.01']
  for (const [index, codec] of CODECS.entries()) {
    const topic = topics[index] as string
    await run(directory, ['topic', 'create', topic, '-p', '2', ...configs.flatMap((config) => ['--config', config])])
    const lines = Array.from({ length: 3000 }, (_, number) =>
      JSON.stringify({
        key: `key-${(number * 7919) % (40 + number)}`,
        value: number % 11 === 0 ? null : `${codec} ${number} ${'to be or not to be '.repeat(number % 5)}`,
        timestamp: TIME + ((number * 31) % 5000),
        headers: number % 3 === 0 ? [{ key: 'h', value: `${number}` }] : [],
      }),
    )
    await run(directory, ['produce', topic, '--json', '-z', codec, '--batch-bytes', '2KiB'], { input: lines.join('\n') })
  }
  return topics
}

const filesOfTopics = (directory: string, topics: readonly string[]): string[] =>
  filesOf(directory).filter((file) => topics.some((topic) => file.startsWith(`${topic}-`)))

test.skipIf(kafkaMissing)('Kafka serves what leat compacted, in all codecs, and kafka-dump-log has no complaint', async () => {
  const directory = `${temporaryDirectory()}/made`
  const topics = await compactedTopics(directory)
  const before = await leatRecords(directory)
  await run(directory, ['compact', ...topics, '--roll', '--map-memory', '64KiB'])
  const after = await leatView(directory)
  for (const [partition, records] of after.records) expect(records.length, partition).toBeLessThan((before.get(partition)?.length ?? 0) / 2)
  expect(await checkFiles(directory, filesOfTopics(directory, topics))).toBeGreaterThan(500)
  const broker = await boot(directory)
  expectSame(await kafkaView(broker), after)
  await broker.stop()
  expect(warnings(broker.log())).toEqual([])
})

const FIXTURES = [
  ['transactions', ['ledger', 'payments', 'output']],
  ['compacted', ['profiles', 'profiles-keep', 'profiles-tx', 'profiles-tx-keep', 'profiles-idempotent', 'state', 'trimmed']],
  ['basics', ['orders', 'idempotent', 'headers', 'append-time', 'out-of-order-time', 'edge-values']],
] as const

test.skipIf(missing).for(FIXTURES)('%s: Kafka serves what leat compacted of it, committed and not', async ([name, topics]) => {
  const directory = fixtureCopy(name)
  for (const topic of topics) await run(directory, ['topic', 'alter', topic, '--config', 'cleanup.policy=compact'])
  await run(directory, ['compact', ...topics, '--roll'])
  await checkFiles(directory, filesOfTopics(directory, topics))
  const [uncommitted, committed] = [await leatRecords(directory), await leatRecords(directory, 'read_committed')]
  const broker = await boot(directory)
  expectSameRecords((await kafkaView(broker)).records, uncommitted)
  expectSameRecords((await kafkaView(broker, 'read_committed')).records, committed)
  await broker.stop()
  expect(warnings(broker.log())).toEqual([])
})

/** Boots Kafka with its cleaner until that has been through the topics. */
async function compactWithKafka(directory: string, partitions: readonly string[]): Promise<void> {
  fs.rmSync(`${directory}/cleaner-offset-checkpoint`, { force: true })
  const settings = ['log.cleaner.enable=true', 'log.cleaner.backoff.ms=100', 'log.cleaner.min.cleanable.ratio=0.01']
  const broker = await boot(directory, settings)
  const isCleaned = (): boolean => {
    const file = `${directory}/cleaner-offset-checkpoint`
    const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
    return partitions.every((partition) => text.includes(`\n${partition.replace(/-(\d+)$/, ' $1 ')}`))
  }
  while (!isCleaned()) await setTimeout(200)
  await broker.stop()
}

test.skipIf(missing)('of the same input, Kafka and leat leave the same records', async () => {
  const byLeat = fixtureCopy('transactions')
  const made = await compactedTopics(byLeat)
  await run(byLeat, ['topic', 'alter', 'ledger', '--config', 'cleanup.policy=compact', '--config', 'min.cleanable.dirty.ratio=0.01'])
  const topics = [...made, 'ledger']
  const byKafka = `${temporaryDirectory()}/copy`
  fs.cpSync(byLeat, byKafka, { recursive: true, preserveTimestamps: true })

  await run(byLeat, ['compact', ...topics])
  await compactWithKafka(byKafka, [...made.flatMap((topic) => [`${topic}-0`, `${topic}-1`]), 'ledger-0'])
  for (const level of ['read_uncommitted', 'read_committed'] as const) {
    const [ours, theirs] = [await leatRecords(byLeat, level), await leatRecords(byKafka, level)]
    const ofTopics = (records: typeof ours): typeof ours =>
      new Map([...records].filter(([partition]) => topics.includes(partition.replace(/-\d+$/, ''))))
    expect(ofTopics(ours).size).toBe(2 * made.length + 1)
    expectSameRecords(ofTopics(ours), ofTopics(theirs))
  }
})
