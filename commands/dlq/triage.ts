import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { queryOf, selectionFlags } from '../dlq-flags.ts'
import { LettersCommand } from '../letters-command.ts'
import { listingFlags } from '../listing-command.ts'
import { DEFAULT_DIRECTORY, topicsFlag } from '../shared-flags.ts'
import type { Cluster } from '../../src/client/cluster.ts'
import { selectLetters } from '../../src/operations/dlq/select.ts'
import { type Dimension, dimensions, triage } from '../../src/operations/dlq/triage.ts'
import { toJson } from '../../src/output/json.ts'
import { triageText, withReplay } from '../../src/output/triage-table.ts'

export default class DlqTriage extends LettersCommand {
  static override summary = 'how many dead letters there are of each kind, and the command line that replays them'
  static override description =
    'Letters are of one kind when they came from the same topic, with the same error and a message of the same shape (numbers, ids and quoted parts folded), within the same hour.'
  static override usage = 'dlq triage [TOPIC…]'
  static override args = { topic: Args.string({ ignoreStdin: true, description: 'dead-letter topics (default: all that there are)' }) }
  static override strict = false
  static override flags = {
    topic: topicsFlag,
    ...selectionFlags,
    by: Flags.string({ summary: 'what kinds are told apart by', default: dimensions.join(',') }),
    ...listingFlags,
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(DlqTriage)
    const named = this.named(argv, flags.topic)
    const by = this.#dimensions(flags.by)
    const query = queryOf(flags, this.system.clock.now())
    const selection = selectLetters(query)
    const { rows, others } = await this.withCluster(flags, async (cluster) => {
      const topics = named.length > 0 ? named : await this.#found(cluster)
      const ranges = topics.length === 0 ? [] : this.rangesOf(cluster, topics, named.length > 0 ? flags : {})
      const counted = await triage({ ...this.reading(cluster), ranges, selection, by })
      if (topics.length > 0 && counted.rows.length === 0) this.note('leat: no letter that is asked for waits')
      return counted
    })
    const lines = withReplay(rows, query, flags.dir === DEFAULT_DIRECTORY ? null : flags.dir)
    const columns = flags.columns?.split(',') ?? null
    await this.print(
      flags.json
        ? lines.map((line) => `${toJson(line)}\n`).join('')
        : triageText(lines, { withHeaders: flags.headers, columns }, process.stdout.isTTY),
    )
    if (others > 0) this.note(`leat: ${others} letters are of other kinds than these ${rows.length}; fold them with --by`)
  }

  async #found(cluster: Cluster): Promise<string[]> {
    const topics = await this.deadLetterTopics(cluster)
    if (topics.length === 0) this.note('leat: there is no dead-letter topic')
    return topics
  }

  #dimensions(text: string): Set<Dimension> {
    const names = text.split(',').map((name) => name.trim())
    const unknown = names.find((name) => !(dimensions as readonly string[]).includes(name))
    if (unknown !== undefined) throw this.usage(`--by has no '${unknown}'`, `There are ${dimensions.join(', ')}: --by error-type,hour.`)
    // All are known by now.
    return new Set(names as Dimension[])
  }
}
