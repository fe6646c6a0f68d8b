// leat consume --dlq with records and errors that are too large for where they are to go.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { leat } from '../support/leat.ts'
import { place } from '../support/replays.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const FAILING = 'cat >/dev/null; exit 1'

test('a record that only fits compressed is set aside compressed, goes through a retry topic and comes back by a replay', async () => {
  const here = place()
  await here.run('topic', 'create', 'in', '--config', 'max.message.bytes=2000')
  const value = 'large '.repeat(30_000)
  const lines = [JSON.stringify({ value: 'first' }), JSON.stringify({ value }), JSON.stringify({ value: 'last' })]
  await here.produce('in', lines, '-z', 'gzip')
  const handling = ['consume', 'in', '-g', 'g', '--retry-topics', '1ms', '--dlq', '--exec', FAILING]
  expect((await here.run(...handling)).exitCode).toBe(0)
  expect((await here.run(...handling)).exitCode).toBe(3)
  const values = ['first', value, 'last']
  expect((await here.records('in.dlq')).map((record) => record.value)).toEqual(values)
  const replayed = await here.run('dlq', 'replay', 'in.dlq')
  expect([replayed.exitCode, replayed.stderr]).toEqual([0, 'leat: 3 records replayed\n'])
  expect((await here.records('in')).map((record) => record.value)).toEqual([...values, ...values])
})

test('a worker may say as much as it likes: what is kept of it has its limits', async () => {
  const here = place()
  const root = temporaryDirectory()
  await here.produce('in', [JSON.stringify({ value: 'v' })])
  writeFileSync(`${root}/worker.mjs`, `process.stdin.once('data', () => console.log('error ' + 'T'.repeat(2e6) + ' ' + 'm'.repeat(2e6)))`)
  const result = await here.run('consume', 'in', '-g', 'g', '--dlq', '--worker', `exec node ${root}/worker.mjs`)
  expect(result.exitCode, result.stderr).toBe(3)
  const [letter] = await here.records('in.dlq')
  const said = (name: string): string => String(letter?.headers.find(({ key }) => key === `leat.dlq.error.${name}`)?.value)
  expect(said('type')).toMatch(/^T{256} … \(2000000 bytes\)$/)
  expect(said('message')).toMatch(/^m{4096} … \(2000000 bytes\)$/)
})

test('one that fits in no way stops the run, which says where it resumes and what makes room; others are set aside meanwhile', async () => {
  const here = place()
  await here.run('topic', 'create', 'in.dlq', '--config', 'max.message.bytes=1000')
  const large = randomBytes(1500).toString('base64')
  await here.produce(
    'in',
    ['first', large, 'last'].map((value) => JSON.stringify({ value })),
  )
  const handling = ['consume', 'in', '-g', 'g', '-j', '3', '--dlq', '--exec', FAILING]
  const stopped = await here.run(...handling)
  expect(stopped.exitCode).toBe(1)
  expect(stopped.stderr).toContain("leat: 'in.dlq' takes records of up to 1000 bytes, those that fail may have 1048588")
  expect(stopped.stderr).toMatch(
    /in-0 offset 1: failed \(exit-1\) and cannot be set aside in 'in.dlq': the record, compressed, needs a batch of/,
  )
  expect(stopped.stderr).toContain(
    "Raise it: leat topic alter in.dlq --config max.message.bytes=2048. The next run of group 'g' resumes at in-0 offset 1.",
  )
  const raised = await leat(['topic', 'alter', 'in.dlq', '--config', 'max.message.bytes=4096', ...here.dir])
  expect(raised.exitCode).toBe(0)
  expect((await here.run(...handling)).exitCode).toBe(3)
  const stored = (await here.records('in.dlq')).map(({ value }) => value)
  expect(new Set(stored)).toEqual(new Set(['first', large, 'last']))
})
