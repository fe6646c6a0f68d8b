// oclif's view of this package.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Config } from '@oclif/core/config'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * What running one command needs of it: names and versions. Commands that want to know all others (help, completion) load the rest with
 * `Config.load(config.options)`, which takes longer than most commands run.
 *
 * @param commandsModule exports COMMANDS; without it oclif's manifest is used
 */
export function readConfiguration(commandsModule?: string): Config {
  const pjson = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
  if (commandsModule !== undefined) pjson.oclif.commands = { strategy: 'explicit', identifier: 'COMMANDS', target: commandsModule }
  const config = new Config({ root, pjson, ignoreManifest: commandsModule !== undefined })
  config.bin = pjson.oclif.bin
  config.name = pjson.name
  config.version = pjson.version
  config.pjson = pjson
  config.root = root
  config.topicSeparator = ' '
  config.userAgent = `${pjson.name}/${pjson.version} ${process.platform}-${process.arch} node-${process.version}`
  config.runHook = async () => ({ successes: [], failures: [] })
  return config
}
