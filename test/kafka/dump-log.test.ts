// Kafka's own kafka-dump-log on every file that leat writes: no complaint, and it sees what `leat log dump` sees.
import fs from 'node:fs'
import { expect, test } from 'vitest'
import { dumpLines, expectSameDump } from '../support/dump-comparison.ts'
import { fixtureCopy, fixturesMissing } from '../support/fixtures.ts'
import { parseDump } from '../support/kafka-dump.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { kafkaMissing, tool } from './kafka.ts'
import { events, makeDirectory } from './leat-directory.ts'
import { run } from './views.ts'

const COMPLAINTS = /isvalid: false|Found invalid|Mismatches in|Non-consecutive|Found timestamp mismatch|Found out of order|Could not|Exception/

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

function filesOf(directory: string): string[] {
  const files = fs.readdirSync(directory, { recursive: true, encoding: 'utf8' })
  return files.filter((file) => /\.(log|index|timeindex|txnindex|snapshot)$/.test(file) && !file.includes('-delete/')).toSorted()
}

/** Returns how many lines Kafka and leat agreed on. */
async function checkFiles(directory: string, files: readonly string[]): Promise<number> {
  const isMetadata = (file: string): boolean => file.startsWith('__cluster_metadata-0/')
  const indexes = files.filter((file) => /index$/.test(file) && !file.endsWith('.txnindex'))
  for (const check of ['--index-sanity-check', '--verify-index-only']) expect(await dumpLog(directory, indexes, [check])).not.toMatch(COMPLAINTS)
  const printed = await dumpLog(directory, files.filter((file) => file.endsWith('.log')), ['--print-data-log'])
  expect(printed.match(/isvalid: true/g)?.length).toBe(printed.match(/isvalid: /g)?.length)

  const own = files.filter((file) => !isMetadata(file))
  const metadata = files.filter(isMetadata)
  const texts = [
    await dumpLog(directory, own, ['--deep-iteration']),
    await dumpLog(directory, metadata, ['--deep-iteration', '--cluster-metadata-decoder']),
  ]
  const ours = Map.groupBy(dumpLines(directory, files), (line) => line['file'] as string)
  let lines = 0
  for (const text of texts) {
    expect(text).not.toMatch(COMPLAINTS)
    for (const file of parseDump(text)) {
      const relative = file.path.slice(directory.length + 1)
      expectSameDump(file, ours.get(relative) ?? [])
      lines += file.lines.length
    }
  }
  return lines
}

async function dumpLog(directory: string, files: readonly string[], options: readonly string[]): Promise<string> {
  return tool(['dump-log', ...options, '--files', files.map((file) => `${directory}/${file}`).join(',')])
}
