// `leat table` as users type it: the latest value of each key, as of a place in the log, followed.
import { expect, test } from 'vitest'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { finished, leat, startLeat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const TIME = 1_790_000_000_000

async function topicOf(records: readonly (readonly [key: string | null, value: string | null])[]): Promise<string> {
  const dir = `${temporaryDirectory()}/data`
  const input = records.map(([key, value], index) => JSON.stringify({ key, value, timestamp: TIME + index * 1000 })).join('\n')
  await leat(['produce', 'users', '--json', '--batch-bytes', '100', '-d', dir], { input })
  return dir
}

const RECORDS = [
  ['ada', 'London'],
  ['bob', 'Paris'],
  [null, 'nobody'],
  ['ada', 'Rome'],
  ['bob', null],
  ['cy', ''],
] as const

async function table(dir: string, ...words: string[]): Promise<string> {
  const { stdout } = await leat(['table', 'users', ...words, '-q', '-d', dir])
  return stdout.toString()
}

test('prints the latest value of each key that has one', async () => {
  const dir = await topicOf(RECORDS)
  const { stdout, stderr, exitCode } = await leat(['table', 'users', '-d', dir])
  expect([stdout.toString(), stderr, exitCode]).toEqual(['ada\tRome\ncy\t\n', 'leat: 1 record without a key is in no table\n', 0])
})

test('as it was before an offset or a time', async () => {
  const dir = await topicOf(RECORDS)
  expect(await table(dir, '--as-of', '3')).toBe('ada\tLondon\nbob\tParis\n')
  expect(await table(dir, '--as-of', 'end-2')).toBe('bob\tParis\nada\tRome\n')
  expect(await table(dir, '--as-of', `@${TIME + 1000}`)).toBe('ada\tLondon\n')
  expect(await table(dir, '--as-of', 'beginning')).toBe('')
})

test('--key prints one row, and ends with 4 where there is none', async () => {
  const dir = await topicOf(RECORDS)
  expect(await table(dir, '--key', 'ada')).toBe('ada\tRome\n')
  for (const key of ['bob', 'nobody']) {
    const { stdout, stderr, exitCode } = await leat(['table', 'users', '--key', key, '-d', dir])
    expect([stdout.toString(), exitCode]).toEqual(['', 4])
    expect(stderr).toContain(`'users' has no value for the key '${key}'`)
  }
})

test('--json prints the records, as consume does', async () => {
  const dir = await topicOf(RECORDS)
  const lines = (await table(dir, '--json')).split('\n').slice(0, -1)
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { offset: 3, key: 'ada', value: 'Rome', timestamp: TIME + 3000 },
    { offset: 5, key: 'cy', value: '' },
  ])
  for (const line of lines) expect(schemaErrors(readSchema('record'), JSON.parse(line))).toEqual([])
})

test('--follow goes on with each change, deletions too', async () => {
  const dir = await topicOf(RECORDS)
  const follower = startLeat(['table', 'users', '--follow', '--json', '-q', '-d', dir])
  const result = finished(follower)
  let said = ''
  const saw = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => (said.includes(text) ? resolve() : void setTimeout(look, 20))
      look()
    })
  follower.stdout.on('data', (bytes: Buffer) => void (said += bytes.toString()))
  await saw('"cy"')
  await leat(['produce', 'users', '--json', '-d', dir], { input: '{"key":"ada","value":null}\n{"key":"dee","value":"Oslo"}\n' })
  await saw('Oslo')
  follower.kill('SIGINT')
  const { exitCode } = await result
  const rows = said
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { key: string; value: string | null })
  expect(rows.map(({ key, value }) => [key, value])).toEqual([
    ['ada', 'Rome'],
    ['cy', ''],
    ['ada', null],
    ['dee', 'Oslo'],
  ])
  expect(exitCode).toBe(130)
})
