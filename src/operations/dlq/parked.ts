// `TOPIC.parked`: records that are taken out of a dead-letter topic and are not to be tried again, with why. As they were, and after their
// headers
//
//   leat.dlq.parked.reason   text
//   leat.dlq.parked.at       ms since the epoch
//
// Nobody but a person deletes them: the topic that is made keeps them for ever.
import type { Cluster } from '../../client/cluster.ts'
import { PARKED_SUFFIX } from '../../dead-letters/topic-names.ts'
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import { logConfig } from '../../log/topic-config.ts'
import type { Clock } from '../../system/system.ts'
import { checkTarget } from '../produce/targets.ts'
import type { Letter } from './letters.ts'
import type { OutgoingRecord } from './record-output.ts'

/** Bytes of a reason; it comes on top of what a dead letter may have. */
export const MAX_REASON_BYTES = 4096
const HEADERS_BYTES = MAX_REASON_BYTES + 1024

export interface ParkingOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  /** The dead-letter topic. */
  readonly topic: string
  readonly onTopicCreated: (topic: string, partitions: number) => void
}

export class Parking {
  readonly topic: string
  readonly #options: ParkingOptions
  readonly #partitions: number

  /** @throws LeatError where there cannot be such a topic */
  constructor(options: ParkingOptions) {
    const { cluster, topic } = options
    this.#options = options
    this.topic = topic + PARKED_SUFFIX
    this.#partitions = cluster.describeTopic(topic).partitions.length
    if (topic.endsWith(PARKED_SUFFIX))
      throw new LeatError('USAGE', `the records of '${topic}' are parked already`, {
        hint: 'Replay them, or delete the topic.',
        exitCode: exitCodes.usage,
      })
    checkTarget(this.topic, { cluster, partition: -1, createPartitions: this.#partitions })
  }

  /** Makes the topic when there is none. Needs `beginWriting`. */
  open(): void {
    const { cluster, topic, onTopicCreated } = this.#options
    if (cluster.hasTopic(this.topic)) return
    const { maxMessageBytes } = logConfig(cluster.describeTopic(topic).configs)
    const configs = new Map([
      ['retention.ms', '-1'],
      ['max.message.bytes', String(maxMessageBytes + HEADERS_BYTES)],
    ])
    try {
      cluster.createTopic(this.topic, { partitions: this.#partitions, configs })
      onTopicCreated(this.topic, this.#partitions)
    } catch (error) {
      if (!(error instanceof LeatError && error.code === 'TOPIC_ALREADY_EXISTS')) throw error
    }
  }

  recordOf({ timestamp, key, value, headers, codec }: Letter, reason: string): OutgoingRecord {
    const said = [
      { key: 'leat.dlq.parked.reason', value: Buffer.from(reason) },
      { key: 'leat.dlq.parked.at', value: Buffer.from(String(this.#options.clock.now())) },
    ]
    return { topic: this.topic, partition: -1, timestamp, key, value, headers: [...headers, ...said], codec }
  }
}
