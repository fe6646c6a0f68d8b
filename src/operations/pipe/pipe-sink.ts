// Takes the records that a pipe reads, has them handled where there is a handler, and hands over what comes of them, in their order.
// A record that fails stops the pipe: those before it are stored and committed, and the next run begins with it.
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import type { RecordPredicate } from '../../grammar/filter.ts'
import { HeadersWriter } from '../../record/headers-writer.ts'
import { HeaderCursor, type RecordCursor } from '../../record/record-cursor.ts'
import { ChildFailed, endText } from '../../system/child-processes.ts'
import type { System } from '../../system/system.ts'
import type { RecordSink } from '../consume/record-sink.ts'
import { endedWithUs } from './ended-with-us.ts'
import type { KeyField } from './key-field.ts'
import type { PipeOutput } from './pipe-output.ts'
import { type Handle, isMissingCommand, SurplusOutput, type Transform } from './transform.ts'

export interface PipeSinkOptions {
  readonly output: PipeOutput
  /** null copies. */
  readonly transform: Transform | null
  readonly isWanted: RecordPredicate | null
  readonly keyField: KeyField | null
  readonly isFollowing: boolean
  readonly system: System
  readonly signal: AbortSignal
}

/** A record that is to be handled after its batch was read. */
interface Waiting {
  readonly offset: bigint
  readonly timestamp: bigint
  readonly key: Buffer | null
  readonly headers: Buffer | null
  /** null for a tombstone, which goes on as it is. */
  readonly handle: Handle | null
}

const NOTHING = Buffer.alloc(0)
const SHOWN_STDERR = 500

export class PipeSink implements RecordSink {
  readonly #options: PipeSinkOptions
  readonly #headers = new HeaderCursor()
  readonly #headersWriter = new HeadersWriter()
  #waiting: Waiting[] = []
  #topic = ''
  #partition = -1
  /** Of the present batch: after the last record seen, its beginning before that. */
  #nextOffset = 0n
  #failure: unknown = null
  #isStopped = false
  #read = 0

  constructor(options: PipeSinkOptions) {
    this.#options = options
  }

  /** Records that were done with, those passed over included. */
  get recordsRead(): number {
    return this.#read
  }

  beginBatch(topic: string, partition: number, cursor: RecordCursor): void {
    this.#topic = topic
    this.#partition = partition
    // It may have nothing to hand over: what compaction left of it may lie before where reading begins, or be no record at all.
    this.#nextOffset = cursor.header.baseOffset
    this.#options.transform?.beginBatch(topic, partition, cursor)
  }

  record(cursor: RecordCursor): boolean {
    const { transform, isWanted, output } = this.#options
    this.#nextOffset = cursor.offset + 1n
    const wanted = isWanted === null || isWanted(cursor)
    if (transform !== null) {
      if (wanted) this.#waiting.push(this.#keep(transform, cursor))
      else this.#read++
      return true
    }
    if (wanted && !this.#copy(cursor)) return false
    this.#taken(cursor.offset)
    if (output.isFull) output.end()
    return true
  }

  async endBatch(): Promise<void> {
    const { output } = this.#options
    try {
      if (this.#failure !== null) throw this.#failure
      await this.#handleAll()
      if (output.isDue) await this.#commit(false)
      else await output.settle()
    } catch (error) {
      this.#isStopped = true
      if (!(error instanceof SurplusOutput)) output.end()
      await output.settle()
      throw error
    }
  }

  reached(topic: string, partition: number, offset: bigint): void {
    if (!this.#isStopped) this.#options.output.reached(topic, partition, offset)
  }

  async idle(): Promise<void> {
    const { isFollowing, signal } = this.#options
    await this.#commit(!isFollowing || signal.aborted)
  }

  async #commit(isLast: boolean): Promise<void> {
    const { transform, output } = this.#options
    await transform?.settle(isLast)
    output.end()
    await output.settle()
  }

  #copy(cursor: RecordCursor): boolean {
    const { bytes, keyStart, keyEnd, valueStart, valueEnd } = cursor
    try {
      this.#add(cursor.timestamp, bytes, keyStart, keyEnd, bytes, valueStart, valueEnd, this.#headersOf(cursor))
      return true
    } catch (error) {
      this.#failure = this.#failed(error, cursor.offset)
      this.#nextOffset = cursor.offset
      return false
    }
  }

