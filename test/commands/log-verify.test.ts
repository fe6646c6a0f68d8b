import fs from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fixture, fixtureCopy, fixturesMissing } from '../support/fixtures.ts'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { SOUND_FIXTURES } from '../support/kafka-dump.ts'
import { leat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** All but the summary, which is the last line. */
const findings = (stdout: Buffer): Record<string, unknown>[] => lines(stdout).slice(0, -1)

const lines = (stdout: Buffer): Record<string, unknown>[] =>
  stdout
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

async function produced(text: string): Promise<string> {
  const dir = `${temporaryDirectory()}/data`
  await leat(['produce', 'orders', '--dir', dir], { input: text })
  return dir
}

test('a directory in order has nothing on stdout and exits 0', async () => {
  const { stdout, stderr, exitCode } = await leat(['log', 'verify', '--dir', await produced('a\nb\n')])
  expect([stdout.toString(), exitCode]).toEqual(['', 0])
  expect(stderr).toBe('leat: 2 partitions, 2 segments, 3 batches, 7 records, 397 bytes: no damage\n')
})

test('--json ends with a summary, in order or not', async () => {
  const { stdout, exitCode } = await leat(['log', 'verify', 'orders', '--json', '--dir', await produced('a\nb\n')])
  const [summary, ...more] = lines(stdout)
  expect(summary).toMatchObject({
    kind: 'summary',
    partitions: 1,
    segments: 1,
    batches: 1,
    records: 2,
    damaged: 0,
    unsupported: 0,
    notes: 0,
  })
  expect(schemaErrors(readSchema('log-verify'), summary)).toEqual([])
  expect([more, exitCode]).toEqual([[], 0])
})

test('bytes of a write that was cut short are torn, not damage', async () => {
  const dir = await produced('a\nb\n')
  fs.appendFileSync(`${dir}/orders-0/00000000000000000000.log`, Buffer.alloc(20, 7))
  const { stdout, exitCode } = await leat(['log', 'verify', 'orders', '--dir', dir, '--json'])
  expect(lines(stdout)).toMatchObject([
    { kind: 'torn', sizeInBytes: 20, fromOffset: null },
    { kind: 'summary', damaged: 0, notes: 1 },
  ])
  expect(exitCode).toBe(0)
})

test('a last batch that was synced and does not agree with its checksum any more is damage', async () => {
  const dir = await produced('a\nb\n')
  const log = `${dir}/orders-0/00000000000000000000.log`
  const bytes = fs.readFileSync(log)
  bytes[bytes.length - 2] = 0x7f
  fs.writeFileSync(log, bytes)
  const { stdout, exitCode } = await leat(['log', 'verify', log, '--dir', dir, '--json'])
  expect(exitCode).toBe(0) // one file alone does not know what was synced
  expect(findings(stdout)).toMatchObject([{ kind: 'torn', position: 0 }])
  const whole = await leat(['log', 'verify', '--dir', dir, '--json'])
  expect(lines(whole.stdout)).toContainEqual(
    expect.objectContaining({ kind: 'damage', file: log, position: 0, fromOffset: 0, toOffset: 1 }),
  )
  expect(whole.exitCode).toBe(5)
})

test('what is neither a topic nor a file is an error that names the nearest', async () => {
  const { stderr, exitCode } = await leat(['log', 'verify', 'oders', '--dir', await produced('a\n')])
  expect(stderr).toContain("Did you mean 'orders'?")
  expect(exitCode).toBe(1)
})

describe.skipIf(fixturesMissing)('directories that Kafka wrote', () => {
  for (const name of SOUND_FIXTURES)
    test(`${name}: nothing is wrong`, async () => {
      const { stdout, exitCode } = await leat(['log', 'verify', '--dir', fixture(name)])
      expect([stdout.toString(), exitCode]).toEqual(['', 0])
    })

  test('torn: all eight damages are named, and nothing is changed', async () => {
    const root = fixtureCopy('torn')
    const before = fs.readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted()
    const { stdout, exitCode } = await leat(['log', 'verify', '--dir', root, '--json'])
    expect(findings(stdout).map(({ kind, file, position }) => [kind, (file as string).slice(root.length + 1), position])).toEqual([
      ['torn', 'views-none-0/00000000000000000200.log', 21069],
      ['derived', 'views-none-1/00000000000000000000.index', null],
      ['damage', 'views-none-2/00000000000000000207.log', 17833],
      ['derived', 'views-tx-0/00000000000000000027.snapshot', null],
      ['torn', 'views-zstd-0/00000000000000000301.log', 3642],
      ['damage', 'views-zstd-1/00000000000000000067.log', 4653],
      ['derived', 'views-zstd-2/00000000000000000067.timeindex', null],
      ['torn', 'views-zstd-2/00000000000000000307.log', 3249],
    ])
    for (const line of lines(stdout)) expect(schemaErrors(readSchema('log-verify'), line)).toEqual([])
    expect(exitCode).toBe(5)
    expect(fs.readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted()).toEqual(before)
  })
})

test('a place without a log is no place without damage: a folder of anything, and one that is only called like a partition', async () => {
  const other = temporaryDirectory()
  fs.mkdirSync(`${other}/notes-1`)
  fs.writeFileSync(`${other}/notes-1/todo.txt`, 'x')
  for (const args of [[other], [`${other}/notes-1`], ['--dir', other]]) {
    const { stderr, exitCode } = await leat(['log', 'verify', ...args])
    expect(stderr).toContain('there is no log in')
    expect(exitCode).toBe(1)
  }
})
