// What becomes of records that fail: another attempt after a while, retry topics one after the other, the dead letters; in that order, as far
// as they were asked for.
//
//   TOPIC.retry.1 … TOPIC.retry.N   wait for another attempt, each for its own time; they leave the partition free
//   TOPIC.dlq                       failed for good
import { failureHeaders } from '../../dead-letters/write-headers.ts'
import { HeadersWriter } from '../../record/headers-writer.ts'
import type { Random } from '../../system/system.ts'
import { type Backoff, backoffMs } from './backoff.ts'
import type { FailurePolicy, Verdict } from './dispatcher.ts'
import type { DurableStore } from './durable-store.ts'
import type { HandlerError } from './handler-error.ts'
import type { Failures } from './held-record.ts'
import type { Task } from './task.ts'

export interface FailurePlan {
  /** Attempts after the first one, without another record of its lane in between. */
  readonly retries: number
  readonly backoff: Backoff
  /** The delays of the retry topics; empty: there are none. */
  readonly retryDelaysMs: readonly number[]
  /** Where the dead letters of a topic go; null: a record that fails for good ends it all. */
  readonly deadLetterTopicOf: ((topic: string) => string) | null
}

export function retryTopic(topic: string, tier: number): string {
  return `${topic}.retry.${tier}`
}

export class PlannedPolicy implements FailurePolicy {
  deadLettered = 0
  retriedLater = 0
  readonly #plan: FailurePlan
  readonly #groupId: string | null
  readonly #store: DurableStore
  readonly #random: Random
  readonly #headers = new HeadersWriter()

  constructor(plan: FailurePlan, groupId: string | null, store: DurableStore, random: Random) {
    this.#plan = plan
    this.#groupId = groupId
    this.#store = store
    this.#random = random
  }

  judge({ record }: Task): Verdict {
    const { retries, backoff, retryDelaysMs, deadLetterTopicOf } = this.#plan
    const { topic } = record.origin
    const { attempts } = record.failures as Failures
    if (attempts <= retries) return { kind: 'again', afterMs: backoffMs(backoff, attempts, this.#random) }
    const tier = attempts - retries
    if (tier <= retryDelaysMs.length) return { kind: 'aside', topic: retryTopic(topic, tier) }
    return deadLetterTopicOf === null ? { kind: 'stop' } : { kind: 'aside', topic: deadLetterTopicOf(topic) }
  }

  async setAside({ record }: Task, topic: string, error: HandlerError): Promise<void> {
    const { origin, timestamp, key, value, headers, failures } = record
    this.#headers.clear()
    if (headers !== null) this.#headers.addSection(headers)
    for (const header of failureHeaders({ ...origin, timestamp, group: this.#groupId, error, ...(failures as Failures) })) {
      const name = Buffer.from(header.key)
      const said = header.value ?? Buffer.alloc(0)
      this.#headers.add(name, 0, name.length, said, 0, said.length)
    }
    const section = Buffer.from(this.#headers.section() as Buffer)
    await this.#store.store({ topic, partition: origin.partition, timestamp, key, value, headers: section })
    if (topic === this.#plan.deadLetterTopicOf?.(origin.topic)) this.deadLettered++
    else this.retriedLater++
  }
}
