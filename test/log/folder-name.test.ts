import fs from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deletedFolderName, folderName, parseFolderName } from '../../src/log/folder-name.ts'
import { type FixtureName, fixture, fixturesMissing } from '../support/fixtures.ts'

const HEX = '0f1e2d3c4b5a69788796a5b4c3d2e1f0'

const topicArbitrary = fc.stringMatching(/^[A-Za-z0-9._-]{1,249}$/)
const partitionArbitrary = fc.integer({ min: 0, max: 2 ** 31 - 1 })

describe('a partition folder', () => {
  test('is its topic and partition, whatever dashes and dots the topic has', () => {
    fc.assert(
      fc.property(topicArbitrary, partitionArbitrary, (topic, partition) => {
        expect(parseFolderName(folderName(topic, partition))).toEqual({ kind: 'partition', topic, partition })
      }),
    )
  })

  test.for([
    ['a-b.c-0-12', { kind: 'partition', topic: 'a-b.c-0', partition: 12 }],
    ['orders-delete-0', { kind: 'partition', topic: 'orders-delete', partition: 0 }],
    ['__cluster_metadata-0', { kind: 'partition', topic: '__cluster_metadata', partition: 0 }],
    [`orders-3.${HEX}-delete`, { kind: 'delete', topic: 'orders', partition: 3 }],
    [`a-1-2.${HEX}-future`, { kind: 'future', topic: 'a-1', partition: 2 }],
    [`a.b-2.${HEX}-stray`, { kind: 'stray', topic: 'a.b', partition: 2 }],
  ] as const)('%s', ([name, parsed]) => {
    expect(parseFolderName(name)).toEqual(parsed)
  })

  test.for([
    'orders',
    'orders-',
    '-0',
    'orders-007',
    'orders-x',
    'orders-2147483648',
    'orders-99999999999999999999999',
    // Somebody's own folder, which must not be taken for a deleted topic and removed.
    'orders-0-delete',
    'orders-0.backup-delete',
    `orders.${HEX}-delete`,
    `-0.${HEX}-delete`,
    '.leat',
    'lost+found',
    '',
  ])('%j is none', (name) => {
    expect(parseFolderName(name)).toBeNull()
  })

  test('of any other name is one or none, never a failure', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const parsed = parseFolderName(name)
        if (parsed?.kind === 'partition') expect(folderName(parsed.topic, parsed.partition)).toBe(name)
      }),
    )
  })
})

describe('a deleted folder', () => {
  test('has at most 255 characters: the topic is cut', () => {
    fc.assert(
      fc.property(topicArbitrary, partitionArbitrary, (topic, partition) => {
        const name = deletedFolderName(topic, partition, HEX)
        expect(name.length).toBeLessThanOrEqual(255)
        const parsed = parseFolderName(name)
        expect(parsed).toMatchObject({ kind: 'delete', partition })
        expect(topic.startsWith(parsed?.topic ?? '-')).toBe(true)
        if (name.length < 255) expect(parsed?.topic).toBe(topic)
      }),
    )
  })
})

describe.skipIf(fixturesMissing)('folders that Kafka made', () => {
  test.for<FixtureName>(['basics', 'compacted', 'groups', 'transactions', 'unclean', 'replicated-node1'])(
    '%s: every one is known',
    (name) => {
      const root = fixture(name)
      const folders = fs.readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())
      expect(folders.length).toBeGreaterThan(0)
      for (const folder of folders) expect(parseFolderName(folder.name), folder.name).not.toBeNull()
    },
  )

  test('a deleted topic of 249 characters has a folder of 255', () => {
    const deleted = fs.readdirSync(fixture('basics')).filter((name) => parseFolderName(name)?.kind === 'delete')
    expect(deleted.length).toBeGreaterThanOrEqual(2)
    const long = deleted.find((name) => name.length === 255) ?? ''
    const { topic, partition } = parseFolderName(long) ?? { topic: '', partition: -1 }
    const unique = /\.([0-9a-f]{32})-delete$/.exec(long)?.[1] ?? ''
    expect(deletedFolderName(topic.padEnd(249, topic.slice(-1)), partition, unique)).toBe(long)
  })
})
