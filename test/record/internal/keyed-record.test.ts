import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MalformedInput, TruncatedInput } from '../../../src/bytes/errors.ts'
import { decodeGroupRecord, groupRecords } from '../../../src/record/internal/group-records.ts'
import { controlRecordJson, internalRecordJson } from '../../../src/record/internal/internal-record.ts'
import { encodeKey, encodeValue } from '../../../src/record/internal/keyed-record.ts'

const { offsetCommit, groupMetadata } = groupRecords
const key = encodeKey(offsetCommit, { group: 'billing', topic: 'orders', partition: 3 })
const commit = {
  offset: 2n ** 53n + 1n,
  leaderEpoch: 4,
  metadata: '',
  commitTimestamp: 1n,
  expireTimestamp: -1n,
  topicId: 'SCQijT6iTGKdY6ovBE6ynw',
}

test('a committed offset is read as it was written', () => {
  const record = decodeGroupRecord(key, encodeValue(offsetCommit, 4, commit))
  expect(record).toEqual({ type: 'OFFSET_COMMIT', key: { group: 'billing', topic: 'orders', partition: 3 }, version: 4, value: commit })
})

test('a null value deletes what the key names', () => {
  expect(decodeGroupRecord(key, null)).toMatchObject({ type: 'OFFSET_COMMIT', key: { group: 'billing' }, version: null, value: null })
})

test('kinds and versions that only a newer Kafka has are not known, rather than damage', () => {
  expect(decodeGroupRecord(Buffer.from('03e7ffff', 'hex'), null)).toBeNull()
  expect(decodeGroupRecord(key, Buffer.from('0005ffff', 'hex'))).toBeNull()
})

test('a known record that is cut is refused', () => {
  const value = encodeValue(offsetCommit, 3, commit)
  for (let end = 0; end < value.length; end++) expect(() => decodeGroupRecord(key, value.subarray(0, end))).toThrow(TruncatedInput)
  for (let end = 0; end < key.length; end++) expect(() => decodeGroupRecord(key.subarray(0, end), value)).toThrow(TruncatedInput)
})

describe('the metadata of a classic group as JSON', () => {
  const subscription = Buffer.from('0001' + '00000001' + '0001' + '61' + 'ffffffff' + '00000000', 'hex')
  const member = { memberId: 'm', groupInstanceId: null, clientId: 'c', clientHost: '/h', rebalanceTimeout: 1, sessionTimeout: 2 }
  const shown = (protocolType: string, assignment: Buffer): unknown => {
    const group = { protocolType, generation: 1, protocol: null, leader: null, currentStateTimestamp: 1n }
    const value = encodeValue(groupMetadata, 3, { ...group, members: [{ ...member, subscription, assignment }] })
    const record = internalRecordJson('__consumer_offsets', encodeKey(groupMetadata, { group: 'g' }), value)
    return (record as unknown as { readonly value: { readonly members: readonly unknown[] } }).value.members[0]
  }

  test('shows what consumers are subscribed to, and what of it is no consumer protocol as base64', () => {
    expect(shown('consumer', Buffer.from([1, 2, 3]))).toEqual({
      ...member,
      subscription: { topics: ['a'], userData: null, ownedPartitions: [] },
      assignment: 'AQID',
    })
  })

  test('leaves the bytes of other protocols alone', () => {
    expect(shown('connect', Buffer.alloc(0))).toEqual({ ...member, subscription: subscription.toString('base64'), assignment: '' })
  })
})

test('records of topics that are not internal are not looked into', () => {
  expect(internalRecordJson('orders', key, null)).toBeNull()
  expect(internalRecordJson('__consumer_offsets', null, Buffer.alloc(4))).toBeNull()
})

test('a transaction marker of a newer version is read as the first', () => {
  const marker = controlRecordJson(Buffer.from('00000001', 'hex'), Buffer.from('0001000000050002', 'hex'))
  expect(marker).toEqual({ type: 'COMMIT', version: 1, key: null, value: { version: 1, coordinatorEpoch: 5 } })
})

test('random bytes are a record, unknown, or refused, never another failure', () => {
  const anyBytes = fc.option(fc.uint8Array({ maxLength: 60 }).map((content) => Buffer.from(content)))
  const anyKey = fc
    .tuple(fc.integer({ min: 0, max: 24 }), fc.uint8Array({ maxLength: 20 }))
    .map(([kind, rest]) => Buffer.from([0, kind, ...rest]))
  const topics = fc.constantFrom('__consumer_offsets', '__transaction_state', '__share_group_state', '__cluster_metadata')
  fc.assert(
    fc.property(topics, anyKey, anyBytes, (topic, anyKind, value) => {
      for (const read of [() => internalRecordJson(topic, anyKind, value), () => controlRecordJson(anyKind, value)])
        try {
          read()
        } catch (error) {
          expect(error instanceof TruncatedInput || error instanceof MalformedInput).toBe(true)
        }
    }),
    { numRuns: 3000 },
  )
})
