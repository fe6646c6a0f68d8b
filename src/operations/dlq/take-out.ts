// Takes records out of a dead-letter topic, one after the other, to wherever each is to go. What `replay` and `park` have in common.
//
//   read  ▶  wanted? not done before?  ▶  where to  ▶  added to the output  ▶  stored together with the offsets
//
// Whatever happens, a record that the offsets say is done is stored where it went.
import type { Cluster, Damage } from '../../client/cluster.ts'
import { unknownPartition } from '../../stream/topics/unknown-partition.ts'
import type { System } from '../../system/system.ts'
import { consume } from '../consume/consume.ts'
import { RecordRefusal } from '../produce/topic-producer.ts'
import { FailedAgain } from './failed-again.ts'
import { LetterQueue } from './letter-queue.ts'
import type { Letter } from './letters.ts'
import { type OutgoingRecord, type RecordOutput, StoredOutput, TransactionOutput } from './record-output.ts'
import { refused, type Refused } from './route.ts'
import { type LetterQuery, type LetterSelection, selectLetters } from './select.ts'
import { SoleMember } from './sole-member.ts'
import { RunTally, type TakenOut } from './taken-out.ts'
import { Throttle, type ThrottleOptions } from './throttle.ts'
import { replayGroup, WorkLeft } from './work-left.ts'

export interface TakeOutOptions extends ThrottleOptions {
  readonly cluster: Cluster
  readonly system: System
  readonly topic: string
  readonly query: LetterQuery
  /** What a letter has become, null for one that is to stay; null: they go as they are. */
  readonly edit: ((letter: Letter) => Letter | null) | null
  /** Records; Infinity: all that are wanted. */
  readonly max: number
  /** So many that fail again stop it; Infinity: none do. */
  readonly stopOnFailure: number
  readonly isExactlyOnce: boolean
  /** Only says what would be done. */
  readonly isDryRun: boolean
  readonly signal: AbortSignal
  readonly onDamage: (damage: Damage) => void
  readonly note: (text: string) => void
  readonly onProgress: (tally: RunTally) => void
}

export type Destination = { readonly kind: 'to'; readonly record: OutgoingRecord; readonly isParked: boolean } | Refused

/** Where a letter goes. Makes the topics that it may make, but in a dry run. */
export type Decide = (letter: Letter) => Destination

/** Between two commits; what is under way when a run is killed is taken out again by the next one. */
const RECORDS_UNDER_WAY = 500
const BYTES_UNDER_WAY = 8 * 1024 * 1024
const NOT_TAKEN = "Change the record (`leat dlq edit`), the target's settings (`leat topic alter`), or the target (--to TOPIC)."

/** @throws LeatError */
export async function takeOut(options: TakeOutOptions, decide: Decide): Promise<TakenOut> {
  const { cluster, system, topic, query, isDryRun, isExactlyOnce } = options
  checkPartitions(cluster, topic, query.partitions ?? [])
  const selection = selectLetters(query)
  if (isDryRun) return new Run(options, decide, selection, await WorkLeft.read(cluster, topic, options.note), null).toItsEnd()
  await cluster.beginWriting()
  const groupId = replayGroup(topic)
  const member = await SoleMember.join(cluster, system, groupId, topic)
  try {
    const failedAgain = options.stopOnFailure === Number.POSITIVE_INFINITY ? null : new FailedAgain({ ...options, clock: system.clock })
    const onStored = (...place: Parameters<FailedAgain['stored']>): void => failedAgain?.stored(...place)
    const outputOptions = { cluster, system, member, groupId, onStored }
    const output = isExactlyOnce ? await TransactionOutput.open(outputOptions) : await StoredOutput.open(outputOptions)
    // What a run before had decided counts from here on.
    const left = await WorkLeft.read(cluster, topic, options.note)
    return await new Run(options, decide, selection, left, { output, member, failedAgain }).toItsEnd()
  } finally {
    await member.leave()
  }
}

function checkPartitions(cluster: Cluster, topic: string, wanted: readonly number[]): void {
  const known = cluster.describeTopic(topic).partitions.map(({ partition }) => partition)
  const missing = wanted.find((partition) => !known.includes(partition))
  if (missing !== undefined) throw unknownPartition(topic, missing, known)
}

interface Writing {
  readonly output: RecordOutput
  readonly member: SoleMember
  /** null: nobody asked. */
  readonly failedAgain: FailedAgain | null
}

class Run {
  readonly #options: TakeOutOptions
  readonly #decide: Decide
  readonly #selection: LetterSelection
  readonly #left: WorkLeft
  /** null in a dry run. */
  readonly #writing: Writing | null
  readonly #tally: RunTally
  readonly #throttle: Throttle
  readonly #stop = new AbortController()
  #recordsUnderWay = 0
  #bytesUnderWay = 0

