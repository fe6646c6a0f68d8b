// Inputs that cannot be read, directories that cannot be used, disks that are full, readers that go away.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { finished, leat, startLeat } from '../support/leat.ts'
import { outcome, valuesOf } from '../support/results.ts'
import { newDirectory, temporaryDirectory } from '../support/temporary-directory.ts'

test('inputs that cannot be read are named before anything is made', async () => {
  const dir = newDirectory()
  const folder = temporaryDirectory()
  fs.writeFileSync(`${folder}/good`, 'a\nb\n')
  const isDirectory = await leat(['produce', 't', `${folder}/good`, folder, '-d', dir])
  expect(outcome(isDirectory)).toEqual([1, `leat: ${folder} is a directory`])
  const isMissing = await leat(['produce', 't', `${folder}/good`, `${folder}/none`, '-d', dir])
  expect(outcome(isMissing)).toEqual([1, `leat: cannot read ${folder}/none: there is no such file`])
  expect(fs.existsSync(dir)).toBe(false)
})

test('an input that is gone when its turn comes ends the run, and it is said how much is stored', async () => {
  const dir = newDirectory()
  const folder = temporaryDirectory()
  fs.writeFileSync(`${folder}/gone`, 'b\n')
  const child = startLeat(['produce', 't', '-', `${folder}/gone`, '-d', dir])
  const end = finished(child)
  child.stdin.write('a\n')
  while (!fs.existsSync(`${dir}/t-0`)) await setTimeout(5)
  fs.rmSync(`${folder}/gone`)
  child.stdin.end()
  expect(outcome(await end)).toEqual([
    1,
    `leat: cannot read ${folder}/gone: there is no such file; the first record is stored, the rest is not`,
  ])
})

test.each([
  'consume t',
  'consume t -g g',
  'consume t -r -g g',
  'consume t -g g --exec true',
  'consume t -g g --exec true --dlq',
  'pipe t u',
  'group list',
  'group export',
  'group describe g',
  'lag',
  'topic list',
  'topic trim t --before 1',
  'retention',
  'dlq list',
  'dlq replay t.dlq',
])('`leat %s` makes no directory where there is none', async (commandLine) => {
  const dir = newDirectory()
  const { exitCode, stdout } = await leat([...commandLine.split(' '), '-d', dir])
  expect([exitCode, stdout.toString(), fs.existsSync(dir)]).toEqual([1, '', false])
})

test('--dir that is a plain file is refused, for reading and for writing', async () => {
  const file = `${temporaryDirectory()}/file`
  fs.writeFileSync(file, 'mine')
  for (const words of [
    ['produce', 't'],
    ['consume', 't'],
    ['topic', 'list'],
  ])
    expect(outcome(await leat([...words, '-d', file], { input: 'a\n' }))).toEqual([1, expect.stringContaining(file)])
  expect(fs.readFileSync(file, 'utf8')).toBe('mine')
})

test('control characters of an input are not written to the terminal', async () => {
  const { stderr } = await leat(['produce', 't', '--key-field', '.id', '-d', newDirectory()], { input: '\u001b[31mred\u0007\n' })
  expect(stderr).toContain("(it begins '\\x1b[31mred\\x07')")
})

test('a reader that goes away ends the printing quietly', async () => {
  const dir = newDirectory()
  await leat(['produce', 't', '-d', dir], { input: `${'x'.repeat(1000)}\n`.repeat(2000) })
  const child = startLeat(['consume', 't', '-d', dir], { input: '' })
  let stderr = ''
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()))
  await once(child.stdout, 'data')
  child.stdout.destroy()
  const [exitCode] = (await once(child, 'exit')) as [number]
  expect([stderr, exitCode]).toEqual(['', 0])
})

/** The words as a shell takes them, with the leat under test for `leat`. */
function shell(command: string): string {
  const script = process.env['LEAT_TEST_COMMAND'] ?? path.resolve(import.meta.dirname, '../../bin/dev.js')
  return `leat() { '${process.env['LEAT_TEST_NODE'] ?? process.execPath}' '${script}' "$@"; }; ${command}`
}

