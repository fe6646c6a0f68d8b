// Notes how far a member has come with the records that it hands on, and writes them out now and then: what is not out cannot be committed.
import type { RecordCursor } from '../../../record/record-cursor.ts'
import type { Clock } from '../../../system/system.ts'
import type { RecordSink } from '../record-sink.ts'
import type { Position, Positions } from './positions.ts'

/** Records handed over at most this long ago are out when a commit is due. */
const WRITE_INTERVAL_MS = 100

export class MemberSink implements RecordSink {
  readonly room: RecordSink['room']
  readonly #inner: RecordSink
  readonly #positions: Positions
  readonly #clock: Clock
  /** Run right before anything goes out, and rejects where others may have it by now; a promise holds the reading up. */
  readonly #check: () => Promise<unknown> | null
  #current: Position | undefined
  #end = 0n
  #lastWriteMs = 0
  #hasStopped = false

  constructor(inner: RecordSink, positions: Positions, clock: Clock, check: () => Promise<unknown> | null) {
    this.#inner = inner
    this.room = inner.room === undefined ? undefined : this.#room
    this.#positions = positions
    this.#clock = clock
    this.#check = check
  }

  /** Whether the sink below wants no more. */
  get isStopped(): boolean {
    return this.#hasStopped && this.#inner.wantsMore?.() !== true
  }

  beginBatch(topic: string, partition: number, cursor: RecordCursor): void {
    const { nextOffset, partitionLeaderEpoch } = cursor.header
    this.#current = this.#positions.get(topic, partition)
    this.#end = nextOffset
    if (this.#current !== undefined) this.#current.leaderEpoch = partitionLeaderEpoch
    this.#inner.beginBatch(topic, partition, cursor)
  }

  record(cursor: RecordCursor): boolean {
    if (this.#inner.record(cursor)) return true
    this.#hasStopped = true
    this.#end = cursor.offset + 1n
    return false
  }

  endBatch(): Promise<void> | null {
    this.#moveTo(this.#end)
    const isDue = Number(this.#clock.now()) - this.#lastWriteMs >= WRITE_INTERVAL_MS
    return isDue ? this.idle() : this.#checked(() => this.#inner.endBatch())
  }

  reached(topic: string, partition: number, offset: bigint): void {
    this.#current = this.#positions.get(topic, partition)
    this.#moveTo(offset)
    this.#inner.reached?.(topic, partition, offset)
  }

  idle(): Promise<void> | null {
    return this.#checked(() => this.#writeAll())
  }

  /** What others have now does not go out. */
  discard(): void {
    this.#inner.discard?.()
  }

  /** Asked before each record: no closure as long as there is nothing to check. */
  readonly #room = (): Promise<void> | null => {
    const checking = this.#check()
    if (checking === null) return this.#inner.room?.() ?? null
    return checking.then(() => this.#inner.room?.() ?? undefined)
  }

  #checked(write: () => Promise<void> | null): Promise<void> | null {
    const checking = this.#check()
    return checking === null ? write() : checking.then(() => write() ?? undefined)
  }

  #writeAll(): Promise<void> | null {
    this.#lastWriteMs = Number(this.#clock.now())
    const writing = this.#inner.idle()
    if (writing !== null) return writing.then(() => this.#noteWritten())
    this.#noteWritten()
    return null
  }

  begin(): void {
    this.#inner.begin?.()
  }

  async finish(signal: AbortSignal): Promise<void> {
    try {
      await this.#inner.finish?.(signal)
    } finally {
      this.noteDone()
    }
  }

  /** Takes over how far a sink below is that is done with records some time after it took them. */
  noteDone(): void {
    const inner = this.#inner
    if (inner.doneBefore !== undefined) this.#positions.noteDone((topic, partition) => inner.doneBefore?.(topic, partition))
  }

  #noteWritten(): void {
    if (this.#inner.doneBefore === undefined) this.#positions.noteWritten()
    else this.noteDone()
  }

  #moveTo(offset: bigint): void {
    const position = this.#current
    this.#current = undefined
    if (position === undefined || offset <= position.handed) return
    const { to } = position.range
    position.handed = to !== null && offset > to ? to : offset
  }
}
