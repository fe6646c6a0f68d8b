// Where a dead letter goes when it is replayed. Its headers say where it came from, and anybody may have written them: only topics that are
// there already are gone to, and none of Kafka's own.
import type { Cluster } from '../../client/cluster.ts'
import { families } from '../../dead-letters/families.ts'
import { printable } from '../../errors/printable.ts'
import { isInternalTopic, topicNameProblem } from '../../stream/topics/topic-name.ts'
import type { Letter } from './letters.ts'

export interface RouterOptions {
  readonly cluster: Cluster
  /** The dead-letter topic: nothing is replayed to it. */
  readonly topic: string
  /** Where all of them go; null: each where it came from at first. */
  readonly to: string | null
  /** To the partition that it came from, where the target has it. */
  readonly samePartition: boolean
}

export type Route =
  | { readonly kind: 'to'; readonly topic: string; readonly partition: number; readonly isOtherPartition: boolean }
  | Refused

/** Why a letter stays where it is, and what to do about that, as a sentence. */
export interface Refused {
  readonly kind: 'refused'
  readonly reason: string
  readonly hint: string
}

const ANOTHER_TARGET = 'Name the topic that it is to go to: --to TOPIC.'
const BY_KEY = -1
const ORIGIN_FIELDS = new Set(['topic', 'partition', 'offset'])

export class Router {
  readonly #options: RouterOptions
  /** Partitions of a topic, or why it is no target. */
  readonly #targets = new Map<string, ReadonlySet<number> | Refused>()

  constructor(options: RouterOptions) {
    this.#options = options
  }

  route({ letter }: Letter): Route {
    const { to, samePartition } = this.#options
    const origin = letter?.failures[0]
    const damaged = letter?.damaged.find(({ family, key }) => isOriginHeader(family, key))
    if (to === null && damaged !== undefined)
      return refused(`its header ${printable(damaged.key)} is damaged: ${damaged.reason}`, ANOTHER_TARGET)
    const topic = to ?? origin?.topic ?? null
    if (topic === null) return refused('it does not say which topic it came from', ANOTHER_TARGET)
    const partitions = this.#targets.get(topic) ?? this.#look(topic)
    if ('kind' in partitions) return partitions
    const partition = samePartition ? (origin?.partition ?? null) : null
    const isThere = partition !== null && partitions.has(partition)
    return { kind: 'to', topic, partition: isThere ? partition : BY_KEY, isOtherPartition: samePartition && !isThere }
  }

  #look(topic: string): ReadonlySet<number> | Refused {
    const { cluster } = this.#options
    const problem = this.#problem(topic)
    const found = problem ?? new Set(cluster.describeTopic(topic).partitions.map(({ partition }) => partition))
    this.#targets.set(topic, found)
    return found
  }

  #problem(topic: string): Refused | null {
    const shown = printable(topic.slice(0, 249))
    const problem = topicNameProblem(topic)
    if (problem !== null) return refused(`'${shown}' is not a topic name: ${problem}`, ANOTHER_TARGET)
    if (isInternalTopic(topic)) return refused(`'${shown}' holds the state of Kafka itself`, ANOTHER_TARGET)
    if (topic === this.#options.topic) return refused(`it would come back to '${shown}', which it is in`, ANOTHER_TARGET)
    if (this.#options.cluster.hasTopic(topic)) return null
    return refused(`there is no topic '${shown}'`, `Make it, \`leat topic create ${shown}\`, or name another one: --to TOPIC.`)
  }
}

function isOriginHeader(family: string, key: string): boolean {
  const meaning = families.find(({ name }) => name === family)?.headers.get(key)
  // A family that tells it otherwise than by its headers' names has all of it in that one.
  return meaning === undefined || ORIGIN_FIELDS.has(meaning.field)
}

export function refused(reason: string, hint: string): Refused {
  return { kind: 'refused', reason, hint }
}
