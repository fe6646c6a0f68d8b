// leat pipe, as a user sees it.
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { finished, leat, type LeatResult, startLeat } from '../support/leat.ts'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { parseRecords } from '../support/records.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** A data directory with a topic `in`, of which the lines are key:value. */
async function directory(
  lines: readonly string[],
): Promise<{ run: (...args: string[]) => Promise<LeatResult>; dir: string[]; out: () => Promise<string[]> }> {
  const dir = ['-d', `${temporaryDirectory()}/data`]
  const run = async (...args: string[]): Promise<LeatResult> => leat([...args, ...dir])
  await leat(['produce', 'in', '-K', ':', '-Z', ...dir], { input: lines.map((line) => `${line}\n`).join('') })
  const out = async (): Promise<string[]> => {
    const { stdout } = await run('consume', 'out', '--json', '--isolation-level', 'read_committed')
    return parseRecords(stdout.toString()).map(({ key, value }) => `${String(key)}:${String(value)}`)
  }
  return { run, dir, out }
}

const said = ({ exitCode, stdout, stderr }: LeatResult): string =>
  `${exitCode} ${stdout.toString()}${stderr.replaceAll(/^leat: made .*\n/gm, '')}`

describe('a copy', () => {
  test('keeps key, value, timestamp and headers; the next run goes on after it', async () => {
    const { run, dir, out } = await directory([])
    const record = { topic: 'in', partition: 0, offset: 0, timestamp: 1_700_000_000_123, key: 'k', value: { base64: '/wA=' } }
    const envelope = JSON.stringify({
      ...record,
      headers: [
        { key: 'h', value: null },
        { key: 'h', value: 'v' },
      ],
    })
    await leat(['produce', 'in', '--json', ...dir], { input: `${envelope}\n` })
    const first = await run('pipe', 'in', 'out', '--json')
    expect(said(first)).toBe('0 {"read":1,"stored":1,"transactions":1}\n')
    expect(schemaErrors(readSchema('pipe'), JSON.parse(first.stdout.toString()))).toEqual([])
    const { stdout } = await run('consume', 'out', '--json')
    expect(stdout.toString()).toBe(`${envelope.replace('"topic":"in"', '"topic":"out"')}\n`)
    await leat(['produce', 'in', '-K', ':', ...dir], { input: 'k:more\n' })
    expect(said(await run('pipe', 'in', 'out', '--json'))).toBe('0 {"read":1,"stored":1,"transactions":1}\n')
    expect(said(await run('pipe', 'in', 'out', '--json'))).toBe('0 {"read":0,"stored":0,"transactions":0}\n')
    expect((await out()).at(-1)).toBe('k:more')
  })

  test('takes what is wanted, under another key, compressed', async () => {
    const { run, out } = await directory(['a:{"id":"x","n":1}', 'b:{"id":"y","n":2}', 'c:{"id":"z","n":3}'])
    const flags = ['--where', '.n >= 2', '--filter', '!k:c', '--key-field', '.id', '-z', 'zstd', '--create-partitions', '2']
    expect(said(await run('pipe', 'in', 'out', ...flags, '--json'))).toBe('0 {"read":3,"stored":1,"transactions":1}\n')
    expect(await out()).toEqual(['y:{"id":"y","n":2}'])
    expect((await run('log', 'dump', 'out')).stdout.toString()).toContain('"codec":"zstd"')
  })

  test('sees neither open nor aborted records of what it reads', async () => {
    const { run, dir, out } = await directory(['a:first'])
    const transactional = ['produce', 'in', '--transactional-id', 'id', '-K', ':', ...dir]
    expect((await leat(transactional, { input: 'a:aborted\noops\n' })).exitCode).toBe(1)
    await leat(transactional, { input: 'a:committed\n' })
    expect(said(await run('pipe', 'in', 'out'))).toBe('0 ')
    expect(await out()).toEqual(['a:first', 'a:committed'])
    // Markers are no work that is left.
    expect(JSON.parse((await run('lag', '--json')).stdout.toString().split('\n')[0] as string)).toMatchObject({ lag: 0 })
  })
})

