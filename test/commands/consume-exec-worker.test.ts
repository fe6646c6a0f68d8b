// leat consume --worker, as a user sees it.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { leat, type LeatResult } from '../support/leat.ts'
import { letterLines } from '../support/results.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

interface Place {
  readonly root: string
  readonly run: (...args: string[]) => Promise<LeatResult>
  /** Dead letters as `value type message`. */
  readonly letters: () => Promise<string[]>
}

async function place(lines: readonly string[]): Promise<Place> {
  const root = temporaryDirectory()
  const dir = ['-d', `${root}/data`]
  const run = async (...args: string[]): Promise<LeatResult> => leat([...args, ...dir])
  const made = await leat(['produce', 'in', '-K', ':', ...dir], { input: lines.map((line) => `${line}\n`).join('') })
  expect(made.exitCode).toBe(0)
  return {
    root,
    run,
    letters: async () => letterLines(await run('consume', 'in.dlq', '--json')),
  }
}

/** A worker in Node that answers what `answer`, an expression of `record`, gives, and writes down each record that it is told. */
function worker(root: string, answer: string): string {
  const script = `import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
for await (const line of createInterface({ input: process.stdin })) {
  const record = JSON.parse(line)
  appendFileSync(${JSON.stringify(`${root}/seen`)}, record.key + ':' + record.value + '#' + record.attempt + '\\n')
  process.stdout.write((${answer}) + '\\n')
}`
  writeFileSync(`${root}/worker.mjs`, script)
  return `exec node ${root}/worker.mjs`
}

const seenBy = ({ root }: Place): string[] => readFileSync(`${root}/seen`, 'utf8').trim().split('\n')
const counts = ({ stdout }: LeatResult): Record<string, number> => JSON.parse(stdout.toString()) as Record<string, number>

test('is told each record as a line of JSON, and says what became of it', async () => {
  const here = await place(['a:1', 'b:2', 'a:3', 'c:4'])
  const answer = `{ 2: 'error ValueError not two', 4: 'retry busy', 3: 'ok' }[record.value] ?? 'ok'`
  const result = await here.run('consume', 'in', '-g', 'g', '--dlq', '--json', '--worker', worker(here.root, answer))
  expect([result.exitCode, counts(result)]).toMatchObject([3, { taken: 4, handled: 2, failedAttempts: 2, deadLettered: 2 }])
  expect(seenBy(here)).toEqual(['a:1#1', 'b:2#1', 'a:3#1', 'c:4#1'])
  expect(await here.letters()).toEqual(['2 ValueError not two', '4 retry busy'])
})

test('retries hold up the records of the same key, and no others', async () => {
  const here = await place(['a:1', 'a:2', 'b:3'])
  const answer = `record.value === '1' && record.attempt < 3 ? 'retry later' : 'ok'`
  const { exitCode } = await here.run(
    'consume',
    'in',
    '--retries',
    '2',
    '--backoff',
    '300ms..300ms',
    '-q',
    '--worker',
    worker(here.root, answer),
  )
  expect(exitCode).toBe(0)
  const seen = seenBy(here)
  expect(seen.filter((line) => line.startsWith('a'))).toEqual(['a:1#1', 'a:1#2', 'a:1#3', 'a:2#1'])
  expect(seen).toContain('b:3#1')
})

test('several workers share the records, each key in its order', async () => {
  const lines = Array.from({ length: 300 }, (_, index) => `k${index % 7}:${index}`)
  const here = await place(lines)
  const result = await here.run('consume', 'in', '-g', 'g', '-j', '3', '--json', '--worker', worker(here.root, `'ok'`))
  expect(counts(result)).toMatchObject({ handled: 300 })
  const seen = seenBy(here).map((line) => line.replace('#1', ''))
  for (let key = 0; key < 7; key++) {
    const ofKey = (some: readonly string[]): string[] => some.filter((line) => line.startsWith(`k${key}:`))
    expect(ofKey(seen)).toEqual(ofKey(lines))
  }
})

test.each([
  ['dies', `record.value === '2' ? process.exit(9) : 'ok'`, '2 exit-9 ended with exit code 9'],
  ['is killed', `record.value === '2' ? process.kill(process.pid, 'SIGKILL') : 'ok'`, '2 signal-SIGKILL was killed by SIGKILL'],
  ['hangs', `record.value === '2' ? await new Promise(() => setInterval(() => {}, 1e6)) : 'ok'`, '2 timeout took longer than 1500 ms'],
  [
    'prints garbage',
    `record.value === '2' ? 'debug: two\\nok' : 'ok'`,
    "2 protocol the worker answered 'debug: two', which is neither ok nor retry nor error",
  ],
  [
    'closes stdin',
    `record.value === '2' ? (process.stdin.destroy(), await new Promise((resolve) => setTimeout(resolve, 60000))) : 'ok'`,
    '2 timeout took longer than 1500 ms',
  ],
])('a worker that %s fails that record only: the others are handled by the next one', async (_, answer, letter) => {
  const here = await place(['a:1', 'b:2', 'c:3', 'd:4'])
  const flags = ['--dlq', '--handler-timeout', '1500ms', '--json', '-q']
  const result = await here.run('consume', 'in', '-g', 'g', ...flags, '--worker', worker(here.root, answer))
  expect(counts(result)).toMatchObject({ handled: 3, failedAttempts: 1, deadLettered: 1 })
  expect(await here.letters()).toEqual([letter])
})

test('a worker may flood its standard error, and values of 1 MB pass', async () => {
  const here = await place([`a:${'x'.repeat(900_000)}`, `b:${'y'.repeat(900_000)}`])
  const answer = `(process.stderr.write('noise '.repeat(200_000)), record.value.length === 900_000 ? 'ok' : 'error Length wrong')`
  const result = await here.run('consume', 'in', '-g', 'g', '--json', '-q', '--worker', worker(here.root, answer))
  expect(counts(result)).toMatchObject({ handled: 2, failedAttempts: 0 })
})

test('a worker that ends after each record is started again for the next one', async () => {
  const here = await place(['a:1', 'b:2'])
  const result = await here.run(
    'consume',
    'in',
    '-g',
    'g',
    '--retries',
    '9',
    '--backoff',
    '1ms',
    '--json',
    '--worker',
    'read line; echo ok',
  )
  expect(counts(result)).toMatchObject({ handled: 2 })
})

const guide = readFileSync(path.join(import.meta.dirname, '../../docs/handlers.md'), 'utf8')
const examples = [...guide.matchAll(/```\w+\n(?:#|\/\/) (worker\.\w+)\n([^]*?)```/g)].map(
  ([, name, text]) => [name as string, text as string] as const,
)

test('the guide has workers in three languages', () => {
  expect(examples.map(([name]) => name)).toEqual(['worker.sh', 'worker.py', 'worker.mjs'])
})

test.each(examples)('%s of the guide handles records and says what is wrong with others', async (name, text) => {
  const here = await place(['a:{"amount":1}', 'b:', 'c:{"amount":2}'])
  writeFileSync(`${here.root}/${name}`, text)
  const program = { 'worker.sh': 'sh', 'worker.py': 'python3', 'worker.mjs': 'node' }[name] as string
  const result = await here.run('consume', 'in', '-g', 'g', '--dlq', '--json', '--worker', `exec ${program} ${here.root}/${name}`)
  expect(counts(result)).toMatchObject({ handled: 2, deadLettered: 1 })
  expect((await here.letters())[0]).toMatch(/^ (Empty|JSONDecodeError|SyntaxError) \w/)
})
