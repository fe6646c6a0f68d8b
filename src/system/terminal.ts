// Whether a standard stream is a terminal. Node's own way to ask loads its streams and sockets, a fifth of what a short run takes.
import fs from 'node:fs'
import { devNull } from 'node:os'

/** @param fd that is open */
export function isTerminal(fd: number): boolean {
  return mayBeTerminal(fd) && process.getBuiltinModule('node:tty').isatty(fd)
}

function mayBeTerminal(fd: number): boolean {
  try {
    const stats = fs.fstatSync(fd)
    return stats.isCharacterDevice() && stats.rdev !== fs.statSync(devNull, { throwIfNoEntry: false })?.rdev
  } catch {
    return false
  }
}
