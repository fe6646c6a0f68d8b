// Members of a group in processes of their own on one simulated machine, from one seed: they come, go, are killed and suspended, topics are
// made, grow, are deleted and made again, and in the end the power goes. What DirectoryGroups answers is held against a model.
import type { DirectoryCluster } from '../../../src/client/directory/directory-cluster.ts'
import { JOIN_EPOCH, LEAVE_EPOCH, type MemberOptions } from '../../../src/client/groups.ts'
import type { TopicPartition } from '../../../src/record/topic-partition.ts'
import { LeatError } from '../../../src/errors/leat-error.ts'
import { memberOptions } from '../../support/members.ts'
import { openBusyDirectory } from '../../support/records.ts'
import { SeededRandom } from '../random.ts'
import { simulatedSystem, type SimulatedSystem } from '../system.ts'

const SESSION_TIMEOUT_MS = 10_000
const TOPICS = ['orders', 'clicks']

interface Member {
  readonly system: SimulatedSystem
  readonly cluster: DirectoryCluster
  readonly options: MemberOptions
  epoch: number
  owned: readonly TopicPartition[]
  /** Of the topics that it has partitions of, by name, as they were when it got them. */
  topicIds: Map<string, string>
  isSuspended: boolean
}

export class Machine {
  readonly #random: SeededRandom
  readonly #system: SimulatedSystem
  readonly #admin: DirectoryCluster
  #members: Member[] = []
  #spawned = 0
  /** By topic id and partition: what was committed last, by whom, and how much of it is on the disk. */
  readonly #committed = new Map<string, bigint>()
  readonly #committers = new Map<string, Member>()
  readonly #durable = new Map<string, bigint>()

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
    this.#system = simulatedSystem({ seed })
    this.#admin = openBusyDirectory(this.#system.anotherProcess(), '/data')
  }

  async run(steps: number): Promise<void> {
    await this.#admin.beginWriting()
    this.#admin.createTopic('orders', { partitions: 3, configs: new Map() })
    await this.#admin.sync()
    for (let step = 0; step < steps; step++) {
      await this.#act()
      await this.#check(this.#admin)
    }
    await this.#checkAfterPowerLoss()
  }

  async #act(): Promise<void> {
    const member = this.#members[this.#random.below(this.#members.length)]
    const chance = this.#random.below(100)
    if (member === undefined || (chance < 6 && this.#members.length < 5)) await this.#spawn()
    else if (chance < 45) await this.#beat(member)
    else if (chance < 65) await this.#commit(member)
    else if (chance < 70) await this.#sync(member)
    else if (chance < 76) member.isSuspended = !member.isSuspended
    else if (chance < 80) this.#kill(member)
    else if (chance < 83) await this.#leave(member)
    else if (chance < 92) await this.#system.clock.advance(this.#random.below(4_000))
    else if (chance < 94) await this.#system.clock.advance(this.#random.below(2 * SESSION_TIMEOUT_MS))
    else await this.#changeTopics()
  }

  async #spawn(): Promise<void> {
    const system = this.#system.anotherProcess()
    const cluster = openBusyDirectory(system, '/data')
    await cluster.beginWriting()
    const memberId = `member-${this.#spawned++}`
    const options = { ...memberOptions(memberId, TOPICS), sessionTimeoutMs: SESSION_TIMEOUT_MS }
    this.#members.push({ system, cluster, options, epoch: JOIN_EPOCH, owned: [], topicIds: new Map(), isSuspended: false })
  }

  async #beat(member: Member): Promise<void> {
    if (member.isSuspended) return
    await this.#orFenced(member, async () => {
      const response = await member.cluster.groups.heartbeat(member.options, member.epoch, member.owned)
      member.epoch = response.memberEpoch
      // Not always does it let go of partitions at once.
      if (!this.#random.chance(0.8)) return
      const topics = new Set(response.assigned.map(({ topic }) => topic))
      const had = new Set(member.owned.map(({ topic }) => topic))
      member.topicIds = new Map(
        [...topics].map((topic) => [topic, (had.has(topic) && member.topicIds.get(topic)) || this.#idOf(this.#admin, topic)]),
      )
      member.owned = response.assigned
    })
  }

  /** On from where the group is, in all that it has. */
  async #commit(member: Member): Promise<void> {
    if (member.isSuspended || member.epoch === JOIN_EPOCH) return
    const { options, cluster, epoch } = member
    const before = new Map((await cluster.groups.fetchOffsets('g')).map((offset) => [`${offset.topic}-${offset.partition}`, offset.offset]))
    const offsets = member.owned.map(({ topic, partition }) => {
      const offset = (before.get(`${topic}-${partition}`) ?? 0n) + BigInt(1 + this.#random.below(9))
      return { topic, partition, offset, leaderEpoch: 0, metadata: '' }
    })
    await this.#orFenced(member, async () => {
      const identity = { memberId: options.memberId, memberEpoch: epoch, instanceId: null }
      await cluster.groups.commitOffsets({ groupId: 'g', member: identity, offsets })
      const assigned = await this.#assigned(this.#admin)
      const present = new Map(
        (await this.#admin.groups.fetchOffsets('g')).map((offset) => [this.#keyOf(this.#admin, offset), offset.offset]),
      )
      for (const { topic, partition, offset } of offsets) {
        const key = this.#keyOf(this.#admin, { topic, partition })
        if (this.#idOf(this.#admin, topic) !== member.topicIds.get(topic)) {
          must(present.get(key) === this.#committed.get(key), `of a topic '${topic}' that is gone nothing is taken`)
          continue
        }
        must(present.get(key) === offset, `a commit of ${topic}-${partition} that was not refused counts`)
        const owner = assigned.get(`${topic}-${partition}`) ?? options.memberId
        must(owner === options.memberId, `a commit of ${topic}-${partition} is not taken from who has lost it`)
        this.#committed.set(key, offset)
        this.#committers.set(key, member)
      }
    })
  }

  async #sync(member: Member): Promise<void> {
    if (member.isSuspended) return
    await member.cluster.sync()
    this.#noteSynced(member)
  }

  /** What it has committed is on the disk now. */
  #noteSynced(member: Member): void {
    for (const [key, committer] of this.#committers) if (committer === member) this.#durable.set(key, this.#committed.get(key) ?? 0n)
  }

  #kill(member: Member): void {
    member.system.kill()
    this.#members = this.#members.filter((other) => other !== member)
  }

  async #leave(member: Member): Promise<void> {
    if (member.isSuspended) return
    if (member.epoch !== JOIN_EPOCH) await this.#orFenced(member, () => member.cluster.groups.heartbeat(member.options, LEAVE_EPOCH, []))
    await member.cluster.close()
    this.#noteSynced(member)
    this.#members = this.#members.filter((other) => other !== member)
  }

  async #changeTopics(): Promise<void> {
    const name = this.#random.pick('orders', ...TOPICS)
    this.#admin.refreshTopics()
    const create = (): void => this.#admin.createTopic(name, { partitions: 1 + this.#random.below(3), configs: new Map() })
    if (!this.#admin.hasTopic(name)) create()
    else if (this.#random.chance(0.5)) {
      this.#admin.deleteTopic(name)
      if (this.#random.chance(0.5)) create()
    } else {
      const partitions = this.#admin.describeTopic(name).partitions.length + 1
      if (partitions < 7) this.#admin.alterTopic(name, { partitions, configs: new Map() })
    }
    await this.#admin.sync()
  }

  /** In the records nobody has what another has, and the group is where the model says. */
  async #check(cluster: DirectoryCluster): Promise<void> {
    cluster.refreshTopics()
    await this.#assigned(cluster)
    for (const offset of await cluster.groups.fetchOffsets('g')) {
      if (!cluster.hasTopic(offset.topic)) continue
      const key = this.#keyOf(cluster, offset)
      must(offset.offset === this.#committed.get(key), `${key} is at ${this.#committed.get(key)}, not at ${offset.offset}`)
    }
  }

  async #assigned(cluster: DirectoryCluster): Promise<Map<string, string>> {
    const owners = new Map<string, string>()
    if (!(await cluster.groups.list()).some(({ groupId }) => groupId === 'g')) return owners
    for (const { memberId, assigned } of (await cluster.groups.describe('g')).members)
      for (const { topic, partition } of assigned) {
        must(!owners.has(`${topic}-${partition}`), `${topic}-${partition} has one owner`)
        owners.set(`${topic}-${partition}`, memberId)
      }
    return owners
  }

  async #checkAfterPowerLoss(): Promise<void> {
    for (const member of this.#members) {
      await member.cluster.sync()
      this.#noteSynced(member)
    }
    await this.#admin.sync()
    for (let more = 0; more < 20; more++) await this.#act()
    const mode = this.#random.pick('drop', 'random', 'keep', 'zeros')
    const system = this.#system.afterPowerLoss({ mode, seed: this.#random.below(1_000) })
    const cluster = openBusyDirectory(system, '/data')
    await cluster.beginWriting()
    const offsets = new Map((await cluster.groups.fetchOffsets('g')).map((offset) => [this.#keyOf(cluster, offset), offset.offset]))
    for (const topic of cluster.topicNames())
      for (const { partition } of cluster.describeTopic(topic).partitions) {
        const key = this.#keyOf(cluster, { topic, partition })
        const [least, most, offset] = [this.#durable.get(key) ?? 0n, this.#committed.get(key) ?? 0n, offsets.get(key) ?? 0n]
        must(offset >= least && offset <= most, `after the power loss (${mode}) ${key} is at ${offset}, between ${least} and ${most}`)
      }
    await this.#goOn(system, cluster)
  }

  /** One member has everything, and commits it. */
  async #goOn(system: SimulatedSystem, admin: DirectoryCluster): Promise<void> {
    if (!TOPICS.some((name) => admin.hasTopic(name))) admin.createTopic('orders', { partitions: 2, configs: new Map() })
    const cluster = openBusyDirectory(system.anotherProcess(), '/data')
    await cluster.beginWriting()
    const options = { ...memberOptions('last', TOPICS), sessionTimeoutMs: SESSION_TIMEOUT_MS }
    let response = await cluster.groups.heartbeat(options, JOIN_EPOCH, [])
    for (let round = 0; round < 3; round++) response = await cluster.groups.heartbeat(options, response.memberEpoch, response.assigned)
    const expected = TOPICS.flatMap((name) => (cluster.hasTopic(name) ? cluster.describeTopic(name).partitions : []))
    must(response.isSettled && response.assigned.length === expected.length, 'who comes after the power loss has all partitions')
    const offsets = response.assigned.map((at) => ({ ...at, offset: 1_000_000n, leaderEpoch: 0, metadata: '' }))
    await cluster.groups.commitOffsets({
      groupId: 'g',
      member: { memberId: 'last', memberEpoch: response.memberEpoch, instanceId: null },
      offsets,
    })
    const committed = (await admin.groups.fetchOffsets('g')).filter(({ topic }) => admin.hasTopic(topic))
    must(committed.length === offsets.length && committed.every(({ offset }) => offset === 1_000_000n), 'what it commits counts')
  }

  async #orFenced(member: Member, action: () => Promise<unknown>): Promise<void> {
    try {
      await action()
    } catch (error) {
      const codes = ['UNKNOWN_MEMBER_ID', 'FENCED_MEMBER_EPOCH', 'STALE_MEMBER_EPOCH', 'GROUP_ID_NOT_FOUND']
      if (!(error instanceof LeatError && codes.includes(error.code))) throw error
      if (error.code === 'STALE_MEMBER_EPOCH') return
      member.epoch = JOIN_EPOCH
      member.owned = []
    }
  }

  #keyOf(cluster: DirectoryCluster, { topic, partition }: TopicPartition): string {
    return `${this.#idOf(cluster, topic)}/${partition}`
  }

  #idOf(cluster: DirectoryCluster, topic: string): string {
    return cluster.hasTopic(topic) ? (cluster.describeTopic(topic).id ?? topic) : topic
  }
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`it does not hold that ${what}`)
}
