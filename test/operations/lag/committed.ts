// Committed offsets as a coordinator writes them.
import { CoordinatorTopic } from '../../../src/client/directory/coordinator-topic.ts'
import type { DirectoryCluster } from '../../../src/client/directory/directory-cluster.ts'
import { encodeKey, encodeValue } from '../../../src/record/internal/keyed-record.ts'
import { groupRecords } from '../../../src/record/internal/group-records.ts'
import { GroupState } from '../../../src/stream/groups/group-state.ts'

/** The directory is open for writing. */
export function offsetsTopic(cluster: DirectoryCluster): CoordinatorTopic<GroupState> {
  return new CoordinatorTopic({
    host: cluster,
    name: '__consumer_offsets',
    configs: new Map([['cleanup.policy', 'compact']]),
    makeState: () => new GroupState(),
    onDamage: () => {},
  })
}

export interface CommittedOffset {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestampMs: bigint
}

export function commitOffset(
  offsets: CoordinatorTopic<GroupState>,
  { group, topic, partition, offset, timestampMs }: CommittedOffset,
): void {
  const { offsetCommit } = groupRecords
  const value = { offset: BigInt(offset), leaderEpoch: -1, metadata: '', commitTimestamp: timestampMs, expireTimestamp: -1n, topicId: '' }
  const record = { key: encodeKey(offsetCommit, { group, topic, partition }), value: encodeValue(offsetCommit, 3, value) }
  offsets.logOf(group).change(() => ({ records: [record], response: null }))
}
