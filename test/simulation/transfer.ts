// Directories between the simulated disk and the real one: fixtures in, results out for Kafka's own tools.
import fs from 'node:fs'
import path from 'node:path'
import type { Files } from '../../src/system/files.ts'
import { SimulatedDisk } from './disk.ts'
import type { SimulatedDiskOptions } from './disk.ts'

/** A disk that holds a copy of a real directory at `to`, all of it synced, and that has counted no call yet. */
export function diskWithDirectory(from: string, to: string, options: SimulatedDiskOptions = {}): SimulatedDisk {
  const disk = new SimulatedDisk(options)
  disk.makeDirectory(to)
  for (const entry of fs.readdirSync(from, { recursive: true, withFileTypes: true })) {
    const source = path.join(entry.parentPath, entry.name)
    const target = path.posix.join(to, ...path.relative(from, source).split(path.sep))
    if (entry.isDirectory()) disk.makeDirectory(target)
    else if (entry.isFile()) writeWhole(disk, target, fs.readFileSync(source))
  }
  return disk.crash({ mode: 'keep', seed: options.seed ?? 1 })
}

/** Writes a file with missing parents; nothing is synced. */
export function writeWhole(files: Files, target: string, bytes: Buffer): void {
  files.makeDirectory(path.posix.dirname(target))
  const file = files.open(target, 'create')
  file.truncate(0)
  file.write(bytes, 0, bytes.length, 0)
  file.close()
}

/** Copies a directory of the simulated disk into a real one, which is made when missing. */
export function writeDirectory(files: Files, from: string, to: string): void {
  fs.mkdirSync(to, { recursive: true })
  for (const { name, kind } of files.list(from)) {
    const source = path.posix.join(from, name)
    if (kind === 'directory') writeDirectory(files, source, path.join(to, name))
    else fs.writeFileSync(path.join(to, name), files.readWhole(source))
  }
}
