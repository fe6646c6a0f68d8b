// What every implementation of the locks port does, and what only the real one can show: locks of other processes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { LockKind, Locks } from '../../src/system/locks.ts'
import { realFiles } from '../../src/system/real-files.ts'
import { realLocks } from '../../src/system/real-locks.ts'
import { simulatedSystem } from '../simulation/system.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import type { Files } from '../../src/system/files.ts'

const implementations: [string, () => { locks: Locks; files: Files; path: string }][] = [
  ['real', () => ({ locks: realLocks(), files: realFiles, path: `${temporaryDirectory()}/.lock` })],
  ['simulated', () => ({ ...simulatedSystem(), path: '/.lock' })],
]

describe.each(implementations)('%s locks', (_name, make) => {
  test.each<[LockKind, LockKind, boolean]>([
    ['shared', 'shared', true],
    ['shared', 'exclusive', false],
    ['exclusive', 'shared', false],
    ['exclusive', 'exclusive', false],
  ])('while one holds it %s, another gets it %s: %s', (held, wanted, granted) => {
    const { locks, path } = make()
    const lock = locks.tryLock(path, held)
    expect(locks.isLocked(path, wanted)).toBe(!granted)
    const other = locks.tryLock(path, wanted)
    expect(other !== null).toBe(granted)
    other?.release()
    lock?.release()
    expect(locks.isLocked(path, 'exclusive')).toBe(false)
  })

  test('asking whether a file is locked neither creates it nor takes the lock from its holder', () => {
    const { locks, files, path } = make()
    expect(locks.isLocked(path, 'exclusive')).toBe(false)
    expect(files.stat(path)).toBeNull()
    const lock = locks.tryLock(path, 'exclusive')
    expect([1, 2, 3].map(() => locks.isLocked(path, 'shared'))).toEqual([true, true, true])
    lock?.release()
  })

  test('a lock file is locked and freed many times, and excludes another opening of it', () => {
    const { locks, path } = make()
    const [one, other] = [locks.open(path), locks.open(path)]
    for (let round = 0; round < 3; round++) {
      one.acquire()
      expect(other.tryAcquire()).toBe(false)
      one.release()
      expect(other.tryAcquire()).toBe(true)
      other.release()
    }
    one.acquire()
    one.close()
    expect(other.tryAcquire()).toBe(true)
    other.close()
  })
})

describe('real locks', () => {
  const locks = realLocks()

  test('who would wait for a lock that its own process holds is told at once, and gets it when that lets go', () => {
    const path = `${temporaryDirectory()}/lock`
    const [one, other] = [locks.open(path), locks.open(path)]
    one.acquire()
    expect(() => other.acquire()).toThrow('this process would wait for ever')
    one.release()
    other.acquire()
    other.close()
    one.acquire()
    one.close()
  })

  const realLocksModule = new URL('../../src/system/real-locks.ts', import.meta.url).href

  /** Another process that holds the lock until it is killed. */
  function holder(path: string, kind: LockKind) {
    return startProgram(`
      const { realLocks } = await import(${JSON.stringify(realLocksModule)})
      process.stdout.write(realLocks().tryLock(${JSON.stringify(path)}, '${kind}') === null ? 'refused' : 'held')
      setInterval(() => {}, 1000)`)
  }

  /** Resolves when the program has said its first word. */
  async function startProgram(program: string) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'ignore'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [answer] = await once(child.stdout, 'data')
    const kill = async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    return { answer: String(answer), kill }
  }

  test('a lock of another process excludes ours, and is free when it is killed', async () => {
    const path = `${temporaryDirectory()}/.lock`
    const other = await holder(path, 'exclusive')
    expect(other.answer).toBe('held')
    expect(locks.tryLock(path, 'shared')).toBeNull()
    expect(locks.isLocked(path, 'shared')).toBe(true)
    await other.kill()
    expect(locks.tryLock(path, 'exclusive')).not.toBeNull()
  })

  test('acquire waits until another process lets go', async () => {
    const path = `${temporaryDirectory()}/lock`
    const program = `
      const { realLocks } = await import(${JSON.stringify(realLocksModule)})
      const lock = realLocks().open(${JSON.stringify(path)})
      lock.acquire()
      process.stdout.write('held')
      setTimeout(() => lock.release(), 200)
      setInterval(() => {}, 1000)`
    await startProgram(program)
    const lock = locks.open(path)
    expect(lock.tryAcquire()).toBe(false)
    lock.acquire()
    expect(locks.isLocked(path, 'shared')).toBe(true)
    lock.close()
  })

  test('our lock excludes another process, also after we closed other descriptors of the file', async () => {
    const path = `${temporaryDirectory()}/.lock`
    const lock = locks.tryLock(path, 'exclusive')
    fs.readFileSync(path)
    locks.isLocked(path, 'shared')
    expect((await holder(path, 'shared')).answer).toBe('refused')
    lock?.release()
  })

  test('a lock on a file that was deleted meanwhile does not keep others from locking its successor', () => {
    const path = `${temporaryDirectory()}/.lock`
    const stale = locks.tryLock(path, 'exclusive')
    fs.unlinkSync(path)
    const lock = locks.tryLock(path, 'exclusive')
    expect(lock).not.toBeNull()
    stale?.release()
    expect(locks.isLocked(path, 'shared')).toBe(true)
    lock?.release()
  })

  test('a file that may only be read still tells whether somebody holds it exclusively', () => {
    const path = `${temporaryDirectory()}/.lock`
    const lock = locks.tryLock(path, 'exclusive')
    fs.chmodSync(path, 0o400)
    expect(locks.isLocked(path, 'shared')).toBe(true)
    lock?.release()
    expect(locks.isLocked(path, 'shared')).toBe(false)
  })
})
