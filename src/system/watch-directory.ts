// Watching a directory without using the processor while nothing happens: the kernel's notifications (inotify, FSEvents).
// Where those cannot be had (no watches left, a network file system that does not report what other machines do), and while the directory is
// missing, `changed` is called on a slow beat instead.
import fs from 'node:fs'
import type { Watcher } from './files.ts'

const beatMs = 200

/** `statfs` types of file systems that change without this kernel knowing. */
const remoteFileSystems = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB 2
  0x01021997, // 9p: folders of the host in WSL and virtual machines
  0x65735546, // FUSE: sshfs, folders of the host in containers
])

export function watchDirectory(path: string, changed: () => void): Watcher {
  return new DirectoryWatcher(path, changed)
}

class DirectoryWatcher implements Watcher {
  readonly #path: string
  readonly #changed: () => void
  #notifications: fs.FSWatcher | undefined
  #beat: NodeJS.Timeout | undefined
  /** The inode that is watched: notifications end silently when the directory is deleted or renamed. */
  #inode: bigint | undefined

  constructor(path: string, changed: () => void) {
    this.#path = path
    this.#changed = changed
    this.#start()
  }

  close(): void {
    this.#notifications?.close()
    clearInterval(this.#beat)
    this.#notifications = this.#beat = undefined
  }

  #start(): void {
    this.#inode = inodeOf(this.#path)
    if (this.#inode === undefined) return this.#startBeat()
    try {
      this.#notifications = fs.watch(this.#path)
      this.#notifications.on('change', (event) => this.#notified(event))
      this.#notifications.on('error', () => this.#restart())
    } catch {
      // ENOSPC, EMFILE (no watches left), ENOSYS, or the directory just went away.
      return this.#startBeat()
    }
    if (changesUnseen(this.#path)) this.#startBeat()
  }

  #notified(event: string): void {
    // 'rename' is any entry that came or went, among them the directory itself.
    if (event === 'rename' && inodeOf(this.#path) !== this.#inode) this.#restart()
    this.#changed()
  }

  #startBeat(): void {
    this.#beat = setInterval(() => {
      if (inodeOf(this.#path) !== this.#inode) this.#restart()
      this.#changed()
    }, beatMs)
  }

  #restart(): void {
    this.close()
    this.#start()
  }
}

function inodeOf(path: string): bigint | undefined {
  return fs.statSync(path, { bigint: true, throwIfNoEntry: false })?.ino
}

function changesUnseen(path: string): boolean {
  try {
    return remoteFileSystems.has(fs.statfsSync(path).type)
  } catch {
    return false
  }
}
