// `leat topic`: what it makes, says and refuses.
import { expect, test } from 'vitest'
import { leat, type LeatResult } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

function commands(): (...words: string[]) => Promise<LeatResult> {
  const dir = `${temporaryDirectory()}/data`
  return (...words) => leat(['topic', ...words, '-d', dir])
}

test('a topic is made, described, altered, listed and deleted', async () => {
  const topic = commands()
  expect((await topic('create', 'orders', '--partitions', '2', '--config', 'retention.ms=7d')).exitCode).toBe(0)
  const described = JSON.parse((await topic('describe', 'orders', '--json')).stdout.toString()) as object
  expect(described).toMatchObject({
    topic: 'orders',
    configs: { 'retention.ms': '604800000' },
    partitions: [{ partition: 0, logStartOffset: 0, logEndOffset: 0 }, { partition: 1 }],
  })
  expect((await topic('alter', 'orders', '--partitions', '3', '--delete-config', 'retention.ms')).exitCode).toBe(0)
  const altered = JSON.parse((await topic('describe', 'orders', '--json')).stdout.toString()) as { partitions: object[] }
  expect(altered).toMatchObject({ configs: {} })
  expect(altered.partitions).toHaveLength(3)
  expect((await topic('list', '--no-headers')).stdout.toString()).toMatch(/^orders\b.*\n$/)
  expect((await topic('delete', 'orders', '-y')).exitCode).toBe(0)
  expect((await topic('list', '--no-headers')).stdout.toString()).toBe('')
})

test('a script that deletes without -y is refused, and the topic stays', async () => {
  const topic = commands()
  await topic('create', 'orders')
  const { exitCode, stderr } = await topic('delete', 'orders')
  expect(exitCode).not.toBe(0)
  expect(stderr).toContain('-y')
  expect((await topic('describe', 'orders')).exitCode).toBe(0)
})

test('what Kafka would refuse is refused, and nothing is made', async () => {
  const topic = commands()
  await topic('create', 'a.b')
  await topic('create', 'e', '--partitions', '3')
  const refusals: [string[], RegExp][] = [
    [['create', 'a.b'], /a\.b/],
    [['create', 'a_b'], /a\.b/],
    [['create', 'c', '--config', 'retention.ms=soon'], /retention\.ms/],
    [['create', 'c', '--config', 'retentoin.ms=1'], /retention\.ms/],
    [['create', 'c', '--partitions', '0'], /partitions/],
    [['create', 'c', 'd e'], /'d e' is not a topic name/],
    [['alter', 'a.b', '--partitions', '1'], /partition/],
    [['trim', 'a.b', '--before', 'foo'], /--before 'foo' is not an offset/],
    [['trim', 'a.b', '--before', '1:2'], /--before '1:2' is a range, and one place is needed/],
    [['trim', 'a.b', '--before', '5'], /a\.b-0 has offsets 0 to 0; 5 is outside/],
    [['trim', 'e', '--before', '5'], /no partition of 'e' has an offset 5/],
    [['delete', 'c', '-y'], /'c'/],
  ]
  for (const [words, message] of refusals) {
    const { exitCode, stderr } = await topic(...words)
    expect(stderr).toMatch(message)
    expect([1, 2]).toContain(exitCode)
  }
  expect((await topic('list', '--no-headers', '--columns', 'TOPIC')).stdout.toString()).toBe('a.b\ne\n')
})

test('a long name sticks out of the listing and does not push the others apart', async () => {
  const topic = commands()
  const long = 'x'.repeat(249)
  await topic('create', 'orders', 'refunds', long, '-q')
  const lines = (await topic('list', '--columns', 'topic,partitions')).stdout.toString().split('\n')
  expect(lines).toEqual(['TOPIC    PARTITIONS', 'orders            1', 'refunds           1', `${long}           1`, ''])
})

test('a topic is named by -t as well as by the argument, and counts once when it is named twice', async () => {
  const topic = commands()
  expect((await topic('create', '-t', 'orders', '--partitions', '2')).exitCode).toBe(0)
  expect((await topic('alter', '-t', 'orders', '--partitions', '3', 'orders')).exitCode).toBe(0)
  const { stdout } = await topic('describe', 'orders', '-t', 'orders', '--json')
  expect(JSON.parse(stdout.toString())).toMatchObject({ partitions: [{}, {}, {}] })
  expect((await topic('delete', '-t', 'orders', '-y')).stderr).toBe("leat: deleted 'orders'\n")
})

test('one is said in the singular', async () => {
  const topic = commands()
  expect((await topic('create', 'orders')).stderr).toContain("made topic 'orders' with 1 partition\n")
  expect((await topic('alter', 'orders', '--partitions', '1')).stderr).toContain("'orders' has 1 partition; ")
})

test("what would lose the state in Kafka's own topics is refused", async () => {
  const dir = `${temporaryDirectory()}/data`
  await leat(['produce', 'orders', '-d', dir], { input: 'a\nb\n' })
  await leat(['consume', '-g', 'g', 'orders', '-d', dir])
  for (const words of [
    ['alter', '__consumer_offsets', '--partitions', '9'],
    ['alter', '__consumer_offsets', '--config', 'cleanup.policy=delete'],
    ['alter', '__consumer_offsets', '--delete-config', 'cleanup.policy'],
    ['trim', '__consumer_offsets', '--before', 'end'],
  ]) {
    const { exitCode, stderr } = await leat(['topic', ...words, '-d', dir])
    expect(stderr).toContain("'__consumer_offsets' holds the state of Kafka itself and ")
    expect(exitCode).toBe(1)
  }
  expect((await leat(['topic', 'alter', '__consumer_offsets', '--config', 'cleanup.policy=compact,delete', '-d', dir])).exitCode).toBe(0)
  expect((await leat(['consume', '-g', 'g', 'orders', '-d', dir])).stdout.toString()).toBe('')
})

test('a topic that is only compacted is not trimmed; one that is deleted from as well is', async () => {
  const topic = commands()
  await topic('create', 'latest', '--config', 'cleanup.policy=compact')
  const { exitCode, stderr } = await topic('trim', 'latest', '--before', 'end')
  expect(stderr).toContain("'latest' is compacted and keeps the last record of every key: it is not trimmed")
  expect(exitCode).toBe(1)
  await topic('alter', 'latest', '--config', 'cleanup.policy=compact,delete')
  expect((await topic('trim', 'latest', '--before', 'end')).exitCode).toBe(0)
})
