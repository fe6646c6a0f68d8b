// One run of `produce`: takes the records that a format reads, hands them to the producers of their topics, and knows how far it got.
import { AppendFailure } from '../../client/cluster.ts'
import { LeatError } from '../../errors/leat-error.ts'
import { beginningOf } from '../../errors/printable.ts'
import type { RecordReceiver } from '../../input/record-format.ts'
import { isStorageFailure } from '../../log/storage-error.ts'
import type { Lines } from '../../record/batch-builder.ts'
import type { ByteSource } from '../../system/byte-streams.ts'
import { BackgroundSync } from './background-sync.ts'
import { type DeadLetter, keepDeadLetter } from './dead-letters.ts'
import { DryRun } from './dry-run.ts'
import type { ProduceOptions, ProduceResult } from './produce.ts'
import { tellFailure, tellRefusal, type StoredSoFar } from './run-failure.ts'
import { checkTarget, deadLetterTopic, ensureTarget, type TargetTopics } from './targets.ts'
import { TopicProducer } from './topic-producer.ts'
import { TransactionalOutput } from './transactional.ts'

const MAX_RECORD_BYTES = 1 << 29
/** Signals, and syncs that are done, are noticed when the event loop turns; files are read without it. */
const TURN_EVERY_MS = 20n

export class ProduceRun implements RecordReceiver {
  readonly #options: ProduceOptions
  readonly #topics: TargetTopics
  readonly #producers = new Map<string, TopicProducer>()
  /** Those that keep what others did not take. */
  readonly #deadLetterTopics = new Set<string>()
  #fixed: TopicProducer | null = null
  #sourceName = ''
  #records = 0
  #storedRecords = 0
  #bytes = 0
  #rejected = 0
  /** The record that ended the run. */
  #refusal: LeatError | null = null
  /** What else ended it. */
  #failure: unknown = null
  readonly #stopped = new AbortController()
  /** Timestamp for records that have none: when they were read. */
  #now: number
  #turnedAt: bigint
  /** When what waits was last appended. */
  #flushedAt: bigint
  #isLingering = false
  readonly #syncing: BackgroundSync
  /** null: each record counts as soon as it is stored. */
  #transactions: TransactionalOutput | null = null
  /** Ends the reading: an interruption, or a failure. */
  readonly signal: AbortSignal

