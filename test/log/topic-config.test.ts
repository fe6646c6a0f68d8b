// Topic configuration against what Kafka 4.3.1's LogConfig said of the same names and values.
import { describe, expect, test } from 'vitest'
import { LeatError } from '../../src/errors/leat-error.ts'
import { TOPIC_CONFIGS, checkTopicConfigName, checkTopicConfigs, logConfig, normalizeTopicConfig } from '../../src/log/topic-config.ts'

function refusal(action: () => unknown): LeatError {
  try {
    action()
  } catch (error) {
    if (error instanceof LeatError) return error
    throw error
  }
  throw new Error('it was accepted')
}

const LONG_MAX = '9223372036854775807'

test('names and defaults are those of Kafka 4.3', () => {
  expect(Object.fromEntries(TOPIC_CONFIGS.map((definition) => [definition.name, definition.default]))).toEqual({
    'cleanup.policy': 'delete',
    'compression.gzip.level': '-1',
    'compression.lz4.level': '9',
    'compression.type': 'producer',
    'compression.zstd.level': '3',
    'delete.retention.ms': '86400000',
    'file.delete.delay.ms': '60000',
    'flush.messages': LONG_MAX,
    'flush.ms': LONG_MAX,
    'follower.replication.throttled.replicas': '',
    'index.interval.bytes': '4096',
    'leader.replication.throttled.replicas': '',
    'local.retention.bytes': '-2',
    'local.retention.ms': '-2',
    'max.compaction.lag.ms': LONG_MAX,
    'max.message.bytes': '1048588',
    'message.timestamp.after.max.ms': '3600000',
    'message.timestamp.before.max.ms': LONG_MAX,
    'message.timestamp.type': 'CreateTime',
    'min.cleanable.dirty.ratio': '0.5',
    'min.compaction.lag.ms': '0',
    'min.insync.replicas': '1',
    preallocate: 'false',
    'remote.log.copy.disable': 'false',
    'remote.log.delete.on.disable': 'false',
    'remote.storage.enable': 'false',
    'retention.bytes': '-1',
    'retention.ms': '604800000',
    'segment.bytes': '1073741824',
    'segment.index.bytes': '10485760',
    'segment.jitter.ms': '0',
    'segment.ms': '604800000',
    'unclean.leader.election.enable': 'false',
  })
})

test('every default is a valid value, as it stands', () => {
  for (const { name, default: text } of TOPIC_CONFIGS) expect(normalizeTopicConfig(name, text), name).toBe(text)
})

describe('values that Kafka takes are taken', () => {
  test.for([
    ['cleanup.policy', '', ''],
    ['cleanup.policy', 'compact, delete', 'compact,delete'],
    ['cleanup.policy', 'delete,delete', 'delete'],
    ['compression.gzip.level', '-1', '-1'],
    ['compression.gzip.level', '9', '9'],
    ['compression.zstd.level', '-131072', '-131072'],
    ['compression.type', ' zstd', 'zstd'],
    ['retention.bytes', '-2', '-2'],
    ['retention.bytes', '-9223372036854775808', '-9223372036854775808'],
    ['retention.ms', '+5', '5'],
    ['retention.ms', '007', '7'],
    ['retention.ms', LONG_MAX, LONG_MAX],
    ['segment.bytes', '1048576', '1048576'],
    ['segment.index.bytes', '4', '4'],
    ['min.cleanable.dirty.ratio', '.5', '.5'],
    ['min.cleanable.dirty.ratio', '5e-1', '5e-1'],
    ['preallocate', 'TRUE', 'true'],
    ['leader.replication.throttled.replicas', '*', '*'],
    ['leader.replication.throttled.replicas', '0:1, 1:2', '0:1,1:2'],
    ['message.timestamp.type', 'LogAppendTime', 'LogAppendTime'],
    ['local.retention.ms', '-2', '-2'],
  ] as const)('%s=%s', ([name, text, normal]) => {
    expect(normalizeTopicConfig(name, text)).toBe(normal)
  })
})

describe('values that Kafka refuses are refused', () => {
  test.for([
    ['cleanup.policy', 'Delete'],
    ['cleanup.policy', ',delete'],
    ['cleanup.policy', 'delete,'],
    ['compression.gzip.level', '0'],
    ['compression.gzip.level', '10'],
    ['compression.lz4.level', '18'],
    ['compression.zstd.level', '23'],
    ['compression.type', 'none'],
    ['compression.type', 'ZSTD'],
    ['retention.bytes', '9223372036854775808'],
    ['retention.ms', '-2'],
    ['retention.ms', '1.0'],
    ['retention.ms', '1e3'],
    ['retention.ms', ''],
    ['segment.bytes', '1048575'],
    ['segment.bytes', '2147483648'],
    ['segment.ms', '0'],
    ['segment.index.bytes', '3'],
    ['segment.jitter.ms', '-1'],
    ['max.message.bytes', '-1'],
    ['min.cleanable.dirty.ratio', '1.1'],
    ['min.cleanable.dirty.ratio', '0x1'],
    ['min.cleanable.dirty.ratio', ''],
    ['min.insync.replicas', '0'],
    ['preallocate', 'yes'],
    ['leader.replication.throttled.replicas', '0'],
    ['leader.replication.throttled.replicas', '*,*'],
    ['message.timestamp.type', 'createtime'],
    ['flush.messages', '0'],
    ['max.compaction.lag.ms', '0'],
    ['local.retention.bytes', '-3'],
  ] as const)('%s=%s', ([name, text]) => {
    const error = refusal(() => normalizeTopicConfig(name, text))
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', exitCode: 2 })
    expect(error.message).toContain(name)
  })
})

