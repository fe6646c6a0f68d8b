import { Config } from '@oclif/core/config'
import { BaseCommand } from './base-command.ts'
import { commandTree } from './build-command-tree.ts'
import { candidates } from './completion-candidates.ts'
import { LeatError } from '../src/errors/leat-error.ts'

/** What the scripts of `leat completion` call. */
export default class Complete extends BaseCommand {
  static override summary = 'print what may come next on a command line'
  static override hidden = true
  static override strict = false

  async run(): Promise<void> {
    const { flags } = await this.parse(Complete)
    const typed = this.argv.slice(this.argv.indexOf('--') + 1)
    const tree = commandTree(await Config.load(this.config.options))
    const found = candidates(tree, typed, (dir) => this.#topicsIn({ ...flags, dir: dir ?? flags.dir }))
    await this.print(found.map(({ word, meaning }) => `${word}\t${meaning}\n`).join(''))
  }

  /** Whoever completes a word wants no error in the middle of it. */
  #topicsIn(flags: { dir: string }): string[] {
    try {
      return this.openCluster(flags).topicNames()
    } catch (error) {
      if (error instanceof LeatError) return []
      throw error
    }
  }
}
