import { expect, test } from 'vitest'
import { PendingSyncs } from '../../src/log/pending-syncs.ts'
import { realFiles } from '../../src/system/real-files.ts'

test('a flush that begins while another is under way waits for what that one took away', async () => {
  const disk = Promise.withResolvers<void>()
  const syncs = new PendingSyncs({ ...realFiles, syncDirectory: () => disk.promise })
  const done: string[] = []
  syncs.addDirectory('/data')
  const flushes = ['first', 'second'].map((name) => syncs.flush().then(() => done.push(name)))
  await new Promise((resolve) => setImmediate(resolve))
  expect(done).toEqual([])
  disk.resolve()
  await Promise.all(flushes)
  expect(done).toEqual(['first', 'second'])
})

test('once a sync failed, every later flush fails too', async () => {
  const failing = { ...realFiles, syncDirectory: () => Promise.reject(new Error('EIO')) }
  const syncs = new PendingSyncs(failing)
  syncs.addDirectory('/data')
  const outcomes = await Promise.allSettled([syncs.flush(), syncs.flush()])
  for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'KAFKA_STORAGE_ERROR' } })
  await expect(syncs.flush()).rejects.toMatchObject({ code: 'KAFKA_STORAGE_ERROR' })
})
