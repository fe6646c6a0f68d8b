// A disk in memory that behaves as the real one does at its worst: it forgets what was not synced, tears sectors, fails calls, fills
// up. Everything follows from one seed.
//
//   const disk = new SimulatedDisk({ seed: 7 })
//   disk.cutPowerAt(12)                          // the 12th call, and all after it, throw PowerLoss
//   disk.failCall(12, 'EIO')                     // the 12th call fails; a write leaves a part behind, a sync may lose data for good
//   disk.crash({ seed: 1, mode: 'random' })      // the disk as it may be after a power loss now; this one stays as it is
//   disk.journal                                 // what was called; `changes` marks the calls after which a crash is worth trying
//
// kill -9 needs nothing: what was written is in the page cache and stays (SimulatedSystem.kill frees the locks). `calls` counts
// file calls, each step of makeDirectory and removeTree for itself; close and watch do not count.
import { posix } from 'node:path'
import type { DirectoryEntry, FileStat, Files, OpenFile, OpenMode, Watcher } from '../../src/system/files.ts'
import type { Clock } from '../../src/system/system.ts'
import { SimulatedClock } from './clock.ts'
import { DirectoryNode, DirectoryTree, statOf } from './directory-tree.ts'
import type { Node } from './directory-tree.ts'
import { CallLog, systemError } from './faults.ts'
import type { Call, FaultCode } from './faults.ts'
import { FileNode } from './file-node.ts'
import type { CrashMode } from './file-node.ts'
import { SimulatedFile } from './open-file.ts'
import type { FileHost } from './open-file.ts'
import { SeededRandom } from './random.ts'

export interface SimulatedDiskOptions {
  readonly seed?: number
  /** For modification times. */
  readonly clock?: Clock
  /** Bytes that fit; then ENOSPC. */
  readonly capacity?: number
}

export interface CrashOptions {
  readonly mode: CrashMode
  /** Of `random`. */
  readonly seed?: number
}

export class SimulatedDisk implements Files, FileHost {
  readonly clock: Clock
  readonly random: SeededRandom
  readonly log = new CallLog()
  capacity: number
  /** Called after each call that succeeded. */
  onCall: ((call: Call) => void) | undefined
  #tree = new DirectoryTree()
  #nextId = 2
  readonly #watchers = new Set<{ readonly path: string; readonly changed: () => void }>()

  constructor(options: SimulatedDiskOptions = {}) {
    this.clock = options.clock ?? new SimulatedClock()
    this.random = new SeededRandom(options.seed ?? 1)
    this.capacity = options.capacity ?? Infinity
  }

  /** How many calls were made so far. */
  get calls(): number {
    return this.log.count
  }

  get journal(): readonly Call[] {
    return this.log.journal
  }

  /** The nth call from the making of the disk fails. */
  failCall(number: number, code: FaultCode): void {
    this.log.failCall(number, code)
  }

  cutPowerAt(number: number): void {
    this.log.cutPowerAt(number)
  }

  crash({ mode, seed = 1 }: CrashOptions): SimulatedDisk {
    const disk = new SimulatedDisk({ seed, clock: this.clock, capacity: this.capacity })
    disk.#tree = this.#tree.afterPowerLoss(mode, new SeededRandom(seed))
    disk.#nextId = this.#nextId
    return disk
  }

