// `leat dlq watch`: a check for scripts and monitoring.
import { expect, test } from 'vitest'
import { deadLetter, lines, store } from '../support/letters.ts'
import { newDirectory } from '../support/temporary-directory.ts'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { finished, leat, startLeat } from '../support/leat.ts'

test('within its limits a topic is fine; over one, the exit code is 4 and the limit is named', async () => {
  const dir = newDirectory()
  await store(dir, [deadLetter({ failedAt: Date.now() - 7_300_000 }), deadLetter({})])
  const watch = (...words: string[]) => leat(['dlq', 'watch', 'orders.dlq', '-d', dir, ...words])
  expect(await watch('--max-depth', '2', '--max-per-hour', '1', '--max-age', '3h')).toMatchObject({ exitCode: 0, stderr: '' })
  const cases = [
    ['--max-depth', '1', '2 letters wait'],
    ['--max-per-hour', '0', '1 letters'],
    ['--max-age', '2h', 'the oldest letter'],
  ] as const
  for (const [flag, limit, said] of cases) {
    const { exitCode, stderr } = await watch(flag, limit)
    expect(exitCode).toBe(4)
    expect(stderr).toContain(said)
    expect(stderr).toContain(flag)
  }
})

test('with an interval it looks until a topic is over a limit', async () => {
  const dir = newDirectory()
  await store(dir, [deadLetter({})])
  const child = startLeat(['dlq', 'watch', 'orders.dlq', '--max-depth', '1', '--interval', '50ms', '--json', '-d', dir])
  const end = finished(child)
  await new Promise((resolve) => child.stdout.once('data', resolve))
  await store(dir, [deadLetter({})])
  const { exitCode, stdout } = await end
  expect(exitCode).toBe(4)
  const looks = lines(stdout)
  expect(looks.at(0)).toMatchObject({ depth: 1, problems: [] })
  expect(looks.at(-1)).toMatchObject({ depth: 2, problems: [expect.stringContaining('--max-depth 1')] })
  for (const look of looks) expect(schemaErrors(readSchema('dlq-watch'), look)).toEqual([])
})

test('without a limit, or for a topic that is not there, it is no check', async () => {
  const dir = newDirectory()
  await store(dir, [deadLetter({})])
  expect(await leat(['dlq', 'watch', 'orders.dlq', '-d', dir])).toMatchObject({ exitCode: 2 })
  expect(await leat(['dlq', 'watch', 'other.dlq', '--max-depth', '1', '-d', dir])).toMatchObject({ exitCode: 1 })
})
