// What signals do to leat and to the commands that it has started.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { realLocks } from '../../src/system/real-locks.ts'
import { finished, leat, startLeat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

async function topic(...values: readonly string[]): Promise<string[]> {
  const dir = ['-d', `${temporaryDirectory()}/data`]
  await leat(['produce', 'in', ...dir], { input: values.map((value) => `${value}\n`).join('') })
  return dir
}

/** Whether there still is such a process; one that only waits to be buried is none. */
function isAlive(pid: number): boolean {
  return /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' }).stdout)
}

test.each([
  ['--exec', ['SIGTERM', 'SIGTERM'], 143],
  ['--exec', ['SIGINT', 'SIGHUP'], 130],
  ['--worker', ['SIGHUP', 'SIGTERM'], 129],
] as const)(
  '%s: with the second of %j leat ends at once, and takes a handler that ignores signals with it',
  async (flag, signals, code) => {
    const dir = await topic('1')
    const handler = 'trap "" TERM INT HUP; read v; echo $$ >&2; while :; do sleep 0.1; done'
    const child = startLeat(['consume', 'in', flag, handler, ...dir])
    const ended = finished(child)
    const pid = Number(await new Promise((resolve) => child.stderr.once('data', resolve)))
    expect(isAlive(pid)).toBe(true)
    for (const signal of signals) {
      child.kill(signal)
      await setTimeout(100)
    }
    expect((await ended).exitCode).toBe(code)
    while (isAlive(pid)) await setTimeout(10)
  },
)

test('HUP, of a terminal that is closed, ends with 129: what was begun is finished and committed first', async () => {
  const dir = await topic('1', '2')
  const child = startLeat(['consume', 'in', '-g', 'g', '-f', '--exec', 'echo started >&2; sleep 0.5; echo done', ...dir])
  const ended = finished(child)
  child.stderr.once('data', () => child.kill('SIGHUP'))
  const { exitCode, stdout } = await ended
  expect([exitCode, stdout.toString()]).toEqual([129, 'done\n'])
  expect((await leat(['consume', 'in', '-g', 'g', ...dir])).stdout.toString()).toBe('2\n')
})

test('a signal that comes when all is done changes nothing', async () => {
  const dir = await topic('1')
  const ends = await Promise.all(
    Array.from({ length: 12 }, async (_, index) => {
      const child = startLeat(['consume', 'in', ...dir])
      child.stdout.once('data', () => void setTimeout(index).then(() => child.kill('SIGINT')))
      return (await finished(child)).signal
    }),
  )
  expect(ends.filter((signal) => signal !== null)).toEqual([])
})

test.each([[['consume', 'in', '-g', 'g', '--dlq']], [['consume', 'in', '-g', 'g']], [['pipe', 'in', 'out']]])(
  'Ctrl-C in a terminal, which reaches commands that are just being started: no record of %j has failed',
  async (args) => {
    const dir = await topic(...Array.from({ length: 3000 }, (_, index) => `${index}`))
    const ends = new Set<number | null>()
    for (let round = 0; round < 12; round++) {
      const child = startLeat([...args, '-j', '4', '--exec', 'echo begun >&2; cat', ...dir], { ownGroup: true })
      const ended = finished(child)
      await once(child.stderr, 'data')
      await setTimeout(round * 7)
      process.kill(-(child.pid as number), 'SIGINT')
      ends.add((await ended).exitCode)
    }
    expect([...ends]).toEqual([130])
    const letters = await leat(['consume', 'in.dlq', ...dir])
    expect(letters.stdout.toString()).toBe('')
  },
  120_000,
)

test('a command that a signal kills while leat goes on has failed', async () => {
  const dir = await topic('1', '2')
  const { exitCode, stderr } = await leat(['consume', 'in', '--exec', 'kill -INT $$', ...dir])
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('was killed by SIGINT')])
})

