// Handlers that do not work at all, and handlers of which that could be thought.
import { existsSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { finished, leat, type LeatResult, startLeat } from '../support/leat.ts'
import { letterLines } from '../support/results.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

interface Place {
  readonly root: string
  readonly run: (...args: string[]) => Promise<LeatResult>
  /** Dead letters as `value type message`. */
  readonly letters: () => Promise<string[]>
}

async function place(...values: readonly string[]): Promise<Place> {
  const root = temporaryDirectory()
  const run = async (...args: string[]): Promise<LeatResult> => leat([...args, '-d', `${root}/data`], { cwd: root })
  await leat(['produce', 'in', '-d', `${root}/data`], { input: values.map((value) => `${value}\n`).join('') })
  return {
    root,
    run,
    letters: async () => letterLines(await run('consume', 'in.dlq', '--json')),
  }
}

const DLQ = ['-g', 'g', '--dlq', '-q']
const TEN = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']

test.each([
  ['--exec', '/nowhere/handler'],
  ['--worker', './handler.sh --fast'],
  ['--exec', 'LEVEL=1 exec no-such-command-of-leat'],
  ['--exec', './data/meta.properties'],
])('%s %s is not there: exit code 2, and nothing is touched', async (flag, command) => {
  const { root, run } = await place('1')
  const { exitCode, stderr } = await run('consume', 'in', ...DLQ, '--retry-topics', '1s', '--dedupe', 'key', flag, command)
  expect([exitCode, stderr]).toEqual([
    2,
    `leat: the command '${command}' was not found, or cannot be executed\nNo record was given up for that; mend the command and run it again.\n`,
  ])
  for (const topic of ['in.dlq-0', 'in.retry.1-0', 'g.handled-0', '__consumer_offsets-0'])
    expect(existsSync(`${root}/data/${topic}`)).toBe(false)
})

test.each([
  ['--exec', 'sh ./missing.sh', 'exit-2'],
  ['--exec', 'cat; no-such-command-of-leat', 'exit-127: '],
  ['--exec', 'node ./missing.mjs', 'Error: Cannot find module '],
  ['--worker', 'sh ./missing.sh', 'exit-2'],
  ['--worker', 'python3 ./wrong.py', 'SyntaxError'],
  ['--worker', 'echo welcome; cat', "protocol: the worker answered 'welcome', "],
  ['--worker', 'sleep 60', 'timeout: took longer than 300 ms'],
])('%s %s never takes a record: the run ends, and none is given up', async (flag, command, error) => {
  const { root, run, letters } = await place(...TEN)
  writeFileSync(`${root}/wrong.py`, 'def f(:\n')
  const limit = ['--handler-timeout', flag === '--exec' ? '30s' : '300ms']
  const { exitCode, stderr } = await run('consume', 'in', ...DLQ, ...(command === 'sleep 60' ? limit : []), flag, command)
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`the handler has not taken a single record: ${error}`)])
  expect(stderr).toContain("The next run of group 'g' resumes at in-0 offset 0.\n")
  expect(await letters()).toEqual([])
})

test.each(['--timeout', '-f'])('what ends the run before there are five such records (%s) does not hide that', async (how) => {
  const { root, run, letters } = await place('1', '2')
  const flags = ['consume', 'in', ...DLQ.slice(0, 3), ...(how === '-f' ? ['-f'] : ['--timeout', '1500ms'])]
  const child = startLeat([...flags, '--worker', 'read line; echo dying >&2; exit 7', '-d', `${root}/data`])
  const ended = finished(child)
  let deaths = 0
  child.stderr.on('data', (bytes: Buffer) => {
    deaths += bytes.toString().split('dying').length - 1
    if (deaths === 2 && how === '-f') child.kill('SIGTERM')
  })
  const { exitCode, stderr } = await ended
  expect(stderr).toContain('the handler has not taken a single record: exit-7: dying')
  expect([exitCode, await letters()]).toEqual([1, []])
  expect((await run('consume', 'in', '-g', 'g')).stdout.toString()).toBe('1\n2\n')
})

test('records on which a worker dies before any other was handled are dead letters once one is, in their order', async () => {
  const { run, letters } = await place('bad 1', 'bad 2', '3', 'bad 4')
  const worker = 'while read -r line; do case $line in *bad*) exit 7;; esac; echo ok; done'
  expect((await run('consume', 'in', ...DLQ, '--order', 'partition', '--worker', worker)).exitCode).toBe(3)
  expect(await letters()).toEqual(['1', '2', '4'].map((number) => `bad ${number} exit-7 ended with exit code 7`))
})

test('what a working handler itself does not find is a failure of that record like any other', async () => {
  const { run, letters } = await place('1', 'bad', '3')
  const handler = 'read v; case $v in bad) no-such-command-of-leat;; *) echo $v;; esac'
  const { exitCode, stdout } = await run('consume', 'in', ...DLQ, '--retries', '1', '--backoff', '1ms', '--exec', handler)
  expect([exitCode, stdout.toString()]).toEqual([3, '1\n3\n'])
  expect(await letters()).toEqual([expect.stringMatching(/^bad exit-127 .*no-such-command-of-leat: not found$/)])
})

test('a handler that is removed while it is used ends the run, with exit code 2, and is no failure of records', async () => {
  const { root, run, letters } = await place('1', '2', '3')
  writeFileSync(`${root}/handler`, '#!/bin/sh\nread v; echo $v; rm "$0"\n', { mode: 0o755 })
  const { exitCode, stdout, stderr } = await run('consume', 'in', ...DLQ, '--exec', './handler')
  expect([exitCode, stdout.toString()]).toEqual([2, '1\n'])
  expect(stderr).toContain("in-0 offset 1: the command './handler' was not found")
  expect(stderr).toContain("The next run of group 'g' resumes at in-0 offset 1.")
  expect(await letters()).toEqual([])
})

test('headers that no environment has room for fail their record alone, and say so', async () => {
  const { root, run, letters } = await place('before')
  const headers = Array.from({ length: 60 }, (_, index) => ({ key: `h${index}`, value: 'x'.repeat(60_000) }))
  await run('topic', 'alter', 'in', '--config', 'max.message.bytes=8000000')
  await leat(['produce', 'in', '--json', '-d', `${root}/data`], { input: `${JSON.stringify({ value: 'large', headers })}\n` })
  await leat(['produce', 'in', '-d', `${root}/data`], { input: 'after\n' })
  const { exitCode, stdout } = await run('consume', 'in', ...DLQ, '--exec', 'cat; echo')
  expect([exitCode, stdout.toString()]).toEqual([3, 'before\nafter\n'])
  expect((await letters())[0]?.replace(/\d{5,}/, 'N')).toBe(
    'large environment-too-large its key and headers take N bytes, more than the environment of a command has room for; ' +
      'a --worker reads them from its input',
  )
})

test('a binary key that would not fit as text is left out of the environment, and the record is handled', async () => {
  const { root, run } = await place()
  const key = { base64: Buffer.alloc(60_000, 0xff).toString('base64') }
  await leat(['produce', 'in', '--json', '-d', `${root}/data`], { input: `${JSON.stringify({ key, value: 'v' })}\n` })
  expect((await run('consume', 'in', '--exec', 'cat; echo ${LEAT_KEY-none}')).stdout.toString()).toBe('vnone\n')
})
