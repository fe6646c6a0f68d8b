// Topics and groups are named by arguments or by flags, as Kafka's tools have them.
import { expect, test } from 'vitest'
import { deadLetter, store } from '../support/letters.ts'
import { leat } from '../support/leat.ts'
import { newDirectory } from '../support/temporary-directory.ts'
import type { CommandTree } from '../../commands/command-tree.ts'

test('what can be named by an argument can be named by a flag, and where several can, several times', async () => {
  const { commands } = JSON.parse((await leat(['help', '--json'])).stdout.toString()) as CommandTree
  const named = commands.flatMap(({ command, usage, flags }) => {
    const word = usage?.split(' ').find((part) => /^\[?(TOPIC|GROUP)\b/.test(part) && !part.includes(':'))
    if (word === undefined) return []
    const flag = flags.find((entry) => entry.flag === (word.includes('GROUP') ? '--group' : '--topic'))
    return [{ command, word, isThere: flag !== undefined, isRepeatable: flag?.isRepeatable }]
  })
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter(({ word, isThere, isRepeatable }) => !isThere || isRepeatable !== word.includes('…'))).toEqual([])
})

test('topics of -t and of arguments are read together', async () => {
  const dir = newDirectory()
  for (const topic of ['a', 'b', 'c']) await leat(['produce', '-t', topic, '-d', dir], { input: `of ${topic}\n` })
  const { stdout } = await leat(['consume', 'a', '-t', 'b', '--topic', 'c', '-d', dir])
  expect(stdout.toString().split('\n').toSorted()).toEqual(['', 'of a', 'of b', 'of c'])
})

test('groups of -g are described, moved, exported and deleted', async () => {
  const dir = newDirectory()
  const run = async (...words: string[]): Promise<string> => (await leat(['group', ...words, '-q', '-d', dir])).stdout.toString()
  await leat(['produce', 'orders', '-d', dir], { input: '1\n2\n3\n' })
  for (const group of ['billing', 'shipping']) await leat(['consume', 'orders', '-g', group, '-d', dir])

  const columns = ['--no-headers', '--columns', 'group,current-offset']
  expect(await run('reset', '-g', 'billing', '--topic', 'orders', '--to-earliest', '-y', '--json')).toContain('"newOffset":0')
  expect(await run('seek', '--group', 'billing', 'orders', '1', '-y', '--json')).toContain('"newOffset":1')
  expect(await run('describe', '-g', 'billing', '--group', 'shipping', ...columns)).toBe('billing   1\nshipping  3\n')
  expect(await run('members', '-g', 'billing', '--json')).toBe('')
  expect(await run('export', '-g', 'billing')).toContain('"group":"billing"')
  expect(await run('export', '-g', 'billing')).not.toContain('shipping')
  await run('delete', '-g', 'billing', '-y')
  expect(await run('list', '--no-headers', '--columns', 'group')).toBe('shipping\n')
  const both = await leat(['group', 'reset', 'a', '-g', 'b', '--topic', 'orders', '--to-latest', '-d', dir])
  expect([both.exitCode, both.stderr]).toEqual([2, 'leat: one group is needed, not a and b\nSee `leat group reset --help`.\n'])
})

test('dlq triage and watch take -t, and watch without a topic is about all dead-letter topics but parked ones', async () => {
  const dir = newDirectory()
  await store(dir, [...['a.dlq', 'b.dlq', 'b.dlq.parked'].map((topic) => deadLetter({ topic })), { topic: 'orders', value: '1' }])
  const watch = (...words: string[]) =>
    leat(['dlq', 'watch', '--max-depth', '0', '--no-headers', '--columns', 'topic', '-d', dir, ...words])
  const all = await watch()
  expect([all.exitCode, all.stdout.toString()]).toEqual([4, 'a.dlq\nb.dlq\n'])
  expect((await watch('-t', 'b.dlq')).stdout.toString()).toBe('b.dlq\n')
  const triage = await leat(['dlq', 'triage', '-t', 'b.dlq', '--by', 'source', '--no-headers', '--columns', 'topic', '-d', dir])
  expect(triage.stdout.toString()).toBe('b.dlq\n')
})
