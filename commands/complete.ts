import { Config } from '@oclif/core/config'
import { BaseCommand } from './base-command.ts'
import { commandTree } from './command-tree.ts'
import { candidates } from './completion-candidates.ts'

/** What the scripts of `leat completion` call. */
export default class Complete extends BaseCommand {
  static override summary = 'print what may come next on a command line'
  static override hidden = true
  static override strict = false

  async run(): Promise<void> {
    const { flags } = await this.parse(Complete)
    const typed = this.argv.slice(this.argv.indexOf('--') + 1)
    const tree = commandTree(await Config.load(this.config.options))
    const topicsIn = (dir: string | null): string[] => this.openCluster({ ...flags, dir: dir ?? flags.dir }).topicNames()
    for (const { word, meaning } of candidates(tree, typed, topicsIn)) process.stdout.write(`${word}\t${meaning}\n`)
  }
}
