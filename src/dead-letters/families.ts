// Who writes dead letters, and in which headers. Families are told apart by these names alone; one record may have headers of several,
// when a dead letter failed again elsewhere.
//
// | family         | origin                                     | appended or replaced when it happens again        |
// | -------------- | ------------------------------------------ | ------------------------------------------------- |
// | leat           | leat.dlq.topic … text                      | appended                                          |
// | spring         | kafka_dlt-original-… binary                | origin appended, exception replaced               |
// | spring-retry   | kafka_original-… binary                    | origin once, retry_topic-… appended               |
// | spring-stream  | x-original-… binary                        | appended                                          |
// | connect        | __connect.errors.… text                    | appended                                          |
// | streams        | __streams.errors.… text                    | appended                                          |
// | share-group    | __dlq.errors.… text (KIP-1191)             | appended; key and value may be left at the source |
// | smallrye       | dead-letter-… text                         | put before those that are there                   |
// | watermill      | topic_poisoned text                        | replaced                                          |
// | rabbitmq       | x-death, a table (x-death.ts)              | one entry for each queue and reason               |
// | json-envelope  | no header: the value (json-envelope.ts)    | wrapped again                                     |
import { type Encoding, bigInteger, decimal, int32, int32OrByte, int64, text } from './header-values.ts'

/** Places in a history: each time a record fails, it gets one of each anew. */
export type OriginField = 'topic' | 'partition' | 'offset' | 'timestamp' | 'timestampType' | 'group'
/** What is known of the last failure. */
export type FailureField =
  | 'errorType'
  | 'causeType'
  | 'errorMessage'
  | 'errorStack'
  | 'attempts'
  | 'firstFailedAt'
  | 'lastFailedAt'
  | 'replays'

export interface HeaderMeaning {
  /** One of the fields above, or the name of a detail that only this family has. */
  readonly field: OriginField | FailureField | (string & {})
  readonly encoding: Encoding<string> | Encoding<bigint>
}

export interface Family {
  readonly name: string
  readonly headers: ReadonlyMap<string, HeaderMeaning>
  /** Replay takes all headers away that begin like this, whatever they say. */
  readonly prefixes: readonly string[]
  /** Nobody else has headers of these names: one that cannot be read is damaged, also where the others are missing. */
  readonly isReserved: boolean
  /** Its headers are put before those of its failures before. */
  readonly isNewestFirst: boolean
}

const SMALLRYE = 'smallrye'
const SHARED_NAMES = new Set(['spring-stream', SMALLRYE, 'watermill'])

type Meanings = Readonly<Record<string, readonly [HeaderMeaning['field'], HeaderMeaning['encoding']]>>

function family(name: string, prefixes: readonly string[], meanings: Meanings): Family {
  const headers = Object.entries(meanings).map(([header, [field, encoding]]) => [header, { field, encoding }] as const)
  return { name, prefixes, headers: new Map(headers), isReserved: !SHARED_NAMES.has(name), isNewestFirst: name === SMALLRYE }
}

function prefixed(prefix: string, meanings: Meanings): Meanings {
  return Object.fromEntries(Object.entries(meanings).map(([name, meaning]) => [prefix + name, meaning]))
}

const textOrigin: Meanings = { topic: ['topic', text], partition: ['partition', decimal], offset: ['offset', decimal] }

const springOrigin: Meanings = {
  'original-topic': ['topic', text],
  'original-partition': ['partition', int32],
  'original-offset': ['offset', int64],
  'original-timestamp': ['timestamp', int64],
  'original-timestamp-type': ['timestampType', text],
}

const springExceptions: Meanings = {
  'exception-fqcn': ['errorType', text],
  'exception-cause-fqcn': ['causeType', text],
  'exception-message': ['errorMessage', text],
  'exception-stacktrace': ['errorStack', text],
  'key-exception-fqcn': ['errorType', text],
  'key-exception-message': ['errorMessage', text],
  'key-exception-stacktrace': ['errorStack', text],
}

export const RABBITMQ = 'rabbitmq'

export const families: readonly Family[] = [
  family(
    'leat',
    ['leat.dlq.'],
    prefixed('leat.dlq.', {
      ...textOrigin,
      timestamp: ['timestamp', decimal],
      group: ['group', text],
      'error.type': ['errorType', text],
      'error.message': ['errorMessage', text],
      'error.stack': ['errorStack', text],
      attempts: ['attempts', decimal],
      'first-failed-at': ['firstFailedAt', decimal],
      'last-failed-at': ['lastFailedAt', decimal],
      replays: ['replays', decimal],
      record: ['record', text],
    }),
  ),
  family('spring', ['kafka_dlt-', 'kafka_deliveryAttempt', 'springDeserializerException'], {
    ...prefixed('kafka_dlt-', { ...springOrigin, ...springExceptions, 'original-consumer-group': ['group', text] }),
    kafka_deliveryAttempt: ['attempts', int32],
  }),
  family('spring-retry', ['kafka_original-', 'kafka_exception-', 'kafka_key-exception-', 'retry_topic-'], {
    ...prefixed('kafka_', { ...springOrigin, ...springExceptions }),
    ...prefixed('retry_topic-', {
      attempts: ['attempts', int32OrByte],
      'original-timestamp': ['retryTimestamp', bigInteger],
      'backoff-timestamp': ['retryAt', bigInteger],
    }),
  }),
  family('spring-stream', ['x-original-', 'x-exception-'], {
    ...prefixed('x-', springOrigin),
    'x-exception-fqcn': ['errorType', text],
    'x-exception-message': ['errorMessage', text],
    'x-exception-stacktrace': ['errorStack', text],
  }),
  family(
    'connect',
    ['__connect.errors.'],
    prefixed('__connect.errors.', {
      ...textOrigin,
      'connector.name': ['connector', text],
      'task.id': ['task', text],
      stage: ['stage', text],
      'class.name': ['class', text],
      'exception.class.name': ['errorType', text],
      'exception.message': ['errorMessage', text],
      'exception.stacktrace': ['errorStack', text],
    }),
  ),
  family(
    'streams',
    ['__streams.errors.'],
    prefixed('__streams.errors.', {
      ...textOrigin,
      exception: ['errorType', text],
      message: ['errorMessage', text],
      stacktrace: ['errorStack', text],
    }),
  ),
  family(
    'share-group',
    ['__dlq.errors.'],
    prefixed('__dlq.errors.', {
      ...textOrigin,
      message: ['errorMessage', text],
      group: ['group', text],
      'delivery.count': ['attempts', decimal],
    }),
  ),
  family(
    SMALLRYE,
    ['dead-letter-'],
    prefixed('dead-letter-', {
      ...textOrigin,
      'exception-class-name': ['errorType', text],
      reason: ['errorMessage', text],
      'cause-class-name': ['causeType', text],
      cause: ['cause', text],
    }),
  ),
  family('watermill', ['reason_poisoned', 'topic_poisoned', 'handler_poisoned', 'subscriber_poisoned'], {
    topic_poisoned: ['topic', text],
    reason_poisoned: ['errorMessage', text],
    handler_poisoned: ['handler', text],
    subscriber_poisoned: ['subscriber', text],
  }),
  family(RABBITMQ, ['x-death', 'x-first-death-', 'x-last-death-'], {}),
]
