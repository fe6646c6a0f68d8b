// Standard input and output as child processes have them: files, pipes, sockets, a terminal, a reader that is slow or gone.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { openSource } from '../../src/system/standard-input.ts'
import { SeededRandom } from '../simulation/random.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const system = new URL('../../src/system/', import.meta.url)

/** Copies standard input, or the files named in its arguments, to standard output; says on stderr what interrupted it. */
const copier = `
  import { openSource, standardInput } from '${new URL('standard-input.ts', system).href}'
  import { standardOutput } from '${new URL('standard-output.ts', system).href}'
  process.on('SIGINT', () => { console.error('interrupted'); process.exit(130) })
  const [size, path] = process.argv.slice(1)
  const source = path === undefined ? standardInput() : openSource(path)
  const sink = standardOutput()
  const buffer = Buffer.alloc(Number(size))
  try {
    for (;;) {
      const count = await source.read(buffer, 0, buffer.length)
      if (count === 0) break
      await sink.write(buffer, 0, count)
    }
  } catch (error) {
    console.error(error.name)
  }
  source.close()`

const big = Buffer.alloc(3_000_000)
new SeededRandom(1).fill(big)

const runCopier = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', copier, '--']

function shell(line: string, ...args: string[]): ChildProcess {
  const environment = { ...process.env, NODE: process.execPath, COPIER: copier }
  const child = spawn('bash', ['-c', line, 'bash', ...args], { env: environment, detached: true })
  onTestFinished(() => {
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch {} // it has ended
  })
  return child
}

async function outcome(child: ChildProcess) {
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
  child.stdout!.on('data', (bytes: Buffer) => stdout.push(bytes))
  child.stderr!.on('data', (bytes: Buffer) => stderr.push(bytes))
  const [exitCode] = await once(child, 'close')
  return { stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString(), exitCode }
}

const copy = '"$NODE" --disable-warning=ExperimentalWarning --input-type=module -e "$COPIER" --'

test.each([
  ['from a file', `${copy} 65536 <"$1"`],
  ['from a pipe', `cat "$1" | ${copy} 65536`],
  ['from a pipe in small pieces', `head -c 100001 "$1" | ${copy} 7`],
  ['from a named file', `${copy} 65536 "$1"`],
  ['from a process substitution', `${copy} 65536 <(cat "$1")`],
  ['to a file', `${copy} 1000000 "$1" >"$1.out"; cat "$1.out"`],
  ['to a slow pipe', `${copy} 1000000 "$1" | (sleep 0.2; cat)`],
])('every byte comes through %s', async (_name, line) => {
  const file = `${temporaryDirectory()}/input`
  fs.writeFileSync(file, big)
  const { stdout, stderr } = await outcome(shell(line, file))
  expect(stderr).toBe('')
  const expected = line.startsWith('head') ? big.subarray(0, 100_001) : big
  expect(stdout.equals(expected)).toBe(true)
})

test('every byte comes through a socket, which is what other programs give their children', async () => {
  const child = spawn(process.execPath, [...runCopier, '65536'])
  child.stdin.end(big)
  expect((await outcome(child)).stdout.equals(big)).toBe(true)
})

test('a line is there as soon as it is written, and Ctrl-C ends the wait for the next one', async () => {
  const child = spawn(process.execPath, [...runCopier, '65536'])
  onTestFinished(() => void child.kill('SIGKILL'))
  for (const line of ['one\n', 'two\n']) {
    child.stdin.write(line)
    expect(String((await once(child.stdout, 'data'))[0])).toBe(line)
  }
  const ended = outcome(child)
  child.kill('SIGINT')
  expect(await ended).toMatchObject({ stderr: 'interrupted\n', exitCode: 130 })
})

test('Ctrl-C is handled while the reader of the output takes nothing', async () => {
  const child = spawn(process.execPath, [...runCopier, '65536', '/dev/zero'])
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'readable') // it writes, and from here on nobody reads
  child.kill('SIGINT')
  const [exitCode] = await once(child, 'exit')
  expect(exitCode).toBe(130)
})

test('a reader that goes away is a ClosedPipe', async () => {
  const { stdout, stderr } = await outcome(shell(`${copy} 65536 /dev/zero | head -c 5`))
  expect(stdout.length).toBe(5)
  expect(stderr).toBe('ClosedPipe\n')
})

test('a named pipe is waited for until somebody writes to it', async () => {
  const { stdout } = await outcome(shell(`mkfifo "$1/p"; (sleep 0.3; echo late >"$1/p") & ${copy} 100 "$1/p"`, temporaryDirectory()))
  expect(stdout.toString()).toBe('late\n')
})

test.skipIf(process.platform !== 'linux')('lines typed on a terminal come one by one, and Ctrl-D ends them', async () => {
  const child = shell(`script -qec '${copy} 65536' /dev/null`)
  child.stdin!.write('typed\n')
  let seen = ''
  child.stdout!.on('data', (bytes: Buffer) => (seen += bytes))
  await expect.poll(() => seen.split('typed\r\n').length - 1, { timeout: 20_000 }).toBe(2) // the echo, and the copy
  child.stdin!.write('\x04')
  expect((await once(child, 'close'))[0]).toBe(0)
})

test('what cannot be read says why', () => {
  const directory = temporaryDirectory()
  expect(() => openSource(`${directory}/missing`)).toThrow(`cannot read ${directory}/missing: there is no such file`)
  expect(() => openSource(directory)).toThrow(`${directory} is a directory`)
})

test('the size of a regular file is known before it is read', () => {
  const file = `${temporaryDirectory()}/input`
  fs.writeFileSync(file, 'abc')
  const source = openSource(file)
  expect(source.size).toBe(3)
  source.close()
})
