import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { ask, ChildFailed, endText, type Worker } from '../../src/system/child-processes.ts'
import { realChildProcesses } from '../../src/system/real-child-processes.ts'

const NO_LIMIT = Number.POSITIVE_INFINITY
const run = (command: string, input = '', timeLimitMs = NO_LIMIT, env: Record<string, string> = {}) =>
  realChildProcesses.run(command, { input: Buffer.from(input), env, timeLimitMs })

describe('a command that is run', () => {
  test('gets its input and environment; its output, standard error and exit code come back', async () => {
    const { end, stdout, stderr } = await run('cat; printf "$LEAT_KEY"; echo oops >&2; exit 3', 'in\n', NO_LIMIT, { LEAT_KEY: 'k' })
    expect([end, stdout.toString(), stderr]).toEqual([{ kind: 'exit', code: 3 }, 'in\nk', 'oops\n'])
  })

  test('may end without reading its input', async () => {
    expect((await run('true', 'x'.repeat(1 << 20))).end).toEqual({ kind: 'exit', code: 0 })
  })

  test('that takes too long is killed with all that it started', async () => {
    const { end } = await run('sleep 60 & sleep 60; wait', '', 50)
    expect(end).toEqual({ kind: 'timeout', limitMs: 50 })
    expect((await run("trap '' TERM; sleep 60", '', 50)).end.kind).toBe('timeout')
  })

  test('that is not there, or is killed, is said to be', async () => {
    expect(endText((await run('no-such-command-of-leat')).end)).toBe('was not found')
    expect(endText((await run('kill -9 $$')).end)).toBe('was killed by SIGKILL')
  })

  test('floods its standard error without harm: the last of it is kept', async () => {
    const { stderr } = await run('i=0; while [ $i -lt 20000 ]; do echo "line $i" >&2; i=$((i+1)); done')
    expect(stderr.length).toBe(8192)
    expect(stderr.endsWith('line 19999\n')).toBe(true)
  })

  test('whose environment is too large for the system says so', async () => {
    const { end, stdout } = await run('true', '', NO_LIMIT, { LEAT_KEY: 'x'.repeat(8 << 20) })
    expect([end, stdout.length]).toEqual([{ kind: 'unstartable', code: 'E2BIG', reason: 'spawn E2BIG' }, 0])
  })

  test('cannot be started with few file descriptors left; that is how it ends, and it takes none of them', () => {
    const script = `import fs from 'node:fs'
import { ask } from ${JSON.stringify(path.resolve('src/system/child-processes.ts'))}
import { realChildProcesses } from ${JSON.stringify(path.resolve('src/system/real-child-processes.ts'))}
const options = { input: Buffer.from('in'), env: {}, timeLimitMs: 60000 }
const open = []
try { for (;;) open.push(fs.openSync('/dev/null')) } catch {}
const ends = new Set()
for (let free = 0; free < 8; free++) {
  const worker = realChildProcesses.start('cat', options)
  ends.add(await ask(worker, Buffer.from('line'), 60000).catch(({ end }) => end.code))
  ends.add((await worker.close(60000)).code).add((await realChildProcesses.run('cat', options)).end.code)
  fs.closeSync(open.pop())
}
for (let free = 0; free < 8; free++) fs.closeSync(open.pop())
console.log(ends, (await realChildProcesses.run('cat', options)).end)`
    const command = 'ulimit -n 64 && exec "$0" --input-type=module -e "$1"'
    const said = execFileSync('sh', ['-c', command, process.execPath, script], { encoding: 'utf8', stdio: 'pipe' })
    expect(said).toBe("Set(1) { 'EMFILE' } { kind: 'exit', code: 0 }\n")
  })

  test('leaves a process behind that holds its output open: its end is noticed all the same', async () => {
    const { end, stdout } = await run('sleep 5 & echo done')
    expect([end, stdout.toString()]).toEqual([{ kind: 'exit', code: 0 }, 'done\n'])
  })
})

describe('a worker', () => {
  const told = async (worker: Worker, line: string, limit = NO_LIMIT): Promise<string> =>
    (await ask(worker, Buffer.from(line), limit)).toString()
  const UPPER = `exec node -e 'require("readline").createInterface({input:process.stdin}).on("line",(l)=>console.log(l.toUpperCase()))'`

  test('answers each line, in order, with many under way', async () => {
    const worker = realChildProcesses.start(UPPER, { env: {} })
    const lines = Array.from({ length: 5000 }, (_, index) => `${'x'.repeat(index % 300)}-${index}`)
    expect(await Promise.all(lines.map((line) => told(worker, line)))).toEqual(lines.map((line) => line.toUpperCase()))
    expect(await worker.close(10_000)).toEqual({ kind: 'exit', code: 0 })
  })

  test('that dies fails the lines it has not answered, and all after it, with what it said last', async () => {
    const worker = realChildProcesses.start('read line; echo "$line"; echo dying >&2; exit 7', { env: {} })
    const answers = await Promise.allSettled([told(worker, 'a'), told(worker, 'b')])
    expect(answers).toMatchObject([{ value: 'a' }, { reason: { end: { kind: 'exit', code: 7 }, stderr: 'dying\n' } }])
    await expect(told(worker, 'c')).rejects.toBeInstanceOf(ChildFailed)
  })

  test('that hangs is killed when its time for a line is over', async () => {
    const worker = realChildProcesses.start('read a; echo "$a"; sleep 60', { env: {} })
    expect(await told(worker, 'a', 20_000)).toBe('a')
    await expect(told(worker, 'b', 50)).rejects.toMatchObject({ end: { kind: 'timeout', limitMs: 50 } })
  })

  test('that says what nobody asked for is stopped', async () => {
    const worker = realChildProcesses.start('read a; echo 1; sleep 0.2; echo 2; sleep 60', { env: {} })
    expect(await told(worker, 'a')).toBe('1')
    expect((await worker.close(60_000)).kind).toBe('broken')
  })

  test('has as long for a line as was said, more than the 24 days that timers know', async () => {
    const worker = realChildProcesses.start('read a; sleep 0.3; echo "$a"', { env: {} })
    expect(await told(worker, 'a', 2 ** 31)).toBe('a')
  })

  test('that does not end when its input does is killed after a while', async () => {
    const worker = realChildProcesses.start('sleep 60', { env: {} })
    expect((await worker.close(50)).kind).toBe('timeout')
  })
})