  constructor(options: TakeOutOptions, decide: Decide, selection: LetterSelection, left: WorkLeft, writing: Writing | null) {
    this.#options = options
    this.#decide = decide
    this.#selection = selection
    this.#left = left
    this.#writing = writing
    this.#tally = new RunTally(options.topic, options.isDryRun, left.ranges)
    this.#throttle = new Throttle(options.system.clock, options)
  }

  async toItsEnd(): Promise<TakenOut> {
    const { cluster, system, signal, onDamage } = this.#options
    const queue = new LetterQueue({
      isWanted: this.#selection.isWanted,
      isDone: (partition, offset) => this.#left.isDone(partition, offset),
      take: (partition, offset, letter) => this.#take(partition, offset, letter),
      reached: (partition, offset) => this.#left.reached(partition, offset),
      idle: () => this.#store(),
    })
    try {
      await consume({
        cluster,
        clock: system.clock,
        ranges: this.#left.ranges,
        sink: queue,
        isCommittedOnly: true,
        withControl: false,
        onDamage,
        signal: AbortSignal.any([signal, this.#stop.signal]),
      })
    } finally {
      await this.#writing?.output.abort()
    }
    if (signal.aborted) this.#tally.stoppedBy = 'interrupted'
    return this.#tally.result()
  }

  /** @returns false at the end of the run; the record is then left where it is */
  async #take(partition: number, offset: bigint, found: Letter | null): Promise<boolean> {
    const tally = this.#tally
    const letter = found === null ? null : this.#chosen(found)
    if (letter === null) {
      this.#left.see(partition, offset)
      tally.passOver(found !== null)
      return true
    }
    if (!(await this.#isReady(partition, offset))) {
      this.#stop.abort()
      return false
    }
    this.#left.see(partition, offset)
    const destination = this.#decide(letter)
    const refusal = destination.kind === 'refused' ? destination : this.#add(destination.record)
    if (refusal !== null) {
      tally.refuse(letter, refusal)
      return true
    }
    this.#left.take(partition, offset)
    if (destination.kind === 'to') tally.take(destination.record.topic, destination.isParked)
    this.#options.onProgress(tally)
    if (this.#recordsUnderWay >= RECORDS_UNDER_WAY || this.#bytesUnderWay >= BYTES_UNDER_WAY) await this.#store()
    return true
  }

  /** The letter as it is to go out; null where it is not meant. */
  #chosen(letter: Letter): Letter | null {
    const { edit } = this.#options
    if (!this.#selection.includes(letter)) return null
    return edit === null ? letter : edit(letter)
  }

  /** Waits until the next record may be taken out; false when none may be. */
  async #isReady(partition: number, offset: bigint): Promise<boolean> {
    const { max, signal } = this.#options
    const { taken } = this.#tally
    if (taken >= max) this.#tally.stoppedBy = 'max'
    else if (!this.#left.hasRoomFor(partition, offset)) this.#tally.stoppedBy = 'scattered'
    else if (this.#writing !== null) await this.#wait(this.#throttle.dueMs(taken))
    return this.#tally.stoppedBy === null && !signal.aborted
  }

  /** What is under way is stored before, so that a wait is never in its way. */
  async #wait(waitMs: number): Promise<void> {
    if (waitMs <= 0 || this.#writing === null) return
    await this.#store()
    const { system, signal } = this.#options
    const { heartbeatIntervalMs } = this.#writing.member
    for (let leftMs = waitMs; leftMs > 0 && !signal.aborted && this.#tally.stoppedBy === null; leftMs -= heartbeatIntervalMs) {
      await system.clock.sleep(Math.min(leftMs, heartbeatIntervalMs), signal)
      await this.#look(this.#writing)
    }
  }

  async #store(): Promise<void> {
    if (this.#writing === null) return
    const changes = this.#left.changes()
    if (changes.length > 0) await this.#writing.output.store(changes)
    this.#recordsUnderWay = 0
    this.#bytesUnderWay = 0
    await this.#look(this.#writing)
  }

  /** Lives on, and stops when too many of the records that were replayed have failed again. */
  async #look({ member, failedAgain }: Writing): Promise<void> {
    await member.live()
    if (failedAgain === null) return
    this.#tally.failedAgain = await failedAgain.count()
    if (this.#tally.failedAgain >= this.#options.stopOnFailure) this.#tally.stoppedBy = 'failures'
  }

  /** @returns why the target does not take the record */
  #add(record: OutgoingRecord): Refused | null {
    if (this.#writing === null) return null
    try {
      this.#writing.output.add(record)
    } catch (error) {
      if (error instanceof RecordRefusal) return refused(error.message, error.hint ?? NOT_TAKEN)
      throw error
    }
    this.#recordsUnderWay++
    this.#bytesUnderWay += (record.key?.length ?? 0) + (record.value?.length ?? 0)
    return null
  }
}
