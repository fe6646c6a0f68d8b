// What `npm install -g leat` gives: the tarball, installed into an empty prefix, run from another folder.
import { execFileSync } from 'node:child_process'
import { mkdirSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { leat } from '../support/leat.ts'
import type { LeatResult } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const root = path.resolve(import.meta.dirname, '../..')

function npm(...args: string[]): string {
  return execFileSync('npm', [...args, '--no-audit', '--no-fund'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}

test('the tarball holds the bundle, its licences, the manifest and pages, and nothing else', () => {
  const [{ files }] = JSON.parse(npm('pack', '--dry-run', '--json', '--ignore-scripts')) as [{ files: { path: string }[] }]
  const names = files.map((file) => file.path).filter((name) => !name.startsWith('schemas/'))
  expect(names.toSorted()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'bin/run.js',
    'dist/leat.cjs',
    'dist/third-party-notices.txt',
    'oclif.manifest.json',
    'package.json',
  ])
})

test('the tarball, installed into an empty prefix, works from another folder', async () => {
  const folder = temporaryDirectory()
  const [{ filename }] = JSON.parse(npm('pack', '--json', '--ignore-scripts', '--pack-destination', folder)) as [{ filename: string }]
  npm('install', '--global', '--prefer-offline', '--prefix', path.join(folder, 'prefix'), path.join(folder, filename))
  const command = realpathSync(path.join(folder, 'prefix/bin/leat'))
  const elsewhere = path.join(folder, 'elsewhere')
  mkdirSync(elsewhere)
  const run = (args: string[], input = ''): Promise<LeatResult> => leat(args, { command, cwd: elsewhere, input })

  const produced = await run(['produce', 'orders', '--key-field', '.id', '-z', 'zstd'], '{"id":"o-1"}\n{"id":"o-2"}\n')
  expect(produced.exitCode, produced.stderr).toBe(0)
  expect((await run(['consume', 'orders'])).stdout.toString()).toBe('{"id":"o-1"}\n{"id":"o-2"}\n')
  expect((await run(['topic', '--help'])).stdout.toString()).toContain('topic list')
  expect((await run(['complete', '--', 'consume', ''])).stdout.toString()).toBe('orders\ttopic\n')
  expect((await run(['help', '--json'])).stdout.toString()).toBe((await leat(['help', '--json'])).stdout.toString())
})
