// The start of leat: what bin/run.js and bin/dev.js run, and what the bundle is made from.
import { findCommand } from '../commands/find-command.ts'
import { commands } from '../commands/index.ts'
import { reportError } from '../commands/report-error.ts'
import { ClosedPipe } from '../src/system/byte-streams.ts'
import { standardOutput } from '../src/system/standard-output.ts'
import { readConfiguration } from './configuration.ts'

export interface MainOptions {
  /** Exports COMMANDS, relative to the package; in place of oclif's manifest. */
  readonly commandsModule?: string
}

/** Runs one command line to its end. @param argv the words after `leat` */
export async function main(argv: readonly string[], { commandsModule }: MainOptions = {}): Promise<void> {
  try {
    const config = readConfiguration(commandsModule)
    if (argv[0] === '--version' || argv[0] === 'version') {
      const bytes = Buffer.from(`${config.userAgent}\n`)
      await standardOutput().write(bytes, 0, bytes.length)
      return
    }
    const { id, words } = findCommand(argv)
    const { default: command } = await commands[id]()
    process.exitCode = await command.execute(id, words, config)
  } catch (error) {
    if (error instanceof ClosedPipe) return
    process.exitCode = reportError(error, argv)
  }
}
