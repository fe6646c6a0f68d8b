// produce --transactional-id, as a user sees it: readers with read_committed see whole transactions and nothing else.
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { finished, leat, startLeat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const numbers = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}\n`).join('')

function directory(): { dir: string[]; committed: () => Promise<string> } {
  const dir = ['-d', `${temporaryDirectory()}/data`]
  const committed = async (): Promise<string> => {
    const { stdout, stderr, exitCode } = await leat(['consume', 'events', '--isolation-level', 'read_committed', ...dir])
    expect(`${exitCode} ${stderr}`).toBe('0 ')
    return stdout.toString()
  }
  return { dir, committed }
}

const transactional = (...more: string[]): string[] => ['produce', 'events', '--transactional-id', 'loader', ...more]

test('an input of which one line cannot be stored leaves nothing; mended, it is there once', async () => {
  const { dir, committed } = directory()
  const failed = await leat([...transactional('--key-field', '.k', '--batch-bytes', '1KiB'), ...dir], {
    input: `${'{"k":1}\n'.repeat(900)}oops\n`,
  })
  expect(failed.exitCode).toBe(1)
  expect(failed.stderr).toMatch(/line 901: .*; its transaction is aborted/)
  expect(await committed()).toBe('')
  expect((await leat([...transactional('-v'), ...dir], { input: numbers(1, 3) })).stderr).toMatch(
    /^events 0 901\nevents 0 902\nevents 0 903\n/,
  )
  expect(await committed()).toBe(numbers(1, 3))
})

test('Ctrl-C aborts the transaction that is open, keeps those before it, and says both', async () => {
  const { dir, committed } = directory()
  const child = startLeat([...transactional('--transaction-every', '4'), ...dir])
  child.stdin.write(numbers(1, 10))
  while ((await leat(['topic', 'list', ...dir])).exitCode !== 0 || (await committed().catch(() => '')) !== numbers(1, 8))
    await setTimeout(20)
  child.kill('SIGINT')
  const { exitCode, stderr } = await finished(child)
  expect(exitCode).toBe(130)
  expect(stderr).toMatch(/stored 8 records/)
  expect(stderr).toMatch(/2 records of the open transaction are aborted/)
  expect((await leat(['produce', 'events', ...dir], { input: 'last\n' })).exitCode).toBe(0)
  expect(await committed()).toBe(`${numbers(1, 8)}last\n`)
})

test('what kill -9 leaves open holds readers back until the next run with the id, which aborts it', async () => {
  const { dir, committed } = directory()
  const child = startLeat([...transactional(), ...dir])
  child.stdin.write(numbers(1, 10))
  const all = async (): Promise<string> => (await leat(['consume', 'events', ...dir])).stdout.toString()
  while ((await all()) !== numbers(1, 10)) await setTimeout(20)
  child.kill('SIGKILL')
  await finished(child)
  await leat(['produce', 'events', ...dir], { input: 'behind\n' })
  expect(await committed()).toBe('')
  expect((await leat([...transactional(), ...dir], { input: 'again\n' })).exitCode).toBe(0)
  expect(await committed()).toBe('behind\nagain\n')
})

test('a second run with the id takes over: the first one is told, and its records do not count', async () => {
  const { dir, committed } = directory()
  const first = startLeat([...transactional(), ...dir])
  const ended = finished(first)
  first.stdin.write('first\n')
  const all = async (): Promise<string> => (await leat(['consume', 'events', ...dir])).stdout.toString()
  while ((await all()) !== 'first\n') await setTimeout(20)
  expect((await leat([...transactional(), ...dir], { input: 'second\n' })).exitCode).toBe(0)
  first.stdin.end('more\n')
  const { exitCode, stderr } = await ended
  expect(exitCode).toBe(1)
  expect(stderr).toContain("another producer has taken over the transactional id 'loader'")
  expect(await committed()).toBe('second\n')
})

test('dead letters are part of the transaction', async () => {
  const { dir, committed } = directory()
  const { exitCode, stderr } = await leat([...transactional('--csv', '--on-error', 'dlq'), ...dir], { input: 'a,b\n1,2\n1,2,3\n4,5\n' })
  expect(`${exitCode} ${stderr}`).toMatch(/^3 /)
  expect((await committed()).split('\n').length).toBe(3)
  const letters = await leat(['consume', 'events.dlq', '--json', '--isolation-level', 'read_committed', '--control', ...dir])
  expect(letters.stdout.toString()).toMatch(/INVALID_RECORD[\s\S]*"control":"COMMIT"/)
})

test.each([
  [['--transaction-every', '5'], /--transactional-id/],
  [['--transactional-id', 'x', '--no-sync'], /--no-sync does not go with --transactional-id/],
  [['--transactional-id', 'x', '--transaction-every', '0'], /--transaction-every/],
  [['--transactional-id', 'x', '--transaction-timeout', '20m'], /up to 900000 ms/],
  [['--transactional-id', ''], /--transactional-id is empty/],
])('%s is a usage error', async (flags, message) => {
  const { dir } = directory()
  const { exitCode, stderr } = await leat(['produce', 'events', ...flags, ...dir], { input: 'a\n' })
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(message)
})
