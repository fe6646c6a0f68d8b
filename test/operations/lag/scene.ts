// A topic, a group and a clock that a test moves: records appended, offsets committed, and what `leat lag` says of it.
import type { CoordinatorTopic } from '../../../src/client/directory/coordinator-topic.ts'
import type { DirectoryCluster } from '../../../src/client/directory/directory-cluster.ts'
import { LagReader } from '../../../src/operations/lag/lag-reader.ts'
import type { PartitionLag } from '../../../src/operations/lag/partition-lag.ts'
import { keepSamples, readSamples } from '../../../src/operations/lag/samples.ts'
import type { GroupState } from '../../../src/stream/groups/group-state.ts'
import { simulatedSystem, type SimulatedSystem } from '../../simulation/system.ts'
import { batchOf } from '../../support/batches.ts'
import { openDirectory } from '../../support/records.ts'
import { commitOffset, offsetsTopic } from './committed.ts'

export const GROUP = 'billing'
export const TOPIC = 'orders'
const ROOT = '/data'

export class Scene {
  readonly system: SimulatedSystem
  readonly cluster: DirectoryCluster
  readonly #offsets: CoordinatorTopic<GroupState>

  private constructor(system: SimulatedSystem) {
    this.system = system
    this.cluster = openDirectory(system, ROOT)
    this.#offsets = offsetsTopic(this.cluster)
  }

  static async start(configs: Readonly<Record<string, string>> = {}): Promise<Scene> {
    const scene = new Scene(simulatedSystem())
    await scene.cluster.beginWriting()
    scene.cluster.createTopic(TOPIC, { partitions: 1, configs: new Map(Object.entries(configs)) })
    return scene
  }

  /** Appends records with the time of the clock, or another. */
  produce(count: number, timestamp: bigint = this.system.clock.now()): void {
    const values = Array.from({ length: count }, (_, index) => `record ${index}`)
    this.cluster.openAppender(TOPIC).append(0, batchOf(values, { timestamp: Number(timestamp) }))
  }

  append(batch: Buffer): void {
    this.cluster.openAppender(TOPIC).append(0, batch)
  }

  commit(offset: number): void {
    commitOffset(this.#offsets, { group: GROUP, topic: TOPIC, partition: 0, offset, timestampMs: this.system.clock.now() })
  }

  async wait(seconds: number): Promise<void> {
    await this.system.clock.advance(seconds * 1000)
  }

  /** What a run of `leat lag` would say of the partition; its sample is kept for later ones. */
  async lag(withSample = true): Promise<PartitionLag> {
    const reader = new LagReader({ cluster: this.cluster, clock: this.system.clock })
    const { looks, samples } = await reader.look({ groups: [GROUP], topics: null }, readSamples(this.system, ROOT))
    reader.close()
    if (withSample) keepSamples(this.system, ROOT, samples)
    return looks[0]!.lag
  }
}
