#!/usr/bin/env node
// Runs the bundle. Written so that any Node can read it: one that is too old gets a sentence, not a syntax error. No import at the top:
// that of node:process alone takes 7 ms, because it opens all standard streams.
var version = process.versions.node.split('.').map(Number)
if (version[0] < 22 || (version[0] === 22 && version[1] < 22)) {
  process.stderr.write(
    'leat: Node ' +
      process.versions.node +
      ' is too old: leat needs Node 22.22 or later\nInstall a newer Node and run the command again.\n',
  )
  process.exit(1)
}

import('node:module')
  .then(function (module) {
    module.enableCompileCache()
    return module
      .createRequire(import.meta.url)('../dist/leat.cjs')
      .main(process.argv.slice(2))
  })
  .catch(function (error) {
    process.stderr.write('leat: this is a bug in leat: ' + error.stack + '\n')
    process.exitCode = 1
  })