describe('in words', () => {
  test.for([
    ['retention.ms', '7d', '604800000'],
    ['retention.ms', '1h30m', '5400000'],
    ['retention.ms', '2 w', '1209600000'],
    ['segment.ms', '500ms', '500'],
    ['segment.bytes', '1MiB', '1048576'],
    ['segment.bytes', '64m', '67108864'],
    ['retention.bytes', '3TB', '3000000000000'],
  ] as const)('%s=%s', ([name, text, normal]) => {
    expect(normalizeTopicConfig(name, text)).toBe(normal)
  })

  test('are held to the same range', () => {
    refusal(() => normalizeTopicConfig('segment.bytes', '2GiB'))
    refusal(() => normalizeTopicConfig('retention.ms', '99999999999999w'))
  })

  test('are not mixed up: a size is no duration, and a plain count has no unit', () => {
    refusal(() => normalizeTopicConfig('retention.ms', '7kib'))
    refusal(() => normalizeTopicConfig('segment.bytes', '7d'))
    refusal(() => normalizeTopicConfig('min.insync.replicas', '2s'))
  })
})

describe('an unknown name', () => {
  test.for([
    ['retentoin.ms', 'retention.ms'],
    ['cleanup.polcy', 'cleanup.policy'],
    ['SEGMENT.BYTES', 'segment.bytes'],
  ] as const)('%s suggests %s', ([name, near]) => {
    expect(refusal(() => normalizeTopicConfig(name, '1')).hint).toContain(near)
    expect(refusal(() => checkTopicConfigName(name)).hint).toContain(near)
  })

  test.for(['remote.copy.disable', 'errors.deadletterqueue.group.enable', 'message.format.version', 'internal.segment.bytes'])(
    '%s is one',
    (name) => {
      refusal(() => normalizeTopicConfig(name, '100'))
    },
  )
})

describe('values that contradict each other', () => {
  test('min.compaction.lag.ms may not be more than max.compaction.lag.ms', () => {
    checkTopicConfigs(
      new Map([
        ['min.compaction.lag.ms', '5'],
        ['max.compaction.lag.ms', '5'],
      ]),
    )
    checkTopicConfigs(new Map([['min.compaction.lag.ms', LONG_MAX]]))
    const both = new Map([
      ['min.compaction.lag.ms', '10'],
      ['max.compaction.lag.ms', '5'],
    ])
    expect(refusal(() => checkTopicConfigs(both)).code).toBe('INVALID_CONFIG')
  })

  test('remote storage cannot be asked for, as in a Kafka that has none', () => {
    checkTopicConfigs(new Map([['remote.storage.enable', 'false']]))
    expect(refusal(() => checkTopicConfigs(new Map([['remote.storage.enable', 'true']]))).message).toContain('remote storage')
  })
})

describe('the configuration in force', () => {
  test('is Kafka’s default where a topic says nothing', () => {
    expect(logConfig()).toEqual({
      cleanupPolicy: new Set(['delete']),
      deleteRetentionMs: 86_400_000n,
      fileDeleteDelayMs: 60_000n,
      indexIntervalBytes: 4096,
      maxCompactionLagMs: 2n ** 63n - 1n,
      maxMessageBytes: 1_048_588,
      messageTimestampType: 'CreateTime',
      minCompactionLagMs: 0n,
      retentionBytes: -1n,
      retentionMs: 604_800_000n,
      segmentBytes: 1_073_741_824,
      segmentIndexBytes: 10_485_760,
      segmentJitterMs: 0n,
      segmentMs: 604_800_000n,
    })
  })

  test('is what the topic says where it says something', () => {
    const config = logConfig(
      new Map([
        ['retention.ms', LONG_MAX],
        ['cleanup.policy', 'compact,delete'],
        ['segment.bytes', '2097152'],
      ]),
    )
    expect(config.retentionMs).toBe(9_223_372_036_854_775_807n)
    expect(config.cleanupPolicy).toEqual(new Set(['compact', 'delete']))
    expect(config.segmentBytes).toBe(2_097_152)
  })

  test('has no cleanup policy where the topic’s is empty', () => {
    expect(logConfig(new Map([['cleanup.policy', '']])).cleanupPolicy).toEqual(new Set())
  })

  test('takes what is not valid, as a damaged metadata log may have it, for unset', () => {
    expect(
      logConfig(
        new Map([
          ['segment.bytes', '12000'],
          ['retention.ms', 'soon'],
        ]),
      ),
    ).toEqual(logConfig())
  })

  test('honours the segment size that Kafka’s own tests use', () => {
    expect(logConfig(new Map([['internal.segment.bytes', '12000']])).segmentBytes).toBe(12_000)
  })
})
