// Where a reading's records go to be handled. It takes as many as the handler needs to be kept busy, and says how far it is done.
import type { RecordPredicate } from '../../grammar/filter.ts'
import type { RecordCursor } from '../../record/record-cursor.ts'
import { keyOf } from '../../record/topic-partition.ts'
import type { Clock } from '../../system/system.ts'
import type { RecordSink } from '../consume/record-sink.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { EventId } from './event-id.ts'
import type { Handler, Preparer } from './handler.ts'
import { handledId } from './handled-ids.ts'
import { type HeldRecord, RecordHolder, sizeOf } from './held-record.ts'
import { Intake } from './intake.ts'
import type { RetryTier } from './retry-tier.ts'

/** `any`: the handler and the plan keep the order by themselves. */
export type Order = 'key' | 'partition' | 'any'

export interface HandlerSinkOptions {
  readonly dispatcher: Dispatcher
  readonly handler: Handler
  readonly clock: Clock
  readonly order: Order
  readonly eventId: EventId | null
  readonly isWanted: RecordPredicate | null
  readonly maxRecords: number
  /** null: records are read where they were first. */
  readonly tier: RetryTier | null
}

/** What a task takes besides the bytes of its record, its line for a worker included, which has them once more. */
const TASK_BYTES = 500

export class HandlerSink implements RecordSink {
  readonly intake: Intake
  readonly #options: HandlerSinkOptions
  readonly #preparer: Preparer
  readonly #holder = new RecordHolder()
  #taken = 0
  #topic = ''
  #partition = -1

  constructor(options: HandlerSinkOptions) {
    this.#options = options
    this.intake = new Intake(options.handler.maxUnderWay)
    this.#preparer = options.handler.preparer()
  }

  /** Records that are done with, or will be. */
  get count(): number {
    return this.#taken - this.intake.givenUp
  }

  wantsMore(): boolean {
    const { dispatcher, maxRecords } = this.#options
    return this.count < maxRecords && dispatcher.failure === null
  }

  begin(): void {
    this.intake.done.clear()
    this.#options.tier?.begin()
  }

  beginBatch(topic: string, partition: number, cursor: RecordCursor): void {
    this.#topic = topic
    this.#partition = partition
    this.#preparer.beginBatch(topic, partition, cursor)
  }

  readonly room = (): Promise<void> | null => (this.intake.isFull ? this.intake.next() : null)

  record(cursor: RecordCursor): boolean {
    const { dispatcher, isWanted, tier } = this.#options
    if (!this.wantsMore()) return false
    const topic = this.#topic
    const partition = this.#partition
    if (tier?.isPostponed(topic, partition) === true) {
      tier.postponed++
      return true
    }
    const { done } = this.intake
    if (isWanted !== null && !isWanted(cursor)) {
      done.reached(topic, partition, cursor.offset + 1n)
      return true
    }
    const record = tier === null ? this.#holder.hold(topic, partition, cursor) : tier.hold(topic, partition, cursor)
    if (record === null) {
      done.reached(topic, partition, cursor.offset + 1n)
      return true
    }
    const open = done.take(topic, partition, cursor.offset)
    const dueAt = tier?.dueAt(record) ?? null
    if (dueAt !== null && tier?.postpones(record, dueAt) === true) return true
    dispatcher.take({
      record,
      attempt: this.#preparer.prepare(record, cursor),
      intake: this.intake,
      open,
      sizeInBytes: 2 * sizeOf(record) + TASK_BYTES,
      dueAt,
      lane: this.#laneOf(record),
      id: handledId(record.topic, this.#options.eventId?.(cursor) ?? null),
    })
    this.#taken++
    return this.wantsMore()
  }

  endBatch(): null {
    return null
  }

  reached(topic: string, partition: number, offset: bigint): void {
    if (this.#options.tier?.isPostponed(topic, partition) !== true) this.intake.done.reached(topic, partition, offset)
  }

  idle(): null {
    return null
  }

  async finish(signal: AbortSignal): Promise<void> {
    await this.#options.dispatcher.settle(this.intake, signal)
  }

  doneBefore(topic: string, partition: number): bigint | undefined {
    return this.intake.done.before(topic, partition)
  }

  #laneOf({ topic, origin, key }: HeldRecord): string | null {
    const { order } = this.#options
    if (order === 'partition') return keyOf({ topic, partition: origin.partition })
    return key === null || order === 'any' ? null : `${topic} ${key.toString('latin1')}`
  }
}