  constructor(options: ProduceOptions) {
    const { system, cluster, signal, isDryRun } = options
    this.#options = options
    this.#topics = isDryRun === true ? new DryRun(cluster) : cluster
    this.signal = AbortSignal.any([signal, this.#stopped.signal])
    this.#turnedAt = this.#flushedAt = system.clock.now()
    this.#now = Number(this.#turnedAt)
    this.#syncing = new BackgroundSync(
      () => cluster.sync(),
      (error) => this.fail(error),
    )
  }

  /** Taken so far. */
  get records(): number {
    return this.#records
  }

  get maxRecordBytes(): number {
    // Compression may make it fit, and a dead letter is kept whole where that can be.
    const { codec, onError } = this.#options
    return this.#fixed === null || codec !== 0 || onError === 'dlq' ? MAX_RECORD_BYTES : this.#fixed.maxMessageBytes
  }

  /** The run cannot go on; what it has is stored. */
  fail(error: unknown): void {
    this.#failure ??= error
    this.#stopped.abort()
  }

  /** Takes up the transactional id, where there is one. */
  async begin(): Promise<void> {
    const { transaction, cluster } = this.#options
    if (transaction === null) return
    this.#transactions = await TransactionalOutput.open(cluster, transaction, (stored) => {
      for (const { topic, partition, firstOffset, recordCount, sizeInBytes } of stored)
        this.#stored(topic, partition, firstOffset, recordCount, sizeInBytes)
    })
  }

  /** The topic of all records. */
  useTopic(topic: string): void {
    this.#fixed = this.#producer(topic)
  }

  /** The source; what it had to be waited for gets the time at which it came. */
  timed(source: ByteSource): ByteSource {
    this.#sourceName = source.name
    const arrived = (count: number): number => {
      this.#now = Number(this.#options.system.clock.now())
      return count
    }
    return {
      name: source.name,
      size: source.size,
      read(into, offset, length) {
        const reading = source.read(into, offset, length)
        return typeof reading === 'number' ? reading : reading.then(arrived)
      },
      close: () => source.close(),
    }
  }

  record(
    topic: string | null,
    partition: number,
    timestampMs: number | bigint | null,
    key: Buffer,
    keyStart: number,
    keyEnd: number,
    value: Buffer,
    valueStart: number,
    valueEnd: number,
    headers: Buffer | null,
    unit: number,
  ): boolean {
    try {
      const producer = this.#fixed ?? this.#producer(topic ?? missingTopic())
      const target = this.#options.partition < 0 ? partition : this.#options.partition
      producer.add(target, timestampMs ?? this.#now, key, keyStart, keyEnd, value, valueStart, valueEnd, headers)
      this.#records++
      if (this.#transactions?.recordAdded() === true) this.#endTransaction(this.#transactions)
      return this.#failure === null
    } catch (error) {
      // What fails on the way to the disk ends the run; only what the record itself is refused for is between it and --on-error.
      if (this.#failure !== null || !(error instanceof LeatError) || isStorageFailure(error)) {
        this.fail(error)
        return false
      }
      return this.#handle({
        topic: this.#options.topic ?? topic,
        error,
        unit,
        timestampMs: timestampMs ?? this.#now,
        key: keyStart < 0 ? null : key.subarray(keyStart, keyEnd),
        value: valueStart < 0 ? null : value.subarray(valueStart, valueEnd),
        headers,
      })
    }
  }

  takeLines(lines: Lines): void {
    // Where transactions end with a certain record, they come one at a time.
    if (this.#transactions?.hasBoundaries === true) return
    this.#fixed?.addLines(this.#options.partition, this.#now, lines)
    this.#records += lines.count
  }

  reject(reason: string, unit: number, bytes: Buffer, hint?: string): boolean {
    const error = new LeatError('INVALID_RECORD', reason, hint === undefined ? {} : { hint })
    return this.#handle({ topic: this.#options.topic, error, unit, timestampMs: this.#now, key: null, value: bytes, headers: null })
  }

  async idle(): Promise<void> {
    if (this.#options.lingerMs === 0) this.#flush()
    else void this.#linger()
    await this.#settle()
  }

  async progressed(inputBytes: number): Promise<void> {
    const { clock } = this.#options.system
    const { lingerMs, onProgress } = this.#options
    const now = clock.now()
    this.#now = Number(now)
    onProgress({ records: this.#records, inputBytes })
    if (lingerMs > 0 && now - this.#flushedAt >= BigInt(lingerMs)) this.#flush()
    await this.#settle()
    if (now - this.#turnedAt < TURN_EVERY_MS) return
    await clock.sleep(0)
    this.#turnedAt = clock.now()
  }

  /** Appends what waits and makes it durable. @throws what went wrong on the way, with how much is stored */
  async finish(): Promise<ProduceResult> {
    const isRead = !this.signal.aborted
    this.#flush()
    const aborted = this.#transactions === null ? 0 : await this.#endTransactions(this.#transactions)
    await this.#syncing.settled()
    const isDurable = await this.#sync()
    this.#stopped.abort()
    const areFirst = this.#partitions === 1 && this.#rejected === 0
    const records = this.#storedRecords
    const areAll = isRead && records === this.#records
    const stored: StoredSoFar = { records, areFirst, areAll, isDurable, isTransactional: this.#transactions !== null }
    if (this.#failure !== null) throw tellFailure(this.#failure, stored)
    if (this.#refusal !== null) throw tellRefusal(this.#refusal, stored)
    return {
      records: this.#records - aborted,
      aborted,
      bytes: this.#bytes,
      rejected: this.#rejected,
      deadLetterTopics: [...this.#deadLetterTopics],
    }
  }

  /** The transaction has all its records. */
  #endTransaction(transactions: TransactionalOutput): void {
    this.#flush()
    if (this.#failure === null) transactions.commit()
  }

  /** @returns the number of records that are aborted: all of the open transaction, unless the input was read to its end */
  async #endTransactions(transactions: TransactionalOutput): Promise<number> {
    const isWhole = !this.signal.aborted
    const aborted = isWhole ? 0 : transactions.openRecords
    if (isWhole) transactions.commit()
    await this.#settle()
    if (this.signal.aborted) await transactions.abort()
    return aborted
  }

  async #settle(): Promise<void> {
    try {
      await this.#transactions?.settle()
    } catch (error) {
      this.fail(error)
    }
  }

  /** @returns whether what is stored is as durable as was asked for */
  async #sync(): Promise<boolean> {
    try {
      if (this.#options.isDurable) await this.#options.cluster.sync()
      return true
    } catch (error) {
      this.fail(error)
      return false
    }
  }

  /** The producer of a topic, which is made when there is none of that name. */
  #producer(topic: string): TopicProducer {
    const known = this.#producers.get(topic)
    if (known !== undefined) return known
    const { system, createPartitions, onTopicCreated } = this.#options
    const cluster = this.#topics
    // Dead letters go where there is room, not to the partition that was asked for.
    const target = { cluster, partition: this.#deadLetterTopics.has(topic) ? -1 : this.#options.partition, createPartitions }
    checkTarget(topic, target)
    if (ensureTarget(topic, target)) onTopicCreated(topic, createPartitions)
    const appender = cluster.openAppender(topic)
    const append = (partition: number, batches: Buffer): bigint => {
      try {
        return appender.append(partition, batches)
      } catch (error) {
        if (error instanceof AppendFailure) this.#noteStored(topic, error.storedRecords)
        this.fail(error)
        throw error
      }
    }
    const made = new TopicProducer({
      ...this.#options,
      topic,
      appender: this.#transactions?.appender(topic, appender) ?? { ...appender, append },
      random: system.random,
      onAppend: (partition, firstOffset, recordCount, sizeInBytes) => {
        // In a transaction, that is told once it is committed.
        if (this.#transactions !== null) return
        if (this.#options.isDurable) this.#syncing.appended(sizeInBytes)
        this.#stored(topic, partition, firstOffset, recordCount, sizeInBytes)
      },
    })
    this.#producers.set(topic, made)
    return made
  }

  #stored(topic: string, partition: number, firstOffset: bigint, recordCount: number, sizeInBytes: number): void {
    this.#noteStored(topic, recordCount)
    this.#bytes += sizeInBytes
    this.#options.onAppend(topic, partition, firstOffset, recordCount)
  }

  #noteStored(topic: string, recordCount: number): void {
    const isStored = this.#topics === this.#options.cluster && !this.#deadLetterTopics.has(topic)
    if (isStored) this.#storedRecords += recordCount
  }

  /** To which records went, stored or not: of several, none says what became of the others. */
  get #partitions(): number {
    let partitions = 0
    for (const producer of this.#producers.values()) if (!this.#deadLetterTopics.has(producer.topic)) partitions += producer.partitionsUsed
    return partitions
  }

  /** What one topic does not take is no reason to keep it from the others. */
  #flush(): void {
    this.#flushedAt = this.#options.system.clock.now()
    for (const producer of this.#producers.values()) {
      try {
        producer.flush()
      } catch (error) {
        this.fail(error)
      }
    }
  }

  /** Appends what waits by now, and what comes meanwhile, after the time that it may wait. */
  async #linger(): Promise<void> {
    if (this.#isLingering) return
    this.#isLingering = true
    const { lingerMs, system } = this.#options
    await system.clock.sleep(lingerMs, this.signal)
    this.#isLingering = false
    if (!this.#stopped.signal.aborted) this.#flush()
  }

  /** A record that is not stored; false stops the reading. */
  #handle(letter: DeadLetter): boolean {
    const { onError, onRejected, format, sources } = this.#options
    const { error, unit, value } = letter
    const source = sources.length > 1 ? `${this.#sourceName}: ` : ''
    const place = unit === 0 ? source : `${source}${format.unitName} ${unit}: `
    const first = value === null ? '' : beginningOf(value)
    const message = `${place}${error.message}${first === '' ? '' : ` (it begins '${first}')`}`
    if (onError === 'stop') {
      this.#refusal = new LeatError(error.code, message, error.hint === undefined ? {} : { hint: error.hint })
      this.#stopped.abort()
      return false
    }
    try {
      if (onError === 'dlq') this.#keep(letter)
    } catch (failure) {
      this.fail(failure)
      return false
    }
    this.#rejected++
    onRejected(message)
    return true
  }

  #keep(letter: DeadLetter): void {
    const topic = deadLetterTopic(letter.topic)
    this.#deadLetterTopics.add(topic)
    keepDeadLetter(this.#producer(topic), letter)
  }
}

function missingTopic(): never {
  throw new LeatError('INVALID_RECORD', 'it names no topic', { hint: 'Name one on the command line: leat produce TOPIC --json.' })
}
