// Which partition a record goes to. With a key: the one that Kafka's default partitioner chooses, so that the same key is in
// the same place whichever client wrote it. Without: sticky, one partition until its batch is full, then another.
import { partitionForKey } from '../../bytes/murmur2.ts'
import type { Random } from '../../system/system.ts'

export const PARTITIONERS = ['murmur2', 'random', 'round-robin', 'sticky'] as const
export type PartitionerName = (typeof PARTITIONERS)[number]

export class Partitioner {
  readonly #name: PartitionerName
  readonly #count: number
  readonly #random: Random
  readonly #scratch = Buffer.alloc(4)
  #next: number

  constructor(name: PartitionerName, partitionCount: number, random: Random) {
    this.#name = name
    this.#count = partitionCount
    this.#random = random
    this.#next = name === 'round-robin' ? 0 : this.#anyPartition()
  }

  /** @param keyStart -1 for a null key */
  partitionFor(key: Buffer, keyStart: number, keyEnd: number): number {
    if (this.#count === 1) return 0
    switch (this.#name) {
      case 'murmur2':
        return keyStart < 0 ? this.#next : partitionForKey(key, keyStart, keyEnd, this.#count)
      case 'sticky':
        return this.#next
      case 'random':
        return this.#anyPartition()
      case 'round-robin': {
        const partition = this.#next
        this.#next = (partition + 1) % this.#count
        return partition
      }
    }
  }

  /** A batch without keys is full: the next one goes elsewhere. */
  batchFull(partition: number): void {
    if (this.#name === 'round-robin' || this.#count === 1 || partition !== this.#next) return
    const other = this.#anyPartition()
    this.#next = other === partition ? (partition + 1) % this.#count : other
  }

  #anyPartition(): number {
    if (this.#count === 1) return 0
    this.#random.fill(this.#scratch)
    return this.#scratch.readUInt32BE(0) % this.#count
  }
}
