// One partition of a coordinator's topic (`__consumer_offsets`, `__transaction_state`) in a data directory, used by any number of processes.
// State is what replaying the partition gives:
//
//   read    replay what was appended since · no lock
//   change  lock · replay · decide · append the records as one batch · unlock
import { MalformedInput, TruncatedInput } from '../../bytes/errors.ts'
import type { CoordinatorResult, CoordinatorState } from '../../stream/coordinator.ts'
import type { Damage } from '../../log/segment-walker.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import { PartitionReader } from '../../log/partition-reader.ts'
import type { BatchHeader } from '../../record/batch-header.ts'
import { readTransactionMarker } from '../../record/control-record.ts'
import { CorruptBatch } from '../../record/errors.ts'
import { recordBatch } from '../../record/record-batch.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import type { NotAwaited } from '../../system/locks.ts'
import type { System } from '../../system/system.ts'
import { LastRecords } from './last-records.ts'

export interface CoordinatorLogOptions<S> {
  readonly system: System
  /** The partition's folder; it may be missing as long as nothing was written. */
  readonly directory: string
  readonly makeState: () => S
  /** Opens the partition for writing; called at the first change. */
  readonly openLog: () => PartitionLog
  readonly onDamage: (damage: Damage) => void
}

export class CoordinatorLog<S extends CoordinatorState> {
  readonly #options: CoordinatorLogOptions<S>
  readonly #cursor = new RecordCursor()
  #state: S
  /** Where the log ended when somebody last asked how much it has grown. */
  #askedAt: bigint | null = null
  #reader: PartitionReader | null = null
  #log: PartitionLog | null = null
  /** While the log is replayed from its start. */
  #loading: LastRecords | null = null
  /** The last segment that was read: another file in its place means that offsets may have another meaning now. */
  #last: { readonly path: string; readonly identity: string } | null = null

  constructor(options: CoordinatorLogOptions<S>) {
    this.#options = options
    this.#state = options.makeState()
  }

  /** The state as of now, without a lock: what another process appends at this moment may be missing. */
  read(): S {
    if (this.#isReplaced()) this.close()
    const reader = (this.#reader ??= this.#openReader())
    const before = reader.nextOffset
    this.#loading = before === 0n ? this.#lastRecords() : null
    for (let header = reader.next(); header !== null; header = reader.next()) this.#replay(header, reader)
    this.#loading = null
    if (reader.nextOffset !== before) this.#noteLastSegment(reader)
    return this.#state
  }

  /** What is decided on the newest state, with its records in the log. Whoever looks next replays them: no file is read once the decision stands. */
  change<T extends NotAwaited>(decide: (state: S) => CoordinatorResult<T>): T {
    return this.withLock((state, log) => {
      const { records, response } = decide(state)
      if (records.length > 0) log.appendLocked(recordBatch(records, this.#options.system.clock.now()))
      return response
    })
  }

  /** As `change`, but takes the lock only when there is something to append. */
  changeIfNeeded<T extends NotAwaited>(decide: (state: S) => CoordinatorResult<T>): T {
    const { records, response } = decide(this.read())
    return records.length === 0 ? response : this.change(decide)
  }

  /** Runs `action` on the newest state while no other process appends. Not reentrant. */
  withLock<T extends NotAwaited>(action: (state: S, log: PartitionLog) => T): T {
    const log = (this.#log ??= this.#options.openLog())
    return log.withLock(() => action(this.#readLocked(log), log))
  }

  /** What was read without a lock may have been torn out of the log by a power loss or a repair: none of it counts then. */
  #readLocked(log: PartitionLog): S {
    const state = this.read()
    if (this.#reader === null || this.#reader.nextOffset <= log.nextOffset) return state
    this.close()
    return this.read()
  }

  /** Appends what was decided on the present state, and replays it. Within `withLock`, any number of times. */
  applyLocked<T>({ records, response }: CoordinatorResult<T>): T {
    if (this.#log === null) throw new Error('applyLocked belongs into withLock')
    if (records.length === 0) return response
    this.#log.appendLocked(recordBatch(records, this.#options.system.clock.now()))
    this.read()
    return response
  }

  /** Whether so many records have come since this was last so. At first it is. */
  hasGrownBy(records: bigint): boolean {
    const endOffset = this.#reader?.nextOffset ?? 0n
    if (this.#askedAt !== null && endOffset - this.#askedAt < records) return false
    this.#askedAt = endOffset
    return true
  }

  /** Forgets the state; the next look replays the log from its start. */
  close(): void {
    this.#reader?.close()
    this.#reader = null
    this.#last = null
    this.#state = this.#options.makeState()
  }

  #openReader(onDamage = this.#options.onDamage): PartitionReader {
    const { system, directory } = this.#options
    return new PartitionReader(system.files, directory, onDamage)
  }

  #lastRecords(): LastRecords {
    const reader = this.#openReader(() => {})
    try {
      return new LastRecords(reader)
    } finally {
      reader.close()
    }
  }

  /** Compaction and repair put other files in place of what was read. */
  #isReplaced(): boolean {
    return this.#last !== null && this.#options.system.files.stat(this.#last.path)?.identity !== this.#last.identity
  }

  #noteLastSegment(reader: PartitionReader): void {
    const path = reader.segments.at(-1)?.path('log')
    const identity = path === undefined ? undefined : this.#options.system.files.stat(path)?.identity
    if (path !== undefined && identity !== undefined) this.#last = { path, identity }
  }

  #replay(header: BatchHeader, { bytes, at, directory }: PartitionReader): void {
    const cursor = this.#cursor
    try {
      cursor.open(bytes, at, header)
      while (cursor.next()) {
        if (header.isControl) this.#replayMarker(cursor)
        else if (header.isTransactional) this.#replayRecord(cursor, header.producerId, directory, at)
        else if (this.#loading?.isReplaced(cursor.offset) !== true) this.#replayRecord(cursor, -1n, directory, at)
      }
    } catch (error) {
      if (!(error instanceof CorruptBatch)) throw error
      const { baseOffset: fromOffset, nextOffset: toOffset, sizeInBytes } = header
      this.#options.onDamage({ file: directory, position: at, sizeInBytes, fromOffset, toOffset, reason: error.message })
    }
  }

  #replayMarker(cursor: RecordCursor): void {
    const marker = readTransactionMarker(cursor)
    if (marker !== null) this.#state.replayEndTransactionMarker(cursor.header.producerId, marker.type === 'COMMIT')
  }

  /** @param position of its batch in the segment of `directory` */
  #replayRecord(cursor: RecordCursor, producerId: bigint, directory: string, position: number): void {
    const { bytes, keyStart, keyEnd, valueStart, valueEnd } = cursor
    // Without a key it is about nothing: Kafka writes none such.
    if (keyStart < 0) return
    // Copies: the bytes belong to the reader, and states may keep slices of them.
    const key = Buffer.from(bytes.subarray(keyStart, keyEnd))
    const value = valueStart < 0 ? null : Buffer.from(bytes.subarray(valueStart, valueEnd))
    try {
      this.#state.replay({ key, value }, cursor.offset, producerId, cursor.timestamp)
    } catch (error) {
      // Written like this, under a checksum that agrees: the others count all the same.
      if (!(error instanceof TruncatedInput || error instanceof MalformedInput)) throw error
      const { offset, header } = cursor
      const reason = `the record at offset ${offset} is none of a coordinator's: ${error.message}`
      this.#options.onDamage({
        file: directory,
        position,
        sizeInBytes: header.sizeInBytes,
        fromOffset: offset,
        toOffset: offset + 1n,
        reason,
      })
    }
  }
}
