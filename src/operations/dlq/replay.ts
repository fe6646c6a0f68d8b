// `leat dlq replay TOPIC`: dead letters go back to where they came from at first, as what they were, without the headers that tell of failures.
// How often is counted in a header of leat's own; who comes back too often is parked.
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import { readDeadLetter, REPLAYS_HEADER } from '../../dead-letters/dead-letter.ts'
import { PARKED_SUFFIX } from '../../dead-letters/topic-names.ts'
import type { EditedRecords } from './edit/edited-file.ts'
import type { Letter, StoredRecord } from './letters.ts'
import { Originals } from './originals.ts'
import { Parking } from './parked.ts'
import { refused, Router } from './route.ts'
import { type Destination, takeOut, type TakeOutOptions } from './take-out.ts'
import type { TakenOut } from './taken-out.ts'

export interface ReplayOptions extends Omit<TakeOutOptions, 'edit'> {
  /** Only letters that are among them, as they are there; null: as they lie in the topic. */
  readonly edited: EditedRecords | null
  /** null: each goes where it came from. */
  readonly to: string | null
  /** To the partition that it came from, where the target has it; by key else. */
  readonly samePartition: boolean
  /** The original's, not the time of the replay. */
  readonly keepTimestamp: boolean
  /** What was replayed so often is parked; null: 3, and of records that were parked as often as anybody likes. */
  readonly maxReplays: number | null
  readonly onTopicCreated: (topic: string, partitions: number) => void
}

const DEFAULT_MAX_REPLAYS = 3
const ORIGINAL_IS_GONE = refused(
  'it only points at its original, which is not there any more',
  "There is nothing to replay: `leat dlq park --reason 'original is gone'` takes it out.",
)
const COUNT_IS_DAMAGED = refused(
  `its header ${REPLAYS_HEADER} is damaged: how often it came back is not known`,
  'Where it may go once more, name the topic: --to TOPIC. Else park it: `leat dlq park --reason TEXT`.',
)

/** @throws LeatError */
export async function replay(options: ReplayOptions): Promise<TakenOut> {
  const { cluster, topic, to, edited } = options
  cluster.describeTopic(topic)
  if (to !== null) cluster.describeTopic(to)
  if (to === topic)
    throw new LeatError('USAGE', `a replay of '${topic}' to itself would never end`, {
      hint: 'Name another topic.',
      exitCode: exitCodes.usage,
    })
  const originals = new Originals(cluster, options.onDamage)
  const replayer = new Replayer(options, originals)
  const edit = edited === null ? null : (letter: Letter): Letter | null => editedLetter(letter, edited.take(letter))
  return takeOut({ ...options, edit }, (letter) => replayer.destinationOf(letter)).finally(() => originals.close())
}

/** It is read as if it lay in the topic like that. */
function editedLetter(before: Letter, after: StoredRecord | null): Letter | null {
  return after === null ? null : { ...before, ...after, letter: readDeadLetter(after.headers, after.value) }
}

class Replayer {
  readonly #options: ReplayOptions
  readonly #originals: Originals
  readonly #router: Router
  readonly #maxReplays: number
  #parking: Parking | null = null
  #hasSaidOtherPartition = false

  constructor(options: ReplayOptions, originals: Originals) {
    const isParked = options.topic.endsWith(PARKED_SUFFIX)
    this.#options = options
    this.#originals = originals
    this.#router = new Router(options)
    this.#maxReplays = options.maxReplays ?? (isParked ? Number.POSITIVE_INFINITY : DEFAULT_MAX_REPLAYS)
  }

  destinationOf(letter: Letter): Destination {
    const original = this.#originals.of(letter)
    // Who names the target knows what comes: it is counted anew.
    if (original !== null && original.replays === null && this.#options.to === null) return COUNT_IS_DAMAGED
    const replays = original?.replays ?? 0
    if (replays >= this.#maxReplays) return this.#park(letter, replays)
    const route = this.#router.route(letter)
    if (route.kind === 'refused') return route
    if (original === null) return ORIGINAL_IS_GONE
    if (route.isOtherPartition) this.#sayOtherPartition(letter, route.topic)
    const { system, keepTimestamp } = this.#options
    const timestamp = keepTimestamp ? original.timestamp : system.clock.now()
    const headers = [...original.headers, { key: REPLAYS_HEADER, value: Buffer.from(String(replays + 1)) }]
    const { topic, partition } = route
    const { key, value } = original
    return { kind: 'to', record: { topic, partition, timestamp, key, value, headers, codec: letter.codec }, isParked: false }
  }

  #park(letter: Letter, replays: number): Destination {
    this.#parking ??= this.#openParking()
    const reason = `replayed ${replays === 1 ? 'once' : `${replays} times`}, and here again`
    return { kind: 'to', record: this.#parking.recordOf(letter, reason), isParked: true }
  }

  #openParking(): Parking {
    const parking = new Parking({ ...this.#options, clock: this.#options.system.clock })
    if (!this.#options.isDryRun) parking.open()
    return parking
  }

  #sayOtherPartition({ topic, partition, offset, letter }: Letter, target: string): void {
    if (this.#hasSaidOtherPartition) return
    this.#hasSaidOtherPartition = true
    const origin = letter?.failures[0]?.partition ?? null
    const why = origin === null ? 'does not say its partition' : `came from partition ${origin}, which '${target}' does not have`
    this.#options.note(`leat: ${topic}-${partition} offset ${offset} ${why}: this and others like it go by key`)
  }
}
