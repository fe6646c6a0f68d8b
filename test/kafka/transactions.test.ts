// Transactions that leat made, on a real Kafka: its tools read them, its consumers see what leat sees, its coordinator goes on with them, and leat
// after it.
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { finished, startLeat } from '../support/leat.ts'
import { leat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { kafkaMissing } from './available.ts'
import { checkFiles, filesOf } from './check-files.ts'
import { type Broker, boot, client, tool, warnings } from './kafka.ts'
import { events } from './leat-directory.ts'
import { expectSameRecords, kafkaView, leatRecords, run } from './views.ts'

const SMALL = ['--config', 'segment.index.bytes=48', '--config', 'index.interval.bytes=0']

/** Commits, aborts, a pipe, and a transaction whose producer was killed. */
async function makeDirectory(directory: string): Promise<void> {
  const transactional = (...flags: string[]): string[] => [
    'produce',
    'events',
    '--transactional-id',
    'loader',
    '--key-field',
    '.id',
    ...flags,
  ]
  await run(directory, ['topic', 'create', 'events', '-p', '3', ...SMALL])
  await run(directory, transactional('--transaction-every', '100', '--batch-bytes', '2KiB'), { input: events(1000) })
  const aborted = await leat([...transactional('--batch-bytes', '1KiB'), '-d', directory], { input: `${events(300, 'aborted')}\noops\n` })
  expect(aborted.exitCode).toBe(1)
  await run(directory, transactional('-z', 'zstd'), { input: events(50, 'last') })
  await run(directory, ['pipe', 'events', 'copied', '-g', 'copier', '--transaction-every', '200'])
  const killed = startLeat(['produce', 'open', '--transactional-id', 'killed', '--transaction-timeout', '3s', '-d', directory])
  killed.stdin.write('never committed\n')
  while ((await leat(['consume', 'open', '-d', directory])).stdout.length === 0) await setTimeout(50)
  killed.kill('SIGKILL')
  await finished(killed)
}

/** States of transactional ids, as Kafka's coordinator has them. */
async function states(broker: Broker): Promise<Map<string, string>> {
  const text = await tool(['transactions', '--bootstrap-server', `localhost:${broker.port}`, 'list'])
  const rows = text.trim().split('\n').slice(1)
  return new Map(rows.map((row) => row.split(/\s+/)).map(([id, , , state]) => [id as string, state as string]))
}

test.skipIf(kafkaMissing)('Kafka reads, serves and goes on with transactions of leat, and leat with those of Kafka', async () => {
  const directory = `${temporaryDirectory()}/data`
  await makeDirectory(directory)

  expect(
    await checkFiles(
      directory,
      filesOf(directory).filter((file) => !/^__(consumer|transaction)_/.test(file)),
    ),
  ).toBeGreaterThan(1000)
  const log = (topic: string): string[] => filesOf(directory).filter((file) => file.startsWith(`${topic}-`) && file.endsWith('.log'))
  const dump = async (topic: string, decoder: string): Promise<string> =>
    tool([
      'dump-log',
      decoder,
      '--files',
      log(topic)
        .map((file) => `${directory}/${file}`)
        .join(','),
    ])
  const coordinator = await dump('__transaction_state', '--transaction-log-decoder')
  expect(coordinator.match(/"transactionalId":"loader"/g)?.length).toBeGreaterThan(30)
  for (const status of [0, 1, 2, 3, 4, 5]) expect(coordinator).toContain(`"transactionStatus":${status},`)
  expect(await dump('__consumer_offsets', '--offsets-decoder')).toMatch(
    /isTransactional: true[\s\S]*"group":"copier"[\s\S]*endTxnMarker: COMMIT/,
  )

  const wanted = await leatRecords(directory, 'read_committed')
  expect([...wanted].filter(([name]) => name.startsWith('events')).flatMap(([, records]) => records).length).toBe(1050)
  const broker = await boot(directory, ['transaction.abort.timed.out.transaction.cleanup.interval.ms=500'])
  expectSameRecords((await kafkaView(broker, 'read_committed')).records, wanted)

  // The one whose producer was killed is aborted by Kafka once its time is over.
  for (let known = await states(broker); known.get('killed') !== 'CompleteAbort'; known = await states(broker)) {
    expect(known.get('loader')).toBe('CompleteCommit')
    expect(known.get('killed')).toMatch(/^(Ongoing|PrepareAbort)$/)
    await setTimeout(200)
  }
  // Kafka's own copier takes up the id and the group of leat's pipe, and goes on where that left off.
  await client(broker, ['produce', 'by Kafka', 'none', 'events'])
  const ids = ['--transactional-id', 'copier:events', '--consumer-group', 'copier', '--transaction-size', '4']
  for (const partition of [0, 1, 2])
    await tool([
      'txn-copier',
      '--broker-list',
      `localhost:${broker.port}`,
      ...ids,
      '--input-topic',
      'events',
      '--input-partition',
      `${partition}`,
      '--output-topic',
      'copied',
    ])
  const afterKafka = (await kafkaView(broker, 'read_committed')).records
  await broker.stop()
  expect(warnings(broker.log())).toEqual([])

  expectSameRecords(await leatRecords(directory, 'read_committed'), afterKafka)
  const values = async (topic: string): Promise<string[]> => {
    const { stdout } = await run(directory, ['consume', topic, '--isolation-level', 'read_committed'])
    return stdout.toString().split('\n').slice(0, -1).toSorted()
  }
  expect(await values('copied')).toEqual(await values('events'))
  await run(directory, ['produce', 'events', '--transactional-id', 'loader', '--key-field', '.id'], { input: events(20, 'after Kafka') })
  expect(JSON.parse((await run(directory, ['pipe', 'events', 'copied', '-g', 'copier', '--json'])).stdout.toString())).toMatchObject({
    read: 20,
    stored: 20,
  })
  expect(await values('copied')).toEqual(await values('events'))
  expect(await values('open')).toEqual([])

  const again = await boot(directory)
  expectSameRecords((await kafkaView(again, 'read_committed')).records, await leatRecords(directory, 'read_committed'))
})
