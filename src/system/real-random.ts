// Randomness of this machine's kernel, from the device where there is one: node:crypto costs 8 ms to load, a fifth of a command's start.
import fs from 'node:fs'
import type { Random } from './system.ts'

const DEVICE = '/dev/urandom'

export const realRandom: Random = {
  fill(bytes) {
    if (!fillFromDevice(bytes)) process.getBuiltinModule('node:crypto').randomFillSync(bytes)
  },
}

/** false where there is no such device, as on Windows. */
function fillFromDevice(bytes: Buffer): boolean {
  let fd: number | undefined
  try {
    fd = fs.openSync(DEVICE, 'r')
    for (let done = 0; done < bytes.length;) {
      const count = fs.readSync(fd, bytes, done, bytes.length - done, null)
      if (count === 0) return false
      done += count
    }
    return true
  } catch {
    return false
  } finally {
    if (fd !== undefined) fs.closeSync(fd)
  }
}
