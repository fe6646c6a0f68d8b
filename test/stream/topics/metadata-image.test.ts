import { describe, expect, test } from 'vitest'
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import {
  brokerRegistrationChangeRecord,
  fenceBrokerRecord,
  partitionChangeRecord,
  partitionRecord,
  registerBrokerRecord,
  unregisterBrokerRecord,
} from '../../../src/record/internal/metadata-schemas.ts'
import { encodeMetadataRecord } from '../../../src/record/internal/metadata-record.ts'
import { BROKER_RESOURCE } from '../../../src/stream/topics/metadata-image.ts'
import { createTopic } from '../../../src/stream/topics/topic-commands.ts'
import { expectedOf, fixture, fixturesMissing } from '../../support/fixtures.ts'
import { storedRecords } from '../../support/stored-records.ts'
import { FIRST_ID, emptyRecord, imageOf, metadataRecord, replayed } from './images.ts'

const [BEGIN, END, ABORT] = [emptyRecord(23), emptyRecord(24), emptyRecord(25)]
const orders = createTopic(imageOf(), { name: 'orders', id: FIRST_ID, partitions: 1, nodeId: 1, configs: new Map() })

const replicated = metadataRecord(3, 2, partitionRecord, {
  ...partitionRecord.body.absent,
  partitionId: 0,
  topicId: FIRST_ID,
  replicas: [1, 2, 3],
  isr: [1, 2, 3],
  leader: 1,
  leaderEpoch: 5,
  partitionEpoch: 7,
})
const change = (fields: object): Buffer =>
  metadataRecord(5, 2, partitionChangeRecord, { ...partitionChangeRecord.body.absent, partitionId: 0, topicId: FIRST_ID, ...fields })
const ordersTopic = encodeMetadataRecord.topic({ name: 'orders', topicId: FIRST_ID })

describe('a change of a partition', () => {
  test('keeps what it does not name, and counts', () => {
    const partition = imageOf(ordersTopic, replicated, change({ isr: [1, 3], eligibleLeaderReplicas: [2] }))
      .topic('orders')
      ?.partitions.get(0)
    expect(partition).toMatchObject({
      replicas: [1, 2, 3],
      isr: [1, 3],
      eligibleLeaderReplicas: [2],
      leader: 1,
      leaderEpoch: 5,
      partitionEpoch: 8,
    })
  })

  test('raises the leader epoch where it names a leader: another, none, or the same again', () => {
    const partition = imageOf(
      ordersTopic,
      replicated,
      change({ leader: 2 }),
      change({ leader: -1 }),
      change({ leader: 3 }),
      change({ leader: 3 }),
    )
    expect(partition.topic('orders')?.partitions.get(0)).toMatchObject({ leader: 3, leaderEpoch: 9, partitionEpoch: 11 })
  })

  test('is seen by one who looked before', () => {
    const image = imageOf(ordersTopic, replicated)
    expect(image.topic('orders')?.partitions.get(0)?.isr).toEqual([1, 2, 3])
    replayed(image, [change({ isr: [2] })])
    expect(image.topic('orders')?.partitions.get(0)?.isr).toEqual([2])
  })

  test('of a partition or topic that is not there is passed over', () => {
    const image = imageOf(change({ isr: [1] }), ordersTopic, change({ isr: [1] }))
    expect([...(image.topic('orders')?.partitions ?? [])]).toEqual([])
  })
})

describe('a metadata transaction', () => {
  test('counts when it ends', () => {
    const image = imageOf(BEGIN, ...orders)
    expect([...image.topics]).toEqual([])
    replayed(image, [END])
    expect(image.topic('orders')?.partitions.size).toBe(1)
  })

  test('never counts when it is aborted, and the log goes on after it', () => {
    const image = imageOf(BEGIN, ...orders, ABORT)
    expect([...image.topics]).toEqual([])
    expect(replayed(image, orders).topic('orders')?.id).toBe(FIRST_ID)
  })
})

test('the bytes of a record may be reused once it was replayed', () => {
  const bytes = Buffer.from(replicated)
  const image = imageOf(ordersTopic, bytes)
  bytes.fill(0)
  expect(image.topic('orders')?.partitions.get(0)?.replicas).toEqual([1, 2, 3])
})

