// The simulated disk forgets what a real one may forget, and nothing else.
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Files, OpenFile } from '../../src/system/files.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { SimulatedDisk } from './disk.ts'
import { PowerLoss } from './faults.ts'
import { diskWithDirectory, writeDirectory } from './transfer.ts'

const seeds = Array.from({ length: 200 }, (_, index) => index + 1)

function write(file: OpenFile, text: string, position = 0): void {
  file.write(Buffer.from(text), 0, Buffer.byteLength(text), position)
}

function names(files: Files, directory = '/'): string[] {
  return files
    .list(directory)
    .map((entry) => entry.name)
    .toSorted()
}

/** A disk with one durable file of 2048 `o`, open. */
async function diskWithOldFile(seed = 1) {
  const disk = new SimulatedDisk({ seed })
  const file = disk.open('/f', 'create')
  write(file, 'o'.repeat(2048))
  await file.sync()
  await disk.syncDirectory('/')
  return { disk, file }
}

describe('a power loss', () => {
  test('leaves what was synced, whatever its mode', async () => {
    const { disk } = await diskWithOldFile()
    for (const mode of ['drop', 'keep', 'zeros', 'random'] as const) {
      for (const seed of seeds) expect(disk.crash({ mode, seed }).readWhole('/f').toString()).toBe('o'.repeat(2048))
    }
  })

  test('drops, keeps or zeroes what was not synced', async () => {
    const { disk, file } = await diskWithOldFile()
    write(file, 'n'.repeat(100), 2048)
    expect(disk.crash({ mode: 'drop' }).readWhole('/f').toString()).toBe('o'.repeat(2048))
    expect(disk.crash({ mode: 'keep' }).readWhole('/f').toString()).toBe('o'.repeat(2048) + 'n'.repeat(100))
    expect(disk.crash({ mode: 'zeros' }).readWhole('/f').toString()).toBe('o'.repeat(2048) + '\0'.repeat(100))
  })

  test('at random leaves every sector old, new, or old and new joined anywhere', async () => {
    const { disk, file } = await diskWithOldFile()
    write(file, 'n'.repeat(1024), 512)
    const seen = new Set<string>()
    for (const seed of seeds) {
      const text = disk.crash({ mode: 'random', seed }).readWhole('/f').toString()
      expect(text.slice(0, 512) + text.slice(1536)).toBe('o'.repeat(1024))
      for (const sector of [text.slice(512, 1024), text.slice(1024, 1536)]) {
        expect(sector).toMatch(/^(o*n*|n*o*)$/)
        seen.add(/^o+$/.test(sector) ? 'old' : /^n+$/.test(sector) ? 'new' : 'torn')
      }
    }
    expect([...seen].toSorted()).toEqual(['new', 'old', 'torn'])
  })

  test('at random leaves an appended file at any size in between, its new part maybe zeros', async () => {
    const { disk, file } = await diskWithOldFile()
    write(file, 'n'.repeat(3000), 2048)
    const results = seeds.map((seed) => disk.crash({ mode: 'random', seed }).readWhole('/f').toString())
    for (const result of results) expect(result).toMatch(/^o{2048}[n\0]{0,3000}$/)
    const sizes = new Set(results.map((result) => result.length))
    expect(sizes).toContain(2048)
    expect(sizes).toContain(5048)
    expect(sizes.size).toBeGreaterThan(20)
    expect(results.some((result) => result.endsWith('\0'))).toBe(true)
  })

  test('forgets a truncation that was not synced, or not', async () => {
    const { disk, file } = await diskWithOldFile()
    file.truncate(0)
    expect(disk.crash({ mode: 'drop' }).readWhole('/f').length).toBe(2048)
    expect(disk.crash({ mode: 'keep' }).readWhole('/f').length).toBe(0)
  })

  test('forgets a synced file whose directory was not synced', async () => {
    const disk = new SimulatedDisk()
    const file = disk.open('/f', 'create')
    write(file, 'x')
    await file.sync()
    expect(names(disk.crash({ mode: 'drop' }))).toEqual([])
    await disk.syncDirectory('/')
    expect(disk.crash({ mode: 'drop' }).readWhole('/f').toString()).toBe('x')
  })

  test('forgets a whole directory whose own entry was not synced', async () => {
    const disk = new SimulatedDisk()
    disk.makeDirectory('/d')
    disk.open('/d/f', 'create').close()
    await disk.syncDirectory('/d')
    expect(names(disk.crash({ mode: 'drop' }))).toEqual([])
    await disk.syncDirectory('/')
    expect(names(disk.crash({ mode: 'drop' }), '/d')).toEqual(['f'])
  })

  test('brings back what was removed when the directory was not synced', async () => {
    const { disk } = await diskWithOldFile()
    disk.remove('/f')
    expect(names(disk.crash({ mode: 'drop' }))).toEqual(['f'])
    disk.syncDirectoryNow('/')
    expect(names(disk.crash({ mode: 'drop' }))).toEqual([])
  })

  test('never leaves half a rename: the old name or the new one, also across directories', async () => {
    const { disk } = await diskWithOldFile()
    disk.makeDirectory('/d')
    await disk.syncDirectory('/')
    disk.rename('/f', '/d/g')
    const found = seeds.map((seed) => {
      const crashed = disk.crash({ mode: 'random', seed })
      return [...names(crashed).filter((name) => name !== 'd'), ...names(crashed, '/d')].join()
    })
    expect(new Set(found)).toEqual(new Set(['f', 'g']))
    await disk.syncDirectory('/')
    expect(names(disk.crash({ mode: 'drop' }), '/d')).toEqual(['g'])
  })

  test('at random forgets entries independently of each other', () => {
    const disk = new SimulatedDisk()
    disk.open('/a', 'create').close()
    disk.open('/b', 'create').close()
    const found = new Set(seeds.map((seed) => names(disk.crash({ mode: 'random', seed })).join()))
    expect(found).toEqual(new Set(['', 'a', 'b', 'a,b']))
  })

  test('is the same for the same seed, and leaves the disk that it was taken from alone', async () => {
    const { disk, file } = await diskWithOldFile()
    write(file, 'n'.repeat(2048))
    const once = disk.crash({ mode: 'random', seed: 5 }).readWhole('/f')
    expect(disk.crash({ mode: 'random', seed: 5 }).readWhole('/f')).toEqual(once)
    expect(disk.readWhole('/f').toString()).toBe('n'.repeat(2048))
  })

  test('does not count bytes written while a sync was under way as synced', async () => {
    const { disk, file } = await diskWithOldFile()
    write(file, 'a'.repeat(2048))
    const syncing = file.sync()
    write(file, 'b'.repeat(2048))
    await syncing
    expect(disk.crash({ mode: 'drop' }).readWhole('/f').toString()).toBe('a'.repeat(2048))
    await file.sync()
    expect(disk.crash({ mode: 'drop' }).readWhole('/f').toString()).toBe('b'.repeat(2048))
  })

  test('cut in at a call stops that call and all later ones, also syncs under way', async () => {
    const { disk, file } = await diskWithOldFile()
    disk.cutPowerAt(disk.calls + 3)
    write(file, 'n')
    const syncing = file.sync()
    expect(() => write(file, 'm')).toThrow(PowerLoss)
    expect(() => disk.stat('/f')).toThrow(PowerLoss)
    await expect(syncing).rejects.toThrow(PowerLoss)
    expect(disk.crash({ mode: 'keep' }).readWhole('/f').toString()).toBe('n' + 'o'.repeat(2047))
  })
})

