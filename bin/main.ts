// The start of leat: what bin/run.js and bin/dev.js run, and what the bundle is made from.
//
// A command named in full is run at once. Only help, which wants to know all commands, loads oclif's whole configuration: that
// takes as long as Node itself.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Config, Errors, flush, run } from '@oclif/core'
import { COMMANDS } from '../commands/index.ts'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { nearest } from '../src/errors/nearest.ts'
import { renderError } from '../src/output/errors.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const HELP_FLAGS = new Set(['--help', '-h'])

type CommandId = keyof typeof COMMANDS

/** Runs one command line to its end. @param target the module that exports COMMANDS */
export async function main(argv: string[], target: string): Promise<void> {
  try {
    const config = readConfig(target)
    const words = commandWords(argv)
    const id = words.join(':')
    const asksForHelp = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length).some((word) => HELP_FLAGS.has(word))
    if (argv[0] === '--version' || argv[0] === 'version') process.stdout.write(`${config.userAgent}\n`)
    else if (isCommand(id) && !asksForHelp) await COMMANDS[id].execute(id, argv.slice(words.length), config)
    else if (words.length === 0 && !asksForHelp && argv.length > 0 && argv[0] !== 'help') throw unknownCommand(argv)
    else await run(argv, await Config.load(config.options))
    await flush()
  } catch (error) {
    if (error instanceof Errors.ExitError) {
      process.exitCode = error.oclif.exit ?? exitCodes.failed
      return
    }
    const { text, exitCode } = renderError(error, { isDebug: process.env['LEAT_DEBUG'] === '1' })
    process.stderr.write(text)
    process.exitCode = exitCode
  }
}

/** oclif's manifest of all commands, for the package. */
export async function manifest(): Promise<unknown> {
  const config = await Config.load(readConfig('./dist/leat.cjs').options)
  const plugin = config.plugins.get('leat')
  return plugin === undefined
    ? null
    : { version: plugin.version, commands: Object.fromEntries(config.commands.map((command) => [command.id, command])) }
}

function isCommand(id: string): id is CommandId {
  return Object.hasOwn(COMMANDS, id)
}

/** The first words that name a command or a group of commands (`topic`, `topic list`). */
function commandWords(argv: readonly string[]): string[] {
  const ids = Object.keys(COMMANDS)
  const isKnown = (words: readonly string[]): boolean => {
    const prefix = words.join(':')
    return ids.some((id) => id === prefix || id.startsWith(`${prefix}:`))
  }
  const two = argv.slice(0, 2)
  if (two.length === 2 && isCommand(two.join(':'))) return two
  return argv.length > 0 && isKnown(argv.slice(0, 1)) ? argv.slice(0, 1) : []
}

function unknownCommand(argv: readonly string[]): LeatError {
  const ids = Object.keys(COMMANDS).map((id) => id.replaceAll(':', ' '))
  const typed = argv.slice(0, 2).filter((word) => !word.startsWith('-'))
  const near = nearest(typed.join(' '), ids) ?? nearest(typed[0] ?? '', ids)
  return new LeatError('USAGE', `there is no command '${argv[0]}'`, {
    hint: near === null ? 'See `leat --help`.' : `Did you mean \`leat ${near}\`? See \`leat --help\`.`,
    exitCode: exitCodes.usage,
  })
}

/** A configuration with what a single command needs of it: names and versions, no plugins. */
function readConfig(target: string): Config {
  const pjson = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
  pjson.oclif.commands.target = target
  const config = new Config({ root, pjson })
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

export { COMMANDS }
