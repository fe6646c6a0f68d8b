#!/usr/bin/env node
// Runs the bundle. Written so that any Node can read it: one that is too old gets a sentence, not a syntax error. No import at the top:
// that of node:process alone takes 7 ms, because it opens all standard streams.
//
// Compiling takes longer than anything else in a short run, so what V8 compiled is kept beside Node's compile cache, where functions that are
// compiled when they are first called are missing: one file for each first word of the command line, written by its first run.
var version = process.versions.node.split('.').map(Number)
if (version[0] < 22 || (version[0] === 22 && version[1] < 22)) {
  process.stderr.write(
    'leat: Node ' +
      process.versions.node +
      ' is too old: leat needs Node 22.22 or later\nInstall a newer Node and run the command again.\n',
  )
  process.exit(1)
}

/** Of processor time, in µs: in a longer run V8 throws away what was only needed at the start. */
var LONGEST_KEPT = 2e6
/** What the build puts at the start of the bundle, for the name of the file: V8 itself only looks at the length of the source. */
var HASH_CHARACTERS = 16

import('node:module')
  .then(function (module) {
    module.enableCompileCache()
    var argv = process.argv.slice(2)
    return load(module, argv).main(argv)
  })
  .catch(function (error) {
    process.stderr.write('leat: this is a bug in leat: ' + error.stack + '\n')
    process.exitCode = 1
  })

function load(module, argv) {
  var fs = process.getBuiltinModule('node:fs')
  var vm = process.getBuiltinModule('node:vm')
  var path = process.getBuiltinModule('node:url').fileURLToPath(new URL('../dist/leat.cjs', import.meta.url))
  // The bundle is ASCII, of which this is the fastest way to make a string.
  var source = fs.readFileSync(path, 'latin1')
  var folder = module.getCompileCacheDir()
  var isKept = folder !== undefined && /^[a-z]+$/.test(argv[0]) && argv.indexOf('--help') < 0
  var file = isKept ? folder + '/leat-' + source.slice(2, 2 + HASH_CHARACTERS) + '-' + argv[0] : null
  var cachedData = file === null ? undefined : readOwn(fs, file)
  var script = new vm.Script('(function (exports, require, module, __filename, __dirname) {' + source + '\n})', {
    filename: path,
    cachedData: cachedData,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  var loaded = { exports: {} }
  script.runInThisContext()(loaded.exports, module.createRequire(path), loaded, path, path.slice(0, -'/leat.cjs'.length))
  if (file !== null && (cachedData === undefined || script.cachedDataRejected))
    process.on('exit', function (code) {
      if (code === 0 && process.cpuUsage().user < LONGEST_KEPT) keep(fs, file, script)
    })
  return loaded.exports
}

/** undefined where there is none, or others could have written it. */
function readOwn(fs, file) {
  try {
    var fd = fs.openSync(file)
    try {
      var stats = fs.fstatSync(fd)
      var isOwn = process.getuid === undefined || stats.uid === process.getuid()
      return isOwn && (stats.mode & 0o022) === 0 ? fs.readFileSync(fd) : undefined
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    return undefined
  }
}

/** Where it cannot be kept, the next run starts more slowly. V8 does not look at all of the bytes, so they are on the disk before they count. */
function keep(fs, file, script) {
  var unfinished = file + '.' + process.pid
  try {
    fs.writeFileSync(unfinished, script.createCachedData(), { mode: 0o600, flag: 'wx', flush: true })
    fs.renameSync(unfinished, file)
  } catch {}
}
