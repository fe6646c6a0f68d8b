// Stores records so that they outlive whatever comes next: many that fail in the same moment share one sync.
//
//   store … store → add all · flush · sync → all of them are stored
//
// A write or sync that fails may take along any of the records that came with it: none of them is stored, as far as anybody is told, nor is any after it.
import type { Cluster } from '../../client/cluster.ts'
import type { System } from '../../system/system.ts'
import { type ProducedRecord, RecordProducers } from '../produce/record-producers.ts'
import { RecordRefusal } from '../produce/topic-producer.ts'

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
  /** What a write or sync failed with: the store has ended. */
  #failure: { readonly error: unknown } | null = null

  constructor(cluster: Cluster, system: System) {
    this.#cluster = cluster
    this.#producers = new RecordProducers({
      appenderOf: (topic) => cluster.openAppender(topic),
      random: system.random,
      onAppend: () => {},
    })
  }

  /**
   * Resolves once the record is on the disk.
   * @throws RecordRefusal where the topic does not take it
   * @throws LeatError where a write fails, or has failed before
   */
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
    while (this.#waiting.length > 0) await this.#storeAll(this.#waiting.splice(0))
    this.#isRunning = false
  }

  async #storeAll(waiting: readonly Waiting[]): Promise<void> {
    try {
      if (this.#failure !== null) throw this.#failure.error
      const added = waiting.filter((one) => this.#add(one))
      this.#producers.flush()
      await this.#cluster.sync()
      for (const { resolve } of added) resolve()
    } catch (error) {
      this.#failure = { error }
      // Those that were refused know.
      for (const { reject } of waiting) reject(error)
    }
  }

  /** One that its topic does not take keeps nobody else from being stored. */
  #add({ record, reject }: Waiting): boolean {
    try {
      this.#producers.add(record)
      return true
    } catch (error) {
      if (!(error instanceof RecordRefusal)) throw error
      reject(error)
      return false
    }
  }
}
