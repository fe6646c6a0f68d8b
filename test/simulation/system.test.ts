// Simulated time and simulated processes.
import { expect, test } from 'vitest'
import { simulatedSystem } from './system.ts'

test('sleepers wake in the order of their time, at their time, and those that they put to sleep again too', async () => {
  const { clock } = simulatedSystem()
  const start = clock.now()
  const woken: string[] = []
  const note = (name: string) => woken.push(`${name} ${clock.now() - start}`)
  void clock.sleep(30).then(() => note('late'))
  void clock.sleep(10).then(async () => {
    note('early')
    await clock.sleep(10)
    note('again')
  })
  await clock.advance(25)
  expect(woken).toEqual(['early 10', 'again 20'])
  await clock.advance(5)
  expect(woken).toEqual(['early 10', 'again 20', 'late 30'])
})

test('the same seed gives the same random bytes, another one others', () => {
  const bytes = [7, 7, 8].map((seed) => {
    const into = Buffer.alloc(16)
    simulatedSystem({ seed }).random.fill(into)
    return into.toString('hex')
  })
  expect(bytes[0]).toBe(bytes[1])
  expect(bytes[0]).not.toBe(bytes[2])
})

test('a killed process frees its locks and keeps what it wrote', () => {
  const first = simulatedSystem()
  const second = first.anotherProcess()
  first.files.open('/data', 'create').write(Buffer.from('x'), 0, 1, 0)
  const lock = first.locks.open('/lock')
  lock.acquire()
  expect(() => second.locks.open('/lock').acquire()).toThrow('process 1 holds /lock')
  first.kill()
  second.locks.open('/lock').acquire()
  expect(second.files.readWhole('/data').toString()).toBe('x')
})

test('after a power loss no lock is held', () => {
  const system = simulatedSystem()
  expect(system.locks.tryLock('/lock', 'exclusive')).not.toBeNull()
  expect(system.afterPowerLoss({ mode: 'keep' }).locks.isLocked('/lock', 'shared')).toBe(false)
})
