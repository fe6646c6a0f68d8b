// kafka-dump-log on files of a directory: it has no complaint, and it sees what `leat log dump` sees.
import fs from 'node:fs'
import { expect } from 'vitest'
import { dumpLines, expectSameDump } from '../support/dump-comparison.ts'
import { parseDump } from '../support/kafka-dump.ts'
import { tool } from './kafka.ts'

const COMPLAINTS =
  /isvalid: false|Found invalid|Mismatches in|Non-consecutive|Found timestamp mismatch|Found out of order|Could not|Exception/

/** What the records of Kafka's own topics are printed with. */
const DECODERS: ReadonlyMap<string, string> = new Map([
  ['__cluster_metadata', '--cluster-metadata-decoder'],
  ['__consumer_offsets', '--offsets-decoder'],
  ['__transaction_state', '--transaction-log-decoder'],
])

/** The files of a directory that kafka-dump-log reads. */
export function filesOf(directory: string): string[] {
  const files = fs.readdirSync(directory, { recursive: true, encoding: 'utf8' })
  return files.filter((file) => /\.(log|index|timeindex|txnindex|snapshot)$/.test(file) && !file.includes('-delete/')).toSorted()
}

/** All checks of kafka-dump-log on some files. Returns how many lines Kafka and leat agreed on. */
export async function checkFiles(directory: string, files: readonly string[]): Promise<number> {
  const indexes = files.filter((file) => file.endsWith('index') && !file.endsWith('.txnindex'))
  for (const check of ['--index-sanity-check', '--verify-index-only'])
    expect(await dumpLog(directory, indexes, [check])).not.toMatch(COMPLAINTS)
  const logs = files.filter((file) => file.endsWith('.log'))
  const printed = await dumpLog(directory, logs, ['--print-data-log'])
  expect(printed.match(/isvalid: true/g)?.length).toBe(printed.match(/isvalid: /g)?.length)

  const ours = Map.groupBy(dumpLines(directory, files), (line) => line['file'] as string)
  let lines = 0
  for (const [decoder, group] of Map.groupBy(files, (file) => DECODERS.get(/^(.*)-\d+\//.exec(file)?.[1] ?? ''))) {
    const text = await dumpLog(directory, group, ['--deep-iteration', ...(decoder === undefined ? [] : [decoder])])
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