describe('--exec', () => {
  test('has the value on stdin and the rest in the environment; no output drops the record, a tombstone goes on as it is', async () => {
    const { run, out } = await directory(['a:one', 'b:', 'c:drop', 'd:four'])
    const command = 'read value; [ "$value" = drop ] || echo "$value $LEAT_TOPIC-$LEAT_PARTITION@$LEAT_OFFSET $LEAT_KEY"'
    expect(said(await run('pipe', 'in', 'out', '--exec', command, '--json'))).toBe('0 {"read":4,"stored":3,"transactions":1}\n')
    expect(await out()).toEqual(['a:one in-0@0 a', 'b:null', 'd:four in-0@3 d'])
  })

  test('runs several at once, and keeps the order', async () => {
    const { run, out } = await directory(['a:0.3', 'a:0', 'a:0.1', 'a:0'])
    expect(said(await run('pipe', 'in', 'out', '--exec', 'read s; sleep $s; echo $s $LEAT_OFFSET', '-j', '4'))).toBe('0 ')
    expect(await out()).toEqual(['a:0.3 0', 'a:0 1', 'a:0.1 2', 'a:0 3'])
  })

  test('that fails stops the pipe at its record: those before it are stored, the next run begins with it', async () => {
    const { run, out } = await directory(['a:1', 'a:2', 'a:3', 'a:4'])
    const failed = await run('pipe', 'in', 'out', '-q', '--exec', 'read v; [ $v = 3 ] && { echo no threes >&2; exit 9; }; echo $v')
    expect(said(failed)).toMatch(/^1 leat: in-0 offset 2: the command ended with exit code 9: no threes\n.*the next run begins with it/)
    expect(await out()).toEqual(['a:1', 'a:2'])
    expect(said(await run('pipe', 'in', 'out', '--exec', 'cat', '--json'))).toBe('0 {"read":2,"stored":2,"transactions":1}\n')
    expect(await out()).toEqual(['a:1', 'a:2', 'a:3', 'a:4'])
  })

  test('that is not there is a usage error, one that hangs is killed', async () => {
    const { run, out } = await directory(['a:1'])
    expect(said(await run('pipe', 'in', 'out', '-q', '--exec', 'no-such-command-of-leat'))).toMatch(
      /^2 leat: in-0 offset 0: the command was not found/,
    )
    expect(said(await run('pipe', 'in', 'out', '--exec', 'sleep 60', '--time-limit', '100ms'))).toMatch(/^1 .*took longer than 100 ms/)
    expect(await out()).toEqual([])
  })
})

describe('--worker', () => {
  const worker = (answer: string): string =>
    `exec node -e 'require("readline").createInterface({input:process.stdin}).on("line",(l)=>{const r=JSON.parse(l);${answer}})'`

  test('gets each record as a JSON line and answers with the new value; an empty line drops it', async () => {
    const { run, out } = await directory(Array.from({ length: 1000 }, (_, index) => `k${index % 3}:${index}`))
    const command = worker('console.log(r.value%2===0?"":r.topic+r.offset+r.key+r.value)')
    expect(said(await run('pipe', 'in', 'out', '--worker', command, '--transaction-every', '300', '--json'))).toBe(
      '0 {"read":1000,"stored":500,"transactions":4}\n',
    )
    const odd = Array.from({ length: 1000 }, (_, index) => `k${index % 3}:in${index}k${index % 3}${index}`).filter(
      (_, index) => index % 2 === 1,
    )
    expect(await out()).toEqual(odd)
  })

  test('that dies, or is not there, stops the pipe at its record', async () => {
    const { run, out } = await directory(['a:1', 'a:2', 'a:3'])
    const dying = await run('pipe', 'in', 'out', '-q', '--worker', worker('if(r.offset===1)process.exit(4);console.log(r.value)'))
    expect(said(dying)).toMatch(/^1 leat: in-0 offset 1: the command ended with exit code 4/)
    expect(await out()).toEqual(['a:1'])
    expect((await run('pipe', 'in', 'out', '-q', '--worker', 'no-such-command-of-leat')).exitCode).toBe(2)
    expect(await out()).toEqual(['a:1'])
  })

  test.each([
    ['greets before it answers', 'echo worker ready; while IFS= read -r l; do echo "x$l"; done', 900],
    ['prints a line more for each record', 'while IFS= read -r l; do echo "x$l"; echo extra; done', 900],
    ['prints without end', 'yes', 900],
    // One record is one transaction on a busy machine too: none goes on for longer than a second.
    ['has a last word', 'while IFS= read -r l; do echo "x$l"; done; echo done', 1],
  ])('that %s fails, and nothing of it is stored', async (_, command, records) => {
    const { run, out } = await directory(Array.from({ length: records }, (__, index) => `a:${index}`))
    const { exitCode, stderr } = await run('pipe', 'in', 'out', '-q', '--worker', command, '--transaction-every', '300')
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/wrote a line that answers nothing .*\n.*Nothing of this transaction/)])
    expect(await out()).toEqual([])
  })
})

