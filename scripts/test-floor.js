// Runs the tests of commands and package with the oldest Node that leat supports, which npm has in packages without install scripts.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const version = '22.22.0'
const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
const folder = path.join(tmpdir(), `leat-node-${version}`)
const node = path.join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

mkdirSync(folder, { recursive: true })
run('npm', ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', `${name}@${version}`])
run(node, ['--version'])
run('vitest', ['run', '--mode', 'bundle', 'test/commands', 'test/package'], { LEAT_TEST_NODE: node })

function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
}