  #keep(transform: Transform, cursor: RecordCursor): Waiting {
    const { bytes, keyStart, keyEnd, valueStart, offset, timestamp } = cursor
    const headers = this.#headersOf(cursor)
    return {
      offset,
      timestamp,
      key: keyStart < 0 ? null : Buffer.from(bytes.subarray(keyStart, keyEnd)),
      headers: headers === null ? null : Buffer.from(headers),
      handle: valueStart < 0 ? null : transform.prepare(cursor),
    }
  }

  async #handleAll(): Promise<void> {
    const { transform, output, signal } = this.#options
    const waiting = this.#waiting
    this.#waiting = []
    const begun: Promise<Buffer | null>[] = []
    for (const [index, record] of waiting.entries()) {
      while (begun.length < waiting.length && begun.length - index < (transform?.window ?? 1) && !signal.aborted)
        begun.push(begin(waiting[begun.length] as Waiting))
      const result = begun[index]
      if (result === undefined || !(await this.#finish(record, result))) {
        // Interrupted: what was begun is done with, the rest is for the next run.
        this.#isStopped = true
        return
      }
      if (output.isDue) await this.#commit(false)
    }
    output.reached(this.#topic, this.#partition, this.#nextOffset)
  }

  /** False: its command was ended together with the pipe. */
  async #finish({ offset, timestamp, key, headers, handle }: Waiting, result: Promise<Buffer | null>): Promise<boolean> {
    try {
      const value = await result
      const isDropped = handle !== null && value === null
      const valueStart = value === null ? -1 : 0
      if (!isDropped) {
        const keyBytes = key ?? NOTHING
        this.#add(timestamp, keyBytes, key === null ? -1 : 0, keyBytes.length, value ?? NOTHING, valueStart, value?.length ?? -1, headers)
      }
    } catch (error) {
      const { system, signal } = this.#options
      const isKilled = error instanceof ChildFailed && error.end.kind === 'signal'
      if (isKilled && (await endedWithUs(error.end.signal, { clock: system.clock, signal }))) return false
      throw this.#failed(error, offset)
    }
    this.#taken(offset)
    return true
  }

  #taken(offset: bigint): void {
    this.#read++
    this.#options.output.taken(this.#topic, this.#partition, offset)
  }

  #add(
    timestamp: bigint,
    key: Buffer,
    keyStart: number,
    keyEnd: number,
    value: Buffer,
    valueStart: number,
    valueEnd: number,
    headers: Buffer | null,
  ): void {
    const { output, keyField } = this.#options
    const milliseconds = Number(timestamp)
    const time = Number.isSafeInteger(milliseconds) ? milliseconds : timestamp
    if (keyField === null || valueStart < 0)
      return output.records.add(-1, time, key, keyStart, keyEnd, value, valueStart, valueEnd, headers)
    const found = keyField.keyOf(value, valueStart, valueEnd)
    const bytes = found ?? NOTHING
    output.records.add(-1, time, bytes, found === null ? -1 : 0, found === null ? -1 : bytes.length, value, valueStart, valueEnd, headers)
  }

  #headersOf(cursor: RecordCursor): Buffer | null {
    if (cursor.headerCount === 0) return null
    const headers = this.#headers
    headers.open(cursor)
    this.#headersWriter.clear()
    while (headers.next())
      this.#headersWriter.add(cursor.bytes, headers.keyStart, headers.keyEnd, cursor.bytes, headers.valueStart, headers.valueEnd)
    return this.#headersWriter.section()
  }

  /** Says which record it was. */
  #failed(error: unknown, offset: bigint): unknown {
    const place = `${this.#topic}-${this.#partition} offset ${offset}`
    const hint = 'All records before it are stored and committed; the next run begins with it.'
    if (error instanceof SurplusOutput) return error
    if (error instanceof ChildFailed) {
      const said = error.stderr.trim().slice(-SHOWN_STDERR)
      const isMissing = isMissingCommand(error.end)
      return new LeatError(
        isMissing ? 'COMMAND_NOT_FOUND' : 'HANDLER_FAILED',
        `${place}: the command ${endText(error.end)}${said === '' ? '' : `: ${said}`}`,
        {
          hint,
          exitCode: isMissing ? exitCodes.usage : exitCodes.failed,
          cause: error,
        },
      )
    }
    return error instanceof LeatError
      ? new LeatError(error.code, `${place}: ${error.message}`, { hint: error.hint ?? hint, cause: error })
      : error
  }
}

/** A tombstone has no value to make another one of. */
function begin({ handle }: Waiting): Promise<Buffer | null> {
  const result = handle === null ? Promise.resolve(null) : handle()
  // Of several that fail together the first one is told of.
  void result.catch(() => {})
  return result
}
