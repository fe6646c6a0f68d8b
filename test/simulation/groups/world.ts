// A group with everything that can happen to it, from one seed: members that come, go, crash, pause and lose their network, topics that
// grow, clocks that jump, coordinators that fail over. After every step the invariants are looked at.
import { isDeepStrictEqual } from 'node:util'
import type { ConsumerGroup } from '../../../src/stream/groups/consumer-group.ts'
import { expireMembers } from '../../../src/stream/groups/expire-members.ts'
import { GroupState } from '../../../src/stream/groups/group-state.ts'
import { consumerGroupHeartbeat } from '../../../src/stream/groups/heartbeat.ts'
import { LivenessTimers } from '../../../src/stream/groups/liveness.ts'
import { commitOffsets } from '../../../src/stream/groups/offset-commits.ts'
import {
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  DEFAULT_GROUP_CONFIG,
  type GroupContext,
  type OffsetCommitRequest,
} from '../../../src/stream/groups/requests.ts'
import type { CoordinatorRecord, CoordinatorResult } from '../../../src/stream/coordinator.ts'
import { TestTopics } from '../../stream/groups/coordinator.ts'
import { viewOf } from '../../stream/groups/view.ts'
import { SeededRandom } from '../random.ts'
import { type Connection, SimulatedMember, type Subscription } from './member.ts'

const SESSION_TIMEOUT_MS = 10_000
const INSTANCES = ['till-1', 'till-2']

