// Members of a group on one simulated machine, mostly each in a process of its own.
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { type HeartbeatResponse, JOIN_EPOCH, type MemberOptions } from '../../src/client/groups.ts'
import { type SimulatedSystem, simulatedSystem } from '../simulation/system.ts'
import { memberOptions } from '../support/members.ts'
import { openDirectory } from '../support/records.ts'
import type { TopicPartition } from '../../src/record/topic-partition.ts'

/** A member on a simulated machine. */
export class Member {
  readonly system: SimulatedSystem
  readonly cluster: DirectoryCluster
  readonly options: MemberOptions
  epoch = JOIN_EPOCH
  owned: readonly TopicPartition[] = []

  /** @param cluster of the process that it is in */
  constructor(system: SimulatedSystem, memberId: string, instanceId: string | null, cluster: DirectoryCluster, topic = 'events') {
    this.system = system
    this.cluster = cluster
    this.options = memberOptions(memberId, [topic], instanceId)
  }

  /** In a process of its own. */
  static async start(on: SimulatedSystem, memberId: string, instanceId: string | null = null): Promise<Member> {
    const system = on.anotherProcess()
    const member = new Member(system, memberId, instanceId, openDirectory(system, '/data'))
    await member.cluster.beginWriting()
    return member
  }

  /** Says what it has, and takes over what it shall have. */
  async beat(): Promise<HeartbeatResponse> {
    const response = await this.cluster.groups.heartbeat(this.options, this.epoch, this.owned)
    this.epoch = response.memberEpoch
    this.owned = response.assigned
    return response
  }

  commit(offset: bigint): Promise<void> {
    const { memberId, instanceId } = this.options
    const offsets = this.owned.map((at) => ({ ...at, offset, leaderEpoch: 0, metadata: '' }))
    return this.cluster.groups.commitOffsets({ groupId: 'g', member: { memberId, memberEpoch: this.epoch, instanceId }, offsets })
  }

  get partitions(): number[] {
    return this.owned.map(({ partition }) => partition)
  }
}

/** A machine with topic `events` of four partitions. */
export async function machine(): Promise<SimulatedSystem> {
  const system = simulatedSystem()
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  cluster.createTopic('events', { partitions: 4, configs: new Map() })
  await cluster.close()
  return system
}

export async function settle(...members: Member[]): Promise<void> {
  for (let round = 0; round < 4; round++) for (const member of members) await member.beat()
}
