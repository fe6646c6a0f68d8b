// The flags of `leat produce`.
import * as Flags from '@oclif/core/flags'
import type { BaseCommand } from './base-command.ts'
import { dryRunFlag, topicFlag } from './shared-flags.ts'
import { CODEC_NAMES } from '../src/bytes/compression/index.ts'
import { ON_LAG } from '../src/operations/produce/backpressure.ts'
import { PARTITIONERS } from '../src/operations/produce/partitioner.ts'
import { ON_ERROR } from '../src/operations/produce/produce.ts'
import type { Interfaces } from '@oclif/core'

const repeated = { multiple: true, multipleNonGreedy: true } as const

export const produceFlags = {
  topic: topicFlag,
  json: Flags.boolean({ char: 'J', summary: 'input is records as `leat consume --json` prints them (also kcat -J, rpk, kaf, kafkactl)' }),
  array: Flags.boolean({ summary: 'input is one JSON array, each element a record', exclusive: ['json', 'csv'] }),
  csv: Flags.boolean({ summary: 'input has a header row; each row is a JSON object', exclusive: ['json', 'array'] }),
  key: Flags.string({ char: 'k', summary: 'key of every record' }),
  'key-field': Flags.string({ summary: 'take the key from the JSON value (.order.id)', exclusive: ['key', 'key-delimiter'] }),
  'key-delimiter': Flags.string({ char: 'K', summary: 'lines are KEY, this, VALUE', exclusive: ['key'] }),
  delimiter: Flags.string({ char: 'D', summary: 'what ends a record', default: '\\n' }),
  header: Flags.string({ char: 'H', summary: 'header (k=v or k:v; k alone is null)', ...repeated }),
  'header-field': Flags.string({ summary: 'take a header from the JSON value (NAME=.path)', ...repeated }),
  'timestamp-field': Flags.string({ summary: 'take the timestamp from the JSON value' }),
  envelope: Flags.string({ summary: 'wrap each JSON value as an event of this type' }),
  null: Flags.boolean({ char: 'Z', summary: 'an empty value is null: a tombstone' }),
  partition: Flags.string({ char: 'p', summary: 'partition of every record' }),
  partitioner: Flags.option({ summary: 'how partitions are chosen', options: PARTITIONERS, default: 'murmur2' })(),
  compression: Flags.option({ char: 'z', summary: 'codec of the batches', options: CODEC_NAMES, default: 'none' })(),
  'batch-bytes': Flags.string({ summary: 'size of a batch', default: '64KiB' }),
  'create-partitions': Flags.string({ summary: 'partitions of a topic that is made', default: '1' }),
  linger: Flags.string({ summary: 'how long a record may wait for others in its batch when the input pauses (100ms)', default: '0ms' }),
  rate: Flags.string({ summary: 'records per second, evenly (50/s)' }),
  'max-lag': Flags.string({
    summary: 'wait while GROUP has more than N unread records of the topic (GROUP=N)',
    exclusive: ['transactional-id'],
  }),
  'on-lag': Flags.option({
    summary: 'what to do then: pause (the default), or end with exit code 4',
    options: ON_LAG,
    dependsOn: ['max-lag'],
  })(),
  'on-error': Flags.option({ summary: 'what to do about a record that cannot be stored', options: ON_ERROR, default: 'stop' })(),
  acks: Flags.string({
    summary: 'all: records survive a power loss once done; 1 or 0: a kill, as with --no-sync',
    options: ['all', '-1', '1', '0'],
    default: 'all',
  }),
  sync: Flags.boolean({ summary: 'survive a power loss once done', default: true, allowNo: true }),
  'transactional-id': Flags.string({
    summary: 'all records in one transaction, under this id: read_committed readers see all of them or none',
  }),
  'transaction-every': Flags.string({
    summary: 'a transaction for every so many records',
    dependsOn: ['transactional-id'],
    exclusive: ['one-transaction'],
  }),
  'one-transaction': Flags.boolean({ summary: 'one transaction for all records (the default)', dependsOn: ['transactional-id'] }),
  'transaction-timeout': Flags.string({ summary: 'others may abort a transaction that is open for longer', default: '1m' }),
  'dry-run': { ...dryRunFlag, exclusive: ['transactional-id', 'max-lag'] },
  tee: Flags.boolean({ char: 'T', summary: 'print the input on stdout too; when its reader leaves, the rest is stored all the same' }),
}

export type ProduceFlags = Interfaces.InferredFlags<typeof produceFlags & (typeof BaseCommand)['baseFlags']>
