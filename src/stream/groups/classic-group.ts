// A group of the classic protocol (JoinGroup, SyncGroup) as Kafka left it in the log. It is only looked at: members are those of its
// last rebalance, and the group is stable where it has any. A group that nothing but committed offsets is known of is one, too.
import { MalformedInput, TruncatedInput } from '../../bytes/errors.ts'
import { ByteReader } from '../../bytes/reader.ts'
import { type Fields, type Infer, type Message, type ValuesOf, decode, hasVersion } from '../../bytes/schema.ts'
import type { consumerGroupRecords } from '../../record/internal/consumer-group-records.ts'
import { consumerProtocolAssignment, consumerProtocolSubscription } from '../../record/internal/consumer-protocol.ts'

type GroupMetadataValue = Infer<(typeof consumerGroupRecords.groupMetadata)['value']>

export type ClassicGroupMember = GroupMetadataValue['members'][number]

/** What members of groups of this type say to each other is Kafka's consumer protocol. */
const CONSUMER_PROTOCOL_TYPE = 'consumer'

export class ClassicGroup {
  readonly type = 'Classic'
  readonly groupId: string
  readonly protocolType: string
  /** Name of the assignor that all members agreed on; null in a group without members. */
  readonly protocol: string | null
  readonly generation: number
  /** Milliseconds since the epoch; -1n: not known. */
  readonly currentStateTimestamp: bigint
  readonly members: ReadonlyMap<string, ClassicGroupMember>

  /** @param value null where only offsets are known */
  constructor(groupId: string, value: GroupMetadataValue | null) {
    this.groupId = groupId
    this.protocolType = value?.protocolType ?? ''
    this.protocol = value?.protocol ?? null
    this.generation = value?.generation ?? 0
    this.currentStateTimestamp = value?.currentStateTimestamp ?? -1n
    this.members = new Map(value?.members.map((member) => [member.memberId, member]))
  }

  get state(): 'Empty' | 'Stable' {
    return this.members.size === 0 ? 'Empty' : 'Stable'
  }

  get usesConsumerProtocol(): boolean {
    return this.protocolType === CONSUMER_PROTOCOL_TYPE
  }

  /** A group of consumers whose subscriptions cannot be read may be subscribed to any topic. */
  isSubscribedTo(topic: string): boolean {
    if (!this.usesConsumerProtocol) return false
    return [...this.members.values()].some((member) => this.topicsOf(member)?.includes(topic) ?? true)
  }

  /** null: another protocol, or bytes that are not the consumer protocol's. */
  topicsOf(member: ClassicGroupMember): readonly string[] | null {
    return this.#decoded(consumerProtocolSubscription, member.subscription)?.topics ?? null
  }

  assignmentOf(member: ClassicGroupMember): readonly { readonly topic: string; readonly partitions: readonly number[] }[] {
    return this.#decoded(consumerProtocolAssignment, member.assignment)?.assignedPartitions ?? []
  }

  /** Later versions begin as the ones that are known do. */
  #decoded<F extends Fields>(schema: Message<F>, bytes: Buffer): ValuesOf<F> | null {
    if (!this.usesConsumerProtocol) return null
    try {
      const reader = new ByteReader(bytes)
      const version = reader.int16()
      return decode(schema, hasVersion(schema, version) ? version : schema.versions[1], reader)
    } catch (error) {
      if (error instanceof TruncatedInput || error instanceof MalformedInput) return null
      throw error
    }
  }
}
