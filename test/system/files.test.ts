import fs from 'node:fs'
// What every implementation of the files port does: the real one and the simulated one pass the same tests, so that what holds on the
// simulated disk holds on a real one.
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Files, OpenFile } from '../../src/system/files.ts'
import { realFiles } from '../../src/system/real-files.ts'
import { SimulatedDisk } from '../simulation/disk.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const implementations: [string, () => { files: Files; root: string }][] = [
  ['real', () => ({ files: realFiles, root: temporaryDirectory() })],
  ['simulated', () => simulated()],
]

function simulated() {
  const files = new SimulatedDisk()
  files.makeDirectory('/root')
  return { files, root: '/root' }
}

function put(files: Files, path: string, text: string): void {
  const file = files.open(path, 'create')
  write(file, text, 0)
  file.close()
}

function write(file: OpenFile, text: string, position: number): void {
  file.write(Buffer.from(text), 0, Buffer.byteLength(text), position)
}

function thrownBy(act: () => unknown): string | undefined {
  try {
    act()
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
  return undefined
}

describe.each(implementations)('%s files', (_name, make) => {
  test('reading gives what was written, and less at the end of the file', () => {
    const { files, root } = make()
    const file = files.open(`${root}/a`, 'create-new')
    write(file, 'hello world', 0)
    write(file, 'W', 6)
    const into = Buffer.alloc(20, '.')
    expect(file.read(into, 2, 5, 6)).toBe(5)
    expect(into.toString()).toBe('..World.............')
    expect(file.read(into, 0, 20, 8)).toBe(3)
    expect(file.read(into, 0, 20, 11)).toBe(0)
    expect(file.read(into, 0, 20, 500)).toBe(0)
    expect(files.readWhole(`${root}/a`).toString()).toBe('hello World')
    file.close()
  })

  test('only the part of the buffer that was named is written', () => {
    const { files, root } = make()
    const file = files.open(`${root}/a`, 'create')
    file.write(Buffer.from('abcdef'), 2, 3, 0)
    expect(files.readWhole(`${root}/a`).toString()).toBe('cde')
    file.close()
  })

  test('a write past the end leaves zeros between, which take no room on the disk', () => {
    const { files, root } = make()
    const file = files.open(`${root}/a`, 'create')
    write(file, 'x', 1_000_000)
    expect(files.readWhole(`${root}/a`).subarray(0, 1_000_000).equals(Buffer.alloc(1_000_000))).toBe(true)
    expect(file.stat().size).toBe(1_000_001)
    expect(file.stat().sizeOnDisk).toBeLessThan(100_000)
    file.close()
  })

  test('truncating cuts, and enlarging again gives zeros', () => {
    const { files, root } = make()
    const file = files.open(`${root}/a`, 'create')
    write(file, 'abcdef', 0)
    file.truncate(2)
    expect(files.readWhole(`${root}/a`).toString()).toBe('ab')
    file.truncate(4)
    expect(files.readWhole(`${root}/a`)).toEqual(Buffer.from([97, 98, 0, 0]))
    file.close()
  })

  test('an open mode that does not fit what is there is refused', () => {
    const { files, root } = make()
    put(files, `${root}/a`, 'a')
    expect(thrownBy(() => files.open(`${root}/missing`, 'read'))).toBe('ENOENT')
    expect(thrownBy(() => files.open(`${root}/missing`, 'write'))).toBe('ENOENT')
    expect(thrownBy(() => files.open(`${root}/a`, 'create-new'))).toBe('EEXIST')
    expect(thrownBy(() => files.open(`${root}/no/such`, 'create'))).toBe('ENOENT')
    expect(thrownBy(() => files.open(`${root}/a/under`, 'create'))).toBe('ENOTDIR')
    expect(thrownBy(() => files.open(root, 'write'))).toBe('EISDIR')
  })

  test('creating keeps what is in an existing file', () => {
    const { files, root } = make()
    put(files, `${root}/a`, 'kept')
    files.open(`${root}/a`, 'create').close()
    expect(files.readWhole(`${root}/a`).toString()).toBe('kept')
  })

  test('a file opened for reading cannot be written', () => {
    const { files, root } = make()
    put(files, `${root}/a`, 'a')
    const file = files.open(`${root}/a`, 'read')
    onTestFinished(() => file.close())
    expect(thrownBy(() => write(file, 'b', 0))).toBe('EBADF')
    expect(thrownBy(() => file.truncate(0))).toBe('EINVAL')
    expect(files.readWhole(`${root}/a`).toString()).toBe('a')
  })

  test('errors of calls on an open file name the file', () => {
    const { files, root } = make()
    put(files, `${root}/a`, 'a')
    const file = files.open(`${root}/a`, 'read')
    onTestFinished(() => file.close())
    expect(() => write(file, 'b', 0)).toThrow(`${root}/a`)
  })

  test('stat tells files, directories and nothing apart', () => {
    const { files, root } = make()
    put(files, `${root}/a`, 'abc')
    expect(files.stat(`${root}/a`)).toMatchObject({ kind: 'file', size: 3 })
    expect(files.stat(root)?.kind).toBe('directory')
    expect(files.stat(`${root}/missing`)).toBeNull()
    expect(files.stat(`${root}/missing/deeper`)).toBeNull()
    expect(files.stat(`${root}/a/under`)).toBeNull()
  })

  test('the identity stays through a rename and tells that a path was replaced', () => {
    const { files, root } = make()
    put(files, `${root}/a`, 'old')
    put(files, `${root}/b`, 'new')
    const open = files.open(`${root}/a`, 'read')
    expect(files.stat(`${root}/a`)?.identity).toBe(open.stat().identity)
    files.rename(`${root}/b`, `${root}/a`)
    expect(files.stat(`${root}/a`)?.identity).not.toBe(open.stat().identity)
    open.close()
  })

  test('an open file outlives its path', () => {
    const { files, root } = make()
    put(files, `${root}/a`, 'still')
    const file = files.open(`${root}/a`, 'write')
    files.remove(`${root}/a`)
    write(file, ' here', 5)
    const into = Buffer.alloc(10)
    expect(file.read(into, 0, 10, 0)).toBe(10)
    expect(into.toString()).toBe('still here')
    expect(files.stat(`${root}/a`)).toBeNull()
    file.close()
  })

  test('closing a file again is harmless, and closes no other', () => {
    const { files, root } = make()
    put(files, `${root}/a`, 'a')
    const first = files.open(`${root}/a`, 'read')
    first.close()
    const second = files.open(`${root}/a`, 'read')
    first.close()
    const bytes = Buffer.alloc(1)
    expect([second.read(bytes, 0, 1, 0), bytes.toString()]).toEqual([1, 'a'])
    second.close()
  })

  test('list names what is in a directory', () => {
    const { files, root } = make()
    put(files, `${root}/a`, '')
    files.makeDirectory(`${root}/b/c`)
    const entries = files.list(root).toSorted((x, y) => x.name.localeCompare(y.name))
    expect(entries).toEqual([
      { name: 'a', kind: 'file' },
      { name: 'b', kind: 'directory' },
    ])
    expect(thrownBy(() => files.list(`${root}/missing`))).toBe('ENOENT')
    expect(thrownBy(() => files.list(`${root}/a`))).toBe('ENOTDIR')
  })

  test('a directory is made with its parents, again without complaint, but not over a file', () => {
    const { files, root } = make()
    files.makeDirectory(`${root}/x/y/z`)
    files.makeDirectory(`${root}/x/y/z`)
    expect(files.stat(`${root}/x/y/z`)?.kind).toBe('directory')
    put(files, `${root}/a`, '')
    expect(thrownBy(() => files.makeDirectory(`${root}/a`))).toBe('EEXIST')
  })

  test('rename replaces a file, moves a directory with what is in it, and refuses a full directory as target', () => {
    const { files, root } = make()
    put(files, `${root}/a`, 'a')
    put(files, `${root}/b`, 'b')
    files.rename(`${root}/a`, `${root}/b`)
    expect(files.readWhole(`${root}/b`).toString()).toBe('a')
    expect(files.stat(`${root}/a`)).toBeNull()
    files.makeDirectory(`${root}/d`)
    files.rename(`${root}/b`, `${root}/d/b`)
    files.rename(`${root}/d`, `${root}/e`)
    expect(files.readWhole(`${root}/e/b`).toString()).toBe('a')
    files.makeDirectory(`${root}/f`)
    expect(thrownBy(() => files.rename(`${root}/f`, `${root}/e`))).toBe('ENOTEMPTY')
    expect(thrownBy(() => files.rename(`${root}/missing`, `${root}/g`))).toBe('ENOENT')
  })

  test('remove takes files only, removeTree takes all, and what is not there is fine for it', () => {
    const { files, root } = make()
    files.makeDirectory(`${root}/d/e`)
    put(files, `${root}/d/e/f`, '')
    expect(thrownBy(() => files.remove(`${root}/missing`))).toBe('ENOENT')
    expect(['EISDIR', 'EPERM']).toContain(thrownBy(() => files.remove(`${root}/d`)))
    files.removeTree(`${root}/d`)
    files.removeTree(`${root}/d`)
    expect(files.list(root)).toEqual([])
  })

  test('files and directories can be synced', async () => {
    const { files, root } = make()
    const file = files.open(`${root}/a`, 'create')
    write(file, 'x', 0)
    await file.sync()
    await files.syncDirectory(root)
    files.syncDirectoryNow(root)
    file.close()
    await expect(files.syncDirectory(`${root}/missing`)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(() => files.syncDirectoryNow(`${root}/missing`)).toThrow('ENOENT')
  })

  test('a watcher tells of writes, new entries and removals, until it is closed', async () => {
    const { files, root } = make()
    put(files, `${root}/a`, 'x')
    const changes = watching(files, root)
    const file = files.open(`${root}/a`, 'write')
    await changes.after(() => write(file, 'y', 1))
    await changes.after(() => put(files, `${root}/b`, ''))
    await changes.after(() => files.remove(`${root}/b`))
    file.close()
  })

  test('a watcher goes on when the directory is deleted and made again', async () => {
    const { files, root } = make()
    files.makeDirectory(`${root}/d`)
    const changes = watching(files, `${root}/d`)
    await changes.after(() => files.removeTree(`${root}/d`))
    files.makeDirectory(`${root}/d`)
    await changes.after(() => put(files, `${root}/d/a`, 'x'))
    await changes.after(() => put(files, `${root}/d/b`, 'x'))
  })

  test('a watcher waits for a directory that is not there yet', async () => {
    const { files, root } = make()
    const changes = watching(files, `${root}/d`)
    await changes.after(() => files.makeDirectory(`${root}/d`))
    await changes.after(() => put(files, `${root}/d/a`, 'x'))
  })
})

/** Waits for the watcher to speak after something was done; the test's own timeout is the limit. */
function watching(files: Files, path: string) {
  let told = () => {}
  const watcher = files.watch(path, () => told())
  onTestFinished(() => watcher.close())
  return {
    after: (act: () => void) =>
      new Promise<void>((resolve) => {
        told = resolve
        act()
      }),
  }
}

test.skipIf(!fs.existsSync('/proc/self'))('a directory where none can be made is an error at once', () => {
  expect(() => realFiles.makeDirectory('/proc/leat/data')).toThrow('ENOENT')
})

test('a real file that changes twice within a millisecond has another modification time each time', () => {
  const path = `${temporaryDirectory()}/x`
  fs.writeFileSync(path, '')
  const times = [1_700_000_000.0001, 1_700_000_000.0004].map((seconds) => {
    fs.utimesSync(path, seconds, seconds)
    return realFiles.stat(path)?.modifiedMs ?? 0
  })
  expect(times[1]).toBeGreaterThan(times[0] as number)
})
