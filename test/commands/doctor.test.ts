import fs from 'node:fs'
import { expect, test } from 'vitest'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { leat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

async function produced(): Promise<string> {
  const dir = `${temporaryDirectory()}/data`
  await leat(['produce', 'orders', '--dir', dir], { input: 'a\n' })
  return dir
}

test('nothing is wrong with a directory that leat made', async () => {
  const { stdout, exitCode } = await leat(['doctor', '--dir', await produced()])
  expect(stdout.toString()).toMatch(/^topics +1 \(1 partition\)$/m)
  expect(stdout.toString()).toContain(
    'nothing is wrong with what it looks at, names and small files; `leat log verify` looks at the records',
  )
  expect(exitCode).toBe(0)
})

test('a directory that is not there yet is no problem', async () => {
  const { stdout, exitCode } = await leat(['doctor', '--dir', `${temporaryDirectory()}/none`, '--json'])
  expect(JSON.parse(stdout.toString())).toMatchObject({ directory: null, problems: [] })
  expect(exitCode).toBe(0)
})

test('folders that a Kafka set aside and a damaged meta.properties are problems, with what to do', async () => {
  const dir = await produced()
  fs.mkdirSync(`${dir}/old-0.${'0'.repeat(32)}-stray`)
  fs.writeFileSync(`${dir}/meta.properties`, 'garbage')
  const { stdout, exitCode } = await leat(['doctor', '--dir', dir, '--json'])
  const report = JSON.parse(stdout.toString()) as { problems: { problem: string }[] }
  expect(schemaErrors(readSchema('doctor'), report)).toEqual([])
  expect(report.problems.map(({ problem }) => problem)).toEqual([
    'meta.properties does not say which node this is',
    expect.stringContaining('-stray'),
  ])
  expect(exitCode).toBe(1)
})

test('a folder of the user beside the topics is not counted as one; that of a partition is no data directory', async () => {
  const dir = `${temporaryDirectory()}/data`
  await leat(['produce', 'orders', '--dir', dir], { input: 'a\n' })
  fs.mkdirSync(`${dir}/notes-1`)
  fs.writeFileSync(`${dir}/notes-1/mine`, 'text')
  const { stdout } = await leat(['doctor', '--dir', dir, '--json'])
  expect(JSON.parse(stdout.toString())).toMatchObject({ directory: { topics: 1, partitions: 1 }, problems: [] })
  const below = await leat(['doctor', '--dir', `${dir}/orders-0`])
  expect(below.stdout.toString()).toContain('! this is the folder of one partition, not a data directory\n')
  expect(below.exitCode).toBe(1)
})

test('each kind of file that something interrupted left is told with what becomes of it', async () => {
  const dir = await produced()
  expect((await leat(['doctor', '--dir', dir])).stdout.toString()).toMatch(/^left over +nothing$/m)
  const names = [
    'meta.properties.tmp',
    ...['tmp', 'cleaned', 'deleted', 'repaired', 'damaged'].map((kind) => `orders-0/${'0'.repeat(20)}.log.${kind}`),
  ]
  for (const name of names) fs.writeFileSync(`${dir}/${name}`, '')
  const { stdout, exitCode } = await leat(['doctor', '--dir', dir])
  expect(stdout.toString().match(/^left over +\d \.\w+ \(.{30,}\)$/gm)).toHaveLength(5)
  expect(stdout.toString()).toMatch(/^left over +2 \.tmp /m)
  expect(exitCode).toBe(0)
  expect(JSON.parse((await leat(['doctor', '--dir', dir, '--json'])).stdout.toString())).toMatchObject({
    directory: { leftovers: names.toSorted() },
  })
})

test('a folder of something else is no data directory; an empty one may become one', async () => {
  const dir = temporaryDirectory()
  expect((await leat(['doctor', '--dir', dir])).exitCode).toBe(0)
  fs.writeFileSync(`${dir}/notes`, 'mine')
  const { stdout, exitCode } = await leat(['doctor', '--dir', dir])
  expect([stdout.toString(), exitCode]).toEqual([expect.stringContaining('it is no data directory\n  Name a data directory'), 1])
})
