// What the flags of `leat produce` mean to the operation.
import type { ProduceFlags } from './produce-flags.ts'
import { transactionOf } from './produce-transaction.ts'
import { CODEC_NAMES } from '../src/bytes/compression/index.ts'
import { requireDuration } from '../src/grammar/duration.ts'
import { requireCount, requireDelimiter, requireHeader, requirePartition, requireRate, requireSize } from '../src/grammar/values.ts'
import { chooseFormat } from '../src/operations/produce/choose-format.ts'
import type { ProduceOptions } from '../src/operations/produce/produce.ts'
import type { RecordFormat } from '../src/input/record-format.ts'
import type { System } from '../src/system/system.ts'

export type ProduceSettings = Pick<
  ProduceOptions,
  | ('format' | 'batchBytes' | 'lingerMs' | 'codec' | 'partitioner' | 'partition' | 'createPartitions' | 'onError')
  | ('isDurable' | 'transaction' | 'rate')
>

/** What the flags say, checked. @throws LeatError (usage) */
export function settingsOf(flags: ProduceFlags, system: System): ProduceSettings {
  const delimiter = requireDelimiter('--delimiter', flags.delimiter)
  return {
    format: formatOf(flags, delimiter, system),
    batchBytes: requireSize('--batch-bytes', flags['batch-bytes'], 1),
    lingerMs: requireDuration('--linger', flags.linger),
    codec: CODEC_NAMES.indexOf(flags.compression),
    partitioner: flags.partitioner,
    partition: flags.partition === undefined ? -1 : requirePartition('--partition', flags.partition),
    createPartitions: requireCount('--create-partitions', flags['create-partitions'], 1),
    onError: flags['on-error'],
    // What is acknowledged before it is on the disk need not be waited for.
    isDurable: flags.sync && flags.acks !== '0' && flags.acks !== '1',
    transaction: transactionOf(flags),
    rate: flags.rate === undefined ? null : { perSecond: requireRate('--rate', flags.rate), endByte: endByteOf(flags, delimiter) },
  }
}

/** A byte that every record of the input ends in. */
function endByteOf({ array, csv }: ProduceFlags, delimiter: Buffer): number {
  const text = array ? ',' : csv ? '\n' : null
  return text === null ? (delimiter.at(-1) as number) : text.charCodeAt(0)
}

function formatOf(flags: ProduceFlags, delimiter: Buffer, system: System): RecordFormat {
  const input = flags.json ? 'json' : flags.array ? 'array' : flags.csv ? 'csv' : 'lines'
  return chooseFormat(
    {
      input,
      delimiter,
      key: flags.key === undefined ? null : Buffer.from(flags.key),
      keyField: flags['key-field'] ?? null,
      keyDelimiter: flags['key-delimiter'] === undefined ? null : requireDelimiter('--key-delimiter', flags['key-delimiter']),
      timestampField: flags['timestamp-field'] ?? null,
      headers: (flags.header ?? []).map((text) => requireHeader('--header', text)),
      headerFields: (flags['header-field'] ?? []).map((text) => requireHeader('--header-field', text)),
      emptyIsNull: flags.null,
      eventType: flags.envelope ?? null,
    },
    system,
  )
}
