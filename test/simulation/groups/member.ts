// A consumer as Kafka's clients are one: it heartbeats, lets go of partitions when it is told to, works on what it has, and commits. It
// knows only what responses say, and they may be late or lost.
import { LeatError } from '../../../src/errors/leat-error.ts'
import type { TopicPartitions } from '../../../src/stream/groups/assignment.ts'
import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
  OffsetCommitRequest,
} from '../../../src/stream/groups/requests.ts'
import { heartbeatRequest } from '../../stream/groups/coordinator.ts'
import type { SeededRandom } from '../random.ts'

/** What a member has in its hands, by `topicId/partition`: the next offset it will work on. */
export type Positions = Map<string, number>

export interface Subscription {
  readonly subscribedTopicNames: readonly string[]
  readonly subscribedTopicRegex: string
  readonly serverAssignor: string | null
}

/** The network, and the coordinator behind it. Throws what the coordinator refuses. */
export interface Connection {
  heartbeat(request: ConsumerGroupHeartbeatRequest): ConsumerGroupHeartbeatResponse
  commit(request: OffsetCommitRequest): void
  committed(key: string): number
  topicName(topicId: string): string | undefined
}

type Answer = ConsumerGroupHeartbeatResponse | LeatError

export class SimulatedMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly owned: Positions = new Map()
  /** A paused process neither sends nor sees anything. */
  isPaused = false
  /** How likely it does something when its turn has come: others have slow clocks. */
  pace: number
  isGone = false
  /** Sent, and not answered yet. */
  #answer: Answer | null = null
  #epoch = 0
  #isFullRequest = true
  #commit: OffsetCommitRequest | null = null
  readonly #revoking = new Set<string>()
  readonly #subscription: Subscription
  readonly #random: SeededRandom
  readonly #connection: Connection

  constructor(memberId: string, instanceId: string | null, subscription: Subscription, random: SeededRandom, connection: Connection) {
    this.memberId = memberId
    this.instanceId = instanceId
    this.#subscription = subscription
    this.#random = random
    this.#connection = connection
    this.pace = random.pick(1, 1, 0.5, 0.1)
  }

  /** Sends a heartbeat, or sees the answer to the last one. @param loss how likely a request, and how likely an answer gets lost */
  step(loss: number): void {
    if (this.#answer !== null) return this.#see(this.#answer)
    const request = this.#request()
    this.#isFullRequest = this.#epoch === 0
    if (this.#random.chance(loss)) {
      this.#isFullRequest = true
      return
    }
    const answer = answered(() => this.#connection.heartbeat(request))
    // What was not answered is said again, whole.
    if (this.#random.chance(loss)) this.#isFullRequest = true
    else this.#answer = answer
  }

  /** The user's callbacks are done with what has to go. */
  finishRevocation(): void {
    for (const key of this.#revoking) this.owned.delete(key)
    this.#revoking.clear()
  }

  /** Some records of each partition; what is being revoked is not worked on. */
  work(): void {
    for (const [key, position] of this.owned) if (!this.#revoking.has(key)) this.owned.set(key, position + this.#random.below(10))
  }

  /**
   * Sends a commit, or lets the one that is on its way arrive: heartbeats overtake it, and the member may have lost partitions since.
   * Refusals are passed over: the next heartbeat tells.
   */
  commit(): void {
    const onItsWay = this.#commit
    if (onItsWay !== null) {
      this.#commit = null
      answered(() => this.#connection.commit(onItsWay))
    } else if (this.#epoch > 0) this.#commit = this.#offsets()
  }

  /** Lets go of everything and says so, which may not arrive. @param epoch -1, or -2 to come back */
  leave(epoch: -1 | -2, loss: number): void {
    this.#abandon()
    this.isGone = true
    if (this.#random.chance(loss)) return
    // Who was fenced before has left already.
    answered(() =>
      this.#connection.heartbeat(heartbeatRequest({ memberId: this.memberId, instanceId: this.instanceId, memberEpoch: epoch })),
    )
  }

  crash(): void {
    this.#abandon()
    this.isGone = true
  }

  #offsets(): OffsetCommitRequest {
    const offsets = [...this.owned].flatMap(([key, position]) => {
      const [topicId, partition] = key.split('/') as [string, string]
      const topic = this.#connection.topicName(topicId)
      return topic === undefined
        ? []
        : { topic, topicId, partition: Number(partition), offset: BigInt(position), leaderEpoch: -1, metadata: '' }
    })
    return { groupId: 'group', memberId: this.memberId, memberEpoch: this.#epoch, instanceId: this.instanceId, offsets }
  }

  #request(): ConsumerGroupHeartbeatRequest {
    const { memberId, instanceId } = this
    const identity = { memberId, instanceId, memberEpoch: this.#epoch }
    const isFull = this.#isFullRequest || this.#random.chance(0.2)
    const topicPartitions = ownedTopics(this.owned)
    if (isFull) return heartbeatRequest({ ...identity, ...this.#subscription, rebalanceTimeoutMs: 30_000, topicPartitions })
    return heartbeatRequest({ ...identity, topicPartitions: this.#random.chance(0.3) ? null : topicPartitions })
  }

  #see(answer: Answer): void {
    this.#answer = null
    if (answer instanceof LeatError) this.#refused(answer)
    else {
      this.#epoch = answer.memberEpoch
      if (answer.assignment !== null) this.#assign(answer.assignment)
    }
  }

  #refused({ code, message }: LeatError): void {
    if (code === 'UNRELEASED_INSTANCE_ID') return
    if (!['FENCED_MEMBER_EPOCH', 'UNKNOWN_MEMBER_ID', 'GROUP_ID_NOT_FOUND', 'FENCED_INSTANCE_ID'].includes(code)) throw new Error(message)
    this.#abandon()
    if (code === 'FENCED_INSTANCE_ID') this.isGone = true
  }

  #assign(assignment: readonly TopicPartitions[]): void {
    const assigned = new Set(assignment.flatMap(({ topicId, partitions }) => partitions.map((partition) => `${topicId}/${partition}`)))
    for (const key of this.owned.keys()) if (!assigned.has(key)) this.#revoking.add(key)
    for (const key of assigned) {
      this.#revoking.delete(key)
      if (!this.owned.has(key)) this.owned.set(key, this.#connection.committed(key))
    }
    if (this.#random.chance(0.5)) this.finishRevocation()
  }

  #abandon(): void {
    this.owned.clear()
    this.#revoking.clear()
    this.#commit = null
    this.#epoch = 0
    this.#isFullRequest = true
  }
}

function answered<T>(send: () => T): T | LeatError {
  try {
    return send()
  } catch (error) {
    if (error instanceof LeatError) return error
    throw error
  }
}

function ownedTopics(owned: Positions): TopicPartitions[] {
  const topics = Map.groupBy(owned.keys(), (key) => key.split('/')[0] as string)
  return [...topics].map(([topicId, keys]) => ({ topicId, partitions: keys.map((key) => Number(key.split('/')[1])) }))
}