test('-f goes on as records come, and Ctrl-C ends it with what it did committed', async () => {
  const { dir, run, out } = await directory(['a:1'])
  const child = startLeat(['pipe', 'in', 'out', '-f', '--exec', 'cat', ...dir])
  const ended = finished(child)
  while ((await out()).length < 1) await setTimeout(50)
  await leat(['produce', 'in', '-K', ':', ...dir], { input: 'a:2\na:3\n' })
  while ((await out()).length < 3) await setTimeout(50)
  child.kill('SIGINT')
  // Records that came apart may be in a transaction each.
  expect(said(await ended)).toMatch(/^130 leat: 3 read, 3 stored, [23] transactions\n$/)
  expect(said(await run('pipe', 'in', 'out', '--json'))).toBe('0 {"read":0,"stored":0,"transactions":0}\n')
})

test('a second run of the same group takes over from the first: each record once', async () => {
  const { dir, run, out } = await directory(['a:0'])
  const first = startLeat(['pipe', 'in', 'out', '-f', ...dir])
  const ended = finished(first)
  while ((await out()).length < 1) await setTimeout(50)
  const second = startLeat(['pipe', 'in', 'out', '-f', '-v', ...dir])
  let written = 1
  while (first.exitCode === null) await leat(['produce', 'in', '-K', ':', ...dir], { input: `a:${written++}\n` })
  expect(said(await ended)).toMatch(/^1 leat: another run of this pipe \(group 'pipe-in-out'\) has taken over/)
  while ((await out()).length < written) await setTimeout(50)
  second.kill('SIGINT')
  await finished(second)
  expect(await out()).toEqual(Array.from({ length: written }, (_, index) => `a:${index}`))
  expect(said(await run('pipe', 'in', 'out', '-p', '0', '--json'))).toBe('0 {"read":0,"stored":0,"transactions":0}\n')
})

test.each([
  [['in', 'in'], 2, /would never end/],
  [['nowhere', 'out'], 1, /there is no topic 'nowhere'/],
  [['in', 'out', '-p', '3'], 1, /'in' has no partition 3/],
  [['in', '__consumer_offsets'], 2, /holds the state of Kafka itself/],
  [['in', 'out', '--exec', 'cat', '--worker', 'cat'], 2, /--worker/],
  [['in', 'out', '--exec', ' '], 2, /--exec is empty/],
  [['in', 'out', '--worker', ''], 2, /--worker is empty/],
  [['in', 'out', '--transaction-every', '0'], 2, /--transaction-every/],
  [['in', 'out', '--key-field', '.id'], 1, /in-0 offset 0: --key-field finds no key/],
  [['in'], 2, /TO/],
])('pipe %s ends with code %i', async (args, exitCode, message) => {
  const { run } = await directory(['a:1'])
  const result = await run('pipe', ...args)
  expect(said(result)).toMatch(message)
  expect(result.exitCode).toBe(exitCode)
})

test('a group that has members is refused', async () => {
  const { run, dir } = await directory(['a:1'])
  const member = startLeat(['consume', 'in', '-g', 'busy', '-f', ...dir])
  await new Promise((resolve) => member.stdout.once('data', resolve))
  expect(said(await run('pipe', 'in', 'out', '-g', 'busy'))).toMatch(/^1 leat: group 'busy' has members/)
})
