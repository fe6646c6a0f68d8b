import { Config } from '@oclif/core/config'
import { loadHelpClass } from '@oclif/core/help'
import { BaseCommand } from './base-command.ts'
import { commandTree } from './command-tree.ts'

export default class Help extends BaseCommand {
  static override summary = 'say what commands there are, or what one does'
  static override description = 'With --json, the whole command tree: commands, arguments, flags, environment variables and exit codes.'
  static override usage = 'help [COMMAND…] [--json]'
  static override strict = false

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Help)
    const config = await Config.load(this.config.options)
    if (flags.json) {
      process.stdout.write(`${JSON.stringify(commandTree(config), null, 2)}\n`)
      return
    }
    const HelpClass = await loadHelpClass(config)
    await new HelpClass(config, config.pjson.oclif.helpOptions).showHelp(argv as string[])
  }
}