test('brokers register, are fenced and unfenced, begin to shut down, and leave', () => {
  const register = (brokerId: number): Buffer =>
    metadataRecord(0, 4, registerBrokerRecord, { ...registerBrokerRecord.body.absent, brokerId, brokerEpoch: 11n, rack: 'r1' })
  const update = (fields: object): Buffer =>
    metadataRecord(17, 1, brokerRegistrationChangeRecord, {
      ...brokerRegistrationChangeRecord.body.absent,
      brokerId: 1,
      brokerEpoch: 11n,
      ...fields,
    })
  const image = imageOf(register(1), register(2))
  expect(image.brokers.get(1)).toMatchObject({ fenced: true, inControlledShutdown: false, rack: 'r1', brokerEpoch: 11n })
  replayed(image, [update({ fenced: -1 }), update({ inControlledShutdown: 1 })])
  expect(image.brokers.get(1)).toMatchObject({ fenced: false, inControlledShutdown: true })
  replayed(image, [metadataRecord(7, 0, fenceBrokerRecord, { id: 1, epoch: 11n })])
  expect(image.brokers.get(1)?.fenced).toBe(true)
  replayed(image, [metadataRecord(1, 0, unregisterBrokerRecord, { brokerId: 2, brokerEpoch: 11n })])
  expect([...image.brokers.keys()]).toEqual([1])
})

test('a feature at level 0 is off', () => {
  const level = (featureLevel: number): Buffer => encodeMetadataRecord.featureLevel({ name: 'transaction.version', featureLevel })
  const image = imageOf(level(2))
  expect(image.features).toEqual(new Map([['transaction.version', 2]]))
  expect(replayed(image, [level(0)]).features.size).toBe(0)
})

test('settings of a broker are not those of a topic of the same name', () => {
  const image = imageOf(
    encodeMetadataRecord.config({ resourceType: BROKER_RESOURCE, resourceName: '1', name: 'log.retention.ms', value: '5' }),
  )
  expect(image.configsOf('1').size).toBe(0)
  expect(image.configsOf('1', BROKER_RESOURCE)).toEqual(new Map([['log.retention.ms', '5']]))
})

test('kinds of records that are not known are passed over', () => {
  expect(imageOf(emptyRecord(99), ...orders, emptyRecord(20)).topic('orders')).toBeDefined()
})

test('a newer version of a record that counts is refused, with what to do', () => {
  expect(() => imageOf(emptyRecord(2, 1))).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_VERSION' }))
})

interface ExpectedTopic {
  readonly name: string
  readonly id: string
  readonly configs: Readonly<Record<string, string>>
  readonly partitions: readonly { readonly partition: number; readonly replicas: readonly number[] }[]
}

/** Records of the newest snapshot, and of the log from there on. */
function metadataRecords(folder: string): Buffer[] {
  const files = readdirSync(folder).toSorted()
  const snapshot = files.findLast((file) => file.endsWith('.checkpoint'))
  const end = BigInt(snapshot?.slice(0, 20) ?? 0)
  const ofLog = files.filter((file) => file.endsWith('.log')).flatMap((file) => storedRecords(path.join(folder, file)))
  const all = [
    ...(snapshot === undefined ? [] : storedRecords(path.join(folder, snapshot))),
    ...ofLog.filter(({ offset }) => offset >= end),
  ]
  return all.flatMap(({ isControl, value }) => (isControl || value === null ? [] : [value]))
}

describe.skipIf(fixturesMissing)('the metadata log of a Kafka', () => {
  test.each(['basics', 'compacted', 'groups', 'transactions', 'unclean', 'replicated-node1', 'replicated-node2'] as const)(
    '%s: topics, ids, settings and replicas are what Kafka said they are',
    (name) => {
      const image = imageOf(...metadataRecords(path.join(fixture(name), '__cluster_metadata-0')))
      const expected = JSON.parse(readFileSync(path.join(expectedOf(name), 'topics.json'), 'utf8')) as ExpectedTopic[]
      const found = expected.map((wanted) => {
        const topic = image.topic(wanted.name)
        const partitions = [...(topic?.partitions ?? [])].map(([partition, { replicas }]) => ({ partition, replicas }))
        return { id: topic?.id, configs: Object.fromEntries(image.configsOf(wanted.name)), partitions: partitions.toSorted(byPartition) }
      })
      expect(found).toEqual(
        expected.map(({ id, configs, partitions }) => ({
          id,
          configs,
          partitions: partitions.map(({ partition, replicas }) => ({ partition, replicas })),
        })),
      )
      expect([...image.topics].map((topic) => topic.name).toSorted()).toEqual(expected.map((wanted) => wanted.name).toSorted())
      expect(image.features.get('metadata.version')).toBe(30)
      expect(image.brokers.size).toBe(name.startsWith('replicated') ? 3 : 1)
    },
  )
})

function byPartition(a: { readonly partition: number }, b: { readonly partition: number }): number {
  return a.partition - b.partition
}
