// `leat log dump` against kafka-dump-log: every line that Kafka's tool printed, made again from ours.
import { expect } from 'vitest'
import { dump } from '../../src/operations/log/dump/dump.ts'
import { DumpWriter } from '../../src/output/dump-writer.ts'
import { Slab } from '../../src/output/slab.ts'
import { groupRecords } from '../../src/record/internal/group-records.ts'
import { shareStateRecords } from '../../src/record/internal/share-state-records.ts'
import { transactionRecords } from '../../src/record/internal/transaction-records.ts'
import { realFiles } from '../../src/system/real-files.ts'
import { exactJson } from './exact-json.ts'
import { type DumpedFile, baseOffsetOf } from './kafka-dump.ts'

/** A line of ours, integers as bigint. */
export type Line = Readonly<Record<string, unknown>>

/** What `leat log dump --records` prints of files or folders in a directory. */
export function dumpLines(root: string, names: readonly string[]): Line[] {
  const slab = new Slab()
  const writer = new DumpWriter()
  const items = dump({
    files: realFiles,
    root,
    workingDirectory: '/',
    names,
    partitions: null,
    offsets: null,
    withRecords: true,
    isDecoding: true,
    maxItems: Number.POSITIVE_INFINITY,
    onSkip: () => {},
  })
  for (const item of items) writer.write(item, slab)
  const lines = slab.bytes.toString('utf8', 0, slab.length).split('\n')
  return lines.slice(0, -1).map((line) => exactJson(line) as Line)
}

function size(value: unknown): string {
  return typeof value === 'bigint' ? `${value}` : '-1'
}

function optional(value: unknown): string {
  return typeof value === 'bigint' ? `OptionalLong[${value}]` : 'OptionalLong.empty'
}

/** Kafka's numbers of the kinds of records, by their names. */
const KINDS: ReadonlyMap<string, string> = new Map(
  Object.values({ ...groupRecords, ...transactionRecords, ...shareStateRecords }).map(
    (record) => [record.type, String(record.kind)] as const,
  ),
)

/** Our line as kafka-dump-log prints it; what it decodes is compared as JSON instead. */
function asKafka(line: Line, batch: Line | null): { text: string; decoded: unknown } {
  const fields = (...names: string[]): string => names.map((name) => `${name}: ${String(line[name])}`).join(' ')
  switch (line['type']) {
    case 'batch':
      return plain(
        `${fields('baseOffset', 'lastOffset', 'count', 'baseSequence', 'lastSequence', 'producerId', 'producerEpoch')} ` +
          `${fields('partitionLeaderEpoch', 'isTransactional', 'isControl')} deleteHorizonMs: ${optional(line['deleteHorizonMs'])} ` +
          `position: ${String(line['position'])} ${String(line['timestampType'])}: ${String(line['maxTimestamp'])} ` +
          `${fields('size', 'magic')} compresscodec: ${String(line['codec'])} ${fields('crc')} isvalid: true`,
      )
    case 'record': {
      const headers = line['headers'] as readonly { key: string }[]
      const text =
        `| ${fields('offset')} ${String(batch?.['timestampType'])}: ${String(line['timestamp'])} keySize: ${size(line['keySize'])} ` +
        `valueSize: ${size(line['valueSize'])} ${fields('sequence')} headerKeys: [${headers.map(({ key }) => key).join(',')}]`
      return { text, decoded: line['decoded'] ?? null }
    }
    case 'offset-index':
      return plain(fields('offset', 'position'))
    case 'time-index':
      return plain(fields('timestamp', 'offset'))
    case 'aborted-transaction':
      return plain(`version: 0 ${fields('producerId', 'firstOffset', 'lastOffset', 'lastStableOffset')}`)
    case 'producer': {
      const last =
        line['lastOffset'] === null
          ? ''
          : ` ${fields('firstSequence', 'lastSequence', 'lastOffset', 'offsetDelta')} timestamp: ${String(line['lastTimestamp'])}`
      const open = `currentTxnFirstOffset: ${optional(line['currentTxnFirstOffset'])}`
      return plain(`${fields('producerId', 'producerEpoch', 'coordinatorEpoch')} ${open} ${fields('lastTimestamp')}${last}`)
    }
    case 'metadata-snapshot':
      return plain(`Snapshot end offset: ${String(line['endOffset'])}, epoch: ${String(line['epoch'])}`)
    default:
      return plain(`unexpected ${JSON.stringify(line, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`)
  }
}

function plain(text: string): { text: string; decoded: null } {
  return { text, decoded: null }
}

/** What follows a record's header keys in kafka-dump-log, in our shape. */
function kafkaDecoded(rest: string): unknown {
  if (rest === '') return null
  const marker = /^ endTxnMarker: (\w+) coordinatorEpoch: (-?\d+)$/.exec(rest)
  if (marker !== null) {
    const value = { version: 0n, coordinatorEpoch: BigInt(marker[2] as string) }
    return { type: marker[1], version: 0n, key: null, value }
  }
  const keyed = /^ key: (\{.*\}) payload: (\{.*\}|<DELETE>)$/.exec(rest)
  if (keyed !== null) {
    const key = exactJson(keyed[1] as string) as { type: string; data: unknown }
    const value = keyed[2] === '<DELETE>' ? null : (exactJson(keyed[2] as string) as { version: string; data: unknown })
    return { type: key.type, version: value === null ? null : BigInt(value.version), key: key.data, value: value?.data ?? null }
  }
  const metadata = /^ payload: (\{.*\})$/.exec(rest)
  if (metadata !== null) {
    const { type, version, data } = exactJson(metadata[1] as string) as { type: string; version: bigint; data: unknown }
    return { type, version, key: null, value: data }
  }
  const control = /^ (\w+):? (\{.*\})$/.exec(rest)
  const value = exactJson(control?.[2] ?? 'null') as { version: bigint } | null
  return { type: control?.[1], version: value?.version, key: null, value }
}

/** Ours with Kafka's numbers in place of names. */
function withKind(decoded: unknown): unknown {
  const record = decoded as { type: string; key: unknown } | null
  return record === null || record.key === null ? record : { ...record, type: KINDS.get(record.type) }
}

/** Kafka's lines, but for headings and for the zeros of an index that has room but no entry, which it prints as an entry. */
export function entriesOf({ name, lines }: DumpedFile): string[] {
  const base = baseOffsetOf(name)
  const headings = new Set([`Log starting offset: ${base}`, `timestamp: 0 offset: ${base}`, `offset: ${base} position: 0`])
  return lines.filter((line) => !headings.has(line) && !line.endsWith(`${name} is empty.`))
}

/** What kafka-dump-log printed of a file (with --deep-iteration, and the decoders where they apply), against ours. */
export function expectSameDump(file: DumpedFile, ours: readonly Line[]): void {
  const expected = entriesOf(file)
  let batch: Line | null = null
  for (const [index, line] of ours.entries()) {
    if (line['type'] === 'batch') batch = line
    const { text, decoded } = asKafka(line, batch)
    const wanted = expected[index] ?? ''
    expect(wanted.slice(0, text.length), `${file.path} line ${index}`).toBe(text)
    expect(withKind(decoded), `${file.path} line ${index}`).toEqual(kafkaDecoded(wanted.slice(text.length)))
  }
  expect(ours.length, file.path).toBe(expected.length)
}
