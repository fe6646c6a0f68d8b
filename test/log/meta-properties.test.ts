// The small files that say whose a directory and a folder are.
import fs from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCleanShutdown } from '../../src/log/clean-shutdown.ts'
import {
  parseMetaProperties,
  readMetaProperties,
  readPartitionMetadata,
  writeMetaProperties,
  writePartitionMetadata,
} from '../../src/log/meta-properties.ts'
import { PendingSyncs } from '../../src/log/pending-syncs.ts'
import { parseQuorumState } from '../../src/log/quorum-state.ts'
import { realFiles } from '../../src/system/real-files.ts'
import { expectedOf, fixture, fixturesMissing } from '../support/fixtures.ts'
import { SOUND_FIXTURES } from '../support/kafka-dump.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

describe('meta.properties', () => {
  test('comes back as it was written', async () => {
    const root = temporaryDirectory()
    const meta = { clusterId: '4iHtZo1LROmeeH--ebF9KA', nodeId: 3, directoryId: 'SCQijT6iTGKdY6ovBE6ynw' }
    const putInPlace = await writeMetaProperties(realFiles, root, meta)
    putInPlace()
    expect(readMetaProperties(realFiles, root)).toEqual(meta)
    expect(fs.readdirSync(root)).toEqual(['meta.properties'])
  })

  test('is read with the comments, spaces and escapes that Java puts in', () => {
    const text = '#\n#Sat Nov 21 04:25:08 UTC 2026\n! note: none\n\r\n node.id = 12\r\ncluster.id:a\\=b\\:c\\u00e9\\td\nversion=1\n'
    expect(parseMetaProperties(text)).toEqual({ clusterId: 'a=b:cé\td', nodeId: 12, directoryId: '' })
  })

  test('of version 0 has the id as broker.id', () => {
    expect(parseMetaProperties('version=0\nbroker.id=4\ncluster.id=x\n')).toMatchObject({ nodeId: 4, clusterId: 'x' })
  })

  test.for(['', 'version=1\ncluster.id=x\n', 'node.id=\n', 'node.id=one\n', 'node.id=-1\n', '#node.id=1\n', 'node.id'])(
    '%j does not say which node it is',
    (text) => {
      expect(parseMetaProperties(text)).toBeNull()
    },
  )

  test('a missing one is none, and any text gives an answer', () => {
    expect(readMetaProperties(realFiles, temporaryDirectory())).toBeNull()
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseMetaProperties(text)))
  })
})

describe('partition.metadata', () => {
  test('has no newline at the end, and comes back', async () => {
    const folder = temporaryDirectory()
    const syncs = new PendingSyncs(realFiles)
    writePartitionMetadata(realFiles, folder, 'kj2AX1XlRTOqR4Tp_ujVcw', syncs)
    await syncs.flush()
    expect(fs.readFileSync(`${folder}/partition.metadata`, 'utf8')).toBe('version: 0\ntopic_id: kj2AX1XlRTOqR4Tp_ujVcw')
    expect(readPartitionMetadata(realFiles, folder)).toBe('kj2AX1XlRTOqR4Tp_ujVcw')
  })

  test('torn at any byte names no topic', () => {
    const folder = temporaryDirectory()
    const whole = 'version: 0\ntopic_id: kj2AX1XlRTOqR4Tp_ujVcw'
    for (let length = 0; length < whole.length; length++) {
      fs.writeFileSync(`${folder}/partition.metadata`, whole.slice(0, length))
      expect(readPartitionMetadata(realFiles, folder)).toBeNull()
    }
  })
})

describe('.kafka_cleanshutdown', () => {
  test('has the broker epoch, also past 2^53; the file of an old Kafka is empty; after an unclean stop there is none', () => {
    const root = temporaryDirectory()
    expect(readCleanShutdown(realFiles, root)).toBeNull()
    fs.writeFileSync(`${root}/.kafka_cleanshutdown`, '')
    expect(readCleanShutdown(realFiles, root)).toEqual({ brokerEpoch: null })
    fs.writeFileSync(`${root}/.kafka_cleanshutdown`, '{"version":0,"brokerEpoch":9007199254740993}')
    expect(readCleanShutdown(realFiles, root)).toEqual({ brokerEpoch: 9_007_199_254_740_993n })
  })
})

describe('quorum-state', () => {
  test('of version 0 and 1', () => {
    expect(
      parseQuorumState('{"leaderId":1,"leaderEpoch":2,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}'),
    ).toEqual({ leaderId: 1, leaderEpoch: 2, votedId: -1, votedDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAA', version: 1 })
    expect(
      parseQuorumState(
        '{"clusterId":"","leaderId":3,"leaderEpoch":9,"votedId":3,"appliedOffset":0,"currentVoters":[{"voterId":3}],"data_version":0}',
      ),
    ).toEqual({ leaderId: 3, leaderEpoch: 9, votedId: 3, votedDirectoryId: null, version: 0 })
  })

  test('torn or of another kind is none', () => {
    for (const text of ['', '{"leaderId":1,"lead', '[]', 'null', '7', '{"leaderId":"1","leaderEpoch":2,"data_version":1}'])
      expect(parseQuorumState(text), text).toBeNull()
  })
})

describe.skipIf(fixturesMissing)('the files of a directory that Kafka made', () => {
  test.for(SOUND_FIXTURES)('%s', (name) => {
    const root = fixture(name)
    const node = /node(\d)$/.exec(name)?.[1]
    const meta = readMetaProperties(realFiles, root)
    expect(meta?.nodeId).toBe(Number(node ?? 1))
    expect([meta?.clusterId, meta?.directoryId]).toEqual([expect.stringMatching(/^[\w-]{22}$/), expect.stringMatching(/^[\w-]{22}$/)])
    expect(parseQuorumState(fs.readFileSync(`${root}/__cluster_metadata-0/quorum-state`, 'utf8'))).toMatchObject({ version: 1 })
    expect(readCleanShutdown(realFiles, root) === null).toBe(name === 'unclean')
  })

  test('topic ids are those that the Admin client named', () => {
    const text = fs.readFileSync(`${expectedOf('basics')}/topics.json`, 'utf8')
    const topics = JSON.parse(text) as { name: string; id: string; partitionCount: number }[]
    expect(topics.length).toBeGreaterThan(10)
    for (const { name, id } of topics) expect(readPartitionMetadata(realFiles, `${fixture('basics')}/${name}-0`), name).toBe(id)
  })
})
