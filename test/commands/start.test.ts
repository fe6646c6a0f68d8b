import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { consume } from '../../src/operations/consume/consume.ts'
import { realClock } from '../../src/system/real-clock.ts'
import { realSystem } from '../../src/system/real.ts'
import { finished, leat, type LeatResult, startLeat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const packageFile = path.resolve(import.meta.dirname, '../../package.json')

test('`leat --version` and `leat version` say which leat and which Node', async () => {
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }
  for (const word of ['--version', 'version']) {
    const { exitCode, stdout, stderr } = await leat([word])
    expect(stdout.toString()).toMatch(new RegExp(`^leat/${version} \\S+ node-v[\\d.]+\n$`))
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  }
})

test('a Node that is too old gets one clear sentence', () => {
  const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })"
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [`--import=data:text/javascript,${encodeURIComponent(old)}`, path.resolve(import.meta.dirname, '../../bin/run.js'), '--version'],
    { encoding: 'utf8' },
  )
  expect(stderr).toBe('leat: Node 20.20.2 is too old: leat needs Node 22.22 or later\nInstall a newer Node and run the command again.\n')
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
})

test('a reader that goes away (`| head`) ends a command quietly, with exit code 0', async () => {
  const directory = temporaryDirectory()
  const lines = 'a line that is long enough to fill pipes\n'.repeat(20_000)
  await leat(['produce', 'orders', '-d', directory], { input: lines })
  const child = startLeat(['consume', 'orders', '-d', directory])
  const end = finished(child)
  await once(child.stdout, 'data')
  child.stdout.destroy()
  expect(await end).toMatchObject({ exitCode: 0, signal: null, stderr: '' })
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s ends a command that follows with exit code %d', async (signal, code) => {
  const directory = temporaryDirectory()
  await leat(['produce', 'orders', '-d', directory], { input: 'one\n' })
  const child = startLeat(['consume', 'orders', '-f', '-d', directory])
  const end = finished(child)
  await once(child.stdout, 'data')
  child.kill(signal)
  const { exitCode, stdout } = await end
  expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: code, stdout: 'one\n' })
})

test('Ctrl-C ends the reading of a file that never makes it wait', async () => {
  const directory = temporaryDirectory()
  const child = startLeat(['produce', 'zeros', '/dev/zero', '-D', '\\x00', '--no-sync', '-d', directory])
  const end = finished(child)
  await once(child.stderr, 'data')
  child.kill('SIGINT')
  expect(await end).toMatchObject({ exitCode: 130, signal: null })
})

test('what interrupts `consume` is noticed while it neither waits for the log nor for its reader', async () => {
  const directory = temporaryDirectory()
  await leat(['produce', 'orders', '-d', directory], { input: `${'x'.repeat(99_999)}\n`.repeat(120) })
  const cluster = new DirectoryCluster({ system: realSystem(), root: directory, onRecovery: () => {}, onCreate: () => {} })
  const interrupt = new AbortController()
  setImmediate(() => interrupt.abort())
  let count = 0
  await consume({
    cluster,
    clock: realClock,
    ranges: [{ topic: 'orders', partition: 0, from: 0n, to: 120n }],
    sink: { beginBatch: () => {}, record: () => ++count > 0, endBatch: () => null, idle: () => null },
    isCommittedOnly: false,
    withControl: false,
    onDamage: () => {},
    signal: interrupt.signal,
  })
  expect(count).toBeGreaterThan(0)
  expect(count).toBeLessThan(120)
})

test('a data directory that is a plain file is named in the error', async () => {
  const file = path.join(temporaryDirectory(), 'data')
  writeFileSync(file, '')
  for (const command of ['produce', 'consume']) {
    const { exitCode, stdout, stderr } = await leat([command, 'orders', '-d', file], { input: 'one\n' })
    expect(stderr).toContain(file)
    expect(stderr).not.toContain('bug')
    expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: 1, stdout: '' })
  }
})

test.runIf(process.env['LEAT_TEST_COMMAND'])(
  'what is kept of a run to start faster is only that: damaged, or nowhere to be kept, nothing else changes',
  async () => {
    const folder = temporaryDirectory()
    await leat(['produce', 'orders', '-d', path.join(folder, 'data')], { input: 'one\n' })
    const run = (NODE_COMPILE_CACHE: string): Promise<LeatResult> =>
      leat(['topic', 'list', '--json', '-d', path.join(folder, 'data')], { env: { NODE_COMPILE_CACHE } })
    const cache = path.join(folder, 'cache')
    const kept = (): string[] => readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('-topic'))
    const first = await run(cache)
    expect(first.stderr).toBe('')
    expect(kept()).toHaveLength(1)
    expect(await run(cache)).toEqual(first)
    const file = path.join(cache, kept()[0] as string)
    const bytes = readFileSync(file)
    for (const damaged of [Buffer.alloc(0), Buffer.alloc(bytes.length), bytes.subarray(0, bytes.length >> 1)]) {
      writeFileSync(file, damaged)
      expect(await run(cache)).toEqual(first)
    }
    expect(await run(path.join(file, 'below-a-file'))).toEqual(first)
  },
)

test('whoever has seen enough of the help may go', () => {
  const command = process.env['LEAT_TEST_COMMAND'] ?? path.resolve(import.meta.dirname, '../../bin/dev.js')
  const line = `"${process.execPath}" "${command}" help | true; echo "\${PIPESTATUS[0]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', line], { encoding: 'utf8' })
  expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' })
})
