// Logs whose synced end was lost, on a real Kafka: leat went on in a new segment after the offsets that were given, and both go on with that.
import fs from 'node:fs'
import { expect, test } from 'vitest'
import { leat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { kafkaMissing } from './available.ts'
import { checkFiles, filesOf } from './check-files.ts'
import { boot, client, tool, warnings } from './kafka.ts'
import { events } from './leat-directory.ts'
import { expectSame, kafkaView, leatRecords, leatView, run } from './views.ts'

const BY_KAFKA = Buffer.from('by Kafka').toString('base64')
const LOG = '00000000000000000000.log'

/** Where the batches of a log begin. */
function batchPositions(log: Buffer): number[] {
  const positions: number[] = []
  for (let at = 0; at < log.length; at += 12 + log.readInt32BE(at + 8)) positions.push(at)
  return positions
}

/** Loses the end of each partition in its own way: between two batches, amid one, and the last one as zeros. */
function loseEnds(directory: string): void {
  const [between, amid, zeros] = [0, 1, 2].map((partition) => `${directory}/lost-${partition}/${LOG}`) as [string, string, string]
  const last = (file: string, count: number): number => batchPositions(fs.readFileSync(file)).at(-count) as number
  fs.truncateSync(between, last(between, 3))
  fs.truncateSync(amid, last(amid, 2) + 100)
  const start = last(zeros, 1)
  const size = fs.statSync(zeros).size
  fs.truncateSync(zeros, start)
  fs.truncateSync(zeros, size)
}

test.skipIf(kafkaMissing)(
  'Kafka serves a log that went on in a new segment because its synced end was lost, and leat goes on after it',
  async () => {
    const directory = `${temporaryDirectory()}/data`
    await run(directory, ['topic', 'create', 'lost', '-p', '3', '--config', 'index.interval.bytes=500', '--config', 'retention.ms=-1'])
    await run(directory, ['produce', 'lost', '--batch-bytes', '1KiB', '--key-field', '.id'], { input: events(2000) })
    const whole = await leatRecords(directory)
    loseEnds(directory)
    const { stderr } = await run(directory, ['produce', 'lost', '--key-field', '.id'], { input: events(300, 'more') })
    expect(stderr.match(/damage/gi)?.length, stderr).toBe(3)
    expect(filesOf(directory).filter((file) => /^lost-\d\/.*\.log$/.test(file)).length).toBe(6)

    // What lies before the missing offsets is served, and what comes after them; only zeros in between stop a consumer.
    const broker = await boot(directory)
    const consume = async (partition: number, from: number, count: number): Promise<string[]> => {
      const place = ['--topic', 'lost', '--partition', `${partition}`, '--offset', `${from}`, '--max-messages', `${count}`]
      return (await tool(['consumer', '--bootstrap-server', `localhost:${broker.port}`, ...place])).split('\n').slice(0, -1)
    }
    for (const [partition, from] of [0, 0, whole.get('lost-2')?.length ?? 0].entries()) {
      const { stdout } = await leat(['consume', 'lost', '-p', `${partition}`, '-o', `${from}`, '-d', directory])
      const values = stdout.toString().split('\n').slice(0, -1)
      expect(values.length).toBeGreaterThan(50)
      expect(await consume(partition, from, values.length)).toEqual(values)
    }
    await client(broker, ['produce', 'by Kafka', 'none', 'lost'])
    await broker.stop()
    expect(warnings(broker.log())).toEqual([])

    await run(directory, ['log', 'repair', 'lost', '-y'])
    await run(directory, ['produce', 'lost', '--key-field', '.id'], { input: events(30, 'after Kafka') })
    expect(await checkFiles(directory, filesOf(directory))).toBeGreaterThan(2000)
    const wanted = await leatView(directory)
    for (const [partition, records] of whole) {
      const left = wanted.records.get(partition) ?? []
      const lost = records.findIndex(({ offset }, index) => left[index]?.offset !== offset)
      expect(lost, partition).toBeGreaterThan(0)
      expect(left[lost]?.offset, partition).toBe(`${records.length}`)
      expect(left.filter(({ value }) => value === BY_KAFKA).length, partition).toBe(2)
    }
    const again = await boot(directory)
    expectSame(await kafkaView(again), wanted)
    await again.stop()
    expect(warnings(again.log())).toEqual([])
  },
)
