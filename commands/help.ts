import { Config } from '@oclif/core/config'
import * as Flags from '@oclif/core/flags'
import { findCommand } from './find-command.ts'
import { commandTree } from './build-command-tree.ts'
import { HelpPages } from './help-pages.ts'
import { LeatCommand } from './leat-command.ts'

export default class Help extends LeatCommand {
  static override summary = 'say what commands there are, or what one does'
  static override usage = 'help [COMMAND…] [--json]'
  static override strict = false
  static override flags = { json: Flags.boolean({ char: 'J', summary: 'all commands, as JSON' }) }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Help)
    const words = argv
    findCommand([...words, '--help'])
    const config = await Config.load(this.config.options)
    if (flags.json) return this.print(`${JSON.stringify(commandTree(config), null, 2)}\n`)
    const pages = new HelpPages(config, config.pjson.oclif.helpOptions)
    await pages.showHelp(words)
    await this.print(pages.text)
  }
}