test('what ran ahead of other keys when TERM came is committed: no record is handled twice', async () => {
  const dir = ['-d', `${temporaryDirectory()}/data`]
  // Half of the records have one key, so that the others run ahead, and yet what they ran ahead of is handled in time on a busy machine.
  const lines = Array.from({ length: 20_000 }, (_, index) => `${index % 2 === 0 ? index : 'hot'}:${index}\n`)
  await leat(['produce', 'in', '-K', ':', ...dir], { input: lines.join('') })
  const seen = `${temporaryDirectory()}/seen`
  const handler = `exec node -e 'const fs=require("fs");require("readline").createInterface({input:process.stdin}).on("line",(l)=>{fs.appendFileSync("${seen}",JSON.parse(l).value+"\\n");console.log("ok")})'`
  const sizeOf = (file: string): number => (existsSync(file) ? readFileSync(file).length : 0)
  for (let round = 0; round < 3; round++) {
    const before = sizeOf(seen)
    const child = startLeat(['consume', 'in', '-g', 'g', '-j', '2', '--worker', handler, '-q', ...dir])
    const ended = finished(child)
    while (sizeOf(seen) < before + 2000) await setTimeout(10)
    child.kill('SIGTERM')
    expect((await ended).exitCode).toBe(143)
  }
  const values = readFileSync(seen, 'utf8').trim().split('\n')
  expect(values.length).toBeLessThan(20_000)
  expect(new Set(values).size).toBe(values.length)
  expect((await leat(['consume', 'in', '-g', 'g', '-n', '1', ...dir])).stdout.toString()).toBe(`${values.length}\n`)
})

test.each([
  ['SIGINT', 130, 'in-0', ['produce', 'in']],
  ['SIGTERM', 143, 'in-0', ['produce', 'in', '--no-sync']],
  ['SIGINT', 130, '__consumer_offsets-*', ['consume', 'in', '-g', 'g']],
  ['SIGTERM', 143, '__cluster_metadata-0', ['topic', 'create', 'new']],
  ['SIGINT', 130, 'in-0', ['log', 'repair', 'in', '-y']],
] as const)(
  '%s while another process has a lock that leat waits for: exit code %i at once, %s is named, and the next %j goes on',
  async (signal, code, folder, args) => {
    const dir = await topic('1')
    const root = dir[1] as string
    await leat(['consume', 'in', '-g', 'g', ...dir])
    // Something that `log repair` has to mend.
    rmSync(`${root}/in-0/partition.metadata`)
    const locks = globSync(`${root}/${folder}/.leat.lock`).map((path) => realLocks().open(path))
    for (const lock of locks) lock.acquire()
    const child = startLeat([...args, ...dir], { input: '2\n' })
    const ended = finished(child)
    let said = ''
    for await (const bytes of child.stderr) if ((said += String(bytes)).includes('has locked')) break
    child.kill(signal)
    const end = await ended
    // As a shell has it.
    expect([end.exitCode ?? 128 + constants.signals[end.signal as NodeJS.Signals], end.stdout.toString()]).toEqual([code, ''])
    expect(said).toMatch(
      new RegExp(`^leat: waiting for ${root}/${folder.replace('*', '\\d')}/.leat.lock, which another process has locked\n$`),
    )
    for (const lock of locks) lock.close()
    expect((await leat([...args, ...dir], { input: '2\n' })).exitCode).toBe(0)
    const values = args[0] === 'produce' ? '1\n2\n' : '1\n'
    expect((await leat(['consume', 'in', ...dir])).stdout.toString()).toBe(values)
  },
)

test('INT while leat waits for a lock and handlers run: it is heeded after the wait, and none of them outlives leat', async () => {
  const dir = await topic('1', '2', '3')
  const root = dir[1] as string
  await leat(['consume', 'in', '-g', 'g', '-n', '1', ...dir])
  const locks = globSync(`${root}/__consumer_offsets-*/.leat.lock`).map((path) => realLocks().open(path))
  const go = `${temporaryDirectory()}/go`
  // The second record is done with once there is a lock for its commit to wait for; the third one never is.
  const handler = `read v; echo $$ >&2; if test $v = 2; then until test -e ${go}; do sleep 0.05; done; else exec sleep 60; fi`
  const child = startLeat(['consume', 'in', '-g', 'g', '-j', '2', '--exec', handler, ...dir])
  const ended = finished(child)
  let said = ''
  for await (const bytes of child.stderr) {
    said += String(bytes)
    if (said.includes('has locked')) break
    if (existsSync(go) || said.split('\n').length < 3) continue
    for (const lock of locks) lock.acquire()
    writeFileSync(go, '')
  }
  child.kill('SIGINT')
  await setTimeout(200)
  for (const lock of locks) lock.close()
  // The first one lets those finish that were begun.
  await setTimeout(200)
  child.kill('SIGINT')
  expect((await ended).exitCode).toBe(130)
  const handlers = [...said.matchAll(/^\d+$/gm)].map(([pid]) => Number(pid))
  expect([handlers.length, handlers.filter(isAlive)]).toEqual([2, []])
})
