// Topic configuration under Kafka's names: types, defaults and valid values as Kafka 4.3 has them.
import { LeatError, exitCodes } from '../errors/leat-error.ts'
import { nearest } from '../errors/nearest.ts'

type ConfigType =
  | { readonly kind: 'long' | 'int'; readonly min?: bigint; readonly max?: bigint; readonly unit?: 'ms' | 'bytes' }
  | { readonly kind: 'double'; readonly min: number; readonly max: number }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'one of'; readonly values: readonly string[] }
  | { readonly kind: 'list of'; readonly values: readonly string[] }
  | { readonly kind: 'throttled replicas' }

export interface ConfigDefinition {
  readonly name: string
  readonly type: ConfigType
  /** In Kafka's text form. */
  readonly default: string
  readonly doc: string
}

const INT_MAX = 2n ** 31n - 1n
const LONG_MAX = 2n ** 63n - 1n

const long = (min: bigint, unit?: 'ms' | 'bytes'): ConfigType => ({ kind: 'long', min, ...(unit === undefined ? {} : { unit }) })
const int = (min: bigint, unit?: 'ms' | 'bytes'): ConfigType => ({ kind: 'int', min, ...(unit === undefined ? {} : { unit }) })
const define = (name: string, type: ConfigType, defaultText: string, doc: string): ConfigDefinition => ({
  name,
  type,
  default: defaultText,
  doc,
})

