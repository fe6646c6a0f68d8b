// A directory that an earlier leat wrote, and that a real Kafka has read: this leat reads it exactly and writes it again.
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { leat } from '../support/leat.ts'
import { parseRecords } from '../support/records.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const golden = path.resolve(import.meta.dirname, '../../fixtures/golden')

/** What these make of the same bytes is up to the release of a library. */
const LIBRARY_CODECS = /^codec-(gzip|zstd)-/

/** The segments and indexes of a directory that are the same each time. */
function fixedFiles(directory: string): string[] {
  const files = fs.readdirSync(directory, { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => /\.(log|index|timeindex|snapshot)$/.test(file))
    .filter((file) => !file.startsWith('__cluster_metadata') && !LIBRARY_CODECS.test(file))
    .toSorted()
}

test('records come out exactly as they were', async () => {
  const { stdout, exitCode } = await leat(['consume', '--json', '-r', '.', '-d', `${golden}/data`])
  const wanted = parseRecords(fs.readFileSync(`${golden}/records.jsonl`, 'utf8'))
  expect(parseRecords(stdout.toString())).toEqual(wanted)
  expect([exitCode, wanted.length]).toEqual([0, 272])
})

test('the same commands write the same bytes', async () => {
  const directory = `${temporaryDirectory()}/data`
  const commands = JSON.parse(fs.readFileSync(`${golden}/commands.json`, 'utf8')) as string[][]
  for (const command of commands) {
    const { exitCode, stderr } = await leat([...command, '-q', '-d', directory], { cwd: golden })
    expect(`${exitCode} ${stderr}`, command.join(' ')).toBe('0 ')
  }
  const files = fixedFiles(directory)
  expect(files).toEqual(fixedFiles(`${golden}/data`))
  expect(files.length).toBeGreaterThan(40)
  for (const file of files)
    expect(fs.readFileSync(`${directory}/${file}`).equals(fs.readFileSync(`${golden}/data/${file}`)), file).toBe(true)
})
