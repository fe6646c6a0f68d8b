// A directory with groups, transactions, compaction and leat's own plain files: Kafka's tools have no complaint about any file, Kafka serves all of
// it, goes on with the groups and transactional ids, and leat after it.
import fs from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { finished, leat, startLeat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { kafkaMissing } from './available.ts'
import { checkFiles, filesOf } from './check-files.ts'
import { type Broker, boot, client, tool, warnings } from './kafka.ts'
import { events } from './leat-directory.ts'
import { expectSame, expectSameRecords, kafkaView, leatRecords, leatView, run } from './views.ts'

/** Small segments: where only leat writes. Kafka leaves an entry out each time it opens a segment, and then may find no room to recover it. */
const SMALL = ['index.interval.bytes=0', 'segment.index.bytes=64', 'retention.ms=-1'].flatMap((config) => ['--config', config])
const COMPACTED = ['cleanup.policy=compact', 'min.cleanable.dirty.ratio=0.01'].flatMap((config) => ['--config', config])
const INTERNAL = ['__consumer_offsets', '__transaction_state']

async function makeDirectory(directory: string): Promise<void> {
  const produce = async (topic: string, input: string, ...flags: string[]): Promise<unknown> =>
    run(directory, ['produce', topic, '--key-field', '.id', '--batch-bytes', '2KiB', ...flags], { input })
  await run(directory, ['topic', 'create', 'orders', '-p', '3', '--config', 'retention.ms=-1'])
  await run(directory, ['topic', 'create', 'state', '-p', '2', ...SMALL, ...COMPACTED])
  await produce('orders', events(1000), '-z', 'lz4')
  await produce('state', events(1000))
  await produce('state', events(400, 'by transaction'), '--transactional-id', 'loader', '--transaction-every', '90')
  const aborted = ['produce', 'state', '--transactional-id', 'loader', '--key-field', '.id', '--batch-bytes', '2KiB', '-d', directory]
  expect((await leat(aborted, { input: `${events(200, 'aborted')}\noops\n` })).exitCode).toBe(1)

  await run(directory, ['pipe', 'orders', 'copied', '-g', 'copier', '--transaction-every', '150'])
  for (const count of [100, 300, 400]) await run(directory, ['consume', 'orders', '-g', 'billing', '-n', `${count}`])
  await run(directory, ['consume', 'orders', 'state', '-g', 'gone', '-n', '10'])
  await run(directory, ['group', 'delete', 'gone', '-y'])
  await run(directory, ['group', 'reset', 'moved', '--topic', 'orders', '--to-offset', '7', '-y'])
  await run(directory, ['group', 'seek', 'moved', 'orders:1', 'end-5', '-y'])
  await memberThatIsKilled(directory, 'watching')
  await run(directory, ['compact', 'state', '--roll'])
  await run(directory, ['compact', ...INTERNAL, '--roll'])
  await run(directory, ['consume', 'orders', '-g', 'billing', '-n', '50'])
  await produce('state', events(40, 'last'), '--transactional-id', 'loader')
  // Its file stays beside Kafka; that of the one before went as the log of its group was compacted.
  await memberThatIsKilled(directory, 'killed')
  await run(directory, ['lag'])
}

async function memberThatIsKilled(directory: string, group: string): Promise<void> {
  const member = startLeat(['consume', 'orders', '-g', group, '-f', '-d', directory])
  const ended = finished(member)
  while (!(await leat(['group', 'members', group, '-d', directory])).stdout.toString().includes('orders')) await setTimeout(100)
  member.kill('SIGKILL')
  await ended
}

/** `GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG` where something is committed. */
function rowsOf(text: string): string[] {
  const rows = text.split('\n').map((line) => line.trim().split(/\s+/).slice(0, 6))
  return rows
    .filter((row) => row.length === 6 && /^\d+$/.test(row[3] as string))
    .map((row) => row.join(' '))
    .toSorted()
}

async function kafkaGroups(broker: Broker): Promise<string[]> {
  return rowsOf(await tool(['groups', '--bootstrap-server', `localhost:${broker.port}`, '--describe', '--all-groups', '--offsets']))
}

async function leatGroups(directory: string): Promise<string[]> {
  const { stdout } = await run(directory, ['group', 'list', '--no-headers'])
  const groups = stdout
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' ')[0] as string)
  const described = await Promise.all(groups.map((group) => run(directory, ['group', 'describe', group])))
  return described.flatMap((result) => rowsOf(result.stdout.toString())).toSorted()
}

