// `leat dlq triage`: how many letters there are of each kind, and the command line that picks them.
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { deadLetter, lines, store } from '../support/letters.ts'
import { newDirectory } from '../support/temporary-directory.ts'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { leat } from '../support/leat.ts'

const NINE = Date.parse('2026-11-21T09:30:00Z')
const TEN = Date.parse('2026-11-21T10:30:00Z')

/** What a POSIX shell makes of a command line. */
function shellSplit(command: string): string[] {
  const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${command}`])
  return printed.toString().split('\0').slice(0, -1)
}

test('letters are counted by source, error, shape of the message and hour', async () => {
  const dir = newDirectory()
  await store(dir, [
    deadLetter({ failedAt: NINE, message: 'order 1 of "Ann" is late' }),
    deadLetter({ failedAt: NINE, message: 'order 22 of "Bob" is late' }),
    deadLetter({ failedAt: TEN, message: 'order 3 of "Eve" is late' }),
    deadLetter({ failedAt: TEN, source: 'payments', type: 'Declined', message: 'no' }),
  ])
  const rows = lines((await leat(['dlq', 'triage', 'orders.dlq', '--json', '-d', dir])).stdout)
  expect(rows.map(({ source, errorType, shape, hour, count }) => [source, errorType, shape, hour, count])).toEqual([
    ['orders', 'Timeout', 'order <n> of "…" is late', NINE - 1_800_000, 2],
    ['orders', 'Timeout', 'order <n> of "…" is late', TEN - 1_800_000, 1],
    ['payments', 'Declined', 'no', TEN - 1_800_000, 1],
  ])
  for (const row of rows) expect(schemaErrors(readSchema('dlq-triage'), row)).toEqual([])
  const folded = lines((await leat(['dlq', 'triage', 'orders.dlq', '--by', 'error-type', '-J', '-d', dir])).stdout)
  expect(folded.map(({ errorType, count, source }) => [errorType, count, source])).toEqual([
    ['Timeout', 3, undefined],
    ['Declined', 1, undefined],
  ])
})

test('the command line of a row picks its letters and no others, whatever is in their messages', async () => {
  const dir = `${newDirectory()} of 'mine'`
  await leat(['topic', 'create', 'orders', '--partitions', '1', '-d', dir])
  const messages = [`it's "17" \u001B[31m $HOME \`id\` \\`, '--rate 5', '', 'müde; rm -rf /']
  await store(
    dir,
    messages.map((message, index) => deadLetter({ message, failedAt: index < 2 ? NINE : TEN })),
  )
  const rows = lines((await leat(['dlq', 'triage', 'orders.dlq', '--json', '-d', dir])).stdout)
  expect(rows).toHaveLength(messages.length)
  for (const { replay } of rows) {
    const [program, ...words] = shellSplit(replay as string)
    expect(program).toBe('leat')
    const { stdout, stderr } = await leat([...words, '--dry-run', '--json'])
    expect({ result: lines(stdout), stderr }).toMatchObject({ result: [{ records: 1 }] })
  }
})

test('the command line of an error does not pick one that ends like it', async () => {
  const dir = newDirectory()
  await leat(['topic', 'create', 'orders', '-d', dir])
  await store(
    dir,
    ['Timeout', 'java.util.Timeout', '=Timeout', 'java.util.Timeout'].map((type) => deadLetter({ type, failedAt: NINE })),
  )
  const rows = lines((await leat(['dlq', 'triage', 'orders.dlq', '-J', '-d', dir])).stdout)
  expect(rows).toHaveLength(3)
  for (const { replay, count } of rows) {
    const [, ...words] = shellSplit(replay as string)
    expect(lines((await leat([...words, '--dry-run', '--json'])).stdout)).toMatchObject([{ records: count }])
  }
})

test('letters that do not say something are a kind, too, and can be picked', async () => {
  const dir = newDirectory()
  await store(dir, [{ topic: 'x.dlq', partition: 0, value: 'a' }, deadLetter({ topic: 'x.dlq' })])
  const rows = lines((await leat(['dlq', 'triage', 'x.dlq', '--error-type', '', '--by', 'source,error-type', '-J', '-d', dir])).stdout)
  expect(rows).toMatchObject([{ source: null, errorType: null, count: 1 }])
})

