// Topic configuration under Kafka's names: types, defaults and valid values as the LogConfig of Kafka 4.3 has them.
import { LeatError, exitCodes } from '../errors/leat-error.ts'
import { nearest } from '../errors/nearest.ts'
import { type ConfigType, describeType, listItems, normalizeValue } from './config-type.ts'

export interface ConfigDefinition {
  readonly name: string
  readonly type: ConfigType
  /** In Kafka's text form. */
  readonly default: string
  readonly doc: string
}

const LONG_MAX = 2n ** 63n - 1n

type Unit = 'ms' | 'bytes'
const integer = (kind: 'long' | 'int', min?: bigint, unit?: Unit): ConfigType => ({
  kind,
  ...(min === undefined ? {} : { min }),
  ...(unit === undefined ? {} : { unit }),
})
const long = (min?: bigint, unit?: Unit): ConfigType => integer('long', min, unit)
const int = (min?: bigint, unit?: Unit): ConfigType => integer('int', min, unit)
const define = (name: string, type: ConfigType, defaultText: string, doc: string): ConfigDefinition => ({
  name,
  type,
  default: defaultText,
  doc,
})

export const TOPIC_CONFIGS: readonly ConfigDefinition[] = [
  define('cleanup.policy', { kind: 'list of', values: ['compact', 'delete'] }, 'delete', 'delete old segments, compact by key, or both'),
  define('compression.gzip.level', { kind: 'int', min: 1n, max: 9n, also: -1n }, '-1', 'gzip level of the broker'),
  define('compression.lz4.level', { kind: 'int', min: 1n, max: 17n }, '9', 'lz4 level of the broker'),
  define(
    'compression.type',
    { kind: 'one of', values: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'] },
    'producer',
    'codec in which batches are stored',
  ),
  define('compression.zstd.level', { kind: 'int', min: -131072n, max: 22n }, '3', 'zstd level of the broker'),
  define('delete.retention.ms', long(0n, 'ms'), '86400000', 'how long compaction keeps tombstones'),
  define('file.delete.delay.ms', long(0n, 'ms'), '60000', 'wait before a deleted file goes'),
  define('flush.messages', long(1n), LONG_MAX.toString(), 'sync after so many records'),
  define('flush.ms', long(0n, 'ms'), LONG_MAX.toString(), 'sync after so long'),
  define('follower.replication.throttled.replicas', { kind: 'throttled replicas' }, '', 'replicas whose following is throttled'),
  define('index.interval.bytes', int(0n, 'bytes'), '4096', 'bytes of log between index entries'),
  define('leader.replication.throttled.replicas', { kind: 'throttled replicas' }, '', 'replicas whose leading is throttled'),
  define('local.retention.bytes', long(-2n, 'bytes'), '-2', 'local bytes kept with remote storage'),
  define('local.retention.ms', long(-2n, 'ms'), '-2', 'local time kept with remote storage'),
  define('max.compaction.lag.ms', long(1n, 'ms'), LONG_MAX.toString(), 'age at which a record is compacted at the latest'),
  define('max.message.bytes', int(0n, 'bytes'), '1048588', 'largest batch'),
  define('message.timestamp.after.max.ms', long(0n, 'ms'), '3600000', 'how far ahead of the broker a timestamp may be'),
  define('message.timestamp.before.max.ms', long(0n, 'ms'), LONG_MAX.toString(), 'how far behind the broker a timestamp may be'),
  define('message.timestamp.type', { kind: 'one of', values: ['CreateTime', 'LogAppendTime'] }, 'CreateTime', 'whose clock timestamps are'),
  define('min.cleanable.dirty.ratio', { kind: 'double', min: 0, max: 1 }, '0.5', 'share of uncleaned log at which compaction starts'),
  define('min.compaction.lag.ms', long(0n, 'ms'), '0', 'age before which a record is not compacted'),
  define('min.insync.replicas', int(1n), '1', 'replicas that must have a record for acks=all'),
  define('preallocate', { kind: 'boolean' }, 'false', 'make segment files at full size'),
  define('remote.log.copy.disable', { kind: 'boolean' }, 'false', 'stop copying to remote storage'),
  define('remote.log.delete.on.disable', { kind: 'boolean' }, 'false', 'delete remote data when remote storage is switched off'),
  define('remote.storage.enable', { kind: 'boolean' }, 'false', 'keep old segments in remote storage'),
  define('retention.bytes', long(undefined, 'bytes'), '-1', 'size above which old segments go; negative: any'),
  define('retention.ms', long(-1n, 'ms'), '604800000', 'age above which old segments go; -1: any'),
  define('segment.bytes', int(1024n * 1024n, 'bytes'), '1073741824', 'size of a segment'),
  define('segment.index.bytes', int(4n, 'bytes'), '10485760', 'size of an index file'),
  define('segment.jitter.ms', long(0n, 'ms'), '0', 'random part taken off segment.ms'),
  define('segment.ms', long(1n, 'ms'), '604800000', 'time after which a segment is closed'),
  define('unclean.leader.election.enable', { kind: 'boolean' }, 'false', 'a replica that lags may become leader'),
]

const BY_NAME = new Map(TOPIC_CONFIGS.map((definition) => [definition.name, definition]))

/** Checks a value and gives its text as Kafka stores it; durations and sizes may be in words (`7d`, `1GiB`). @throws LeatError */
export function normalizeTopicConfig(name: string, text: string): string {
  const definition = BY_NAME.get(name)
  if (definition === undefined) throw unknownConfig(name)
  const normal = normalizeValue(definition.type, text)
  if (normal !== null) return normal
  throw invalid(
    `'${text}' is not a valid value for ${name}: ${describeType(definition.type)}`,
    `For example --config ${example(definition)}.`,
  )
}

/** @throws LeatError where there is no such configuration */
export function checkTopicConfigName(name: string): void {
  if (!BY_NAME.has(name)) throw unknownConfig(name)
}

/**
 * The rules that values have to keep together, those of a topic's own settings and the defaults for the rest.
 * @param configs normalized values
 * @throws LeatError
 */
export function checkTopicConfigs(configs: ReadonlyMap<string, string>): void {
  const value = (name: string): string => configs.get(name) ?? requireDefinition(name).default
  const [least, most] = [value('min.compaction.lag.ms'), value('max.compaction.lag.ms')]
  if (BigInt(least) > BigInt(most))
    throw invalid(`min.compaction.lag.ms=${least} is more than max.compaction.lag.ms=${most}`, 'Raise the latter or lower the former.')
  if (value('remote.storage.enable') === 'true')
    throw invalid('remote.storage.enable=true: there is no remote storage here', 'Leave it out; all segments stay in the directory.')
}

function invalid(message: string, hint: string): LeatError {
  return new LeatError('INVALID_CONFIG', message, { hint, exitCode: exitCodes.usage })
}

function unknownConfig(name: string): LeatError {
  const near = nearest(name, BY_NAME.keys())
  return invalid(
    `there is no topic configuration '${name}'`,
    near === null ? 'Names are those of Kafka, such as retention.ms, segment.bytes or cleanup.policy.' : `Did you mean ${near}?`,
  )
}

function example({ name, type, default: defaultText }: ConfigDefinition): string {
  const unit = 'unit' in type ? type.unit : undefined
  const value = unit === 'ms' ? '7d' : unit === 'bytes' ? '64MiB' : defaultText === '' ? '*' : defaultText
  return `${name}=${value}`
}

/** What a log needs to know of its topic's configuration. */
export interface LogConfig {
  /** `compact`, `delete`, both or (nothing ever goes) none. */
  readonly cleanupPolicy: ReadonlySet<string>
  readonly deleteRetentionMs: bigint
  readonly fileDeleteDelayMs: bigint
  readonly indexIntervalBytes: number
  readonly maxCompactionLagMs: bigint
  readonly maxMessageBytes: number
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime'
  readonly minCompactionLagMs: bigint
  readonly retentionBytes: bigint
  readonly retentionMs: bigint
  readonly segmentBytes: number
  readonly segmentIndexBytes: number
  readonly segmentJitterMs: bigint
  readonly segmentMs: bigint
}

/** Kafka's own tests set it to have segments smaller than segment.bytes may say; what such a directory holds is honoured. */
const INTERNAL_SEGMENT_BYTES = 'internal.segment.bytes'

/** The configuration in force: a topic's own settings over Kafka's defaults. Values that are not valid count as unset. */
export function logConfig(overrides: ReadonlyMap<string, string> = new Map()): LogConfig {
  const text = (name: string): string => {
    const definition = requireDefinition(name)
    return normalizeValue(definition.type, overrides.get(name) ?? definition.default) ?? definition.default
  }
  const internalSegmentBytes = normalizeValue(int(1n), overrides.get(INTERNAL_SEGMENT_BYTES) ?? '')
  return {
    cleanupPolicy: new Set(listItems(text('cleanup.policy'))),
    deleteRetentionMs: BigInt(text('delete.retention.ms')),
    fileDeleteDelayMs: BigInt(text('file.delete.delay.ms')),
    indexIntervalBytes: Number(text('index.interval.bytes')),
    maxCompactionLagMs: BigInt(text('max.compaction.lag.ms')),
    maxMessageBytes: Number(text('max.message.bytes')),
    messageTimestampType: text('message.timestamp.type') === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    minCompactionLagMs: BigInt(text('min.compaction.lag.ms')),
    retentionBytes: BigInt(text('retention.bytes')),
    retentionMs: BigInt(text('retention.ms')),
    segmentBytes: Number(internalSegmentBytes ?? text('segment.bytes')),
    segmentIndexBytes: Number(text('segment.index.bytes')),
    segmentJitterMs: BigInt(text('segment.jitter.ms')),
    segmentMs: BigInt(text('segment.ms')),
  }
}

function requireDefinition(name: string): ConfigDefinition {
  const definition = BY_NAME.get(name)
  if (definition === undefined) throw new Error(`no configuration ${name}`)
  return definition
}
