import { Config } from '@oclif/core/config'
import { BaseCommand } from './base-command.ts'
import { commandTree } from './build-command-tree.ts'
import { candidates, type Named } from './completion-candidates.ts'
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
    const found = await candidates(tree, typed, (named, dir) => this.#namesIn(named, { ...flags, dir: dir ?? flags.dir }))
    await this.print(found.map(({ word, meaning }) => `${word}\t${meaning}\n`).join(''))
  }

  /** Whoever completes a word wants no error in the middle of it. */
  async #namesIn(named: Named, flags: { dir: string }): Promise<string[]> {
    try {
      return await this.withCluster(flags, async (cluster) => (named === 'topic' ? cluster.topicNames() : cluster.groups.ids()))
    } catch (error) {
      if (error instanceof LeatError) return []
      throw error
    }
  }
}
