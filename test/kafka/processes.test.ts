// Kafka and leat on one directory: never both at once, and after a kill nothing that leat acknowledged is missing.
import fs from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { finished, startLeat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { kafkaMissing } from './available.ts'
import { boot, warnings } from './kafka.ts'
import { expectSame, kafkaView, leatView, run } from './views.ts'

test.skipIf(kafkaMissing)('Kafka does not start while a leat produce holds the directory, and starts when it is done', async () => {
  const directory = `${temporaryDirectory()}/data`
  const writer = startLeat(['produce', 'slow', '-d', directory])
  const result = finished(writer)
  writer.stdin.write('first\n')
  while (!fs.existsSync(`${directory}/slow-0/partition.metadata`)) await setTimeout(20)
  await expect(boot(directory)).rejects.toThrow(/Failed to acquire lock on file .lock/)
  writer.stdin.end('second\n')
  expect((await result).exitCode).toBe(0)
  // Kafka, before it asked for the lock, had appended to the metadata log: leat appends after that.
  await run(directory, ['topic', 'create', 'later'])
  const wanted = await leatView(directory)
  expect(wanted.records.get('slow-0')?.length).toBe(2)

  const broker = await boot(directory)
  expectSame(await kafkaView(broker), wanted)
})

test.skipIf(kafkaMissing)('after kill -9 of leat in the middle of writing, Kafka has every record that leat acknowledged', async () => {
  const directory = `${temporaryDirectory()}/data`
  await run(directory, [
    'topic',
    'create',
    'killed',
    '-p',
    '2',
    '--config',
    'segment.index.bytes=4096',
    '--config',
    'index.interval.bytes=0',
  ])
  const acknowledged: string[] = []
  for (let round = 1; round <= 4; round++) acknowledged.push(...(await killedAfter(directory, round * 700)))
  expect(acknowledged.length).toBeGreaterThan(7000)

  const broker = await boot(directory)
  const { records } = await kafkaView(broker)
  const offsets = new Set([...records].flatMap(([partition, all]) => all.map(({ offset }) => `${partition} ${offset}`)))
  expect(acknowledged.filter((line) => !offsets.has(line.replace('killed ', 'killed-')))).toEqual([])
  await broker.stop()
  expect(warnings(broker.log())).toEqual([])
})

/** Starts a writer, kills it once it acknowledged so many records; returns all that it acknowledged: `TOPIC PARTITION OFFSET`. */
async function killedAfter(directory: string, count: number): Promise<string[]> {
  const lines = Array.from({ length: 60_000 }, (_, index) => `${index % 31}:${count}-${index}`)
  const writer = startLeat(['produce', 'killed', '-v', '-K', ':', '--batch-bytes', '1KiB', '-d', directory], { input: lines.join('\n') })
  let said = ''
  writer.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString()
    if (said.split('\n').length > count) writer.kill('SIGKILL')
  })
  const { signal } = await finished(writer)
  expect(signal).toBe('SIGKILL')
  // The last line may be cut short.
  return said
    .split('\n')
    .slice(0, -1)
    .filter((line) => /^killed \d+ \d+$/.test(line))
}
