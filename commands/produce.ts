import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { BaseCommand, topicFlag } from './base-command.ts'
import { CODEC_NAMES, type CodecName } from '../src/bytes/compression/index.ts'
import { exitCodes } from '../src/errors/leat-error.ts'
import { parseHeader, requireCount, requireDelimiter, requirePartitions, requireRate, requireSize } from '../src/grammar/values.ts'
import { JsonPath } from '../src/input/json-path.ts'
import { LineFormat } from '../src/operations/produce/line-format.ts'
import { PARTITIONERS, type PartitionerName } from '../src/operations/produce/partitioner.ts'
import { ON_ERROR, produce } from '../src/operations/produce/produce.ts'
import { openSource, standardInput } from '../src/system/standard-input.ts'

export default class Produce extends BaseCommand {
  static override summary = 'read records from files or stdin and append them to a topic'
  static override args = {
    topic: Args.string({ description: 'topic; made when there is none' }),
  }
  static override strict = false
  static override flags = {
    topic: topicFlag,
    key: Flags.string({ char: 'k', summary: 'key of every record' }),
    'key-field': Flags.string({ summary: 'take the key from the JSON value (.order.id)', exclusive: ['key', 'key-delimiter'] }),
    'key-delimiter': Flags.string({ char: 'K', summary: 'lines are KEY, this, VALUE', exclusive: ['key'] }),
    delimiter: Flags.string({ char: 'D', summary: 'what ends a record', default: '\\n' }),
    header: Flags.string({ char: 'H', summary: 'header (k=v or k:v; k alone is null)', multiple: true, multipleNonGreedy: true }),
    'header-field': Flags.string({ summary: 'take a header from the JSON value (NAME=.path)', multiple: true, multipleNonGreedy: true }),
    'timestamp-field': Flags.string({ summary: 'take the timestamp from the JSON value' }),
    null: Flags.boolean({ char: 'Z', summary: 'an empty value is null: a tombstone' }),
    partition: Flags.string({ char: 'p', summary: 'partition of every record' }),
    partitioner: Flags.string({ summary: 'how partitions are chosen', options: [...PARTITIONERS], default: 'murmur2' }),
    compression: Flags.string({ char: 'z', summary: 'codec of the batches', options: [...CODEC_NAMES], default: 'none' }),
    'batch-bytes': Flags.string({ summary: 'size of a batch', default: '64KiB' }),
    'create-partitions': Flags.string({ summary: 'partitions of a topic that is made', default: '1' }),
    rate: Flags.string({ summary: 'records per second (50/s)' }),
    'on-error': Flags.string({ summary: 'what to do about a record that cannot be stored', options: [...ON_ERROR], default: 'stop' }),
    sync: Flags.boolean({ summary: 'survive a power loss once done', default: true, allowNo: true }),
  }

  async run(): Promise<void> {
    const { args, flags, argv } = await this.parse(Produce)
    const topic = this.requireTopic(args.topic, flags.topic)
    const files = (argv as string[]).slice(args.topic === undefined ? 0 : 1)
    const cluster = this.openCluster(flags)
    const startedAt = this.system.clock.now()
    const partitionOf = flags.partition === undefined ? -1 : (requirePartitions('--partition', flags.partition)[0] as number)
    const isDurable = flags.sync
    try {
      const result = await produce({
        cluster,
        system: this.system,
        topic,
        sources: files.length === 0 ? [standardInput] : files.map((file) => () => (file === '-' ? standardInput() : openSource(file))),
        format: new LineFormat({
          delimiter: requireDelimiter('--delimiter', flags.delimiter),
          key: flags.key === undefined ? null : Buffer.from(flags.key),
          keyField: flags['key-field'] === undefined ? null : new JsonPath(flags['key-field']),
          keyDelimiter: flags['key-delimiter'] === undefined ? null : requireDelimiter('--key-delimiter', flags['key-delimiter']),
          timestampField: flags['timestamp-field'] === undefined ? null : new JsonPath(flags['timestamp-field']),
          headers: (flags.header ?? []).map(parseHeader),
          headerFields: (flags['header-field'] ?? []).map((text) => {
            const { key, value } = parseHeader(text)
            return { key, path: new JsonPath(value?.toString() ?? key.toString()) }
          }),
          emptyIsNull: flags.null,
        }),
        batchBytes: requireSize('--batch-bytes', flags['batch-bytes']),
        codec: CODEC_NAMES.indexOf(flags.compression as CodecName),
        partitioner: flags.partitioner as PartitionerName,
        partition: partitionOf,
        createPartitions: requireCount('--create-partitions', flags['create-partitions'], 1),
        onError: flags['on-error'] as (typeof ON_ERROR)[number],
        isDurable,
        ratePerSecond: flags.rate === undefined ? Number.POSITIVE_INFINITY : requireRate('--rate', flags.rate),
        signal: this.signal,
        onTopicCreated: (name, partitions) =>
          this.note(`leat: made topic '${name}' with ${partitions} partition${partitions === 1 ? '' : 's'}`),
        onAppend: () => {},
        onRejected: (message) => this.note(`leat: ${message}`),
        onProgress: () => {},
      })
      await cluster.close(isDurable)
      if (flags.verbose || (process.stderr.isTTY && !flags.quiet)) {
        const seconds = Number(this.system.clock.now() - startedAt) / 1000
        this.note(`leat: stored ${result.records} records (${result.bytes} bytes) in '${topic}' in ${seconds.toFixed(2)} s`)
      }
      if (result.rejected > 0) {
        this.note(`leat: ${result.rejected} records were not stored`)
        this.endWith(exitCodes.partial)
      }
    } finally {
      await cluster.close(isDurable)
    }
  }
}
