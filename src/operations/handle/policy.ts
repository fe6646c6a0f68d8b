// What becomes of records that fail: another attempt after a while, retry topics one after the other, the dead letters; in that order, as far
// as they were asked for.
//
//   TOPIC.retry.1 … TOPIC.retry.N   wait for another attempt, each for its own time; they leave the partition free
//   TOPIC.dlq                       failed for good
import { failureHeaders, headerSection } from '../../dead-letters/write-headers.ts'
import { LeatError } from '../../errors/leat-error.ts'
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

  constructor(plan: FailurePlan, groupId: string | null, store: DurableStore, random: Random) {
    this.#plan = plan
    this.#groupId = groupId
    this.#store = store
    this.#random = random
  }

  judge({ record }: Task): Verdict {
    const { retries, backoff, retryDelaysMs, deadLetterTopicOf } = this.#plan
    const { topic, tier } = record
    // It is judged because it has failed.
    const { attempts } = record.failures as Failures
    if (tier === 0 && attempts <= retries) return { kind: 'again', afterMs: backoffMs(backoff, attempts, this.#random) }
    if (tier < retryDelaysMs.length) return { kind: 'aside', topic: retryTopic(topic, tier + 1) }
    return deadLetterTopicOf === null ? { kind: 'stop' } : { kind: 'aside', topic: deadLetterTopicOf(topic) }
  }

  async setAside({ record }: Task, topic: string, error: HandlerError): Promise<void> {
    const { origin, timestamp, key, value, headers, codec, failures } = record
    const said = failureHeaders({ ...origin, timestamp, group: this.#groupId, error, ...(failures as Failures) })
    const section = headerSection(said, headers)
    try {
      await this.#store.store({ topic, partition: origin.partition, timestamp, key, value, headers: section, codec })
    } catch (refusal) {
      throw refusal instanceof LeatError ? notSetAside(topic, error, refusal) : refusal
    }
    if (topic === this.#plan.deadLetterTopicOf?.(record.topic)) this.deadLettered++
    else this.retriedLater++
  }
}

/** It failed, and where it should go it cannot: nothing is lost, but nothing goes on either. */
function notSetAside(topic: string, { type }: HandlerError, refusal: LeatError): LeatError {
  const { code, message, hint, exitCode } = refusal
  return new LeatError(code, `failed (${type.slice(0, MAX_SHOWN)}) and cannot be set aside in '${topic}': ${message}`, {
    ...(hint === undefined ? {} : { hint }),
    exitCode,
    cause: refusal,
  })
}

const MAX_SHOWN = 100
