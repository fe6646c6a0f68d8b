// `leat retention` and `leat topic trim`: what goes, what stays, and that asking first changes nothing.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { leat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** An index entry for each batch, and room for two: the log rolls often. */
const SEGMENTS = ['segment.index.bytes=24', 'index.interval.bytes=0', 'retention.bytes=5000'].flatMap((config) => ['--config', config])

/** A topic of several segments, and bytes of a torn write at its end. */
async function tornTopic(): Promise<string> {
  const dir = `${temporaryDirectory()}/data`
  await leat(['topic', 'create', 'orders', ...SEGMENTS, '-d', dir])
  const input = Array.from({ length: 100 }, (_, index) => `${index} ${'x'.repeat(100)}\n`).join('')
  await leat(['produce', 'orders', '--batch-bytes', '1KiB', '-d', dir], { input })
  const last = fs.readdirSync(`${dir}/orders-0`).findLast((name) => name.endsWith('.log')) as string
  fs.appendFileSync(`${dir}/orders-0/${last}`, Buffer.alloc(40, 3))
  return dir
}

/** Every file below, with its bytes and the time of its last change. */
function stateOf(dir: string): Map<string, string> {
  const names = fs.readdirSync(dir, { recursive: true, encoding: 'utf8' }).toSorted()
  return new Map(
    names.map((name) => {
      const file = path.join(dir, name)
      const stat = fs.statSync(file)
      return [name, `${stat.mtimeMs} ${stat.isFile() ? fs.readFileSync(file).toString('base64') : ''}`]
    }),
  )
}

function printed(stdout: Buffer): Record<string, unknown>[] {
  const lines = stdout.toString().split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

test.each([[['retention', 'orders']], [['topic', 'trim', 'orders', '--before', '50']]])(
  'leat %s --dry-run changes nothing, and tells what happens then',
  async (words) => {
    const dir = await tornTopic()
    const before = stateOf(dir)
    const planned = await leat([...words, '--dry-run', '--json', '-d', dir])
    expect([planned.stderr, planned.exitCode]).toEqual(['', 0])
    expect(stateOf(dir)).toEqual(before)
    const done = await leat([...words, '--json', '-d', dir])
    expect(done.stderr).toContain('cut 40 bytes of a torn write')
    // The torn bytes count in the size that was looked at, and are gone in the other.
    const withoutBytes = (stdout: Buffer): object[] => printed(stdout).map((line) => ({ ...line, deletedBytes: null }))
    expect(withoutBytes(planned.stdout)).toEqual(withoutBytes(done.stdout))
    expect(printed(done.stdout)[0]?.['deletedSegments']).toBeGreaterThan(1)
    const { stdout } = await leat(['consume', 'orders', '-o', '-1', '-d', dir])
    expect(stdout.toString()).toMatch(/^99 x+\n$/)
  },
)

test('a dry run makes no directory where there is none, nor folders of partitions', async () => {
  const dir = `${temporaryDirectory()}/data`
  const missing = await leat(['retention', '--dry-run', '-d', dir])
  expect(missing.exitCode).toBe(1)
  expect(fs.existsSync(dir)).toBe(false)
  await leat(['topic', 'create', 'orders', '-d', dir])
  const before = stateOf(dir)
  expect((await leat(['retention', '--dry-run', '-d', dir])).exitCode).toBe(0)
  expect(stateOf(dir)).toEqual(before)
})

test('what is trimmed is not read any more, and the next record goes on behind the last', async () => {
  const dir = await tornTopic()
  const { exitCode } = await leat(['topic', 'trim', 'orders', '--before', 'end', '-q', '-d', dir])
  expect(exitCode).toBe(0)
  await leat(['produce', 'orders', '-d', dir], { input: 'next\n' })
  const { stdout } = await leat(['consume', 'orders', '--format', '%o %s\\n', '-d', dir])
  expect(stdout.toString()).toBe('100 next\n')
})

test.skipIf(process.platform !== 'linux')('trim asks on a terminal, where -y answers, and a script need not', async () => {
  const dir = `${temporaryDirectory()}/data`
  const command = process.env['LEAT_TEST_COMMAND'] ?? path.resolve(import.meta.dirname, '../../bin/dev.js')
  const line = (before: number): string => `'${process.execPath}' '${command}' topic trim orders --before ${before} -d '${dir}'`
  const onTerminal = (words: string, input: string): string =>
    spawnSync('script', ['-qec', words, '/dev/null'], { encoding: 'utf8', input }).stdout
  const left = async (): Promise<string> => (await leat(['consume', 'orders', '-d', dir])).stdout.toString()
  await leat(['produce', 'orders', '-d', dir], { input: 'a\nb\nc\nd\n' })
  expect(onTerminal(line(1), 'n\n')).toMatch(/delete the records of orders before 1\? [^]*nothing was deleted/)
  expect(await left()).toBe('a\nb\nc\nd\n')
  onTerminal(line(1), 'y\n')
  expect(await left()).toBe('b\nc\nd\n')
  expect(onTerminal(`${line(2)} -y`, '')).not.toContain('?')
  expect(await left()).toBe('c\nd\n')
  await leat(['topic', 'trim', 'orders', '--before', '3', '-d', dir])
  expect(await left()).toBe('d\n')
})
