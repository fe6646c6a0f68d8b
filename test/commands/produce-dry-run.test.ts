// `leat produce --dry-run`: what a run would come to, with nothing made or stored.
import fs from 'node:fs'
import { expect, test } from 'vitest'
import { leat } from '../support/leat.ts'
import { newDirectory } from '../support/temporary-directory.ts'

const INPUT = '{"id":1}\nbad\n{"id":3}\n'

test('records and topics that would be stored and made are counted, and no directory is made for them', async () => {
  const dir = newDirectory()
  const dryRun = (...words: string[]) => leat(['produce', 'orders', '--dry-run', '-d', dir, ...words], { input: INPUT })
  expect(await dryRun('--create-partitions', '3')).toMatchObject({
    exitCode: 0,
    stderr: "leat: would make topic 'orders' with 3 partitions\nleat: 3 records would be stored in 'orders'\n",
  })
  const stopped = await dryRun('--key-field', '.id')
  expect([stopped.exitCode, stopped.stderr]).toEqual([
    1,
    expect.stringContaining("line 2: it is not a JSON object (it begins 'bad'); nothing is stored"),
  ])
  const skipped = await dryRun('--key-field', '.id', '--on-error', 'dlq')
  expect([skipped.exitCode, skipped.stderr.split('\n').slice(-2)]).toEqual([
    3,
    ["leat: 2 records would be stored in 'orders', 1 would not", ''],
  ])
  expect(await dryRun('-p', '1')).toMatchObject({ exitCode: 1 })
  expect(fs.existsSync(dir)).toBe(false)
})

test('records are held to the settings of the topic that is there, and it stays as it is', async () => {
  const dir = newDirectory()
  await leat(['topic', 'create', 'table', '--config', 'cleanup.policy=compact', '--config', 'max.message.bytes=200', '-d', dir])
  const dryRun = (input: string, ...words: string[]) => leat(['produce', 'table', '--dry-run', '-v', '-d', dir, ...words], { input })
  expect((await dryRun('a\n')).stderr).toContain('the record has no key')
  expect((await dryRun(`${'x'.repeat(300)}\n`, '-k', 'a')).stderr).toContain('max.message.bytes')
  expect(await dryRun('a\nb\n', '-k', 'a')).toMatchObject({ exitCode: 0, stderr: "leat: 2 records would be stored in 'table'\n" })
  expect((await leat(['consume', 'table', '-d', dir])).stdout.toString()).toBe('')
  expect(
    fs.readdirSync(`${dir}/table-0`).filter((name) => name.endsWith('.log') && fs.statSync(`${dir}/table-0/${name}`).size > 0),
  ).toEqual([])
})
