// A directory with a bit of everything that leat writes, made through its commands alone.
import { run } from './views.ts'

export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

/** 1 November 2026; the brokers of these tests delete nothing, however old it is. */
const TIME = 1_793_491_200_000

/** Small segments: the index has room for four batches. */
const SMALL = ['--config', 'segment.index.bytes=32', '--config', 'index.interval.bytes=0', '--config', 'retention.ms=-1']

/** JSON objects with a key, a time and a text, a line each. */
export function events(count: number, name = 'event'): string {
  const text = 'to be or not to be, '
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify({ id: `${name}-${index % 97}`, at: TIME + index * 10, text: text.repeat(index % 7), index }),
  ).join('\n')
}

const keyed = ['--key-field', '.id', '--timestamp-field', '.at']

export async function makeDirectory(directory: string): Promise<void> {
  const leat = async (args: readonly string[], input: string | Buffer = ''): Promise<unknown> => run(directory, args, { input })
  await leat(['produce', 'plain'], 'a\n\nc\n')
  await leat(['produce', 'keyed', '--create-partitions', '3', ...keyed], events(3000))
  for (const codec of CODECS) {
    await leat(['topic', 'create', `codec-${codec}`, '--config', 'max.message.bytes=2000000'])
    await leat(['produce', `codec-${codec}`, '-z', codec, ...keyed], events(4000))
    await leat(['produce', `codec-${codec}`, '-z', codec], Buffer.concat([noise(900_000), Buffer.from('\nlast\n')]))
  }
  await leat(['topic', 'create', 'edges', '-p', '3', '--config', 'retention.ms=-1'])
  await leat(['produce', 'edges', '--json'], edges())
  await leat(['topic', 'create', 'by-size', '--config', 'segment.bytes=1MiB', '--config', 'retention.ms=-1'])
  await leat(['produce', 'by-size', ...keyed], events(40_000))
  await leat(['topic', 'create', 'by-index', ...SMALL])
  await leat(['produce', 'by-index', '--batch-bytes', '2KiB', ...keyed], events(800))
  await topicsThatChange(leat)
  await topicsThatShrink(leat)
}

type Run = (args: readonly string[], input?: string | Buffer) => Promise<unknown>

async function topicsThatChange(leat: Run): Promise<void> {
  const settings = ['retention.ms=14d', 'retention.bytes=1GiB', 'cleanup.policy=compact,delete', 'min.insync.replicas=1', 'flush.ms=1000']
  await leat(['topic', 'create', 'configured', '-p', '2', ...settings.flatMap((setting) => ['--config', setting])])
  await leat(['topic', 'alter', 'configured', '--config', 'max.message.bytes=2MiB', '--delete-config', 'flush.ms'])
  await leat(['produce', 'configured', ...keyed], events(100))
  await leat(['topic', 'create', 'append-time', '--config', 'message.timestamp.type=LogAppendTime'])
  await leat(['produce', 'append-time', ...keyed], events(50))
  await leat(['topic', 'create', 'recompressed', '--config', 'compression.type=zstd'])
  await leat(['produce', 'recompressed', '-z', 'lz4'], events(50))
  await leat(['topic', 'create', 'empty', '-p', '2'])
  await leat(['topic', 'create', 'grown'])
  await leat(['produce', 'grown', ...keyed], events(200))
  await leat(['topic', 'alter', 'grown', '--partitions', '3'])
  await leat(['produce', 'grown', ...keyed], events(200))
  for (const topic of ['gone', 'reborn']) {
    await leat(['topic', 'create', topic, '--config', 'max.message.bytes=500000'])
    await leat(['produce', topic], 'a first life\n')
    await leat(['topic', 'delete', topic, '-y'])
  }
  await leat(['produce', 'reborn', '--create-partitions', '2', '-k', 'k'], 'a second life\n')
}

async function topicsThatShrink(leat: Run): Promise<void> {
  for (const topic of ['trimmed', 'trimmed-all', 'retained']) {
    await leat(['topic', 'create', topic, ...SMALL])
    await leat(['produce', topic, '--batch-bytes', '2KiB', ...keyed], events(600))
  }
  await leat(['topic', 'trim', 'trimmed', '--before', '333'])
  await leat(['topic', 'trim', 'trimmed-all', '--before', 'end'])
  await leat(['topic', 'alter', 'retained', '--config', 'retention.bytes=20000'])
  await leat(['retention', 'retained'])
  await leat(['topic', 'create', 'expired', ...SMALL, '--config', 'retention.ms=1h'])
  await leat(['produce', 'expired', '--batch-bytes', '2KiB', ...keyed], events(100))
  await leat(['retention', 'expired'])
  await leat(['produce', 'expired'], 'young\n')
}

/** Bytes without a line feed that no codec makes smaller, the same each time. */
function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size)
  let state = 12_345
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff
    bytes[at] = (state >>> 16) & 0xff
    if (bytes[at] === 10) bytes[at] = 11
  }
  return bytes
}

function edges(): string {
  const headers = [
    { key: 'h', value: '1' },
    { key: 'h', value: null },
    { key: '', value: '' },
    { key: 'ключ', value: { base64: '/wD+' } },
  ]
  const records: object[] = [
    { key: null, value: null },
    { key: '', value: '' },
    { key: { base64: 'AP8=' }, value: { base64: '/////w==' }, headers },
    ...[5, 3, -1, 0, 4, -1].map((offset) => ({ key: 'time', value: `${offset}`, timestamp: offset < 1 ? offset : TIME + offset })),
    ...[62, 63, 64, 65, 8191, 8192].map((size) => ({ key: 'k'.repeat(size), value: 'v'.repeat(size) })),
    ...Array.from({ length: 300 }, (_, index) => ({
      partition: index % 3,
      key: null,
      value: `${index}`,
      headers: headers.slice(index % 5),
    })),
  ]
  const lines = records.map((record) => JSON.stringify(record))
  return [...lines, '{"partition":1,"key":"late","value":"far","timestamp":9007199254740993}'].join('\n')
}
