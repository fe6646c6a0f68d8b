// Lines in, records out: each line is an envelope, or part of one that stays open over several lines (see envelope-format.ts).
import { BadRecord, JsonSyntaxError } from '../bad-record.ts'
import { afterByteOrderMark } from '../byte-order-mark.ts'
import { IS_SPACE, OPEN_BRACE } from '../json-cursor.ts'
import type { RecordReceiver } from '../record-format.ts'
import type { EnvelopeOptions } from './envelope-format.ts'
import { EnvelopeParser } from './envelope-parser.ts'
import { OpenObject } from './open-object.ts'

const NO_BYTES: Buffer = Buffer.alloc(0)

export class EnvelopeLines {
  readonly #options: EnvelopeOptions
  readonly #into: RecordReceiver
  readonly #maxBytes: number
  readonly #parser = new EnvelopeParser()
  readonly #open = new OpenObject()
  #unit = 0

  constructor(options: EnvelopeOptions, into: RecordReceiver, maxBytes: number) {
    this.#options = options
    this.#into = into
    this.#maxBytes = maxBytes
  }

  /** Takes a line; false stops the reading. */
  line(bytes: Buffer, start: number, end: number): boolean {
    const unit = ++this.#unit
    const open = this.#open
    if (open.isOpen) {
      const isNew = start < end && bytes[start] === OPEN_BRACE
      if (!isNew) return this.#continue(bytes, start, end)
      if (!this.end()) return false
    }
    const textStart = unit === 1 ? afterByteOrderMark(bytes, start, end) : start
    if (isBlank(bytes, textStart, end)) return true
    try {
      this.#parse(bytes, textStart, end)
    } catch (error) {
      if (!(error instanceof JsonSyntaxError && error.isIncomplete)) return this.#reject(error, unit, bytes, start, end)
      open.begin(unit, bytes, textStart, end)
      return true
    }
    return this.#record(unit)
  }

  /** A line that is too long begins with `bytes`; false stops the reading. */
  tooLong(bytes: Buffer): boolean {
    const unit = ++this.#unit
    return this.end() && this.#rejectLong(unit, bytes)
  }

  /** Nothing more belongs to what came so far; false stops the reading. */
  end(): boolean {
    return !this.#open.isOpen || this.#whole()
  }

  #continue(bytes: Buffer, start: number, end: number): boolean {
    const open = this.#open
    open.add(bytes, start, end)
    if (open.length > this.#maxBytes) {
      open.isOpen = false
      return this.#rejectLong(open.unit, open.text())
    }
    return open.isOpen || this.#whole()
  }

  /** Takes what was put together, right or wrong. */
  #whole(): boolean {
    const { bytes, length, unit } = this.#open
    this.#open.isOpen = false
    try {
      this.#parse(bytes, 0, length)
    } catch (error) {
      return this.#reject(error, unit, bytes, 0, length)
    }
    return this.#record(unit)
  }

  #parse(bytes: Buffer, start: number, end: number): void {
    const parser = this.#parser
    parser.parse(bytes, start, end)
    if (parser.hasValue || (parser.isRecord && this.#options.emptyIsNull)) return
    if (!parser.isRecord) throw new BadRecord('it is no record as leat, kcat, rpk, kaf or kafkactl print it')
    throw new BadRecord('it has no value (null is a value; with -Z one that is left out is null)')
  }

  #record(unit: number): boolean {
    const { topic, partition, timestampMs, key, value, headers } = this.#parser
    for (const { key: name, value: content } of this.#options.headers)
      headers.add(name, 0, name.length, content ?? NO_BYTES, content === null ? -1 : 0, content?.length ?? 0)
    const valueStart = this.#options.emptyIsNull && value.start === value.end ? -1 : value.start
    return this.#into.record(
      topic,
      partition,
      timestampMs,
      key.bytes,
      key.start,
      key.end,
      value.bytes,
      valueStart,
      value.end,
      headers.section(),
      unit,
    )
  }

  #reject(error: unknown, unit: number, bytes: Buffer, start: number, end: number): boolean {
    if (!(error instanceof BadRecord)) throw error
    const { memberName } = this.#parser
    const reason = memberName === null ? error.message : `'${memberName}': ${error.message}`
    return this.#into.reject(reason, unit, bytes.subarray(start, end), error.hint)
  }

  #rejectLong(unit: number, bytes: Buffer): boolean {
    return this.#into.reject(`it has more than ${this.#maxBytes} bytes`, unit, bytes)
  }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  let at = start
  while (at < end && IS_SPACE[bytes[at] as number] === 1) at++
  return at === end
}
