// Batches whose checksum agrees and whose counts and lengths lie: whoever walks their records ends at once, and makes room for nothing that
// is not there.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../../src/client/directory/directory-cluster.ts'
import { crc32c } from '../../../src/bytes/crc32c.ts'
import { segmentPath } from '../../../src/log/segment-files.ts'
import { dump } from '../../../src/operations/log/dump/dump.ts'
import { verify } from '../../../src/operations/log/verify.ts'
import { ATTRIBUTES_OFFSET, BATCH_HEADER_SIZE, CRC_OFFSET } from '../../../src/record/batch-header.ts'
import { simulatedSystem } from '../../simulation/system.ts'
import { openDirectory, readPartition } from '../../support/records.ts'
import { batchOf } from '../../support/batches.ts'

const ROOT = '/data'
const LARGEST = 2 ** 31 - 1
/** Topics whose records are decoded, and one whose are not. */
const TOPICS = ['t', '__consumer_offsets', '__transaction_state', '__cluster_metadata'] as const
/** 2^31 - 1 and -2^31 as zigzag varints; one that never ends. */
const LARGE = Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f])
const NEGATIVE = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f])
const ENDLESS = Buffer.alloc(64, 0xff)

interface Lies {
  readonly recordCount: number
  readonly lastOffsetDelta: number
  readonly codec: number
  readonly isControl: boolean
  readonly records: Buffer
}

function hostileBatch({ recordCount, lastOffsetDelta, codec, isControl, records }: Lies): Buffer {
  const batch = Buffer.concat([batchOf(['x']).subarray(0, BATCH_HEADER_SIZE), records])
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt16BE(codec | (isControl ? 0x30 : 0), ATTRIBUTES_OFFSET)
  batch.writeInt32BE(lastOffsetDelta, 23)
  batch.writeBigInt64BE(isControl ? 7n : -1n, 43)
  batch.writeInt32BE(recordCount, 57)
  batch.writeUInt32BE(crc32c(batch, ATTRIBUTES_OFFSET), CRC_OFFSET)
  return batch
}

/** Dumps, verifies and reads a log that is this one batch; returns how many items the dump had. */
async function walk(topic: string, batch: Buffer): Promise<number> {
  const system = simulatedSystem()
  const { files } = system
  files.makeDirectory(`${ROOT}/${topic}-0`)
  const log = files.open(segmentPath(`${ROOT}/${topic}-0`, 0n, 'log'), 'create')
  log.write(batch, 0, batch.length, 0)
  log.close()
  const common = { files, root: ROOT, workingDirectory: '/', names: [`${topic}-0`], partitions: null, onSkip: () => {}, offsets: null }
  const items = [...dump({ ...common, maxItems: Number.POSITIVE_INFINITY, withRecords: true, isDecoding: true })]
  await verify({ files, root: ROOT, targets: [`${topic}-0`], isDeep: true, onFinding: () => {} })
  const cluster = openDirectory(system, ROOT)
  for (const name of cluster.topicNames()) cluster.describeTopic(name)
  if (topic === 't') await readAndWrite(cluster)
  await cluster.close()
  return items.length
}

async function readAndWrite(cluster: DirectoryCluster): Promise<void> {
  await readPartition(cluster, 't', 0)
  await readPartition(cluster, 't', 0, { isCommittedOnly: true })
  await cluster.beginWriting()
  cluster.openAppender('t').append(0, batchOf(['after it']))
  await cluster.compact('t', 0, { rolls: true, mapBytes: 1 << 16, turn: async () => {} })
}

/** Sound as far as its value, with more headers than there are: nothing of it is printed. */
const HALF_A_RECORD: Lies = {
  recordCount: 1,
  lastOffsetDelta: 0,
  codec: 0,
  isControl: false,
  records: Buffer.concat([Buffer.from([20, 0, 0, 0, 1, 1]), LARGE]),
}

const record = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(LARGE, NEGATIVE, ENDLESS, Buffer.alloc(32)),
  // A whole record whose key, value or headers are as long as can be.
  fc.constantFrom(LARGE, NEGATIVE, ENDLESS).chain((lie) =>
    fc.constantFrom(
      ...[[lie], [Buffer.from([1]), lie], [Buffer.from([1, 1]), lie], [Buffer.from([1, 1]), lie, lie]].map((fields) => {
        const body = Buffer.concat([Buffer.from([0, 0, 0]), ...fields])
        return Buffer.concat([Buffer.from([body.length * 2]), body])
      }),
    ),
  ),
)

const size = fc.oneof(fc.constantFrom(0, 1, 2, LARGEST - 1, LARGEST), fc.nat(100))

test('a dump, a check and a reading of hostile batches have as many items as there can be in their bytes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...TOPICS),
      fc.record({
        recordCount: size,
        lastOffsetDelta: size,
        codec: fc.integer({ min: 0, max: 5 }),
        isControl: fc.boolean(),
        records: fc.array(record, { maxLength: 4 }).map((parts) => Buffer.concat(parts)),
      }),
      async (topic, lies) => {
        const batch = hostileBatch(lies)
        expect(await walk(topic, batch)).toBeLessThan(batch.length + 4)
      },
    ),
    { numRuns: 200, examples: [['t', HALF_A_RECORD]] },
  )
})

test('two thousand million records in a hundred bytes take no memory', async () => {
  const allocated = (): number => process.memoryUsage().arrayBuffers
  const before = allocated()
  const records = Buffer.concat([LARGE, LARGE, ENDLESS])
  for (const topic of TOPICS)
    for (const codec of [0, 1, 2, 3, 4])
      await walk(topic, hostileBatch({ recordCount: LARGEST, lastOffsetDelta: LARGEST, codec, isControl: false, records }))
  expect(allocated() - before).toBeLessThan(64 << 20)
})
