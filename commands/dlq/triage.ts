import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { queryOf, selectionFlags } from '../dlq-flags.ts'
import { LettersCommand } from '../letters-command.ts'
import { DEFAULT_DIRECTORY } from '../shared-flags.ts'
import { selectLetters } from '../../src/operations/dlq/select.ts'
import { type Dimension, dimensions, triage } from '../../src/operations/dlq/triage.ts'
import { toJson } from '../../src/output/json.ts'
import { triageText, withReplay } from '../../src/output/triage-table.ts'

export default class DlqTriage extends LettersCommand {
  static override summary = 'how many dead letters there are of each kind, and the command line that replays them'
  static override description =
    'Letters are of one kind when they came from the same topic, with the same error and a message of the same shape (numbers, ids and quoted parts folded), within the same hour.'
  static override args = { topic: Args.string({ ignoreStdin: true, description: 'dead-letter topics' }) }
  static override strict = false
  static override flags = {
    ...selectionFlags,
    partition: Flags.string({ char: 'p', summary: 'partitions (0,2,5-7)' }),
    by: Flags.string({ summary: 'what kinds are told apart by', default: dimensions.join(',') }),
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(DlqTriage)
    const topics = this.named(argv, undefined)
    if (topics.length === 0) throw this.usage('a topic is needed', 'See `leat dlq list`.')
    const by = this.#dimensions(flags.by)
    const query = queryOf(flags, this.system.clock.now())
    const selection = selectLetters(query)
    const { rows, others } = await this.withCluster(flags, (cluster) =>
      triage({ ...this.reading(cluster), ranges: this.rangesOf(cluster, topics, flags), selection, by }),
    )
    const lines = rows.map((row) => withReplay(row, query, flags.dir === DEFAULT_DIRECTORY ? null : flags.dir))
    const columns = flags.columns?.split(',') ?? null
    await this.print(
      flags.json
        ? lines.map((line) => `${toJson(line)}\n`).join('')
        : triageText(lines, { withHeaders: flags.headers, columns }, process.stdout.isTTY),
    )
    if (others > 0) this.note(`leat: ${others} letters are of other kinds than these ${rows.length}; fold them with --by`)
  }

  #dimensions(text: string): Set<Dimension> {
    const names = text.split(',').map((name) => name.trim())
    const unknown = names.find((name) => !(dimensions as readonly string[]).includes(name))
    if (unknown !== undefined) throw this.usage(`--by has no '${unknown}'`, `There are ${dimensions.join(', ')}: --by error-type,hour.`)
    return new Set(names as Dimension[])
  }
}
