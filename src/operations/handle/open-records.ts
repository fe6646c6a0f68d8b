// How far each partition is done with: records end in any order, and what may be committed is what has nothing open before it.
export interface OpenRecord {
  readonly offset: bigint
  isDone: boolean
  /** Handed over at least once. */
  isBegun: boolean
  /** At the end, whether it lies before a record that was begun: it is handled, so that the commit covers that one. */
  isInGap: boolean
}

interface Partition {
  /** In the order of offsets; those before `head` are done with. */
  open: OpenRecord[]
  head: number
  /** Everything before it was looked at. */
  next: bigint
}

/** Done records that are kept before the list is made anew. */
const SLACK = 1024

export class OpenRecords {
  readonly #partitions = new Map<string, Partition>()

  take(topic: string, partition: number, offset: bigint): OpenRecord {
    const state = this.#of(topic, partition)
    if (state.open.length >= 2 * SLACK) skipDone(state)
    const record = { offset, isDone: false, isBegun: false, isInGap: false }
    state.open.push(record)
    state.next = offset + 1n
    return record
  }

  /** Nothing that has to be done is before the offset but what was taken. */
  reached(topic: string, partition: number, offset: bigint): void {
    const state = this.#of(topic, partition)
    if (offset > state.next) state.next = offset
  }

  /** Everything before it is done with; undefined where nothing is known. */
  before(topic: string, partition: number): bigint | undefined {
    const state = this.#partitions.get(nameOf(topic, partition))
    if (state === undefined) return undefined
    skipDone(state)
    return state.open[state.head]?.offset ?? state.next
  }

  /** What is taken and lies before a record that was begun is to be handled yet. */
  findGaps(): void {
    for (const { open, head } of this.#partitions.values()) {
      const last = open.findLastIndex(({ isBegun, isDone }) => isBegun || isDone)
      for (let index = head; index < last; index++) (open[index] as OpenRecord).isInGap = true
    }
  }

  /** A record is left: those behind it in its partition are of no use to the commit. */
  leave(left: OpenRecord): void {
    for (const { open } of this.#partitions.values()) {
      if (open.includes(left)) for (const record of open) if (record.offset >= left.offset) record.isInGap = false
    }
  }

  leaveAll(): void {
    for (const { open } of this.#partitions.values()) for (const record of open) record.isInGap = false
  }

  clear(): void {
    this.#partitions.clear()
  }

  #of(topic: string, partition: number): Partition {
    const name = nameOf(topic, partition)
    let state = this.#partitions.get(name)
    if (state === undefined) this.#partitions.set(name, (state = { open: [], head: 0, next: -1n }))
    return state
  }
}

/** Only what is open, and a little more, is kept. */
function skipDone(state: Partition): void {
  const { open } = state
  while (state.head < open.length && (open[state.head] as OpenRecord).isDone) state.head++
  if (state.head < SLACK) return
  state.open = open.slice(state.head)
  state.head = 0
}

function nameOf(topic: string, partition: number): string {
  return `${topic}-${partition}`
}
