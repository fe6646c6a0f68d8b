import { describe, expect, test } from 'vitest'
import { ZERO_UUID } from '../../../src/bytes/uuid.ts'
import type { LeatError } from '../../../src/errors/leat-error.ts'
import { internalRecordJson } from '../../../src/record/internal/internal-record.ts'
import type { TopicImage } from '../../../src/stream/topics/metadata-image.ts'
import {
  alterConfigs,
  bootstrapRecords,
  createPartitions,
  createTopic,
  deleteTopic,
  requireTopic,
} from '../../../src/stream/topics/topic-commands.ts'
import { FIRST_ID, SECOND_ID, imageOf, replayed } from './images.ts'

const orders = { name: 'orders', id: FIRST_ID, partitions: 2, nodeId: 4, configs: new Map([['retention.ms', '7']]) }

function failure(attempt: () => unknown): LeatError {
  try {
    attempt()
  } catch (error) {
    return error as LeatError
  }
  throw new Error('it did not fail')
}

/** As kafka-dump-log prints them. */
function dumped(records: readonly Buffer[]): unknown[] {
  return records.map((record) => {
    const { type, version, value } = internalRecordJson('__cluster_metadata', null, record) ?? {}
    return [type, version, value]
  })
}

test('a new metadata log starts with the features of Kafka 4.0', () => {
  expect(dumped(bootstrapRecords())).toEqual([
    ['FEATURE_LEVEL_RECORD', 0, { name: 'metadata.version', featureLevel: 25 }],
    ['FEATURE_LEVEL_RECORD', 0, { name: 'group.version', featureLevel: 1 }],
    ['FEATURE_LEVEL_RECORD', 0, { name: 'transaction.version', featureLevel: 2 }],
  ])
})

describe('createTopic', () => {
  test('writes the topic, its settings, and partitions that live on the node', () => {
    const partition = {
      topicId: FIRST_ID,
      replicas: [4],
      isr: [4],
      removingReplicas: [],
      addingReplicas: [],
      leader: 4,
      leaderEpoch: 0,
      partitionEpoch: 0,
      directories: [ZERO_UUID],
    }
    expect(dumped(createTopic(imageOf(), orders))).toEqual([
      ['TOPIC_RECORD', 0, { name: 'orders', topicId: FIRST_ID }],
      ['CONFIG_RECORD', 0, { resourceType: 2, resourceName: 'orders', name: 'retention.ms', value: '7' }],
      ['PARTITION_RECORD', 1, { partitionId: 0, ...partition }],
      ['PARTITION_RECORD', 1, { partitionId: 1, ...partition }],
    ])
  })

  test('changes nothing until its records are replayed', () => {
    const image = imageOf()
    const records = createTopic(image, orders)
    expect([...image.topics]).toEqual([])
    replayed(image, records)
    expect(image.topic('orders')?.id).toBe(FIRST_ID)
    expect(image.topicById(FIRST_ID)?.partitions.size).toBe(2)
    expect(image.configsOf('orders')).toEqual(new Map([['retention.ms', '7']]))
  })

  test.each(['x'.repeat(240), 'x'.repeat(249)])('keeps the id of a topic with a long name', (name) => {
    const image = imageOf(...createTopic(imageOf(), { ...orders, name }))
    expect(image.topic(name)?.id).toBe(FIRST_ID)
    expect(image.topic(name)?.partitions.size).toBe(2)
  })

  test('refuses a topic that exists, a colliding name, an illegal one, and the metadata log itself', () => {
    const image = imageOf(...createTopic(imageOf(), { ...orders, name: 'a.b' }))
    const codeFor = (name: string): string => failure(() => createTopic(image, { ...orders, id: SECOND_ID, name })).code
    expect(codeFor('a.b')).toBe('TOPIC_ALREADY_EXISTS')
    expect(codeFor('a_b')).toBe('INVALID_TOPIC_EXCEPTION')
    expect(codeFor('a/b')).toBe('INVALID_TOPIC_EXCEPTION')
    expect(codeFor('__cluster_metadata')).toBe('INVALID_REQUEST')
  })

  test.each([0, -1, 1.5, Number.NaN, 10_001])('refuses %s partitions', (partitions) => {
    expect(failure(() => createTopic(imageOf(), { ...orders, partitions }))).toMatchObject({ code: 'INVALID_PARTITIONS', exitCode: 2 })
  })

  test('refuses a setting that no Kafka could read again', () => {
    const configs = new Map([['leader.replication.throttled.replicas', 'x'.repeat(0x8000)]])
    expect(failure(() => createTopic(imageOf(), { ...orders, configs })).code).toBe('INVALID_CONFIG')
  })
})

describe('a topic that exists', () => {
  const image = imageOf(...createTopic(imageOf(), orders))
  const topic = image.topic('orders') as TopicImage

  test('gets more partitions, numbered on', () => {
    const grown = imageOf(...createTopic(imageOf(), orders), ...createPartitions(topic, 4, 4))
    expect([...(grown.topic('orders')?.partitions ?? [])].map(([partition]) => partition)).toEqual([0, 1, 2, 3])
  })

  test.each([1, 2])('does not get %i partitions: their number only grows', (count) => {
    expect(failure(() => createPartitions(topic, count, 4)).code).toBe('INVALID_PARTITIONS')
  })

  test('has settings set and deleted, others kept', () => {
    const changes = new Map([
      ['retention.ms', null],
      ['cleanup.policy', 'compact'],
    ])
    const altered = imageOf(
      ...createTopic(imageOf(), orders),
      ...alterConfigs('orders', new Map([['segment.ms', '9']])),
      ...alterConfigs('orders', changes),
    )
    expect(altered.configsOf('orders')).toEqual(
      new Map([
        ['segment.ms', '9'],
        ['cleanup.policy', 'compact'],
      ]),
    )
  })

  test('is gone once deleted, and made again has neither its partitions nor its settings', () => {
    const deleted = imageOf(...createTopic(imageOf(), orders), ...deleteTopic(topic, orders.configs))
    expect([...deleted.topics]).toEqual([])
    expect(deleted.topicById(FIRST_ID)).toBeUndefined()
    replayed(deleted, createTopic(deleted, { ...orders, id: SECOND_ID, partitions: 1, configs: new Map() }))
    expect(deleted.topic('orders')).toMatchObject({ id: SECOND_ID, partitions: { size: 1 } })
    expect(deleted.configsOf('orders').size).toBe(0)
  })

  // Kafka gave them to the next topic of the same name when it started on the directory.
  test('takes its settings along, each with a record, before it is removed', () => {
    const config = { resourceType: 2, resourceName: 'orders', name: 'retention.ms', value: null }
    expect(dumped(deleteTopic(topic, orders.configs))).toEqual([
      ['CONFIG_RECORD', 0, config],
      ['REMOVE_TOPIC_RECORD', 0, { topicId: FIRST_ID }],
    ])
  })

  test('is found by name; for a name that is near, it is suggested', () => {
    expect(requireTopic(image, 'orders')).toBe(topic)
    expect(failure(() => requireTopic(image, 'oders'))).toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      hint: expect.stringContaining("'orders'"),
    })
  })
})

test('a topic that holds the state of Kafka is not deleted', () => {
  const image = imageOf(...createTopic(imageOf(), { ...orders, name: '__consumer_offsets' }))
  expect(failure(() => deleteTopic(image.topic('__consumer_offsets') as TopicImage, new Map())).code).toBe('INVALID_REQUEST')
})
