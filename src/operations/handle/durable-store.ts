// Stores records so that they outlive whatever comes next: many that fail in the same moment share one sync.
//
//   store … store → add all · flush · sync → all of them are stored
import type { Cluster } from '../../client/cluster.ts'
import type { System } from '../../system/system.ts'
import { TopicProducer } from '../produce/topic-producer.ts'

export interface StoredRecord {
  readonly topic: string
  /** -1 lets the key decide. */
  readonly partition: number
  readonly timestamp: bigint
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Buffer | null
}

interface Waiting {
  readonly record: StoredRecord
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const BATCH_BYTES = 64 * 1024
const NO_BYTES = Buffer.alloc(0)

export class DurableStore {
  readonly #cluster: Cluster
  readonly #system: System
  readonly #producers = new Map<string, TopicProducer>()
  #waiting: Waiting[] = []
  #isRunning = false

  constructor(cluster: Cluster, system: System) {
    this.#cluster = cluster
    this.#system = system
  }

  /** Resolves once the record is on the disk. @throws LeatError where the topic does not take it, or a write fails */
  store(record: StoredRecord): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, resolve, reject })
      if (!this.#isRunning) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    // What comes in the same turn goes with it.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const some = this.#waiting.splice(0)
      try {
        for (const { record } of some) this.#add(record)
        for (const producer of this.#producers.values()) producer.flush()
        await this.#cluster.sync()
        for (const { resolve } of some) resolve()
      } catch (error) {
        for (const { reject } of some) reject(error)
      }
    }
    this.#isRunning = false
  }

  #add({ topic, partition, timestamp, key, value, headers }: StoredRecord): void {
    const producer = this.#producerOf(topic)
    const target = partition < producer.partitionCount ? partition : -1
    const keyStart = key === null ? -1 : 0
    const valueStart = value === null ? -1 : 0
    const bytes = value ?? NO_BYTES
    producer.add(target, timestamp, key ?? NO_BYTES, keyStart, key?.length ?? -1, bytes, valueStart, value?.length ?? -1, headers)
  }

  #producerOf(topic: string): TopicProducer {
    const known = this.#producers.get(topic)
    if (known !== undefined) return known
    const producer = new TopicProducer({
      topic,
      appender: this.#cluster.openAppender(topic),
      batchBytes: BATCH_BYTES,
      codec: 0,
      partitioner: 'murmur2',
      random: this.#system.random,
      onAppend: () => {},
    })
    this.#producers.set(topic, producer)
    return producer
  }
}
