// What leat runs on.
import fs from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { realLocks } from './real-locks.ts'

/** @param leat the version of leat */
export function installation(leat: string): { leat: string; node: string; platform: string; locks: boolean; crc: 'native' | 'javascript' } {
  return {
    leat,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    locks: canLock(),
    crc: hasNativeCrc() ? 'native' : 'javascript',
  }
}

/** Bytes that a user may still write where `directory` is; null where the system does not tell. */
export function freeBytes(directory: string): number | null {
  try {
    const { bavail, bsize } = fs.statfsSync(directory)
    return bavail * bsize
  } catch {
    return null
  }
}

/** Tries it, on a file of its own. */
function canLock(): boolean {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'leat-doctor-'))
  try {
    realLocks().tryLock(path.join(directory, 'lock'), 'exclusive')?.release()
    return true
  } catch {
    return false
  } finally {
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

function hasNativeCrc(): boolean {
  try {
    createRequire(import.meta.url)('@node-rs/crc32')
    return true
  } catch {
    return false
  }
}
