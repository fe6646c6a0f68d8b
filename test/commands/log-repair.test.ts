import fs from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { realSystem } from '../../src/system/real.ts'
import { fixtureCopy, fixturesMissing } from '../support/fixtures.ts'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { leat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test('a directory in order needs no repair', async () => {
  const dir = `${temporaryDirectory()}/data`
  await leat(['produce', 'orders', '--dir', dir], { input: 'a\n' })
  const { stdout, stderr, exitCode } = await leat(['log', 'repair', '--dir', dir])
  expect([stdout.toString(), stderr, exitCode]).toEqual(['', 'leat: nothing to repair\n', 0])
  const summary = JSON.parse((await leat(['log', 'repair', '--json', '--dir', dir])).stdout.toString()) as object
  expect(summary).toEqual({ action: 'summary', repaired: 0, left: 0, isDryRun: false })
  expect(schemaErrors(readSchema('log-repair'), summary)).toEqual([])
})

test('while a broker holds the directory, nothing is repaired, whatever there is to repair; looking works', async () => {
  const dir = `${temporaryDirectory()}/data`
  await leat(['produce', 'orders', '--dir', dir], { input: 'a\n' })
  const lock = realSystem().locks.tryLock(`${dir}/.lock`, 'exclusive')
  onTestFinished(() => lock?.release())
  const refused = await leat(['log', 'repair', '--dir', dir])
  expect(refused.stderr).toContain(`leat: ${dir} belongs to a broker that is running`)
  expect(refused.stderr).not.toContain('--bootstrap-server')
  expect(refused.exitCode).toBe(1)
  const planned = await leat(['log', 'repair', '--dry-run', '--dir', dir])
  expect([planned.stderr, planned.exitCode]).toEqual(['leat: nothing to repair\n', 0])
})

describe.skipIf(fixturesMissing)('the torn fixture', () => {
  const DAMAGED = ['views-none-2/00000000000000000207.log', 'views-zstd-1/00000000000000000067.log']

  test('--dry-run changes nothing', async () => {
    const root = fixtureCopy('torn')
    const before = fs.readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted()
    const { exitCode, stdout } = await leat(['log', 'repair', '--dir', root, '--dry-run', '--json'])
    expect(exitCode).toBe(0)
    // Where damaged bytes will be kept is said too.
    for (const file of DAMAGED) expect(stdout.toString()).toMatch(new RegExp(`"keptIn":"[^"]*${file}\\.\\d+\\.damaged"`))
    expect(fs.readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted()).toEqual(before)
  })

  test('without -y, a script gets all mended but the damage, and exit code 5', async () => {
    const root = fixtureCopy('torn')
    const before = DAMAGED.map((file) => fs.readFileSync(`${root}/${file}`))
    const { stderr, exitCode } = await leat(['log', 'repair', '--dir', root])
    expect(stderr).toContain('damage in 2 places was left as it is')
    expect(exitCode).toBe(5)
    expect(DAMAGED.map((file) => fs.readFileSync(`${root}/${file}`))).toEqual(before)
  })

  test('with -y, sound records stay, damaged bytes are kept, and verify finds nothing', async () => {
    const root = fixtureCopy('torn')
    const read = async (): Promise<string> =>
      (await leat(['consume', 'views-none', 'views-zstd', '--dir', root, '--json'])).stdout.toString()
    const damaged = fs.readFileSync(`${root}/${DAMAGED[0]}`).subarray(17833, 17833 + 228)
    const before = await read()
    const { stdout, exitCode } = await leat(['log', 'repair', '--dir', root, '-y', '--json'])
    expect(exitCode).toBe(0)
    for (const line of stdout.toString().trim().split('\n')) expect(schemaErrors(readSchema('log-repair'), JSON.parse(line))).toEqual([])
    expect(fs.readFileSync(`${root}/${DAMAGED[0]}.17833.damaged`)).toEqual(damaged)
    expect(await read()).toBe(before)
    expect((await leat(['log', 'verify', '--dir', root])).exitCode).toBe(0)
  })
})

test('a repair of a metadata log that was emptied leaves every topic there, with its id and its groups', async () => {
  const dir = `${temporaryDirectory()}/data`
  await leat(['produce', 'orders', '--dir', dir, '--create-partitions', '2'], { input: 'a\nb\nc\n' })
  await leat(['consume', '-g', 'g', 'orders', '--dir', dir])
  const list = async (): Promise<string> => (await leat(['topic', 'list', '--internal', '--json', '--dir', dir])).stdout.toString()
  const before = await list()
  fs.truncateSync(`${dir}/__cluster_metadata-0/00000000000000000000.log`)
  const { stdout, exitCode } = await leat(['log', 'repair', '-y', '--json', '--dir', dir])
  expect(exitCode).toBe(0)
  expect(stdout.toString()).toContain('registered again: __consumer_offsets, orders')
  for (const line of stdout.toString().trim().split('\n')) expect(schemaErrors(readSchema('log-repair'), JSON.parse(line))).toEqual([])
  expect(await list()).toBe(before)
  expect((await leat(['log', 'repair', '--dir', dir])).stderr).toBe('leat: nothing to repair\n')
  expect((await leat(['log', 'verify', '--dir', dir])).exitCode).toBe(0)
  await leat(['produce', 'orders', '--dir', dir], { input: 'd\n' })
  expect((await leat(['consume', '-g', 'g', 'orders', '--dir', dir])).stdout.toString()).toBe('d\n')
})