describe('faults', () => {
  test('the nth call fails with the error asked for, and the next one works', async () => {
    const { disk, file } = await diskWithOldFile()
    disk.failCall(disk.calls + 1, 'EMFILE')
    expect(() => disk.open('/g', 'create')).toThrow("EMFILE: too many open files, open '/g'")
    expect(names(disk)).toEqual(['f'])
    disk.failCall(disk.calls + 1, 'EIO')
    expect(() => file.stat()).toThrow('EIO')
    expect(file.stat().size).toBe(2048)
  })

  test('a write that fails has written a part from its start', async () => {
    const parts = new Set<number>()
    for (const seed of seeds.slice(0, 50)) {
      const { disk, file } = await diskWithOldFile(seed)
      disk.failCall(disk.calls + 1, 'ENOSPC')
      expect(() => write(file, 'n'.repeat(10), 2048)).toThrow('ENOSPC')
      const added = disk.readWhole('/f').toString().slice(2048)
      expect(added).toMatch(/^n{0,10}$/)
      parts.add(added.length)
    }
    expect(parts.size).toBeGreaterThan(5)
  })

  test('after a failed sync the lost data can be read but no later sync saves it', async () => {
    const { disk, file } = await diskWithOldFile()
    write(file, 'n'.repeat(2048))
    disk.failCall(disk.calls + 1, 'EIO')
    await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' })
    await file.sync()
    expect(disk.readWhole('/f').toString()).toBe('n'.repeat(2048))
    expect(disk.crash({ mode: 'keep' }).readWhole('/f').toString()).toMatch(/^(?=.*o)(?=.*n)([on]{512}){4}$/)
  })

  test('a full disk takes what fits and then fails, and has room again when something is removed', () => {
    const disk = new SimulatedDisk({ capacity: 4096 })
    const file = disk.open('/a', 'create')
    write(file, 'x'.repeat(4096))
    const other = disk.open('/b', 'create')
    expect(() => write(other, 'y')).toThrow('ENOSPC')
    write(file, 'z', 17)
    disk.remove('/a')
    write(other, 'y')
    expect(disk.readWhole('/b').toString()).toBe('y')
  })
})

test('every call is in the journal, with what it was for and whether it changed something', async () => {
  const disk = new SimulatedDisk()
  disk.makeDirectory('/d')
  const file = disk.open('/d/f', 'create')
  write(file, 'abc', 5)
  file.stat()
  await file.sync()
  expect(disk.journal.map((call) => `${call.number} ${call.syscall} ${call.path} ${call.detail} ${call.changes}`)).toEqual([
    '1 mkdir /d  true',
    '2 open /d/f create true',
    '3 write /d/f 3 bytes at 5 true',
    '4 fstat /d/f  false',
    '5 fdatasync /d/f  true',
  ])
})

test('a real directory comes onto the disk synced, and goes back unchanged', () => {
  const from = temporaryDirectory()
  fs.mkdirSync(path.join(from, 'orders-0'))
  fs.writeFileSync(path.join(from, 'orders-0', 'a.log'), Buffer.from([0, 1, 255]))
  fs.writeFileSync(path.join(from, 'meta.properties'), 'version=1\n')
  const disk = diskWithDirectory(from, '/data')
  expect(disk.calls).toBe(0)
  const to = path.join(temporaryDirectory(), 'copy')
  writeDirectory(disk.crash({ mode: 'drop' }), '/data', to)
  expect(fs.readFileSync(path.join(to, 'orders-0', 'a.log'))).toEqual(Buffer.from([0, 1, 255]))
  expect((fs.readdirSync(to, { recursive: true }) as string[]).toSorted()).toEqual(['meta.properties', 'orders-0', 'orders-0/a.log'])
})
