// A directory that is gone when the test is over.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'

/** Call inside a test. Returns an absolute path with no symbolic links in it. */
export function temporaryDirectory(): string {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'leat-')))
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Call inside a test. A data directory that is yet to be made. */
export function newDirectory(): string {
  return `${temporaryDirectory()}/data`
}
