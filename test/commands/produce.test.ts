// What `leat produce` stores, and what it says of records that cannot be.
import { once } from 'node:events'
import fs from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { finished, leat, startLeat } from '../support/leat.ts'
import { parseRecords } from '../support/records.ts'
import { valuesOf } from '../support/results.ts'
import { newDirectory, temporaryDirectory } from '../support/temporary-directory.ts'

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
  expect(String((JSON.parse(stdout.toString()) as { partitions: { logEndOffset: number }[] }).partitions[0]?.logEndOffset)).toBe(stored)
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

describe('before anything is made', () => {
  test.each([
    [['-p', '3'], 1, "'t' would be made with 1 partition, so there is no partition 3"],
    [['-p', '3', '--create-partitions', '3'], 1, "'t' would be made with 3 partitions, so there is no partition 3"],
    [['--create-partitions', '10001'], 2, 'a topic has 1 to 10000 partitions, not 10001'],
  ] as const)('%j is refused', async (words, code, message) => {
    const dir = newDirectory()
    const { exitCode, stderr } = await leat(['produce', 't', ...words, '-d', dir], { input: 'a\n' })
    expect(stderr).toContain(`leat: ${message}\n`)
    expect([exitCode, fs.existsSync(dir)]).toEqual([code, false])
  })

  test('a folder of the user that has the name of a partition is found, and stays as it is', async () => {
    const dir = newDirectory()
    fs.mkdirSync(`${dir}/notes-1`, { recursive: true })
    fs.writeFileSync(`${dir}/notes-1/mine`, 'text')
    const refused = await leat(['produce', 'notes', '--create-partitions', '2', '-d', dir], { input: 'a\n' })
    expect(refused.stderr).toContain(`${dir}/notes-1 is in the way of partition 1 of 'notes'`)
    expect([refused.exitCode, fs.readdirSync(dir)]).toEqual([1, ['notes-1']])
    expect((await leat(['produce', 'notes', '-q', '-d', dir], { input: 'a\n' })).exitCode).toBe(0)
    expect((await leat(['topic', 'alter', 'notes', '--partitions', '2', '-d', dir])).exitCode).toBe(1)
    expect((await leat(['topic', 'delete', 'notes', '-y', '-q', '-d', dir])).exitCode).toBe(0)
    expect(fs.readFileSync(`${dir}/notes-1/mine`, 'utf8')).toBe('text')
  })
})

test('a record is as large as max.message.bytes lets a batch be, to the byte', async () => {
  const dir = newDirectory()
  await leat(['topic', 'create', 't', '--config', 'max.message.bytes=200', '-q', '-d', dir])
  // 61 bytes of batch header, 2 of the record's length, 8 of the record besides its value.
  const input = `${'a'.repeat(129)}\n${'b'.repeat(130)}\n${'c'.repeat(131)}\n`
  const { stderr, exitCode } = await leat(['produce', 't', '-d', dir], { input })
  expect(stderr).toMatch(/^leat: line 3: the record needs a batch of 201 bytes, and max\.message\.bytes of 't' is 200/)
  expect(exitCode).toBe(1)
  expect((await valuesOf('t', dir)).map((value) => value.length)).toEqual([129, 130])
})

test('a line that had to be waited for has the time at which it came', async () => {
  const dir = newDirectory()
  const child = startLeat(['produce', 't', '-q', '-d', dir])
  const end = finished(child)
  child.stdin.write('a\n')
  while (!fs.existsSync(`${dir}/t-0`) || (await valuesOf('t', dir)).length < 1) await setTimeout(5)
  const before = Date.now()
  child.stdin.end('b\n')
  await end
  expect(Number((await recordsOf('t', dir))[1]?.timestamp)).toBeGreaterThanOrEqual(before)
})

test('--linger lets lines of a slow input wait for each other; without it each is stored when it comes', async () => {
  const dir = newDirectory()
  const batches = async (topic: string): Promise<number> =>
    (await leat(['log', 'dump', topic, '-d', dir])).stdout
      .toString()
      .split('\n')
      .filter((line) => line.includes('"type":"batch"')).length
  const slowly = async (words: string[]): Promise<void> => {
    const child = startLeat(['produce', ...words, '-q', '-d', dir])
    const end = finished(child)
    for (const line of ['a\n', 'b\n', 'c\n']) {
      child.stdin.write(line)
      await setTimeout(150)
    }
    child.stdin.end()
    expect((await end).exitCode).toBe(0)
  }
  await leat(['topic', 'create', 'waits', 'comes', '-q', '-d', dir])
  await slowly(['waits', '--linger', '1h'])
  expect([await batches('waits'), await valuesOf('waits', dir)]).toEqual([1, ['a', 'b', 'c']])
  await slowly(['comes', '--linger', '0ms'])
  expect(await valuesOf('comes', dir)).toEqual(['a', 'b', 'c'])
})

test('--linger ends: what waits is stored while the input is still open', async () => {
  const dir = newDirectory()
  const child = startLeat(['produce', 't', '-q', '--linger', '50ms', '-d', dir])
  child.stdin.write('a\n')
  while (!fs.existsSync(`${dir}/t-0`) || (await valuesOf('t', dir)).length < 1) await setTimeout(20)
  expect(child.exitCode).toBeNull()
})

test.each(['all', '-1', '1', '0'])('--acks %s stores all', async (acks) => {
  const dir = newDirectory()
  expect((await leat(['produce', 't', '--acks', acks, '-d', dir], { input: 'a\nb\n' })).exitCode).toBe(0)
  expect(await valuesOf('t', dir)).toEqual(['a', 'b'])
})