export class World implements Connection {
  readonly #random: SeededRandom
  readonly #log: CoordinatorRecord[] = []
  #state = new GroupState()
  #timers = new LivenessTimers()
  #topics = new TestTopics().set('orders', 3).set('clicks', 1)
  #nowMs = 1_000_000n
  #members: SimulatedMember[] = []
  #spawned = 0
  #loss = 0.1
  /** By `topicId/partition`: what the coordinator has confirmed, and who had the partition since when. */
  readonly #committed = new Map<string, number>()
  readonly #handedOver = new Map<string, { readonly owner: string; readonly epoch: number }>()
  readonly #subscriptions: readonly Subscription[]

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
    const serverAssignor = this.#random.pick(null, 'uniform', 'range', 'round-robin', 'sticky')
    const all = { subscribedTopicNames: ['orders', 'clicks'], subscribedTopicRegex: '', serverAssignor }
    const overlapping: Subscription[] = [
      { ...all, subscribedTopicNames: ['orders'] },
      { ...all, subscribedTopicNames: [], subscribedTopicRegex: 'orders|clicks.*' },
    ]
    this.#subscriptions = this.#random.chance(0.5) ? [all] : [all, ...overlapping]
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step++) {
      this.#act()
      this.#check()
    }
    this.#converge()
    this.#checkConverged()
    this.#checkReplay()
  }

  // Connection

  heartbeat(request: ConsumerGroupHeartbeatRequest): ConsumerGroupHeartbeatResponse {
    const response = this.#append(consumerGroupHeartbeat(this.#state, request, this.#context))
    if (request.memberEpoch === -1) this.#timers.forget('group', request.memberId)
    else if (request.memberEpoch >= 0) this.#timers.heard('group', request.memberId, this.#nowMs)
    return response
  }

  commit(request: OffsetCommitRequest): void {
    this.#append(commitOffsets(this.#state, request, this.#context))
    const owners = this.#group.owners()
    for (const { topic, partition, offset } of request.offsets) {
      const id = this.#topics.topic(topic)!.id
      const key = `${id}/${partition}`
      must(owners.get(id)?.get(partition) === request.memberId, `a commit of ${topic}-${partition} is taken from its owner only`)
      must(Number(offset) >= (this.#committed.get(key) ?? 0), `the committed offset of ${topic}-${partition} never goes back`)
      this.#committed.set(key, Number(offset))
    }
  }

  committed(key: string): number {
    const [topicId, partition] = key.split('/') as [string, string]
    const offset = Number(this.#state.offsets.get('group', this.topicName(topicId) ?? '', Number(partition))?.offset ?? 0n)
    must(offset === (this.#committed.get(key) ?? 0), 'what was committed is read again')
    return offset
  }

  topicName(topicId: string): string | undefined {
    return this.#topics.topicById(topicId)?.name
  }

  // What happens

  #act(): void {
    const member = this.#members[this.#random.below(this.#members.length)]
    const chance = this.#random.below(100)
    if (member === undefined || (chance < 5 && this.#members.length < 7)) this.#spawn()
    else if (chance < 60) this.#live(member)
    else if (chance < 64) member.isPaused = !member.isPaused
    else if (chance < 68) this.#stop(member)
    else if (chance < 84) this.#nowMs += BigInt(this.#random.below(2_000))
    else if (chance < 86) this.#nowMs += BigInt(this.#random.below(2 * SESSION_TIMEOUT_MS))
    else if (chance < 95) this.#expire()
    else if (chance < 97) this.#failOver()
    else this.#changeTopics()
  }

  #live(member: SimulatedMember): void {
    if (member.isPaused || !this.#random.chance(member.pace)) return
    member.work()
    if (this.#random.chance(0.3)) member.finishRevocation()
    if (this.#random.chance(0.3)) member.commit()
    member.step(this.#loss)
    this.#members = this.#members.filter(({ isGone }) => !isGone)
  }

  #spawn(): void {
    const instanceId = this.#random.chance(0.3) ? this.#random.pick(INSTANCES[0]!, ...INSTANCES) : null
    const subscription = this.#subscriptions[this.#random.below(this.#subscriptions.length)]!
    this.#members.push(new SimulatedMember(`member-${this.#spawned++}`, instanceId, subscription, this.#random, this))
  }

  #stop(member: SimulatedMember): void {
    if (this.#random.chance(0.4)) member.crash()
    else member.leave(member.instanceId !== null && this.#random.chance(0.7) ? -2 : -1, this.#loss)
    this.#members = this.#members.filter(({ isGone }) => !isGone)
  }

  #expire(): void {
    const liveness = this.#timers.at(this.#nowMs, SESSION_TIMEOUT_MS)
    for (const { groupId, memberId } of this.#append(expireMembers(this.#state, liveness, this.#context)))
      this.#timers.forget(groupId, memberId)
  }

  /** Another process goes on, with nothing but the log. Its clock is another one. */
  #failOver(): void {
    this.#state = replayed(this.#log)
    this.#timers = new LivenessTimers()
    this.#nowMs += BigInt(this.#random.below(5_000) - 2_500)
  }

  #changeTopics(): void {
    const name = this.#random.pick('orders', 'clicks', 'clicks.eu')
    this.#topics.set(name, Math.min(8, (this.#topics.topic(name)?.partitions.size ?? 0) + 1 + this.#random.below(2)))
  }

  /** From here on nothing goes wrong. */
  #converge(): void {
    this.#loss = 0
    this.#spawn()
    for (const member of this.#members) {
      member.isPaused = false
      member.pace = 1
    }
    for (let round = 0; round < 60; round++) {
      if (round === 30) this.#changeTopics()
      // Two seconds a round: who is there is heard of in time, who is not is fenced.
      this.#nowMs += 2_000n
      this.#expire()
      for (const member of this.#members) {
        member.finishRevocation()
        this.#live(member)
        this.#check()
      }
    }
  }

  // What must hold

  #check(): void {
    const group = this.#state.group('group')
    if (group?.type !== 'Consumer') return
    const owners = new Map<string, string>()
    for (const member of group.members.values())
      for (const [topicId, partitions] of [...member.assignedPartitions, ...member.partitionsPendingRevocation])
        for (const [partition, epoch] of partitions) {
          const key = `${topicId}/${partition}`
          must(!owners.has(key), `${key} has one owner in the records`)
          owners.set(key, member.memberId)
          this.#checkHandover(key, member.instanceId ?? member.memberId, epoch)
        }
    for (const member of this.#members) {
      // A member that was fenced and has not heard of it yet may think what it likes: it cannot commit.
      if (!group.members.has(member.memberId)) continue
      for (const key of member.owned.keys()) must(owners.get(key) === member.memberId, `${key} is only in the hands of its owner`)
    }
  }

  #checkHandover(key: string, owner: string, epoch: number): void {
    const before = this.#handedOver.get(key)
    must(before === undefined || before.owner === owner || epoch > before.epoch, `${key} has one owner in an epoch`)
    this.#handedOver.set(key, { owner, epoch })
  }

  #checkConverged(): void {
    const group = this.#group
    must(group.state === 'Stable', 'the group comes to rest')
    const owned = this.#members.flatMap((member) => (group.members.has(member.memberId) ? [...member.owned.keys()] : []))
    const expected = [...this.#topics.topics].flatMap(({ id, name, partitions }) =>
      group.isSubscribedTo(name) ? Array.from({ length: partitions.size }, (_, partition) => `${id}/${partition}`) : [],
    )
    must(isDeepStrictEqual(owned.toSorted(), expected.toSorted()), 'every partition has one owner in the end')
  }

  #checkReplay(): void {
    must(viewOf(replayed(this.#log)) === viewOf(this.#state), 'the log gives the same state again')
  }

  get #group(): ConsumerGroup {
    const group = this.#state.group('group')
    if (group?.type !== 'Consumer') throw new Error('there is no group')
    return group
  }

  get #context(): GroupContext {
    return { nowMs: this.#nowMs, topics: this.#topics, config: { ...DEFAULT_GROUP_CONFIG, sessionTimeoutMs: SESSION_TIMEOUT_MS } }
  }

  #append<T>({ records, response }: CoordinatorResult<T>): T {
    for (const record of records) {
      this.#state.replay(record, BigInt(this.#log.length), -1n)
      this.#log.push(record)
    }
    return response
  }
}

/** Much faster than `expect`, and asked thousands of times. */
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`it does not hold that ${what}`)
}

function replayed(log: readonly CoordinatorRecord[]): GroupState {
  const state = new GroupState()
  for (const [offset, record] of log.entries()) state.replay(record, BigInt(offset), -1n)
  return state
}
