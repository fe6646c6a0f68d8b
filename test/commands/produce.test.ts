// What `leat produce` stores, and what it says of records that cannot be.
import fs from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { finished, leat, startLeat } from '../support/leat.ts'
import { parseRecords } from '../support/records.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const newDirectory = (): string => `${temporaryDirectory()}/data`

async function valuesOf(topic: string, dir: string): Promise<string[]> {
  const { stdout } = await leat(['consume', topic, '-d', dir])
  return stdout.toString().split('\n').slice(0, -1)
}

async function recordsOf(topic: string, dir: string): Promise<ReturnType<typeof parseRecords>> {
  const { stdout } = await leat(['consume', topic, '-d', dir, '--json'])
  return parseRecords(stdout.toString())
}

/** Text that no codec makes smaller than three quarters. */
function incompressible(length: number): string {
  let state = 1
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[at] = state >>> 17
  }
  return bytes.toString('base64').slice(0, length)
}

describe('a record that turns out to be too large when it is compressed', () => {
  // Line 5 fits before compression only in a batch of its own; lines 4 and 6 are in the same batch otherwise.
  const large = incompressible(2_600_000)
  const lines = Array.from({ length: 8 }, (_, index) => (index === 4 ? large : `line ${index + 1}`))
  const others = lines.filter((line) => line !== large)
  const run = (dir: string, onError: string): ReturnType<typeof leat> =>
    leat(['produce', 'orders', '-z', 'lz4', '--on-error', onError, '-d', dir], { input: `${lines.join('\n')}\n` })

  test('stop: all before it is stored, and as many as are said', async () => {
    const dir = newDirectory()
    const { stderr, exitCode } = await run(dir, 'stop')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/line 5: .* max\.message\.bytes of 'orders' is 1048588 .* the 4 records before it are stored/s)
    expect(await valuesOf('orders', dir)).toEqual(others.slice(0, 4))
  })

  test('skip: it alone is passed over', async () => {
    const dir = newDirectory()
    const { stderr, exitCode } = await run(dir, 'skip')
    expect(exitCode).toBe(3)
    expect(stderr).toContain('leat: 1 record was not stored')
    expect(await valuesOf('orders', dir)).toEqual(others)
  })

  test('dlq: its beginning is kept, as much as goes into a record, with its length', async () => {
    const dir = newDirectory()
    expect((await run(dir, 'dlq')).exitCode).toBe(3)
    expect(await valuesOf('orders', dir)).toEqual(others)
    const [letter, ...more] = await recordsOf('orders.dlq', dir)
    expect(more).toEqual([])
    const kept = String(letter?.value)
    expect(large.startsWith(kept)).toBe(true)
    expect(kept.length).toBeGreaterThan(1_000_000)
    expect(letter?.headers).toContainEqual({ key: 'leat.dlq.value.bytes', value: '2600000' })
    expect(letter?.headers).toContainEqual({ key: 'leat.dlq.error.type', value: 'MESSAGE_TOO_LARGE' })
  })
})

test('batches of what cannot be compressed fit max.message.bytes too, however large they may be', async () => {
  const dir = newDirectory()
  const text = incompressible(3_000_000).replaceAll(/.{99}/g, '$&\n')
  const { stderr, exitCode } = await leat(['produce', 'noise', '-z', 'snappy', '--batch-bytes', '16MiB', '-q', '-d', dir], { input: text })
  expect([stderr, exitCode]).toEqual(['', 0])
  expect(await valuesOf('noise', dir)).toEqual(text.split('\n'))
})

test('a dead letter keeps key, headers and timestamp, and says what was wrong', async () => {
  const dir = newDirectory()
  await leat(['topic', 'create', 'orders', '-d', dir])
  const envelope = '{"partition":7,"key":"k","value":"v","timestamp":1700000000123,"headers":[{"key":"h","value":"1"}]}\n'
  const { exitCode } = await leat(['produce', 'orders', '--json', '--on-error', 'dlq', '-d', dir], { input: envelope })
  expect(exitCode).toBe(3)
  const [letter] = await recordsOf('orders.dlq', dir)
  expect(letter).toMatchObject({ key: 'k', value: 'v', timestamp: '1700000000123' })
  expect(letter?.headers.slice(0, 3)).toEqual([
    { key: 'h', value: '1' },
    { key: 'leat.dlq.topic', value: 'orders' },
    { key: 'leat.dlq.error.type', value: 'UNKNOWN_TOPIC_OR_PARTITION' },
  ])
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends the reading of a file at once; what was read is stored, and it is said how much that is', async (signal, code) => {
  const dir = newDirectory()
  // A file without an end, which never has to be waited for: each zero byte ends a record.
  const child = startLeat(['produce', 'zeros', '/dev/zero', '-D', '\\x00', '--no-sync', '-d', dir])
  const end = finished(child)
  while (!fs.existsSync(`${dir}/zeros-0/00000000000000000000.log`)) await setTimeout(5)
  child.kill(signal)
  const { exitCode, stderr } = await end
  expect(exitCode).toBe(code)
  const stored = /stored ([\d,]+) records/.exec(stderr)?.[1]?.replaceAll(',', '')
  const { stdout } = await leat(['topic', 'describe', 'zeros', '--json', '-d', dir])
  expect(String((JSON.parse(stdout.toString()) as { partitions: { endOffset: number }[] }).partitions[0]?.endOffset)).toBe(stored)
})

test('an input that idles is stored as it comes, and Ctrl-C ends the waiting', async () => {
  const dir = newDirectory()
  const child = startLeat(['produce', 'orders', '-q', '-d', dir])
  const end = finished(child)
  child.stdin.write('a\nb\nunfinished')
  while ((await valuesOf('orders', dir)).length < 2) await setTimeout(20)
  child.kill('SIGINT')
  expect((await end).exitCode).toBe(130)
  expect(await valuesOf('orders', dir)).toEqual(['a', 'b'])
})

test('several files are one stream of records; - is standard input', async () => {
  const dir = newDirectory()
  const folder = temporaryDirectory()
  fs.writeFileSync(`${folder}/a`, 'a1\na2')
  fs.writeFileSync(`${folder}/b`, 'b1\n')
  const { exitCode } = await leat(['produce', 't', `${folder}/a`, '-', `${folder}/b`, '-d', dir], { input: 'in\n' })
  expect(exitCode).toBe(0)
  expect(await valuesOf('t', dir)).toEqual(['a1', 'a2', 'in', 'b1'])
})

test('-v tells where each record went, -T prints the input too', async () => {
  const dir = newDirectory()
  const { stdout, stderr } = await leat(['produce', 't', '-v', '-T', '-d', dir], { input: 'a\nb\n' })
  expect(stdout.toString()).toBe('a\nb\n')
  expect(stderr).toContain('\nt 0 0\nt 0 1\n')
  expect(stderr).toContain('leat: stored 2 records')
})

test('-Z makes an empty value a tombstone, -k and -H are on every record', async () => {
  const dir = newDirectory()
  await leat(['produce', 't', '-Z', '-k', 'key', '-H', 'a=1', '-H', 'n', '-d', dir], { input: 'x\n\n' })
  expect((await recordsOf('t', dir)).map(({ key, value, headers }) => ({ key, value, headers }))).toEqual(
    ['x', null].map((value) => ({
      key: 'key',
      value,
      headers: [
        { key: 'a', value: '1' },
        { key: 'n', value: null },
      ],
    })),
  )
})