test.each([
  ['lines', [], 'a\nb\nc\n'],
  ['an array', ['--array'], '[{"a":1,"b":2},"b","c"]'],
  ['rows', ['--csv'], 'name\na\nb\nc\n'],
  ['envelopes', ['--json'], '{"value":"a"}\n{"value":"b"}\n{"value":"c"}\n'],
] as const)('--rate: %s at 4 a second come one at a time', async (_, words, input) => {
  const dir = newDirectory()
  expect((await leat(['produce', 't', '--rate', '4/s', ...words, '-q', '-d', dir], { input })).exitCode).toBe(0)
  const times = (await recordsOf('t', dir)).map(({ timestamp }) => timestamp)
  expect([times.length, new Set(times).size]).toEqual([3, 3])
})

test('-T goes on storing when nobody reads what it prints any more', async () => {
  const dir = newDirectory()
  const child = startLeat(['produce', 't', '-T', '-q', '-d', dir])
  const exited = once(child, 'exit')
  child.stdin.write('first\n')
  await once(child.stdout, 'data')
  child.stdout.destroy()
  child.stdin.end(`${'x'.repeat(1000)}\n`.repeat(1000))
  expect(await exited).toEqual([0, null])
  expect((await valuesOf('t', dir)).length).toBe(1001)
})

test('--tee prints the input; when its reader leaves, that is said once and the rest is stored all the same', async () => {
  const dir = newDirectory()
  await leat(['topic', 'create', 'orders', '-d', dir])
  const text = Array.from({ length: 200_000 }, (_, index) => `line ${index}\n`).join('')
  const child = startLeat(['produce', 'orders', '--tee', '-d', dir], { input: text })
  const end = finished(child)
  const [first] = (await once(child.stdout, 'data')) as [Buffer]
  expect(text.startsWith(first.toString())).toBe(true)
  child.stdout.destroy()
  const { exitCode, stderr } = await end
  expect([exitCode, stderr]).toEqual([0, 'leat: nobody reads the output any more (--tee); the rest is stored without it\n'])
  expect(await valuesOf('orders', dir)).toHaveLength(200_000)
})

test('where letters were put is said at the end, with the command that shows them', async () => {
  const { exitCode, stderr } = await leat(['produce', 'orders', '--key-field', '.id', '--on-error', 'dlq', '-d', newDirectory()], {
    input: '{"id":1}\nx\n',
  })
  expect(exitCode).toBe(3)
  expect(stderr).toMatch(/leat: 1 record was set aside in 'orders\.dlq': `leat dlq show orders\.dlq` says why\n$/)
})

test.each([
  [
    'a,a\n1,2\n',
    ['--csv'],
    "the header row: two columns have the name 'a' (it begins 'a,a'); nothing is stored\nThe first row names the columns",
  ],
  [
    '{"a":1}\n',
    ['--array'],
    'the input is not a JSON array (it begins \'{"a":1}\'); nothing is stored\nWith --array, the input is one JSON array',
  ],
  [
    '[\n{"a":1},\n',
    ['--key-field', '.a'],
    "line 1: it does not end with ']' (it begins '['); nothing is stored\nEach line is one record. For a JSON array there is --array",
  ],
  ['{\n"value":1\n', ['--json'], 'nothing is stored\nEach line is one record.'],
  ['a,b\n1,2\n1,"2\n', ['--csv'], 'the record before it is stored\nMend the quotes there'],
])('what can neither be mended in a record nor skipped has a hint of its own: %j', async (input, flags, said) => {
  const { exitCode, stderr } = await leat(['produce', 'orders', ...flags, '-d', newDirectory()], { input })
  expect(exitCode).toBe(1)
  expect(stderr).toContain(said)
  expect(stderr).not.toContain('--on-error')
})

test('how a refused record begins is told without half a character', async () => {
  const input = `${'x'.repeat(59)}€ and more\n`
  const { stderr } = await leat(['produce', 'orders', '--key-field', '.id', '-d', newDirectory()], { input })
  expect(stderr).toContain(`(it begins '${'x'.repeat(59)}')`)
})

test('a byte order mark before JSON that fields are taken from is no part of the value', async () => {
  const dir = newDirectory()
  const { exitCode } = await leat(['produce', 'orders', '--key-field', '.id', '-d', dir], { input: '\ufeff{"id":1}\n{"id":2}\n' })
  expect(exitCode).toBe(0)
  expect(await valuesOf('orders', dir)).toEqual(['{"id":1}', '{"id":2}'])
})

test('a number that is no time of 64 bits is refused as a timestamp', async () => {
  const { exitCode, stderr } = await leat(['produce', 'orders', '--timestamp-field', '.at', '-d', newDirectory()], {
    input: '{"at":99999999999999999999}\n',
  })
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining("line 1: '99999999999999999999' in .at is not a time")])
})

test('of several inputs, the one with the refused record is named', async () => {
  const dir = newDirectory()
  const files = ['a.json', 'b.json'].map((name) => `${temporaryDirectory()}/${name}`)
  fs.writeFileSync(files[0] as string, '[1,2]')
  fs.writeFileSync(files[1] as string, '[3')
  const { exitCode, stderr } = await leat(['produce', 'orders', '--array', ...files, '-d', dir])
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`leat: ${files[1]}: element 1: the array ends too early`)])
})
