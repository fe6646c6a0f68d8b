// Wraps JSON values as events (--envelope TYPE):
//
//   {"event_id":"0c0d…","event_type":"order.created","event_version":1,"occurred_at":"2026-03-01T12:00:00.000Z","correlation_id":"…","data":{…}}
//
// event_id is a random UUID (version 4). correlation_id is the data's own where it has one as a string (the event is a step of something that
// goes on); else the event's id, because it begins something. occurred_at is the present time. The data stay as they are, byte for byte.
import { isUtf8 } from 'node:buffer'
import type { Clock, Random } from '../system/system.ts'
import { BadRecord } from './bad-record.ts'
import { JsonCursor, OPEN_BRACE } from './json-cursor.ts'
import { JsonPath } from './json-path.ts'
import { JsonValidator } from './json-validator.ts'
import { JsonSpan } from './json-value.ts'

const UUID_BYTES = 16
/** Random bytes are fetched for so many events at once. */
const UUIDS_AT_ONCE = 256
const CLOSE = Buffer.from('}')

export class EventEnvelope {
  readonly #type: string
  readonly #clock: Clock
  readonly #random: Random
  readonly #validator = new JsonValidator()
  readonly #correlationId = new JsonPath('.correlation_id')
  readonly #span = new JsonSpan()
  readonly #cursor = new JsonCursor()
  readonly #randomBytes = Buffer.allocUnsafeSlow(UUID_BYTES * UUIDS_AT_ONCE)
  #randomAt = this.#randomBytes.length

  /** @param type of the events: `order.created` */
  constructor(type: string, clock: Clock, random: Random) {
    this.#type = JSON.stringify(type)
    this.#clock = clock
    this.#random = random
  }

  /** The event around the JSON text from `start` to `end`. @throws BadRecord when that is not JSON in UTF-8 */
  wrap(bytes: Buffer, start: number, end: number): Buffer {
    this.#validator.check(bytes, start, end)
    if (!isUtf8(bytes.subarray(start, end))) throw new BadRecord('it is not valid UTF-8')
    const id = `"${this.#uuid()}"`
    const occurredAt = new Date(Number(this.#clock.now())).toISOString()
    const correlationId = this.#correlationOf(bytes, start, end) ?? id
    const head = `{"event_id":${id},"event_type":${this.#type},"event_version":1,"occurred_at":"${occurredAt}","correlation_id":${correlationId},"data":`
    return Buffer.concat([Buffer.from(head), bytes.subarray(start, end), CLOSE])
  }

  /** The string that the data have as correlation_id, as JSON. */
  #correlationOf(bytes: Buffer, start: number, end: number): string | null {
    this.#cursor.open(bytes, start, end)
    if (this.#cursor.peek() !== OPEN_BRACE) return null
    const span = this.#span
    this.#correlationId.find(bytes, start, end, span)
    return span.kind === 'string' ? `"${bytes.toString('utf8', span.start, span.end)}"` : null
  }

  #uuid(): string {
    if (this.#randomAt === this.#randomBytes.length) {
      this.#random.fill(this.#randomBytes)
      this.#randomAt = 0
    }
    const bytes = this.#randomBytes.subarray(this.#randomAt, (this.#randomAt += UUID_BYTES))
    bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6)
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }
}
