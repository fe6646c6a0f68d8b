import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { BatchBuilder } from '../../src/record/batch-builder.ts'
import { HeadersWriter } from '../../src/record/headers-writer.ts'
import { realLocks } from '../../src/system/real-locks.ts'
import { realSystem } from '../../src/system/real.ts'
import { fixture, fixturesMissing } from '../support/fixtures.ts'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { finished, leat, type LeatResult, startLeat } from '../support/leat.ts'
import { openDirectory } from '../support/records.ts'
import { oldMessage } from '../support/old-message.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

type Line = Readonly<Record<string, unknown>> & { readonly type: string; readonly file: string }

function linesOf({ stdout }: LeatResult): Line[] {
  return stdout
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)
}

async function dump(directory: string, ...args: string[]): Promise<{ lines: Line[]; result: LeatResult }> {
  const result = await leat(['log', 'dump', '--dir', directory, ...args])
  return { lines: linesOf(result), result }
}

/** A directory with the topic `orders`: two batches of one record each. */
async function directoryWithOrders(): Promise<string> {
  const directory = path.join(temporaryDirectory(), 'data')
  const cluster = openDirectory(realSystem(), directory)
  await cluster.beginWriting()
  cluster.createTopic('orders', { partitions: 1, configs: new Map() })
  const orders = cluster.openAppender('orders')
  orders.append(0, batchWith('k1', Buffer.from('{"id":1}'), 'trace', Buffer.from('a:b')))
  orders.append(0, batchWith('k2', Buffer.from([0xff, 0xfe]), 'note', null))
  await cluster.close()
  return directory
}

function batchWith(key: string, value: Buffer, header: string, headerValue: Buffer | null): Buffer {
  const headers = new HeadersWriter()
  headers.add(Buffer.from(header), 0, header.length, headerValue ?? value, headerValue === null ? -1 : 0, headerValue?.length ?? -1)
  const builder = new BatchBuilder({ batchBytes: 1 << 16, codec: 0 })
  builder.append(1_700_000_000_000, Buffer.from(key), 0, key.length, value, 0, value.length, headers.section())
  return Buffer.from(builder.build())
}

const SEGMENT = '00000000000000000000.log'

/** Names, sizes and times of everything in a directory. */
function stateOf(directory: string): string[] {
  const entries = fs.readdirSync(directory, { recursive: true, encoding: 'utf8' })
  return entries.toSorted().map((entry) => {
    const { size, mtimeMs } = fs.statSync(path.join(directory, entry))
    return `${entry} ${size} ${mtimeMs}`
  })
}

test('--records shows keys, values and header values, bytes that are no text as base64', async () => {
  const { lines, result } = await dump(await directoryWithOrders(), 'orders', '--records')
  expect(result).toMatchObject({ exitCode: 0, stderr: '' })
  const logged = lines.filter(({ type }) => type === 'batch' || type === 'record')
  expect(logged).toMatchObject([
    { type: 'batch', file: `orders-0/${SEGMENT}`, position: 0, baseOffset: 0, lastOffset: 0, count: 1, codec: 'none' },
    { offset: 0, key: 'k1', value: '{"id":1}', headers: [{ key: 'trace', value: 'a:b' }], keySize: 2, valueSize: 8 },
    { type: 'batch', baseOffset: 1, lastOffset: 1 },
    { topic: 'orders', partition: 0, offset: 1, key: 'k2', value: { base64: '//4=' }, headers: [{ key: 'note', value: null }] },
  ])
})

test('without arguments everything is dumped, the metadata decoded, and nothing is changed', async () => {
  const directory = await directoryWithOrders()
  const before = stateOf(directory)
  const { lines, result } = await dump(directory, '--records')
  expect(result).toMatchObject({ exitCode: 0, stderr: '' })
  expect([...new Set(lines.map(({ file }) => file))]).toEqual(
    expect.arrayContaining(['meta.properties', `__cluster_metadata-0/${SEGMENT}`]),
  )
  expect(lines.map(({ decoded }) => (decoded as { value?: { name?: string } } | undefined)?.value?.name)).toContain('orders')
  expect(stateOf(directory)).toEqual(before)
})

