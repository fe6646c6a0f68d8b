// Several leat processes on one directory at the same time, started, killed and followed as users do it.
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { finished, leat, startLeat } from '../support/leat.ts'
import type { LeatProcess } from '../support/leat.ts'
import { SeededRandom } from '../simulation/random.ts'
import { parseRecords } from '../support/records.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Rounds of the test that kills; the long run takes a hundred. */
const KILLS = Number(process.env['LEAT_TEST_KILLS'] ?? 6)
const LINES = 3000
/** Of the moments at which processes are killed; LEAT_TEST_SEED repeats them. */
const SEED = Number(process.env['LEAT_TEST_SEED'] ?? Date.now() % 1_000_000)
console.log(`LEAT_TEST_SEED=${SEED}`)

function linesOf(writer: string, count = LINES): string {
  return Array.from({ length: count }, (_, index) => `${writer}-${index}-${'x'.repeat(index % 90)}\n`).join('')
}

/** Collects what a follower prints until it has `count` lines. */
async function follow(child: LeatProcess, count: number): Promise<string[]> {
  let text = ''
  for await (const piece of child.stdout) {
    text += String(piece)
    if (text.split('\n').length > count) break
  }
  return text.split('\n').slice(0, -1)
}

test('eight writers and four readers that follow: every record once, whole, in order', async () => {
  const directory = temporaryDirectory()
  const dir = ['-d', `${directory}/data`]
  await leat(['topic', 'create', 'events', '--partitions', '3', ...dir])
  const readers = Array.from({ length: 4 }, () => startLeat(['consume', 'events', '-f', ...dir]))
  const followed = readers.map((reader) => follow(reader, 8 * LINES))

  const writers = Array.from({ length: 8 }, (_, index) => leat(['produce', 'events', ...dir], { input: linesOf(`w${index}`) }))
  const results = await Promise.all(writers)
  expect(results.map(({ exitCode, stderr }) => `${exitCode} ${stderr}`)).toEqual(results.map(() => '0 '))

  const wanted = results.flatMap((_, index) => linesOf(`w${index}`).split('\n').slice(0, -1)).toSorted()
  const { stdout } = await leat(['consume', 'events', '--json', ...dir])
  const records = parseRecords(stdout.toString())
  expect(records.map(({ value }) => String(value)).toSorted()).toEqual(wanted)
  for (const partition of [0, 1, 2]) {
    const offsets = records.filter((record) => record.partition === partition).map(({ offset }) => offset)
    expect(offsets).toEqual(offsets.map((_, index) => String(index)))
  }
  for (const lines of await Promise.all(followed)) expect(lines.toSorted()).toEqual(wanted)
})

