// Ids of events that were handled, in a compacted topic of the group's own (`GROUP.handled`): the id is the key, the time when it was handled
// the timestamp, the value is empty. All members of the group write there, and read what others wrote before they handle anything.
import type { BatchReader, Cluster } from '../../client/cluster.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import type { Clock } from '../../system/system.ts'
import type { DurableStore } from './durable-store.ts'

export interface HandledIdsOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly store: DurableStore
  readonly topic: string
  /** How long an id counts. */
  readonly ttlMs: number
}

const NOTHING = Buffer.alloc(0)

export class HandledIds {
  readonly #options: HandledIdsOptions
  readonly #reader: BatchReader
  readonly #cursor = new RecordCursor()
  /** By id (bytes as latin1): when it was handled, ms. Those that were handled first come first. */
  readonly #ids = new Map<string, bigint>()

  /** Reads what there is. @param topic has one partition */
  constructor(options: HandledIdsOptions) {
    const { cluster, topic } = options
    this.#options = options
    this.#reader = cluster.openReader(topic, 0, () => {})
    this.#reader.seek(cluster.partitionOffsets(topic, 0).startOffset)
    this.#catchUp()
  }

  /** Whether anybody in the group handled it within the time that counts. */
  has(id: string): boolean {
    this.#catchUp()
    return this.#ids.has(id)
  }

  /** Resolves once it is on the disk. */
  async add(id: string): Promise<void> {
    const { store, topic, clock } = this.#options
    await store.store({
      topic,
      partition: 0,
      timestamp: clock.now(),
      key: Buffer.from(id, 'latin1'),
      value: NOTHING,
      headers: null,
      codec: 0,
    })
  }

  close(): void {
    this.#reader.close()
  }

  #catchUp(): void {
    const oldest = this.#options.clock.now() - BigInt(this.#options.ttlMs)
    const cursor = this.#cursor
    for (let header = this.#reader.next(); header !== null; header = this.#reader.next()) {
      if (header.maxTimestamp <= oldest || header.isControl) continue
      cursor.open(this.#reader.bytes, this.#reader.at, header)
      while (cursor.next())
        if (cursor.keyStart >= 0) this.#put(cursor.bytes.toString('latin1', cursor.keyStart, cursor.keyEnd), cursor.timestamp)
    }
    for (const [id, handledAt] of this.#ids) {
      if (handledAt > oldest) break
      this.#ids.delete(id)
    }
  }

  #put(id: string, handledAt: bigint): void {
    this.#ids.delete(id)
    this.#ids.set(id, handledAt)
  }
}