test('--no-decode leaves records of Kafka’s own topics as bytes', async () => {
  const { lines } = await dump(await directoryWithOrders(), '__cluster_metadata-0', '--records', '--no-decode')
  const records = lines.filter(({ type }) => type === 'record')
  expect(records.length).toBeGreaterThan(2)
  expect(records.filter((record) => 'decoded' in record)).toEqual([])
})

test('files are found by path, in the data directory, and by topic', async () => {
  const directory = await directoryWithOrders()
  const inFolder = await leat(['log', 'dump', SEGMENT, '--records', '-n', '1'], { cwd: path.join(directory, 'orders-0') })
  expect(linesOf(inFolder)[1]).toMatchObject({ file: SEGMENT, topic: 'orders', partition: 0, offset: 0 })
  for (const name of ['orders-0', 'orders', `orders-0/${SEGMENT}`]) {
    const { lines } = await dump(directory, name)
    expect(lines.filter(({ type }) => type === 'batch').map(({ file }) => file)).toEqual(Array(2).fill(`orders-0/${SEGMENT}`))
  }
  const elsewhere = await leat(['log', 'dump', `${directory}/orders-0/`])
  expect(linesOf(elsewhere).at(-1)?.file).toContain(`${directory}/orders-0/`)
})

test('-o and -n narrow the dump to offsets and to so many records', async () => {
  const directory = await directoryWithOrders()
  const offsets = async (...args: string[]): Promise<unknown[]> =>
    (await dump(directory, 'orders', '--records', ...args)).lines.filter(({ type }) => type === 'record').map(({ offset }) => offset)
  expect(await offsets('-o', '1')).toEqual([1])
  expect(await offsets('-o', ':1')).toEqual([0])
  expect(await offsets('-o', '-1')).toEqual([1])
  expect(await offsets('-o', '7:')).toEqual([])
  expect(await offsets('-n', '1')).toEqual([0])
})

test('damage is a line where it lies, the walk goes on after it, and the exit code is 5', async () => {
  const directory = await directoryWithOrders()
  const file = path.join(directory, 'orders-0', SEGMENT)
  const bytes = fs.readFileSync(file)
  bytes[70] = (bytes[70] as number) ^ 1
  fs.writeFileSync(file, bytes)
  const { lines, result } = await dump(directory, 'orders', '--records')
  expect(result.exitCode).toBe(5)
  expect(result.stderr).toContain('damage in 1 place')
  const logged = lines.filter(({ type }) => ['batch', 'record', 'damage'].includes(type))
  expect(logged).toMatchObject([
    { type: 'damage', file: `orders-0/${SEGMENT}`, position: 0, fromOffset: 0, toOffset: 1, reason: expect.stringContaining('checksum') },
    { type: 'batch', baseOffset: 1 },
    { type: 'record', offset: 1 },
  ])
})

test('derived files that make no sense are damage, too', async () => {
  const directory = await directoryWithOrders()
  const folder = path.join(directory, 'orders-0')
  fs.writeFileSync(path.join(folder, '00000000000000000000.index'), 'garbage')
  fs.writeFileSync(path.join(folder, '00000000000000000002.snapshot'), 'garbage')
  fs.writeFileSync(path.join(folder, 'leader-epoch-checkpoint'), '0\n2\n0 0\n')
  fs.writeFileSync(path.join(folder, 'partition.metadata'), 'version: 0\n')
  fs.writeFileSync(path.join(folder, 'quorum-state'), '{')
  const { lines, result } = await dump(directory, 'orders-0')
  expect(result.exitCode).toBe(5)
  const damaged = lines.filter(({ type }) => type === 'damage').map(({ file }) => path.basename(file))
  expect(damaged).toEqual([
    'partition.metadata',
    'quorum-state',
    'leader-epoch-checkpoint',
    '00000000000000000000.index',
    '00000000000000000002.snapshot',
  ])
})

test('messages of Kafka before 0.11 are named, and the exit code is 3', async () => {
  const folder = path.join(temporaryDirectory(), 'old-0')
  fs.mkdirSync(folder)
  const message = oldMessage(1, 'before record batches')
  fs.writeFileSync(path.join(folder, SEGMENT), message)
  const result = await leat(['log', 'dump', folder])
  expect(result.exitCode).toBe(3)
  expect(linesOf(result)).toMatchObject([
    { type: 'unsupported', position: 0, size: message.length, reason: expect.stringContaining('before 0.11') },
  ])
})

