// What `leat consume` prints, and when it ends.
import { expect, test } from 'vitest'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { finished, leat, startLeat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** A directory with the topic `t` that has these lines, keyed by what is before `=`. */
async function topicOf(lines: string): Promise<string> {
  const dir = `${temporaryDirectory()}/data`
  await leat(['produce', 't', '-K', '=', '-d', dir], { input: lines })
  return dir
}

async function printed(dir: string, ...words: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await leat(['consume', 't', '-d', dir, ...words])
  expect([stderr, exitCode]).toEqual(['', 0])
  return stdout.toString()
}

const LINES = 'a=1\nb=2\na=3\nb=4\na=5\n'

const SELECTIONS: [string[], string][] = [
  [[], '1\n2\n3\n4\n5\n'],
  [['-o', '3'], '4\n5\n'],
  [['-o', '-2'], '4\n5\n'],
  [['-o', '1:3'], '2\n3\n'],
  [['-o', 'end'], ''],
  [['-o', '+1', '--until', 'end-1'], '2\n3\n4\n'],
  [['-n', '2'], '1\n2\n'],
  [['-n', '0'], ''],
  [['-k', 'a'], '1\n3\n5\n'],
  [['--filter', 'v:[24]', '--filter', '!k:a'], '2\n4\n'],
  [['-K', '='], LINES],
  [['--format', '%t-%p@%o %k:%s,'], 't-0@0 a:1,t-0@1 b:2,t-0@2 a:3,t-0@3 b:4,t-0@4 a:5,'],
  [['-D', '\\0'], '1\0' + '2\0' + '3\0' + '4\0' + '5\0'],
]

test('offsets, counts, filters and forms choose what is printed', async () => {
  const dir = await topicOf(LINES)
  const outputs = await Promise.all(SELECTIONS.map(([words]) => printed(dir, ...words)))
  expect(outputs.map((output, index) => [SELECTIONS[index]?.[0], output])).toEqual(SELECTIONS)
})

test('--json is one object a line, as the schema has it', async () => {
  const lines = (await printed(await topicOf(LINES), '--json')).split('\n').slice(0, -1)
  expect(lines).toHaveLength(5)
  for (const line of lines) expect(schemaErrors(readSchema('record'), JSON.parse(line))).toEqual([])
})

test('fewer records than -n before --timeout is exit code 4, and what there was is printed', async () => {
  const dir = await topicOf('a=1\n')
  const { stdout, stderr, exitCode } = await leat(['consume', 't', '-n', '2', '--timeout', '300ms', '-d', dir])
  expect([stdout.toString(), exitCode]).toEqual(['1\n', 4])
  expect(stderr).toContain('1 of 2 records came within 300ms')
})

test('-f prints what others append, and Ctrl-C ends it with 130', async () => {
  const dir = await topicOf('a=1\n')
  const follower = startLeat(['consume', 't', '-f', '-d', dir])
  const end = finished(follower)
  await new Promise((resolve) => follower.stdout.once('data', resolve))
  const next = new Promise((resolve) => follower.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString())))
  await leat(['produce', 't', '-d', dir], { input: 'more\n' })
  expect(await next).toBe('more\n')
  follower.kill('SIGINT')
  expect((await end).exitCode).toBe(130)
})

const MISTAKES: [string[], RegExp][] = [
  [['-n', 'x'], /--max-messages/],
  [['-o', 'somewhere'], /somewhere/],
  [['-p', 'x'], /--partition/],
  [['--timeout', '5 parsecs'], /--timeout/],
  [['--where', '.a =='], /--where|\.a ==/],
  [['-f', '-e'], /--follow|--exit/],
]

test('a bad value of a flag is a usage error that names it', async () => {
  const dir = temporaryDirectory()
  const results = await Promise.all(MISTAKES.map(([words]) => leat(['consume', 't', '-d', dir, ...words])))
  expect(results.map(({ exitCode }) => exitCode)).toEqual(MISTAKES.map(() => 2))
  for (const [index, [, message]] of MISTAKES.entries()) expect(results[index]?.stderr).toMatch(message)
})
