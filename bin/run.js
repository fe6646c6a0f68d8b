#!/usr/bin/env node
// Runs the bundle. Written so that any Node can read it: one that is too old gets a sentence, not a syntax error.
import process from 'node:process'

var version = process.versions.node.split('.').map(Number)
if (version[0] < 22 || (version[0] === 22 && version[1] < 22)) {
  process.stderr.write(
    'leat: Node ' +
      process.versions.node +
      ' is too old; leat needs Node 22.22 or later\nInstall a newer Node (see `node --version`) and run the command again.\n',
  )
  process.exit(1)
}

start()

async function start() {
  var module = await import('node:module')
  if (module.enableCompileCache) module.enableCompileCache()
  var leat = module.createRequire(import.meta.url)('../dist/leat.cjs')
  await leat.main(process.argv.slice(2), './dist/leat.cjs')
}
