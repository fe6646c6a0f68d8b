// One open file of the simulated disk. It stays usable when its path is renamed or removed, as on a real one.
import type { FileStat, OpenFile, OpenMode } from '../../src/system/files.ts'
import { statOf } from './directory-tree.ts'
import { systemError } from './faults.ts'
import type { FileNode } from './file-node.ts'
import type { SeededRandom } from './random.ts'

/** What an open file needs of its disk. */
export interface FileHost {
  readonly random: SeededRandom
  /** Bytes that still fit. */
  room(): number
  fileChanged(path: string, file: FileNode): void
  /** Counts a call, and does it unless it shall fail. */
  perform<T>(syscall: string, path: string, changes: boolean, detail: string, act: () => T, whenFailing?: () => void): T
  finishSync(finish: () => void): Promise<void>
}

export class SimulatedFile implements OpenFile {
  readonly path: string
  readonly #disk: FileHost
  readonly #file: FileNode
  readonly #isWritable: boolean
  #isOpen = true

  constructor(disk: FileHost, path: string, file: FileNode, mode: OpenMode) {
    this.#disk = disk
    this.path = path
    this.#file = file
    this.#isWritable = mode !== 'read'
  }

  read(into: Buffer, offset: number, length: number, position: number): number {
    return this.#perform('read', false, `${length} bytes at ${position}`, () => this.#file.read(into, offset, length, position))
  }

  /** A write that fails has written a part, as a real one may have. */
  write(from: Buffer, offset: number, length: number, position: number): void {
    const writePart = () => this.#write(from, offset, this.#disk.random.below(length + 1), position)
    const detail = `${length} bytes at ${position}`
    const write = () => {
      this.#requireWritable('write')
      const room = this.#disk.room()
      if (length > room && position + length > this.#file.size) {
        this.#write(from, offset, Math.max(0, Math.min(length, room)), position)
        throw systemError('ENOSPC', 'write', this.path)
      }
      this.#write(from, offset, length, position)
    }
    this.#perform('write', true, detail, write, writePart)
  }

  stat(): FileStat {
    return this.#perform('fstat', false, '', () => statOf(this.#file))
  }

  truncate(size: number): void {
    this.#perform('ftruncate', true, `to ${size}`, () => {
      this.#requireWritable('ftruncate')
      this.#file.truncate(size)
      this.#disk.fileChanged(this.path, this.#file)
    })
  }

  async sync(): Promise<void> {
    await this.#disk.finishSync(this.#beginSync())
  }

  syncNow(): void {
    this.#beginSync()()
  }

  close(): void {
    this.#isOpen = false
  }

  #beginSync(): () => void {
    const fail = () => this.#file.failSync(this.#disk.random)
    return this.#perform('fdatasync', true, '', () => this.#file.beginSync(), fail)
  }

  #write(from: Buffer, offset: number, length: number, position: number): void {
    this.#file.write(from, offset, length, position)
    this.#disk.fileChanged(this.path, this.#file)
  }

  #perform<T>(syscall: string, changes: boolean, detail: string, act: () => T, whenFailing?: () => void): T {
    this.#requireOpen(syscall)
    return this.#disk.perform(syscall, this.path, changes, detail, act, whenFailing)
  }

  #requireOpen(syscall: string): void {
    if (!this.#isOpen) throw systemError('EBADF', syscall, this.path)
  }

  #requireWritable(syscall: string): void {
    if (!this.#isWritable) throw systemError(syscall === 'write' ? 'EBADF' : 'EINVAL', syscall, this.path)
  }
}
