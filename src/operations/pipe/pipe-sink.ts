// Takes the records that a pipe reads, has them handled where there is a handler, and hands over what comes of them, in their order. It holds as
// many as keep the handler busy: while more of a batch are to come, half of them are handled, at its end all.
// A record that fails stops the pipe: those before it are stored and committed, and the next run begins with it.
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import type { RecordPredicate } from '../../grammar/filter.ts'
import { HeadersWriter } from '../../record/headers-writer.ts'
import { HeaderCursor, type RecordCursor } from '../../record/record-cursor.ts'
import { ChildFailed, endText, isMissingCommand } from '../../system/child-processes.ts'
import type { System } from '../../system/system.ts'
import type { RecordSink } from '../consume/record-sink.ts'
import { endedWithUs } from '../children/ended-with-us.ts'
import type { KeyField } from './key-field.ts'
import type { PipeOutput } from './pipe-output.ts'
import { type Handle, SurplusOutput, type Transform } from './transform.ts'

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

/** A record of the present batch that is to be handled, or is being handled. */
interface Held {
  readonly offset: bigint
  readonly timestamp: bigint
  readonly key: Buffer | null
  readonly headers: Buffer | null
  /** null for a tombstone, which goes on as it is. */
  readonly handle: Handle | null
  readonly sizeInBytes: number
  /** What comes of it; null: it is not begun. */
  result: Promise<Buffer | null> | null
}

/** Records that are held beyond those that may be under way, and bytes of records in all. */
const AHEAD = 256
const MAX_BYTES = 4 * 1024 * 1024

const NOTHING = Buffer.alloc(0)
const SHOWN_STDERR = 500

export class PipeSink implements RecordSink {
  /** A copy holds none. */
  readonly room: RecordSink['room']
  readonly #options: PipeSinkOptions
  readonly #headers = new HeaderCursor()
  readonly #headersWriter = new HeadersWriter()
  /** In their order: first those that are begun. */
  #held: Held[] = []
  #begun = 0
  #heldBytes = 0
  /** Half of what is held; a signal does not wait for it. */
  #handling: Promise<void> = Promise.resolve()
  #topic = ''
  #partition = -1
  /** Of the present batch: after the last record seen, its beginning before that. */
  #nextOffset = 0n
  #failure: unknown = null
  #isStopped = false
  #read = 0

  constructor(options: PipeSinkOptions) {
    this.#options = options
    this.room = options.transform === null ? undefined : () => this.#makeRoom()
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
    if (this.#isStopped || this.#failure !== null) return false
    this.#nextOffset = cursor.offset + 1n
    const wanted = isWanted === null || isWanted(cursor)
    if (transform !== null) {
      if (wanted) this.#hold(transform, cursor)
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
      await this.#handling
      if (this.#failure !== null) throw this.#failure
      await this.#handle(0)
      if (!this.#isStopped) output.reached(this.#topic, this.#partition, this.#nextOffset)
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

  #hold(transform: Transform, cursor: RecordCursor): void {
    const { bytes, keyStart, keyEnd, valueStart, valueEnd, offset, timestamp } = cursor
    const headers = this.#headersOf(cursor)
    const sizeInBytes = keyEnd - keyStart + valueEnd - valueStart + (headers?.length ?? 0)
    this.#held.push({
      offset,
      timestamp,
      key: keyStart < 0 ? null : Buffer.from(bytes.subarray(keyStart, keyEnd)),
      headers: headers === null ? null : Buffer.from(headers),
      handle: valueStart < 0 ? null : transform.prepare(cursor),
      sizeInBytes,
      result: null,
    })
    this.#heldBytes += sizeInBytes
  }

  #makeRoom(): Promise<void> | null {
    const window = this.#options.transform?.window ?? 1
    const isFull = this.#held.length >= window + AHEAD || this.#heldBytes >= MAX_BYTES
    if (!isFull || this.#isStopped || this.#failure !== null) return null
    this.#handling = this.#handleHalf()
    return this.#handling
  }

  /** What fails is told of at the end of the batch. */
  async #handleHalf(): Promise<void> {
    try {
      await this.#handle(this.#held.length >> 1)
      await this.#options.output.settle()
    } catch (error) {
      this.#failure = error
    }
  }

  /** Hands over what comes of the records that are held, but for so many. */
  async #handle(remaining: number): Promise<void> {
    const { output } = this.#options
    while (this.#held.length > remaining && !this.#isStopped) {
      this.#beginSome()
      const record = this.#held[0] as Held
      if (record.result === null || !(await this.#finish(record, record.result))) {
        // Interrupted: what was begun is done with, the rest is for the next run.
        this.#isStopped = true
        return
      }
      this.#held.shift()
      this.#begun--
      this.#heldBytes -= record.sizeInBytes
      if (output.isDue) await this.#commit(false)
    }
  }

  /** As many as may be under way. */
  #beginSome(): void {
    const { transform, signal } = this.#options
    while (this.#begun < Math.min(this.#held.length, transform?.window ?? 1) && !signal.aborted) {
      const record = this.#held[this.#begun++] as Held
      record.result = begin(record)
    }
  }

  /** False: its command was ended together with the pipe. */
  async #finish({ offset, timestamp, key, headers, handle }: Held, result: Promise<Buffer | null>): Promise<boolean> {
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
function begin({ handle }: Held): Promise<Buffer | null> {
  const result = handle === null ? Promise.resolve(null) : handle()
  // Of several that fail together the first one is told of.
  void result.catch(() => {})
  return result
}
