// Directories that a real Kafka wrote, unpacked once per run of the tests from ../shared/fixtures beside the repository. A checkout without
// them skips the tests that need them and says so.
//
//   test.skipIf(fixturesMissing)('…', () => { const directory = fixture('basics') … })
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { temporaryDirectory } from './temporary-directory.ts'

export type FixtureName = 'basics' | 'compacted' | 'groups' | 'replicated-node1' | 'replicated-node2' | 'torn' | 'transactions' | 'unclean'

const archives = path.resolve(import.meta.dirname, '../../../shared/fixtures')

export const fixturesMissing = !fs.existsSync(path.join(archives, 'README.md'))
if (fixturesMissing) console.warn(`no fixtures at ${archives}: the tests that read Kafka's own directories are skipped`)

/** The folder with what that Kafka itself said is in the directory. */
export function expectedOf(name: FixtureName): string {
  return path.join(archives, 'expected', name.replace(/-node\d$/, ''))
}

/** The unpacked directory, shared by all tests: for reading only. */
export function fixture(name: FixtureName): string {
  const archive = path.join(archives, `${name}.tar.gz`)
  const { mtimeMs, size } = fs.statSync(archive)
  const cache = path.join(os.tmpdir(), `leat-fixtures-${os.userInfo().uid}`)
  const unpacked = path.join(cache, `${name}-${size}-${Math.trunc(mtimeMs)}`)
  if (!fs.existsSync(unpacked)) unpack(archive, unpacked)
  return path.join(unpacked, name)
}

/** A copy of the directory for one test to write to. */
export function fixtureCopy(name: FixtureName): string {
  const copy = path.join(temporaryDirectory(), name)
  fs.cpSync(fixture(name), copy, { recursive: true, preserveTimestamps: true })
  return copy
}

/** Test files run in processes of their own: the rename lets one of them win. */
function unpack(archive: string, unpacked: string): void {
  fs.mkdirSync(path.dirname(unpacked), { recursive: true })
  const partial = fs.mkdtempSync(`${unpacked}.partial-`)
  execFileSync('tar', ['-xzf', archive, '-C', partial])
  try {
    fs.renameSync(partial, unpacked)
  } catch (error) {
    fs.rmSync(partial, { recursive: true, force: true })
    if (!fs.existsSync(unpacked)) throw error
  }
}
