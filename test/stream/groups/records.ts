// Records that leat reads and does not write.
import { groupRecords } from '../../../src/record/internal/group-records.ts'
import { encodeKey, encodeValue } from '../../../src/record/internal/keyed-record.ts'
import type { CoordinatorRecord } from '../../../src/stream/coordinator.ts'

export interface ClassicGroupOptions {
  readonly protocolType?: string
  readonly currentStateTimestamp?: bigint
  readonly instanceId?: string
}

/** A classic group of generation 3, with members whose subscriptions cannot be read. */
export function classicGroup(group: string, memberIds: readonly string[] = [], options: ClassicGroupOptions = {}): CoordinatorRecord {
  const members = memberIds.map((memberId) => ({
    memberId,
    groupInstanceId: options.instanceId ?? null,
    clientId: 'client',
    clientHost: '/127.0.0.1',
    rebalanceTimeout: 60_000,
    sessionTimeout: 45_000,
    subscription: Buffer.alloc(0),
    assignment: Buffer.alloc(0),
  }))
  const value = {
    protocolType: options.protocolType ?? 'consumer',
    generation: 3,
    protocol: members.length === 0 ? null : 'range',
    leader: memberIds[0] ?? null,
    currentStateTimestamp: options.currentStateTimestamp ?? -1n,
    members,
  }
  return { key: encodeKey(groupRecords.groupMetadata, { group }), value: encodeValue(groupRecords.groupMetadata, 3, value) }
}