test('retention deletes segments while others write and follow: no offset twice, none missing from where the log starts, none torn', async () => {
  const directory = temporaryDirectory()
  const dir = ['-d', `${directory}/data`]
  // An index entry for each batch, and room for eight: many small segments, of which few may stay.
  const configs = ['segment.index.bytes=64', 'index.interval.bytes=0', 'retention.bytes=40000'].flatMap((config) => ['--config', config])
  await leat(['topic', 'create', 'events', '--partitions', '2', ...configs, ...dir])
  const readers = [0, 1].map(() => startLeat(['consume', 'events', '-f', '--json', ...dir]))
  const followed = readers.map((reader) => finished(reader))

  const now = { areWriting: true }
  const names = [0, 1, 2, 3].map((index) => `w${index}`)
  const writing = Promise.all(names.map((name) => leat(['produce', 'events', '--batch-bytes', '2KiB', ...dir], { input: linesOf(name) })))
  void writing.finally(() => (now.areWriting = false))
  let deleted = 0
  const retain = async (): Promise<void> => {
    const { stdout, stderr, exitCode } = await leat(['retention', 'events', '--json', '-q', ...dir])
    expect([stderr, exitCode]).toEqual(['', 0])
    for (const { deletedSegments } of jsonOf<{ deletedSegments: number }>(stdout)) deleted += deletedSegments
  }
  do await retain()
  while (now.areWriting)
  // On a quick machine all that is too much may come after the last look.
  await retain()
  expect((await writing).map(({ exitCode, stderr }) => `${exitCode} ${stderr}`)).toEqual(names.map(() => '0 '))
  expect(deleted).toBeGreaterThan(0)

  const { stdout } = await leat(['topic', 'describe', 'events', '--json', ...dir])
  const { partitions } = JSON.parse(stdout.toString()) as {
    partitions: { partition: number; logStartOffset: number; logEndOffset: number }[]
  }
  expect(partitions.reduce((sum, { logEndOffset }) => sum + logEndOffset, 0)).toBe(names.length * LINES)
  const known = new Set(names.flatMap((name) => linesOf(name).split('\n')))
  const kept = parseRecords((await leat(['consume', 'events', '--json', ...dir])).stdout.toString())
  for (const { partition, logStartOffset, logEndOffset } of partitions) {
    const offsets = kept.filter((record) => record.partition === partition).map(({ offset }) => Number(offset))
    expect(offsets).toEqual(Array.from({ length: logEndOffset - logStartOffset }, (_, index) => logStartOffset + index))
  }
  for (const reader of readers) reader.kill('SIGINT')
  for (const { stdout: printed, exitCode } of await Promise.all(followed)) {
    expect(exitCode).toBe(130)
    const records = parseRecords(printed.toString())
    for (const { partition } of partitions) {
      const offsets = records.filter((record) => record.partition === partition).map(({ offset }) => Number(offset))
      expect(offsets).toEqual([...new Set(offsets)].toSorted((a, b) => a - b))
    }
    kept.push(...records)
  }
  expect(kept.filter(({ value }) => !known.has(String(value)))).toEqual([])
})

test('a writer that is killed leaves the others going, and loses nothing of a writer that ended well', async () => {
  const directory = temporaryDirectory()
  const dir = ['-d', `${directory}/data`]
  const survived: string[] = []
  const killed: string[] = []
  const random = new SeededRandom(SEED)
  for (let round = 0; round < KILLS; round++) {
    const victims = [0, 1].map((index) =>
      startLeat(['produce', 'events', '--create-partitions', '2', '--batch-bytes', '1KiB', ...dir, `--key-field=.k`], {
        input: jsonLines(`v${round}.${index}`),
      }),
    )
    // Listened to from the start: one that ends before it is killed tells so only once.
    const ends = victims.map((victim) => finished(victim))
    const others = [0, 1].map((index) =>
      leat(['produce', 'events', '--create-partitions', '2', '--key-field=.k', ...dir], { input: jsonLines(`s${round}.${index}`) }),
    )
    // Somewhere between its start and its end; where exactly is left to chance, every round anew.
    await setTimeout(60 + random.below(250))
    for (const victim of victims) victim.kill('SIGKILL')
    const ended = await Promise.all(ends)
    ended.forEach(({ exitCode }, index) => (exitCode === 0 ? survived : killed).push(`v${round}.${index}`))
    for (const { exitCode, stderr } of await Promise.all(others))
      expect(`${exitCode}: ${stderr.replaceAll(/^leat: (cut|made) .*\n/gm, '')}`).toBe('0: ')
    survived.push(...[0, 1].map((index) => `s${round}.${index}`))
  }
  const { stdout, stderr, exitCode } = await leat(['consume', 'events', ...dir])
  expect(`${exitCode} ${stderr}`).toBe('0 ')
  const lines = stdout.toString().split('\n').slice(0, -1)
  expect(new Set(lines).size).toBe(lines.length)
  const found = new Set(lines)
  const missing = survived.flatMap((writer) => jsonLines(writer).split('\n').slice(0, -1)).filter((line) => !found.has(line))
  expect(missing).toEqual([])
  const known = new Set([...survived, ...killed].flatMap((writer) => jsonLines(writer).split('\n')))
  expect(lines.filter((line) => !known.has(line))).toEqual([])
})

function jsonOf<T>(stdout: Buffer): T[] {
  return stdout
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as T)
}

function jsonLines(writer: string): string {
  return Array.from({ length: LINES }, (_, index) => `{"k":"${writer}","n":${index},"pad":"${'y'.repeat(index % 50)}"}\n`).join('')
}
