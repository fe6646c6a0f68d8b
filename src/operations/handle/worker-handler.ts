// Workers that keep running: a JSON line for each record, as `consume --json` prints it, with `attempt` added, and a line back
// (see worker-answer.ts).
import type { LineEncoder } from '../pipe/transform.ts'
import type { CommandOptions } from './exec-handler.ts'
import type { Handler, Preparer } from './handler.ts'
import type { Place } from './held-record.ts'
import { StartPatience } from './unstartable.ts'
import { MAX_WINDOW, WorkerSlot } from './worker-slot.ts'

const AFTER_PLACE = Buffer.from(',"timestamp":')

export class WorkerHandler implements Handler {
  readonly maxUnderWay: number
  readonly #slots: readonly WorkerSlot[]
  readonly #newEncoder: () => LineEncoder

  constructor(options: CommandOptions, newEncoder: () => LineEncoder) {
    const patience = new StartPatience(options.clock)
    this.#slots = Array.from({ length: options.jobs }, () => new WorkerSlot({ ...options, patience }))
    this.#newEncoder = newEncoder
    this.maxUnderWay = options.jobs * MAX_WINDOW
  }

  get isInOrder(): boolean {
    return this.#slots.length === 1
  }

  get hasRoom(): boolean {
    return this.#slots.some((slot) => slot.hasRoom)
  }

  preparer(): Preparer {
    const encoder = this.#newEncoder()
    return {
      beginBatch: (topic, partition, cursor) => encoder.beginBatch(topic, partition, cursor),
      prepare: ({ origin, place }, cursor) => {
        const line = encoder.line(cursor)
        const body = (origin === place ? line : readAt(origin, line)).subarray(0, -1)
        return (attempt) => this.#idlest().handle(Buffer.concat([body, Buffer.from(`,"attempt":${attempt}}`)]))
      },
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#slots.map((slot) => slot.close()))
  }

  #idlest(): WorkerSlot {
    return this.#slots.filter((slot) => slot.hasRoom).reduce((a, b) => (b.underWay < a.underWay ? b : a))
  }
}

/** A record from a retry topic is told as it was first read. */
function readAt({ topic, partition, offset }: Place, line: Buffer): Buffer {
  const place = Buffer.from(`{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":${offset}`)
  return Buffer.concat([place, line.subarray(line.indexOf(AFTER_PLACE))])
}
