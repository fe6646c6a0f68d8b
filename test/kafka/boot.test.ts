// Kafka on a directory that leat made: it boots, serves the same, writes on; leat writes on after it; and so on.
import fs from 'node:fs'
import { expect, test } from 'vitest'
import { leat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { kafkaMissing } from './available.ts'
import { boot, client, warnings } from './kafka.ts'
import { makeDirectory } from './leat-directory.ts'
import { expectSame, kafkaView, leatView, run } from './views.ts'

test.skipIf(kafkaMissing)('Kafka serves what leat wrote, leat goes on after Kafka, and Kafka after leat', async () => {
  const made = `${temporaryDirectory()}/made`
  await makeDirectory(made)
  const directory = `${temporaryDirectory()}/copy`
  fs.cpSync(made, directory, { recursive: true })
  const wanted = await leatView(made)
  expect(wanted.topics.length).toBe(20)

  const first = await boot(directory)
  expectSame(await kafkaView(first), wanted)
  const written = ['plain', 'keyed', 'codec-lz4', 'grown', 'trimmed', 'trimmed-all', 'expired', 'empty']
  await client(first, ['produce', 'by Kafka', 'zstd', ...written])
  const withKafkas = await kafkaView(first)

  // A running broker's directory is read, and not written.
  expectSame(await leatView(directory), withKafkas)
  expect((await run(directory, ['topic', 'list', '--json'])).stdout.toString().split('\n').length).toBeGreaterThan(20)
  expect((await run(directory, ['log', 'dump', 'plain'])).stdout.toString()).toContain('"type":"batch"')
  for (const command of [['produce', 'plain'], ['topic', 'create', 'new'], ['topic', 'delete', 'plain', '-y'], ['retention']]) {
    const refused = await leat([...command, '-d', directory], { input: 'refused\n' })
    expect(`${refused.exitCode} ${refused.stderr}`, command.join(' ')).toMatch(/^1 .*(in use|running|broker)/is)
  }
  await first.stop()
  expect(warnings(first.log())).toEqual([])

  await run(directory, ['produce', 'plain'], { input: 'after Kafka\n' })
  await run(directory, ['produce', 'keyed', '-K', ':', '-z', 'zstd'], { input: 'a:1\nb:2\nc:3\n' })
  await run(directory, ['produce', 'trimmed-all'], { input: 'after Kafka\n' })
  await run(directory, ['produce', 'later', '--create-partitions', '2'], { input: 'a new topic\n' })
  await run(directory, ['topic', 'alter', 'empty', '--partitions', '4', '--config', 'retention.ms=7d'])
  await run(directory, ['topic', 'trim', 'codec-gzip', '--before', '100'])
  await run(directory, ['topic', 'delete', 'codec-snappy', '-y'])
  const later = await leatView(directory)
  expect(later.records.get('plain-0')?.map(({ value }) => atob(value ?? ''))).toEqual(['a', '', 'c', 'by Kafka', 'by Kafka', 'after Kafka'])

  const second = await boot(directory)
  expectSame(await kafkaView(second), later)
  await second.stop()
  expect(warnings(second.log())).toEqual([])
})