const can = (...words: [string, ...string[]]): boolean => {
  try {
    execFileSync(words[0], words.slice(1), { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const hasTerminal = can('script', '-qec', 'true', '/dev/null')
const hasMounts = process.getuid?.() === 0 && can('unshare', '-m', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', '/mnt')
if (!hasTerminal) console.warn('no script(1): standard input that is a terminal is not tried')
if (!hasMounts) console.warn('nothing can be mounted: a full disk and a read-only directory are not tried')

test.skipIf(!fs.existsSync('/dev/full'))('an output that cannot be written is named, whichever command writes it', async () => {
  const dir = newDirectory()
  await leat(['produce', 't', '-d', dir], { input: 'a\n' })
  for (const words of [
    `consume t -d '${dir}'`,
    `topic list -d '${dir}'`,
    'help',
    'help topic',
    'help --json',
    '--version',
    'completion bash',
  ]) {
    const said = execFileSync('sh', ['-c', shell(`leat ${words} 2>&1 > /dev/full; echo "exit $?"`)], { encoding: 'utf8' })
    expect(said).toMatch(/^(leat|\{"error").*no space left on the disk: standard output[^]*exit 1\n$/)
  }
})

test.skipIf(!hasTerminal)('from a terminal, lines are stored as they are typed, up to Ctrl-D', async () => {
  const dir = newDirectory()
  const child = spawn('script', ['-qec', shell(`leat produce t -d '${dir}'`), '/dev/null'], { stdio: ['pipe', 'ignore', 'ignore'] })
  child.stdin.write('typed\n')
  while (!fs.existsSync(dir) || (await valuesOf('t', dir)).length === 0) await setTimeout(20)
  child.stdin.end('again\n\u0004')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(await valuesOf('t', dir)).toEqual(['typed', 'again'])
})

test('a limit on the size of files is told as one, with what is stored; no dead letter is lost, and no offset committed past it', async () => {
  const dir = newDirectory()
  const lines = Array.from({ length: 700 }, (_, index) => `${index} ${'x'.repeat(1000)}\n`)
  await leat(['topic', 'create', 'in', '--config', 'segment.bytes=2097152', '-d', dir])
  await leat(['produce', 'in', '-d', dir], { input: lines.join('') })
  const run = (command: string): string =>
    execFileSync('bash', ['-c', shell(`ulimit -f 400; { ${command}; } 2>&1; echo "exit $?"`)], { encoding: 'utf8' })
  const produced = run(`leat consume in -d '${dir}' | leat produce big -q -d '${dir}'`)
  const [, stored] = /EFBIG.*; the first (\d+) records are stored.*\n.*`ulimit -f`.*\nexit 1\n$/.exec(produced) ?? []
  expect(await valuesOf('big', dir)).toEqual(lines.slice(0, Number(stored)).map((line) => line.trimEnd()))

  const words = `consume in -g g --dlq -d '${dir}' --worker 'while read line; do echo error Broken; done'`
  const [, resumes] =
    /cannot be set aside in 'in\.dlq'.*EFBIG.*\n.*resumes at in-0 offset (\d+)\.\nexit 1\n$/.exec(run(`leat ${words}`)) ?? []
  expect(await valuesOf('in.dlq', dir)).toHaveLength(Number(resumes))
  execFileSync('bash', ['-c', shell(`leat ${words} -q; test $? = 3`)])
  expect(await valuesOf('in.dlq', dir)).toEqual(lines.map((line) => line.trimEnd()))
}, 60_000)

describe.skipIf(!hasMounts)('in a place of its own', () => {
  const mounted = (options: string, command: string): { text: string } => {
    const at = temporaryDirectory()
    return {
      text: execFileSync('unshare', ['-m', 'sh', '-c', shell(`cd '${at}'; ${options}; { ${command}; } 2>&1`)], { encoding: 'utf8' }),
    }
  }

  test('a full disk ends the writing with exit 1 and a hint; what was stored before is there, and deleting makes room', () => {
    const { text } = mounted(
      'mkdir disk; mount -t tmpfs -o size=2m tmpfs disk',
      `seq 1000 | leat produce t -q -d disk/data; yes "$(head -c 900 /dev/zero | tr '\\0' x)" | head -n 5000 > in
       leat produce t in -d disk/data; echo "exit $?"; leat consume t -d disk/data -n 1000 | tail -n 1
       leat topic delete t -y -d disk/data; echo "exit $?"; seq 3 | leat produce t -q -d disk/data; echo "exit $?"`,
    )
    const [, stored] = /no space left on device.*; the first (\d+) records are stored, the rest is not\n/.exec(text) ?? []
    expect(text).toContain(`Then go on with record ${Number(stored) + 1} of the input`)
    expect(text).toMatch(/\nThe disk is full\. Make room.*\nexit 1\n1000\n(.*\n)*exit 0\nexit 0\n$/s)
  })

  test('what is said to be stored on a full disk is in the log, no more and no less, and the rest can be produced after it', () => {
    const { text } = mounted(
      'mkdir disk; mount -t tmpfs -o size=2m tmpfs disk; seq -f %0900.f 3000 > in',
      `head -c 500000 /dev/zero > disk/fill
       leat produce t in -d disk/data 2> said; cat said; rm disk/fill
       tail -n "+$(sed -n 's/.*go on with record \\([0-9]*\\) .*/\\1/p' said)" in | head -n 100 | leat produce t -q -d disk/data; echo "exit $?"
       leat consume t -d disk/data > out; head -n "$(wc -l < out)" in | cmp - out && echo same`,
    )
    expect(text).toMatch(/the first \d+ records are stored[^]*\nexit 0\nsame\n$/)
  })

  test('where records went to several partitions, it is said that those stored need not be the first', () => {
    const { text } = mounted(
      'mkdir disk; mount -t tmpfs -o size=2m tmpfs disk; seq -f %0900.f 3000 > in',
      `leat produce t in --create-partitions 3 --partitioner round-robin -q -d disk/data; echo "exit $?"
       leat consume t -d disk/data | wc -l`,
    )
    const [, stored, counted] = /; (\d+) records are stored, the rest is not\n.* would store these twice.*\nexit 1\n(\d+)\n$/s.exec(
      text,
    ) ?? [text]
    expect(stored).toBe(counted)
  })

  test('a disk that is full when all is stored fails nothing: what is derived is left out, and that is said', () => {
    const { text } = mounted(
      'mkdir disk; mount -t tmpfs -o size=2m tmpfs disk; seq 10 | leat produce t -q -d disk/data; cat /dev/zero > disk/fill 2> errors',
      `for sync in --sync --no-sync; do seq 3 | leat produce t $sync -d disk/data; echo "exit $?"; done
       leat consume t -d disk/data | wc -l; rm disk/fill; leat log verify -q -d disk/data > found; echo "exit $?"
       seq 3 | leat produce t -d disk/data; echo "exit $?"; leat consume t -d disk/data | wc -l`,
    )
    expect(text).toMatch(/^(leat: what is stored stays, but .*no space left.*\nexit 0\n){2}16\nexit 0\nexit 0\n19\n$/)
  })

  test('a read-only directory is read, planned in and listed, and refused for writing', () => {
    const { text } = mounted(
      'seq 10 | leat produce t -q -d data; mount --bind data data; mount -o remount,ro,bind data',
      `leat consume t -d data | tail -n 1; leat topic list -d data | tail -n 1; leat retention --dry-run -d data > /dev/null; echo "exit $?"
       leat topic trim t --before 5 --dry-run -d data > /dev/null; echo "exit $?"; seq 3 | leat produce t -d data; echo "exit $?"`,
    )
    expect(text).toMatch(/^10\nt .*\nexit 0\nexit 0\nleat: data cannot be written to: .*\n.*\nexit 1\n$/)
  })
})