  open(path: string, mode: OpenMode): OpenFile {
    const existing = this.find(path)
    const creates = existing === undefined && (mode === 'create' || mode === 'create-new')
    return this.perform('open', path, creates, mode, () => {
      if (existing?.kind === 'directory') throw systemError(mode === 'create-new' ? 'EEXIST' : 'EISDIR', 'open', path)
      if (existing !== undefined && mode === 'create-new') throw systemError('EEXIST', 'open', path)
      if (existing !== undefined) return new SimulatedFile(this, path, existing, mode)
      const directory = this.#parent(path, 'open')
      if (!creates) throw systemError('ENOENT', 'open', path)
      const file = new FileNode(this.#nextId++, this.#nowMs())
      this.#change(directory, { directory, name: posix.basename(path), node: file })
      return new SimulatedFile(this, path, file, mode)
    })
  }

  stat(path: string): FileStat | null {
    return this.perform('stat', path, false, '', () => {
      const node = this.find(path)
      return node === undefined ? null : statOf(node)
    })
  }

  list(path: string): DirectoryEntry[] {
    return this.perform('scandir', path, false, '', () => {
      const entries = this.#directory(path, 'scandir').entries
      return [...entries].map(([name, node]) => ({ name, kind: node.kind }))
    })
  }

  readWhole(path: string): Buffer {
    return this.perform('read', path, false, 'whole', () => {
      const node = this.find(path)
      if (node === undefined) throw this.#missing(path, 'open')
      if (node.kind === 'directory') throw systemError('EISDIR', 'read', path)
      return node.content()
    })
  }

  makeDirectory(path: string): void {
    const existing = this.find(path)
    if (existing?.kind === 'directory') return
    if (existing !== undefined) throw systemError('EEXIST', 'mkdir', path)
    this.makeDirectory(posix.dirname(absolute(path)))
    this.perform('mkdir', path, true, '', () => {
      const directory = this.#parent(path, 'mkdir')
      const node = new DirectoryNode(this.#nextId++, this.#nowMs())
      this.#change(directory, { directory, name: posix.basename(path), node })
      this.#notify(absolute(path))
    })
  }

  rename(from: string, to: string): void {
    this.perform('rename', from, true, `to ${to}`, () => {
      const node = this.find(from)
      if (node === undefined) throw systemError('ENOENT', 'rename', from)
      const [source, target] = [this.#parent(from, 'rename'), this.#parent(to, 'rename')]
      const replaced = this.find(to)
      if (replaced === node) return
      if (replaced !== undefined) refuseToReplace(replaced, node, from)
      const steps = [
        { directory: source, name: posix.basename(from), node: null },
        { directory: target, name: posix.basename(to), node },
      ]
      this.#tree.change(...steps)
      this.#changed(source)
      this.#changed(target)
      this.#notify(absolute(from))
      this.#notify(absolute(to))
    })
  }

  remove(path: string): void {
    this.perform('unlink', path, true, '', () => {
      const node = this.find(path)
      if (node === undefined) throw this.#missing(path, 'unlink')
      if (node.kind === 'directory') throw systemError('EISDIR', 'unlink', path)
      this.#removeEntry(path)
    })
  }

  removeTree(path: string): void {
    const node = this.find(path)
    if (node === undefined) return
    if (node.kind === 'file') return this.remove(path)
    for (const name of node.entries.keys()) this.removeTree(posix.join(path, name))
    this.perform('rmdir', path, true, '', () => this.#removeEntry(path))
  }

  async syncDirectory(path: string): Promise<void> {
    const finish = this.perform('fsync', path, true, 'directory', () => this.#tree.beginSync(this.#directory(path, 'open')))
    await this.finishSync(finish)
  }

  syncDirectoryNow(path: string): void {
    this.perform('fsync', path, true, 'directory', () => this.#tree.beginSync(this.#directory(path, 'open'))())
  }

  watch(path: string, changed: () => void): Watcher {
    const watcher = { path: absolute(path), changed }
    this.#watchers.add(watcher)
    return { close: () => void this.#watchers.delete(watcher) }
  }

  /** Counts a call, and does it unless it shall fail. For the files of this disk. */
  perform<T>(syscall: string, path: string, changes: boolean, detail: string, act: () => T, whenFailing?: () => void): T {
    const error = this.log.record(syscall, path, changes, detail)
    if (error !== null) {
      whenFailing?.()
      throw error
    }
    const result = act()
    this.onCall?.(this.log.journal.at(-1)!)
    return result
  }

  /** Syncs are on the disk a moment after they were asked for, if there is still power. */
  async finishSync(finish: () => void): Promise<void> {
    await Promise.resolve()
    this.log.checkPower()
    finish()
  }

  find(path: string): Node | undefined {
    let node: Node | undefined = this.#tree.root
    for (const name of absolute(path)
      .split('/')
      .filter((part) => part !== '')) {
      node = node?.kind === 'directory' ? node.entries.get(name) : undefined
    }
    return node
  }

  /** Bytes that the files on it take. */
  get sizeInUse(): number {
    return usedBy(this.#tree.root)
  }

  /** Bytes that still fit. */
  room(): number {
    return this.capacity === Infinity ? Infinity : this.capacity - this.sizeInUse
  }

  fileChanged(path: string, file: FileNode): void {
    file.modifiedMs = this.#nowMs()
    this.#notify(posix.dirname(absolute(path)))
  }

  #change(directory: DirectoryNode, ...steps: Parameters<DirectoryTree['change']>): void {
    this.#tree.change(...steps)
    this.#changed(directory)
  }

  #changed(directory: DirectoryNode): void {
    directory.modifiedMs = this.#nowMs()
    for (const { path } of this.#watchers) if (this.find(path) === directory) this.#notify(path)
  }

  #notify(path: string): void {
    for (const watcher of this.#watchers) {
      if (watcher.path !== path) continue
      queueMicrotask(() => {
        if (this.#watchers.has(watcher)) watcher.changed()
      })
    }
  }

  #removeEntry(path: string): void {
    const directory = this.#parent(path, 'unlink')
    this.#change(directory, { directory, name: posix.basename(path), node: null })
    this.#notify(absolute(path))
  }

  #parent(path: string, syscall: string): DirectoryNode {
    const parent = posix.dirname(absolute(path))
    const node = this.find(parent)
    if (node?.kind === 'directory') return node
    throw node === undefined ? this.#missing(path, syscall) : systemError('ENOTDIR', syscall, path)
  }

  #directory(path: string, syscall: string): DirectoryNode {
    const node = this.find(path)
    if (node?.kind === 'directory') return node
    throw node === undefined ? this.#missing(path, syscall) : systemError('ENOTDIR', syscall, path)
  }

  /** ENOTDIR when a file stands where the path goes through, else ENOENT. */
  #missing(path: string, syscall: string): NodeJS.ErrnoException {
    let parent = absolute(path)
    while (this.find(parent) === undefined) parent = posix.dirname(parent)
    return systemError(this.find(parent)?.kind === 'file' ? 'ENOTDIR' : 'ENOENT', syscall, path)
  }

  #nowMs(): number {
    return Number(this.clock.now())
  }
}

function absolute(path: string): string {
  return posix.resolve('/', path)
}

function usedBy(node: Node): number {
  if (node.kind === 'file') return node.sizeOnDisk
  return [...node.entries.values()].reduce((sum, child) => sum + usedBy(child), 0)
}

function refuseToReplace(replaced: Node, node: Node, from: string): void {
  if (replaced.kind === 'file' && node.kind === 'directory') throw systemError('ENOTDIR', 'rename', from)
  if (replaced.kind === 'directory' && node.kind === 'file') throw systemError('EISDIR', 'rename', from)
  if (replaced.kind === 'directory' && replaced.entries.size > 0) throw systemError('ENOTEMPTY', 'rename', from)
}
