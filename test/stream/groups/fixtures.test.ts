// Groups as a real Kafka left them, beside what that Kafka itself said of them.
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ByteReader } from '../../../src/bytes/reader.ts'
import { BATCH_HEADER_SIZE, BatchHeader } from '../../../src/record/batch-header.ts'
import { describeGroup, listGroups } from '../../../src/stream/groups/descriptions.ts'
import { GroupState } from '../../../src/stream/groups/group-state.ts'
import { fetchOffsets } from '../../../src/stream/groups/offset-reads.ts'
import { consumerGroupHeartbeat } from '../../../src/stream/groups/heartbeat.ts'
import { DEFAULT_GROUP_CONFIG } from '../../../src/stream/groups/requests.ts'
import { partitionFor } from '../../../src/stream/groups/partition-for.ts'
import { MetadataImage } from '../../../src/stream/topics/metadata-image.ts'
import { exactJson } from '../../support/exact-json.ts'
import { type FixtureName, expectedOf, fixture, fixturesMissing } from '../../support/fixtures.ts'
import { storedRecords } from '../../support/stored-records.ts'
import { heartbeatRequest, joinOf } from './coordinator.ts'

interface ExpectedGroup {
  readonly group: string
  readonly type: string
  readonly protocolType: string
  readonly state: string
  readonly assignor?: string
  readonly coordinatorPartition: bigint
  readonly groupEpoch?: bigint
  readonly targetAssignmentEpoch?: bigint
  readonly members: readonly object[]
  readonly offsets: readonly { readonly leaderEpoch: bigint | null }[]
}

function segmentsOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .toSorted()
    .map((name) => path.join(folder, name))
}

function replayedPartition(folder: string): GroupState {
  const state = new GroupState()
  for (const file of segmentsOf(folder)) {
    const bytes = readFileSync(file)
    const records = storedRecords(file)
    for (let at = 0; at + BATCH_HEADER_SIZE <= bytes.length;) {
      const header = new BatchHeader(bytes, at)
      at += header.sizeInBytes
      for (const { offset, isControl, key, value } of records) {
        if (offset < header.baseOffset || offset > header.lastOffset) continue
        if (isControl) state.replayEndTransactionMarker(header.producerId, key!.readInt16BE(2) === 1)
        else state.replay({ key: key!, value }, offset, header.isTransactional ? header.producerId : -1n)
      }
    }
  }
  return state
}

function topicsOf(directory: string): MetadataImage {
  const image = new MetadataImage()
  const folder = path.join(directory, '__cluster_metadata-0')
  for (const file of segmentsOf(folder))
    for (const { isControl, value } of storedRecords(file)) if (!isControl && value !== null) image.replay(new ByteReader(value))
  return image
}

function partitionNames(partitions: readonly { readonly topic: string; readonly partitions: readonly number[] }[]): string[] {
  return partitions.flatMap(({ topic, partitions: numbers }) => numbers.map((partition) => `${topic}-${partition}`))
}

function ours(state: GroupState, topics: MetadataImage, groupId: string): object {
  const { type, protocolType, state: groupState, assignor, groupEpoch, assignmentEpoch, members } = describeGroup(state, groupId, topics)
  const offsets = fetchOffsets(
    state,
    { groupId, memberId: null, memberEpoch: -1, partitions: null, requireStable: false },
    new MetadataImage(),
  )
  const epochs = type === 'Consumer' ? { groupEpoch: BigInt(groupEpoch), targetAssignmentEpoch: BigInt(assignmentEpoch) } : {}
  return {
    group: groupId,
    type,
    protocolType,
    state: groupState,
    assignor,
    coordinatorPartition: BigInt(partitionFor(groupId, 4)),
    ...epochs,
    members: members.map(({ memberId, clientId, instanceId, memberEpoch, assignment }) => ({
      memberId,
      clientId,
      ...(instanceId === null ? {} : { instanceId }),
      ...(memberEpoch === null ? {} : { memberEpoch: BigInt(memberEpoch) }),
      assignment: partitionNames(assignment),
    })),
    offsets: offsets
      .toSorted((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
      .map(({ topic, partition, offset, leaderEpoch, metadata }) => ({
        topic,
        partition: BigInt(partition),
        offset,
        leaderEpoch: leaderEpoch < 0 ? null : BigInt(leaderEpoch),
        metadata,
      })),
  }
}

const FIXTURES: readonly FixtureName[] = ['groups', 'transactions']

test.skipIf(fixturesMissing).for(FIXTURES)("groups of '%s' are what Kafka says they are", (name) => {
  const directory = fixture(name)
  const topics = topicsOf(directory)
  const file = path.join(expectedOf(name), 'groups.json')
  const expected = exactJson(readFileSync(file, 'utf8')) as ExpectedGroup[]
  const states = [0, 1, 2, 3].map((partition) => replayedPartition(path.join(directory, `__consumer_offsets-${partition}`)))
  for (const group of expected.filter(({ type }) => type !== 'Share'))
    expect(ours(states[Number(group.coordinatorPartition)]!, topics, group.group)).toEqual(group)
  const listedGroups = states.flatMap(listGroups).map(({ groupId, type, state }) => `${groupId} ${type} ${state}`)
  expect(listedGroups.toSorted()).toEqual(expected.map(({ group, type, state }) => `${group} ${type} ${state}`).toSorted())
})

test.skipIf(fixturesMissing)('a static member that left a Kafka comes back here and has its partitions again', () => {
  const directory = fixture('groups')
  const topics = topicsOf(directory)
  const state = replayedPartition(path.join(directory, '__consumer_offsets-1'))
  const request = { groupId: 'static-consumer', memberId: 'new', instanceId: 'till-2', ...joinOf('clicks') }
  const context = { nowMs: 1n, topics, config: DEFAULT_GROUP_CONFIG }
  const { response } = consumerGroupHeartbeat(state, heartbeatRequest(request), context)
  expect(response.assignment).toEqual([{ topicId: topics.topic('clicks')!.id, partitions: [0, 1, 2, 3] }])
})
