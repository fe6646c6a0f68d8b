// Watches a dead-letter topic, while records of it are replayed, for those that fail again: new arrivals that came from where a replayed
// record was stored.
import type { Cluster } from '../../client/cluster.ts'
import type { Clock } from '../../system/system.ts'
import type { PartitionRange } from '../consume/ranges.ts'
import { eachLetter, type Letter } from './letters.ts'

export interface FailedAgainOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly topic: string
  readonly signal: AbortSignal
}

interface Stored {
  readonly from: bigint
  /** Exclusive. */
  to: bigint
}

export class FailedAgain {
  readonly #options: FailedAgainOptions
  /** By partition; everything before it was looked at. */
  readonly #seen: Map<number, bigint>
  /** By topic and partition, in order. */
  readonly #stored = new Map<string, Stored[]>()
  readonly #topics = new Set<string>()
  #count = 0

  constructor(options: FailedAgainOptions) {
    const { cluster, topic } = options
    this.#options = options
    const partitions = cluster.describeTopic(topic).partitions
    this.#seen = new Map(partitions.map(({ partition }) => [partition, cluster.partitionOffsets(topic, partition).endOffset]))
  }

  stored(topic: string, partition: number, firstOffset: bigint, recordCount: number): void {
    const key = `${topic}-${partition}`
    const ranges = this.#stored.get(key) ?? []
    const last = ranges.at(-1)
    const to = firstOffset + BigInt(recordCount)
    if (last?.to === firstOffset) last.to = to
    else ranges.push({ from: firstOffset, to })
    this.#stored.set(key, ranges)
    this.#topics.add(topic)
  }

  /** How many there are by now. */
  async count(): Promise<number> {
    const { cluster, clock, topic, signal } = this.#options
    const ranges = [...this.#seen].flatMap(([partition, from]): PartitionRange[] => {
      const { endOffset } = cluster.partitionOffsets(topic, partition)
      return endOffset > from ? [{ topic, partition, from, to: endOffset }] : []
    })
    if (ranges.length === 0) return this.#count
    await eachLetter({ cluster, clock, ranges, isWanted: null, onDamage: () => {}, signal }, (letter) => {
      this.#seen.set(letter.partition, letter.offset + 1n)
      if (this.#isReplayed(letter)) this.#count++
      return true
    })
    return this.#count
  }

  #isReplayed({ letter }: Letter): boolean {
    if (letter === null) return false
    return letter.failures.some(({ topic, partition, offset }) => {
      if (topic === null) return false
      // A family that does not say the place keeps the headers, with the count of replays.
      if (partition === null || offset === null) return letter.replays !== 0 && this.#topics.has(topic)
      return this.#stored.get(`${topic}-${partition}`)?.some(({ from, to }) => offset >= from && offset < to) ?? false
    })
  }
}