test.skipIf(kafkaMissing)(
  'Kafka takes over groups, transactions and compacted topics of leat, beside its plain files, and leat goes on',
  async () => {
    const directory = `${temporaryDirectory()}/data`
    await makeDirectory(directory)
    const files = fs.readdirSync(directory, { recursive: true, encoding: 'utf8' })
    for (const own of [
      /^\.leat\.lag$/,
      /^\.leat\.member\./,
      /^\.leat\.lock$/,
      /^state-0\/\.leat\.lock$/,
      /^state-0\/\.leat\.cleaner\.lock$/,
    ])
      expect(files.filter((file) => own.test(file))).not.toEqual([])
    expect(files.filter((file) => /^__consumer_offsets-\d+\/.*\.log$/.test(file)).length).toBeGreaterThan(4)
    expect(await checkFiles(directory, filesOf(directory))).toBeGreaterThan(1500)

    const wanted = await leatView(directory)
    const groups = await leatGroups(directory)
    const names = new Set(groups.map((row) => row.split(' ')[0]))
    expect([...names].filter((name) => name !== 'watching' && name !== 'killed')).toEqual(['billing', 'copier', 'moved'])
    const broker = await boot(directory)
    expectSame(await kafkaView(broker), wanted)
    expectSameRecords((await kafkaView(broker, 'read_committed')).records, await leatRecords(directory, 'read_committed'))
    expect(await kafkaGroups(broker)).toEqual(groups)

    await client(broker, ['produce', 'by Kafka', 'zstd', 'orders'])
    const unread = groups.filter((row) => row.startsWith('billing ')).reduce((sum, row) => sum + Number(row.split(' ')[5]), 6)
    const consumer = ['consumer', '--bootstrap-server', `localhost:${broker.port}`, '--topic', 'orders', '--group', 'billing']
    const read = await tool([
      ...consumer,
      '--command-property',
      'group.protocol=consumer',
      '--max-messages',
      `${unread}`,
      '--timeout-ms',
      '60000',
    ])
    expect(read.split('\n').filter((line) => line === 'by Kafka').length).toBe(6)
    const taken = await kafkaGroups(broker)
    expect(taken.filter((row) => row.startsWith('billing ')).map((row) => row.split(' ')[5])).toEqual(['0', '0', '0'])
    const withKafkas = await kafkaView(broker)
    await broker.stop()
    expect(warnings(broker.log())).toEqual([])

    expectSame(await leatView(directory), withKafkas)
    expect(await leatGroups(directory)).toEqual(taken)
    await run(directory, ['produce', 'orders'], { input: 'after Kafka\n' })
    expect((await run(directory, ['consume', 'orders', '-g', 'billing'])).stdout.toString()).toBe('after Kafka\n')
    await run(directory, ['produce', 'state', '--transactional-id', 'loader', '--key-field', '.id'], { input: events(20, 'after Kafka') })
    await run(directory, ['compact', 'state', ...INTERNAL, '--roll'])
    expect(await checkFiles(directory, filesOf(directory))).toBeGreaterThan(1500)

    const again = await boot(directory)
    expectSameRecords((await kafkaView(again, 'read_committed')).records, await leatRecords(directory, 'read_committed'))
    expect(await kafkaGroups(again)).toEqual(await leatGroups(directory))
    await again.stop()
    expect(warnings(again.log())).toEqual([])
  },
)
