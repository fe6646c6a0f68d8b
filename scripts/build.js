// Builds what is installed: one bundle of all sources and libraries, and oclif's manifest beside package.json, from which help and
// completion come without loading a command.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Config } from '@oclif/core/config'
import { build } from 'esbuild'
import { thirdPartyNotices } from './third-party.js'
import { readConfiguration } from '../bin/configuration.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * oclif's modules load all of each other when the first one is loaded: as much as Node itself takes to start. This loads each when
 * something in it is first used: `const x = require('./x')` becomes a function, and every `x.y` a call of it.
 */
const loadWhenUsed = {
  name: 'load-when-used',
  setup(esbuild) {
    esbuild.onLoad({ filter: /@oclif[/\\]core[/\\]lib[/\\].*\.js$/ }, ({ path }) => {
      const names = []
      const declaration = /^(?:const|var) (\w+) = ((?:__importDefault\(|__importStar\()?require\("[^"]+"\)\)?);$/gm
      let contents = readFileSync(path, 'utf8').replace(declaration, (_, name, value) => {
        names.push(name)
        return `let ${name}$value; const ${name}$ = () => ${name}$value ??= ${value};`
      })
      // Making process.stdout takes as long as loading Node's streams: who writes to it looks after its errors here.
      if (/lib[/\\]command\.js$/.test(path)) contents = without(contents, /^process\.stdout\.on\('error'[^]*?^\}\);$/m)
      for (const name of names) contents = contents.replace(new RegExp(`\\b${name}\\b(?!\\$)`, 'g'), `(${name}$())`)
      return { contents, loader: 'js' }
    })
  },
}

function without(text, pattern) {
  if (!pattern.test(text)) throw new Error(`oclif has nothing like ${pattern} any more`)
  return text.replace(pattern, '')
}

const { metafile, outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: { leat: 'bin/main.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  // CommonJS starts 5 ms faster than an ES module of the same content.
  format: 'cjs',
  target: 'node22.22',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // Native code stays in packages of its own.
  external: ['@node-rs/crc32', 'fs-native-extensions'],
  define: { 'import.meta.url': '__bundle_url' },
  banner: { js: "const __bundle_url=require('node:url').pathToFileURL(__filename).href;" },
  plugins: [loadWhenUsed],
  metafile: true,
  write: false,
  logLevel: 'warning',
})
// In ASCII, and with its own hash at the start: see bin/run.js. What esbuild leaves is in regular expressions, where an escape means the same.
const code = outputFiles[0].text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
mkdirSync(`${root}/dist`, { recursive: true })
writeFileSync(`${root}/dist/leat.cjs`, `//${createHash('sha256').update(code).digest('hex')}\n${code}`)
writeFileSync(`${root}/dist/third-party-notices.txt`, thirdPartyNotices(root, Object.keys(metafile.inputs)))

const config = await Config.load(readConfiguration('./commands/all.ts').options)
const commands = Object.fromEntries(config.commands.map((command) => [command.id, command]))
writeFileSync(`${root}/oclif.manifest.json`, `${JSON.stringify({ version: config.version, commands }, null, 1)}\n`)
process.stdout.write(`built leat ${config.version}: dist/leat.cjs, oclif.manifest.json\n`)