test('files on their way out are named and passed over; asked for by name they are dumped', async () => {
  const directory = await directoryWithOrders()
  const folder = path.join(directory, 'orders-0')
  fs.copyFileSync(path.join(folder, SEGMENT), path.join(folder, `${SEGMENT}.deleted`))
  fs.mkdirSync(path.join(directory, `gone-0.${'0'.repeat(32)}-delete`))
  fs.copyFileSync(path.join(folder, SEGMENT), path.join(directory, `gone-0.${'0'.repeat(32)}-delete`, SEGMENT))
  const all = await dump(directory)
  expect(all.result.stderr).toContain(`gone-0.${'0'.repeat(32)}-delete/`)
  expect(all.result.stderr).toContain(`orders-0/${SEGMENT}.deleted`)
  expect(all.lines.filter(({ file }) => file.includes('delete'))).toEqual([])
  for (const name of [`orders-0/${SEGMENT}.deleted`, `gone-0.${'0'.repeat(32)}-delete`])
    expect((await dump(directory, name)).lines.filter(({ type }) => type === 'batch')).toHaveLength(2)
})

test.each<[string, string[], string]>([
  ['a file that is none of Kafka’s', ['notes.txt'], 'notes.txt'],
  ['a file that is not there', ['orders-0/00000000000000000009.log'], 'orders-0/00000000000000000009.log'],
  ['an unknown topic', ['oders'], "Did you mean 'orders'?"],
  ['a partition that the topic does not have', ['orders', '-p', '0,7'], 'no partition 7'],
])('%s is an error that names it, exit code 1, before anything is printed', async (_, args, message) => {
  const directory = await directoryWithOrders()
  fs.writeFileSync(path.join(directory, 'notes.txt'), 'x')
  const { result } = await dump(directory, 'orders-0', ...args)
  expect(result).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(message) })
  expect(result.stdout.length).toBe(0)
})

test('a directory that its owner holds locked is dumped all the same', async () => {
  const directory = await directoryWithOrders()
  const lock = realLocks().tryLock(path.join(directory, '.lock'), 'exclusive')
  expect(lock).not.toBeNull()
  const { lines, result } = await dump(directory, 'orders')
  lock?.release()
  expect(result.exitCode).toBe(0)
  expect(lines.filter(({ type }) => type === 'batch')).toHaveLength(2)
})

test('a reader that stops reading ends it quietly', async () => {
  const directory = path.join(temporaryDirectory(), 'data')
  await leat(['produce', 'many', '-d', directory, '--no-sync'], { input: 'a line of some length\n'.repeat(50_000) })
  const child = startLeat(['log', 'dump', '--dir', directory, '--records'])
  child.stdin.end()
  const ended = finished(child)
  child.stdout.once('data', () => child.stdout.destroy())
  expect(await ended).toMatchObject({ exitCode: 0, stderr: '' })
})

describe.skipIf(fixturesMissing)('directories written by Kafka', () => {
  test.each(['basics', 'transactions', 'groups', 'torn'] as const)('every line of %s is as schemas/log-dump.json says', async (name) => {
    const { lines } = await dump(fixture(name), '--records', '--quiet')
    expect(lines.length).toBeGreaterThan(1000)
    const schema = readSchema('log-dump')
    expect(lines.flatMap((line) => schemaErrors(schema, line).map((error) => `${line.type}: ${error}`)).slice(0, 5)).toEqual([])
  })

  test('integers past 2^53 keep all their digits', async () => {
    const { result } = await dump(fixture('basics'), 'edge-values-1', '--records')
    expect(result.stdout.toString()).toContain('"timestamp":9223372036854775807')
  })

  test('-p takes partitions of all topics', async () => {
    const { lines } = await dump(fixture('basics'), '-p', '2')
    expect([...new Set(lines.map(({ file }) => path.dirname(file)))]).toEqual(['grown-2', 'orders-2'])
  })

  test('damage is found where it was done, and all that is left is dumped', async () => {
    const { lines, result } = await dump(fixture('torn'))
    expect(result.exitCode).toBe(5)
    const damaged = lines.filter(({ type }) => type === 'damage').map(({ file }) => path.dirname(file))
    expect(damaged).toEqual(['views-none-0', 'views-none-2', 'views-tx-0', 'views-zstd-0', 'views-zstd-1', 'views-zstd-2'])
  })
})
