// The group that keeps how far a dead-letter topic is worked off has one member at a time: two would take out the same records.
import type { Cluster } from '../../client/cluster.ts'
import type { OffsetAndMetadata } from '../../client/groups.ts'
import { randomUuid } from '../../bytes/uuid.ts'
import { LeatError } from '../../errors/leat-error.ts'
import type { System } from '../../system/system.ts'
import { MemberFenced, Membership } from '../consume/group/membership.ts'

const SESSION_TIMEOUT_MS = 45_000
const REBALANCE_TIMEOUT_MS = 300_000
const JOINING_BEATS = 5
const FENCING_CODES = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH'])

export class SoleMember {
  readonly #groupId: string
  readonly #membership: Membership
  #heartbeatIntervalMs = 0

  private constructor(groupId: string, membership: Membership) {
    this.#groupId = groupId
    this.#membership = membership
  }

  /** @throws LeatError NON_EMPTY_GROUP when somebody else is at it */
  static async join(cluster: Cluster, system: System, groupId: string, topic: string): Promise<SoleMember> {
    if (await cluster.groups.hasMembers(groupId)) throw taken(groupId)
    const options = {
      groupId,
      memberId: randomUuid((bytes) => system.random.fill(bytes)),
      instanceId: null,
      clientId: 'leat-dlq',
      topics: [topic],
      topicPattern: null,
      assignor: null,
      rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
    }
    const member = new SoleMember(groupId, new Membership(cluster.groups, options, system.clock))
    const partitions = cluster.describeTopic(topic).partitions.length
    await member.#take(partitions)
    return member
  }

  /** How often it has to say that it lives, at least, where it waits. */
  get heartbeatIntervalMs(): number {
    return this.#heartbeatIntervalMs
  }

  /** Says that it lives, where that is due. */
  async live(): Promise<void> {
    if (this.#membership.silentMs >= this.#heartbeatIntervalMs) await this.#orFenced(() => this.#beat())
  }

  async commit(offsets: readonly OffsetAndMetadata[]): Promise<void> {
    await this.#orFenced(() => this.#membership.commit(offsets))
  }

  /** As `commit`, in a transaction that `action` writes for this member. */
  async commitWith(action: (committer: Membership['committer']) => Promise<void>): Promise<void> {
    await this.#orFenced(() => action(this.#membership.committer))
  }

  async leave(): Promise<void> {
    await this.#membership.leave()
  }

  /** Whoever is alone has all partitions at once, and says so with the next heartbeat. */
  async #take(partitionCount: number): Promise<void> {
    for (let beat = 0; beat < JOINING_BEATS; beat++) {
      const { assigned, isSettled } = await this.#beat()
      const hasAll = this.#membership.owned.length === partitionCount
      this.#membership.owned = assigned
      if (isSettled && hasAll && assigned.length === partitionCount) return
    }
    await this.#membership.leave()
    throw taken(this.#groupId)
  }

  async #beat(): ReturnType<Membership['heartbeat']> {
    const response = await this.#membership.heartbeat()
    this.#heartbeatIntervalMs = response.heartbeatIntervalMs
    return response
  }

  async #orFenced<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action()
    } catch (error) {
      if (!isFencing(error)) throw error
      throw new LeatError('FENCED_MEMBER_EPOCH', `group '${this.#groupId}' has gone on without this run, which was silent for too long`, {
        hint: 'What it took out since its last commit is taken out again by the next run.',
        cause: error,
      })
    }
  }
}

/** A transaction is refused with the codes of its coordinators. */
function isFencing(error: unknown): boolean {
  return error instanceof MemberFenced || (error instanceof LeatError && FENCING_CODES.has(error.code))
}

function taken(groupId: string): LeatError {
  return new LeatError('NON_EMPTY_GROUP', `another replay or park is at work: group '${groupId}' has a member`, {
    hint: `Wait until it is done; \`leat group members ${groupId}\` names it.`,
  })
}
