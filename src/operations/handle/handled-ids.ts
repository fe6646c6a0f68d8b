// Ids of events that were handled, in a compacted topic of the group's own (`GROUP.handled`): the key is `TOPIC:ID`, the timestamp the time when it
// was handled, the value is empty. All members of the group write there, and read what others wrote before they handle anything.
import type { BatchReader, Cluster } from '../../client/cluster.ts'
import { KeyHash } from '../../log/cleaner/key-hash.ts'
import type { BatchHeader } from '../../record/batch-header.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import type { System } from '../../system/system.ts'
import type { DurableStore } from './durable-store.ts'
import { HandledTimes } from './handled-times.ts'

export interface HandledIdsOptions {
  readonly cluster: Cluster
  readonly system: System
  readonly store: DurableStore
  readonly topic: string
  /** How long an id counts. */
  readonly ttlMs: number
}

/** After so much of the topic the event loop has its turn. */
const TURN_BYTES = 4 * 1024 * 1024
/** A longer one is none: it has to fit a record. */
const MAX_ID_BYTES = 64 * 1024
const NOTHING = Buffer.alloc(0)

/** Tells an event apart from those of other topics, too. @returns null for an id that is none */
export function handledId(topic: string, id: string | null): string | null {
  return id === null || id.length > MAX_ID_BYTES ? null : `${topic}:${id}`
}

export class HandledIds {
  readonly #options: HandledIdsOptions
  readonly #reader: BatchReader
  readonly #cursor = new RecordCursor()
  readonly #times: HandledTimes

  private constructor(options: HandledIdsOptions, reader: BatchReader) {
    const seed = Buffer.alloc(16)
    options.system.random.fill(seed)
    this.#options = options
    this.#reader = reader
    this.#times = new HandledTimes(new KeyHash(seed), options.ttlMs)
  }

  /** Reads what there is. @param options.topic has one partition */
  static async open(options: HandledIdsOptions): Promise<HandledIds> {
    const { cluster, system, topic, ttlMs } = options
    const { clock } = system
    const { startOffset, endOffset } = cluster.partitionOffsets(topic, 0)
    const oldest = clock.now() - BigInt(ttlMs)
    const from = cluster.offsetForTime(topic, 0, oldest > 0n ? oldest : 0n) ?? endOffset
    const reader = cluster.openReader(topic, 0, () => {})
    reader.seek(from > startOffset ? from : startOffset)
    const ids = new HandledIds(options, reader)
    while (!ids.#catchUp(TURN_BYTES)) await clock.sleep(0)
    return ids
  }

  /** Whether anybody in the group handled it within the time that counts. @param id as `handledId` gives it */
  has(id: string): boolean {
    this.#catchUp(Number.POSITIVE_INFINITY)
    return this.#times.has(Buffer.from(id, 'latin1'), Number(this.#options.system.clock.now()))
  }

  /** Resolves once it is on the disk. */
  async add(id: string): Promise<void> {
    const { store, topic, system } = this.#options
    const key = Buffer.from(id, 'latin1')
    await store.store({ topic, partition: 0, timestamp: system.clock.now(), key, value: NOTHING, headers: null, codec: 0 })
  }

  close(): void {
    this.#reader.close()
  }

  /** @returns whether that was all */
  #catchUp(maxBytes: number): boolean {
    const now = Number(this.#options.system.clock.now())
    this.#times.expire(now)
    for (let bytes = 0; bytes < maxBytes;) {
      const header = this.#reader.next()
      if (header === null) return true
      bytes += header.sizeInBytes
      if (!header.isControl && Number(header.maxTimestamp) > now - this.#options.ttlMs) this.#putAll(header, now)
    }
    return false
  }

  /** Of the present batch. */
  #putAll(header: BatchHeader, now: number): void {
    const cursor = this.#cursor
    cursor.open(this.#reader.bytes, this.#reader.at, header)
    while (cursor.next()) {
      const handledAt = Number(cursor.timestamp)
      // Anybody may write there: what is to come would count for ever.
      if (cursor.keyStart >= 0 && handledAt >= 0) this.#times.put(cursor.bytes, cursor.keyStart, cursor.keyEnd, Math.min(handledAt, now))
    }
  }
}
