// Stores records so that they outlive whatever comes next: many that fail in the same moment share one sync.
//
//   store … store → add all · flush · sync → all of them are stored
import type { Cluster } from '../../client/cluster.ts'
import type { System } from '../../system/system.ts'
import { type ProducedRecord, RecordProducers } from '../produce/record-producers.ts'

interface Waiting {
  readonly record: ProducedRecord
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class DurableStore {
  readonly #cluster: Cluster
  readonly #producers: RecordProducers
  #waiting: Waiting[] = []
  #isRunning = false

  constructor(cluster: Cluster, system: System) {
    this.#cluster = cluster
    this.#producers = new RecordProducers({
      appenderOf: (topic) => cluster.openAppender(topic),
      random: system.random,
      onAppend: () => {},
    })
  }

  /** Resolves once the record is on the disk. @throws LeatError where the topic does not take it, or a write fails */
  store(record: ProducedRecord): Promise<void> {
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
      const added = this.#waiting.splice(0).filter((waiting) => this.#add(waiting))
      try {
        this.#producers.flush()
        await this.#cluster.sync()
        for (const { resolve } of added) resolve()
      } catch (error) {
        for (const { reject } of added) reject(error)
      }
    }
    this.#isRunning = false
  }

  /** One that its topic does not take keeps nobody else from being stored. */
  #add({ record, reject }: Waiting): boolean {
    try {
      this.#producers.add(record)
      return true
    } catch (error) {
      reject(error)
      return false
    }
  }
}
