// consume -n with a handler: so many records, whatever becomes of them.
import { expect, test } from 'vitest'
import { finished, leat, type LeatResult, startLeat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

async function place(partitions: number, count: number): Promise<{ dir: string[]; run: (...args: string[]) => Promise<LeatResult> }> {
  const dir = ['-d', `${temporaryDirectory()}/data`]
  const run = async (...args: string[]): Promise<LeatResult> => leat([...args, ...dir])
  await run('topic', 'create', 'in', '--partitions', `${partitions}`)
  const input = Array.from({ length: count }, (_, index) => `${index}\n`).join('')
  await leat(['produce', 'in', '--partitioner', 'round-robin', ...dir], { input })
  return { dir, run }
}

const counts = ({ stdout }: LeatResult): Record<string, number> => JSON.parse(stdout.toString()) as Record<string, number>
/** Fails for even numbers. */
const ODD = 'read v; [ $((v % 2)) = 1 ]'

test.each([
  ['one at a time', ['--exec', ODD]],
  ['four at once', ['-j', '4', '--exec', ODD]],
  ['with retries', ['-j', '4', '--retries', '1', '--backoff', '1ms', '--exec', ODD]],
  ['with a worker', ['--worker', 'while read -r l; do case $l in *[02468]\\"}*) echo error x;; *) echo ok;; esac; done']],
])('-n 7 hands over seven records, those that fail among them, and the next run goes on with the eighth: %s', async (_, flags) => {
  const { run } = await place(1, 20)
  const handling = ['consume', 'in', '-g', 'g', '--dlq', '--json', '-q', ...flags]
  expect(counts(await run(...handling, '-n', '7'))).toMatchObject({ taken: 7 })
  expect((await run('consume', 'in', '-g', 'g', '-n', '1')).stdout.toString()).toBe('7\n')
})

test('records that come back from retry topics are not counted again', async () => {
  const { run } = await place(1, 20)
  const handling = ['consume', 'in', '-g', 'g', '--retry-topics', '1ms', '--dlq', '--json', '-q', '--exec', ODD]
  const results = [await run(...handling, '-n', '4'), await run(...handling, '-n', '4'), await run(...handling, '-n', '4')]
  expect(results.map((result) => counts(result)['taken'])).toEqual([4, 4, 4])
  expect((await run('consume', 'in', '-g', 'g', '-n', '1')).stdout.toString()).toBe('12\n')
})

test('records that go to another member before they are begun do not count: others take their places', async () => {
  const { dir } = await place(2, 40)
  const handler = 'echo begun >&2; sleep 0.4; echo $LEAT_PARTITION'
  const first = startLeat(['consume', 'in', '-g', 'g', '-f', '-n', '8', '--exec', handler, ...dir])
  const ended = finished(first)
  await new Promise((resolve) => first.stderr.once('data', resolve))
  startLeat(['consume', 'in', '-g', 'g', '-f', '--exec', 'sleep 60', ...dir])
  const { exitCode, stdout } = await ended
  expect([exitCode, stdout.toString().trim().split('\n').length]).toEqual([0, 8])
})
