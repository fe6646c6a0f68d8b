// What damage at random found, each as a case of its own.
import fs from 'node:fs'
import { describe, expect, test } from 'vitest'
import { repair } from '../../src/operations/log/repair.ts'
import { verify } from '../../src/operations/log/verify.ts'
import { realSystem } from '../../src/system/real.ts'
import { batchOf } from '../support/batches.ts'
import { fixtureCopy, fixturesMissing } from '../support/fixtures.ts'
import { openDirectory, readPartition } from '../support/records.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { leatDirectory } from './directories.ts'

const system = realSystem()

async function directoryWith(topic: string, values: readonly string[]): Promise<string> {
  const root = `${temporaryDirectory()}/data`
  const cluster = openDirectory(system, root)
  await cluster.beginWriting()
  cluster.createTopic(topic, { partitions: 1, configs: new Map() })
  for (const value of values) cluster.openAppender(topic).append(0, batchOf([value]))
  await cluster.close()
  return root
}

test('a partition.metadata with another id does not make a partition a stranger: its records stay, and the file is mended', async () => {
  const root = await directoryWith('orders', ['a', 'b'])
  const file = `${root}/orders-0/partition.metadata`
  const right = fs.readFileSync(file, 'utf8')
  fs.writeFileSync(
    file,
    right.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')),
  )
  const cluster = openDirectory(system, root)
  await cluster.beginWriting()
  expect(cluster.openAppender('orders').append(0, batchOf(['c']))).toBe(2n)
  await cluster.close()
  expect(fs.readFileSync(file, 'utf8')).toBe(right)
})

test('a segment that is empty of all it had leaves nothing to find after its repair', async () => {
  const root = await leatDirectory(`${temporaryDirectory()}/data`)
  const logs = fs.globSync(`${root}/codec-0-0/*.log`).toSorted()
  fs.truncateSync(logs.at(-2) as string, 0)
  const kindsFound = async (): Promise<string[]> => {
    const kinds: string[] = []
    await verify({ files: system.files, root, targets: ['codec-0'], isDeep: true, onFinding: ({ kind }) => void kinds.push(kind) })
    return kinds
  }
  expect(await kindsFound()).toContain('damage')
  await repair({ system, root, targets: ['codec-0'], isDryRun: false, agree: async () => true })
  expect((await kindsFound()).filter((kind) => kind !== 'gap')).toEqual([])
})

test('a topic made again under its old name starts at offset 0, whatever was trimmed from the old one', async () => {
  const root = await directoryWith('orders', ['a', 'b', 'c'])
  const cluster = openDirectory(system, root)
  await cluster.beginWriting()
  await cluster.applyRetention('orders', 0, { startOffset: 2n, withLimits: false })
  await cluster.close()
  const again = openDirectory(system, root)
  await again.beginWriting()
  again.deleteTopic('orders')
  again.createTopic('orders', { partitions: 1, configs: new Map() })
  again.openAppender('orders').append(0, batchOf(['new']))
  await again.close()
  const { records } = await readPartition(openDirectory(system, root), 'orders', 0)
  expect(records.map(({ value }) => value)).toEqual(['new'])
})

describe.skipIf(fixturesMissing)('transactions', () => {
  test('recovery from the start of a log with aborted transactions makes its transaction index again', async () => {
    const root = fixtureCopy('transactions')
    const folder = `${root}/ledger-0`
    const indexes = fs.readdirSync(folder).filter((name) => name.endsWith('.txnindex'))
    const before = indexes.map((name) => fs.readFileSync(`${folder}/${name}`))
    expect(indexes.length).toBeGreaterThan(0)
    for (const name of indexes) fs.writeFileSync(`${folder}/${name}`, Buffer.alloc(34))
    for (const name of fs.readdirSync(folder)) if (name.endsWith('.snapshot')) fs.rmSync(`${folder}/${name}`)
    const cluster = openDirectory(system, root)
    await cluster.beginWriting()
    cluster.openAppender('ledger').append(0, batchOf(['after']))
    await cluster.close()
    expect(indexes.map((name) => fs.readFileSync(`${folder}/${name}`))).toEqual(before)
  })

  test('an end that is lost with the marker of an abort leaves the entry of the transaction index, and nothing to find after the repair', async () => {
    const root = fixtureCopy('transactions')
    const log = `${root}/ledger-0/00000000000000000045.log`
    const index = log.replace('.log', '.txnindex')
    const bytes = fs.readFileSync(log)
    fs.writeFileSync(log, bytes.fill(0, 3164, 3772))
    const before = fs.readFileSync(index)
    const repairs = await repair({ system, root, targets: ['ledger-0'], isDryRun: false, agree: async () => true })
    expect(repairs.map(({ action }) => action)).toContain('taken out')
    const kinds: string[] = []
    await verify({ files: system.files, root, targets: ['ledger-0'], isDeep: true, onFinding: ({ kind }) => void kinds.push(kind) })
    expect(kinds.filter((kind) => kind !== 'gap')).toEqual([])
    expect(fs.readFileSync(index)).toEqual(before)
  })
})
