// Workers that keep running: a JSON line for each record, as `consume --json` prints it, with `attempt` added, and a line back
// (see worker-answer.ts).
import type { LineEncoder } from '../children/line-encoder.ts'
import type { CommandOptions } from './exec-handler.ts'
import type { Handler, Preparer } from './handler.ts'
import type { Place } from './held-record.ts'
import { StartPatience } from './unstartable.ts'
import { MAX_WINDOW, WorkerSlot } from './worker-slot.ts'

const FIRST_ATTEMPT = ',"attempt":1}'
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
    for (const slot of this.#slots) if (slot.hasRoom) return true
    return false
  }

  preparer(): Preparer {
    const encoder = this.#newEncoder()
    return {
      beginBatch: (topic, partition, cursor) => encoder.beginBatch(topic, partition, cursor),
      prepare: ({ origin, place }, cursor) => {
        const read = encoder.line(cursor, FIRST_ATTEMPT)
        const line = origin === place ? read : readAt(origin, read)
        return (attempt) => this.#idlest().handle(attempt === 1 ? line : again(line, attempt))
      },
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#slots.map((slot) => slot.close()))
  }

  /** Of those that have room. */
  #idlest(): WorkerSlot {
    let idlest: WorkerSlot | null = null
    for (const slot of this.#slots) if (slot.hasRoom && (idlest === null || slot.underWay < idlest.underWay)) idlest = slot
    // Nothing is begun where none has room.
    return idlest as WorkerSlot
  }
}

/** What it is told of a record, once more. */
function again(line: Buffer, attempt: number): Buffer {
  return Buffer.concat([line.subarray(0, -FIRST_ATTEMPT.length), Buffer.from(`,"attempt":${attempt}}`)])
}

/** A record from a retry topic is told as it was first read. */
function readAt({ topic, partition, offset }: Place, line: Buffer): Buffer {
  const place = Buffer.from(`{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":${offset}`)
  return Buffer.concat([place, line.subarray(line.indexOf(AFTER_PLACE))])
}
