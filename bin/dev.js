#!/usr/bin/env node
// Runs leat from its sources: Node strips the types. The commands are those of the bundle, listed in commands/index.ts.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Config, flush, handle, run } from '@oclif/core'

const root = fileURLToPath(new URL('..', import.meta.url))
const pjson = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
pjson.oclif.commands.target = './commands/index.ts'

try {
  const config = await Config.load({ root, pjson })
  await run(process.argv.slice(2), config)
  await flush()
} catch (error) {
  await handle(error)
}