export const TOPIC_CONFIGS: readonly ConfigDefinition[] = [
  define('cleanup.policy', { kind: 'list of', values: ['compact', 'delete'] }, 'delete', 'delete old segments, compact by key, or both'),
  define('compression.gzip.level', { kind: 'int', min: -1n, max: 9n }, '-1', 'gzip level of the broker'),
  define('compression.lz4.level', { kind: 'int', min: 1n, max: 17n }, '9', 'lz4 level of the broker'),
  define(
    'compression.type',
    { kind: 'one of', values: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'] },
    'producer',
    'codec in which batches are stored',
  ),
  define('compression.zstd.level', { kind: 'int', min: -131072n, max: 22n }, '3', 'zstd level of the broker'),
  define('delete.retention.ms', long(0n, 'ms'), '86400000', 'how long compaction keeps tombstones'),
  define('errors.deadletterqueue.group.enable', { kind: 'boolean' }, 'false', 'the topic may take dead letters of share groups'),
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
  define('remote.copy.disable', { kind: 'boolean' }, 'false', 'stop copying to remote storage'),
  define('remote.log.delete.on.disable', { kind: 'boolean' }, 'false', 'delete remote data when remote storage is switched off'),
  define('remote.storage.enable', { kind: 'boolean' }, 'false', 'keep old segments in remote storage'),
  define('retention.bytes', long(-1n, 'bytes'), '-1', 'size above which old segments go; -1: any'),
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
  const normal = normalize(definition.type, text.trim())
  if (normal !== null) return normal
  throw new LeatError('INVALID_CONFIG', `'${text}' is not a valid value for ${name}: ${describe(definition.type)}`, {
    hint: `For example --config ${name}=${example(definition)}.`,
    exitCode: exitCodes.usage,
  })
}

/** @throws LeatError where there is no such configuration */
export function checkTopicConfigName(name: string): void {
  if (!BY_NAME.has(name)) throw unknownConfig(name)
}

function unknownConfig(name: string): LeatError {
  const near = nearest(name, BY_NAME.keys())
  return new LeatError('INVALID_CONFIG', `there is no topic configuration '${name}'`, {
    hint: near === null ? 'Names are those of Kafka, such as retention.ms, segment.bytes or cleanup.policy.' : `Did you mean ${near}?`,
    exitCode: exitCodes.usage,
  })
}

function normalize(type: ConfigType, text: string): string | null {
  switch (type.kind) {
    case 'long':
    case 'int': {
      const value = parseAmount(text, type.unit)
      const max = type.max ?? (type.kind === 'int' ? INT_MAX : LONG_MAX)
      return value === null || value > max || (type.min !== undefined && value < type.min) ? null : value.toString()
    }
    case 'double': {
      const value = Number(text)
      return text !== '' && value >= type.min && value <= type.max ? text : null
    }
    case 'boolean':
      return /^(true|false)$/i.test(text) ? text.toLowerCase() : null
    case 'one of':
      return type.values.includes(text) ? text : null
    case 'list of': {
      const items = text.split(',').map((item) => item.trim())
      return items.every((item) => type.values.includes(item)) ? [...new Set(items)].join(',') : null
    }
    case 'throttled replicas':
      return text === '' || text === '*' || /^\d+:\d+(,\d+:\d+)*$/.test(text) ? text : null
  }
}

const UNITS = {
  ms: { ms: 1n, s: 1000n, m: 60_000n, h: 3_600_000n, d: 86_400_000n, w: 604_800_000n },
  bytes: { b: 1n, kib: 1n << 10n, mib: 1n << 20n, gib: 1n << 30n, tib: 1n << 40n, kb: 1000n, mb: 10n ** 6n, gb: 10n ** 9n, tb: 10n ** 12n },
} as const

function parseAmount(text: string, unit: 'ms' | 'bytes' | undefined): bigint | null {
  if (/^-?\d+$/.test(text)) return BigInt(text)
  const match = /^(\d+)\s*([a-z]+)$/i.exec(text)
  if (match === null || unit === undefined) return null
  const factor = new Map<string, bigint>(Object.entries(UNITS[unit])).get((match[2] as string).toLowerCase())
  return factor === undefined ? null : BigInt(match[1] as string) * factor
}

function describe(type: ConfigType): string {
  switch (type.kind) {
    case 'long':
    case 'int': {
      const max = type.max ?? (type.kind === 'int' ? INT_MAX : null)
      return `a whole number${type.unit === undefined ? '' : ` (${type.unit})`}${type.min === undefined ? '' : ` from ${type.min}`}${max === null ? '' : ` to ${max}`}`
    }
    case 'double':
      return `a number from ${type.min} to ${type.max}`
    case 'boolean':
      return 'true or false'
    case 'one of':
      return `one of ${type.values.join(', ')}`
    case 'list of':
      return `a list of ${type.values.join(', ')}`
    case 'throttled replicas':
      return '* or a list of partition:broker'
  }
}

function example(definition: ConfigDefinition): string {
  const { type } = definition
  if (type.kind === 'long' || type.kind === 'int') {
    if (type.unit === 'ms') return '7d'
    if (type.unit === 'bytes') return '64MiB'
  }
  return definition.default === '' ? '*' : definition.default
}

/** What a log needs to know of its topic's configuration. */
export interface LogConfig {
  readonly cleanupPolicy: ReadonlySet<string>
  readonly fileDeleteDelayMs: bigint
  readonly indexIntervalBytes: number
  readonly maxMessageBytes: number
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime'
  readonly retentionBytes: bigint
  readonly retentionMs: bigint
  readonly segmentBytes: number
  readonly segmentIndexBytes: number
  readonly segmentJitterMs: bigint
  readonly segmentMs: bigint
}

/** The configuration in force: a topic's own settings over Kafka's defaults. Values a damaged log may hold count as unset. */
export function logConfig(overrides: ReadonlyMap<string, string> = new Map()): LogConfig {
  const text = (name: string): string => {
    const definition = BY_NAME.get(name)
    if (definition === undefined) throw new Error(`no configuration ${name}`)
    return normalize(definition.type, overrides.get(name) ?? definition.default) ?? definition.default
  }
  return {
    cleanupPolicy: new Set(text('cleanup.policy').split(',')),
    fileDeleteDelayMs: BigInt(text('file.delete.delay.ms')),
    indexIntervalBytes: Number(text('index.interval.bytes')),
    maxMessageBytes: Number(text('max.message.bytes')),
    messageTimestampType: text('message.timestamp.type') === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    retentionBytes: BigInt(text('retention.bytes')),
    retentionMs: BigInt(text('retention.ms')),
    segmentBytes: Number(text('segment.bytes')),
    segmentIndexBytes: Number(text('segment.index.bytes')),
    segmentJitterMs: BigInt(text('segment.jitter.ms')),
    segmentMs: BigInt(text('segment.ms')),
  }
}