test('what chose the letters is in the command line', async () => {
  const dir = newDirectory()
  await store(dir, [deadLetter({ failedAt: NINE, value: { n: 1 } }), deadLetter({ failedAt: NINE, value: { n: 2 } })])
  const words = ['dlq', 'triage', 'orders.dlq', '--where', '.n > 1', '--since', '2026-11-21T09:15:00Z', '-J', '-d', dir]
  const [row] = lines((await leat(words)).stdout)
  expect(row).toMatchObject({ count: 1 })
  expect(row?.['replay']).toContain(`--where '.n > 1'`)
  expect(row?.['replay']).toContain('--since 2026-11-21T09:15:00Z --until 2026-11-21T10:00:00Z')
})

test('a --by or a time that is none is refused with an example', async () => {
  const dir = newDirectory()
  expect(await leat(['dlq', 'triage', 'x', '--by', 'color', '-d', dir])).toMatchObject({ exitCode: 2 })
  const { exitCode, stderr } = await leat(['dlq', 'triage', 'x', '--since', 'noon', '-d', dir])
  expect(exitCode).toBe(2)
  expect(stderr).toContain('--since 1h')
})

test('without a topic all dead-letter topics are told, of what waits in them', async () => {
  const dir = newDirectory()
  await leat(['topic', 'create', 'orders', '-d', dir])
  const elsewhere = deadLetter({ topic: 'failures', type: 'Elsewhere' })
  await store(dir, [deadLetter({}), deadLetter({ type: 'Other' }), deadLetter({}), elsewhere, deadLetter({ topic: 'x.dlq.parked' })])
  await store(dir, [{ topic: 'payments', partition: 0, value: 'v' }])
  const kinds = async (): Promise<unknown[]> => {
    const { stdout } = await leat(['dlq', 'triage', '--by', 'error-type', '-J', '-d', dir])
    return lines(stdout).map(({ topic, errorType, count }) => [topic, errorType, count])
  }
  expect(await kinds()).toEqual([
    ['orders.dlq', 'Timeout', 2],
    ['failures', 'Elsewhere', 1],
    ['orders.dlq', 'Other', 1],
  ])
  await leat(['dlq', 'replay', 'orders.dlq', '--error-type', 'Timeout', '-d', dir])
  expect(await kinds()).toEqual([
    ['failures', 'Elsewhere', 1],
    ['orders.dlq', 'Other', 1],
  ])
  const empty = newDirectory()
  await leat(['topic', 'create', 'orders', '-d', empty])
  expect(await leat(['dlq', 'triage', '-d', empty])).toMatchObject({ exitCode: 0, stderr: 'leat: there is no dead-letter topic\n' })
})

test('where nothing waits, or nothing that is asked for, it says so', async () => {
  const dir = newDirectory()
  await leat(['topic', 'create', 'orders', '-d', dir])
  await store(dir, [deadLetter({})])
  const nothing = { exitCode: 0, stderr: 'leat: no letter that is asked for waits\n' }
  expect(await leat(['dlq', 'triage', 'orders.dlq', '--error-type', 'Other', '-d', dir])).toMatchObject(nothing)
  expect(await leat(['dlq', 'triage', 'orders.dlq', '-d', dir])).toMatchObject({ exitCode: 0, stderr: '' })
  await leat(['dlq', 'replay', 'orders.dlq', '-d', dir])
  expect(await leat(['dlq', 'triage', '-d', dir])).toMatchObject(nothing)
})

test('the command line of a row of some partitions picks from these alone', async () => {
  const dir = newDirectory()
  await leat(['topic', 'create', 'orders.dlq', '--partitions', '3', '-d', dir])
  await leat(['topic', 'create', 'orders', '-d', dir])
  await store(
    dir,
    [0, 1, 2, 2].map((partition) => ({ ...deadLetter({ failedAt: NINE }), partition })),
  )
  const [row] = lines((await leat(['dlq', 'triage', 'orders.dlq', '-p', '0,2', '-J', '-d', dir])).stdout)
  const [, ...words] = shellSplit(row?.['replay'] as string)
  expect(row).toMatchObject({ count: 3 })
  expect(lines((await leat([...words, '--json'])).stdout)).toMatchObject([{ records: 3, passedOver: 1 }])
  expect(await leat(['dlq', 'replay', 'orders.dlq', '-p', '7', '-d', dir])).toMatchObject({ exitCode: 1 })
})
