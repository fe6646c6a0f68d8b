// Reads a dead-letter topic for those who take records out of it: the letters of a batch wait here until it is read, and are then taken one
// after the other, in order, for as long as each takes.
import { readDeadLetter } from '../../dead-letters/dead-letter.ts'
import type { RecordPredicate } from '../../grammar/filter.ts'
import type { RecordCursor } from '../../record/record-cursor.ts'
import type { RecordSink } from '../consume/record-sink.ts'
import { type Letter, readRecord } from './letters.ts'

export interface LetterQueueOptions {
  /** null: all are wanted. */
  readonly isWanted: RecordPredicate | null
  readonly isDone: (partition: number, offset: bigint) => boolean
  /** @param letter null for one that is done already; false leaves it and all after it */
  readonly take: (partition: number, offset: bigint, letter: Letter | null) => Promise<boolean>
  readonly reached: (partition: number, offset: bigint) => void
  readonly idle: () => Promise<void>
}

interface Waiting {
  readonly offset: bigint
  readonly letter: Letter | null
}

export class LetterQueue implements RecordSink {
  readonly #options: LetterQueueOptions
  #waiting: Waiting[] = []
  #topic = ''
  #partition = -1

  constructor(options: LetterQueueOptions) {
    this.#options = options
  }

  beginBatch(topic: string, partition: number): void {
    this.#topic = topic
    this.#partition = partition
  }

  record(cursor: RecordCursor): boolean {
    const { offset } = cursor
    const isDone = this.#options.isDone(this.#partition, offset)
    this.#waiting.push({ offset, letter: isDone ? null : this.#letterOf(cursor) })
    return true
  }

  async endBatch(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { offset, letter } of waiting) if (!(await this.#options.take(this.#partition, offset, letter))) return
  }

  reached(_: string, partition: number, offset: bigint): void {
    this.#options.reached(partition, offset)
  }

  idle(): Promise<void> {
    return this.#options.idle()
  }

  #letterOf(cursor: RecordCursor): Letter {
    const { isWanted } = this.#options
    const record = readRecord(this.#topic, this.#partition, cursor)
    return { ...record, letter: readDeadLetter(record.headers, record.value), isWanted: isWanted === null || isWanted(cursor) }
  }
}
