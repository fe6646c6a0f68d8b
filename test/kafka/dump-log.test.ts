// Kafka's own kafka-dump-log on every file that leat writes: no complaint, and it sees what `leat log dump` sees.
import fs from 'node:fs'
import { expect, test } from 'vitest'
import { fixtureCopy, fixturesMissing } from '../support/fixtures.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { kafkaMissing } from './available.ts'
import { checkFiles, filesOf } from './check-files.ts'
import { events, makeDirectory } from './leat-directory.ts'
import { run } from './views.ts'

test.skipIf(kafkaMissing)('a directory that leat made passes all of the checks of kafka-dump-log, and dumps alike', async () => {
  const directory = `${temporaryDirectory()}/made`
  await makeDirectory(directory)
  expect(await checkFiles(directory, filesOf(directory))).toBeGreaterThan(20_000)
})

test.skipIf(kafkaMissing ?? fixturesMissing)('segments with transactions that leat appended to and rolled do too', async () => {
  const directory = fixtureCopy('transactions')
  await run(directory, ['topic', 'alter', 'ledger', '--config', 'segment.index.bytes=16', '--config', 'index.interval.bytes=0'])
  await run(directory, ['produce', 'ledger', '-p', '0', '--batch-bytes', '1KiB'], { input: events(60) })
  const files = filesOf(directory).filter((file) => /^(ledger-0|__cluster_metadata-0)\//.test(file))
  expect(files.filter((file) => file.endsWith('.txnindex')).length).toBe(3)
  expect(await checkFiles(directory, files)).toBeGreaterThan(60)
})

test.skipIf(kafkaMissing)('so does what leat recovered from a torn end and indexes of zeros', async () => {
  const directory = `${temporaryDirectory()}/data`
  await run(directory, ['topic', 'create', 'torn', '-p', '3', '--config', 'index.interval.bytes=500'])
  await run(directory, ['produce', 'torn', '--batch-bytes', '1KiB', '--key-field', '.id'], { input: events(2000) })
  const segment = (partition: number, extension: string): string => `${directory}/torn-${partition}/00000000000000000000.${extension}`
  fs.truncateSync(segment(0, 'log'), fs.statSync(segment(0, 'log')).size - 100)
  fs.appendFileSync(segment(1, 'log'), Buffer.alloc(5000))
  for (const partition of [0, 1, 2])
    for (const extension of ['index', 'timeindex']) fs.writeFileSync(segment(partition, extension), Buffer.alloc(120))
  fs.rmSync(`${directory}/recovery-point-offset-checkpoint`)
  await run(directory, ['produce', 'torn', '--key-field', '.id'], { input: events(500, 'more') })
  expect(await checkFiles(directory, filesOf(directory))).toBeGreaterThan(2400)
})
