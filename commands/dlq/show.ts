import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { queryOf, selectionFlags } from '../dlq-flags.ts'
import { LettersCommand } from '../letters-command.ts'
import { topicFlag } from '../shared-flags.ts'
import type { Cluster } from '../../src/client/cluster.ts'
import { LeatError } from '../../src/errors/leat-error.ts'
import { parseOffsetBound } from '../../src/grammar/offset.ts'
import { requireCount } from '../../src/grammar/values.ts'
import { newestLetters, type ShownLetter } from '../../src/operations/dlq/show.ts'
import { selectLetters } from '../../src/operations/dlq/select.ts'
import { letterJson } from '../../src/output/letter-json.ts'
import { letterText } from '../../src/output/letter-text.ts'

export default class DlqShow extends LettersCommand {
  static override summary = 'single dead letters with all that is known of them: the newest, or the one at an offset'
  static override description =
    'Each failure, oldest first, the headers as their family writes them, and the value. Letters that only point at a record are shown with it, if its topic still has it.'
  static override usage = 'dlq show TOPIC'
  static override args = { topic: Args.string({ ignoreStdin: true, description: 'dead-letter topic' }) }
  static override flags = {
    topic: topicFlag,
    ...selectionFlags,
    offset: Flags.string({ char: 'o', summary: 'the letter at this place (42, beginning, -1: the last)', exclusive: ['max-messages'] }),
    full: Flags.boolean({ summary: 'values, messages and stacks whole, however long', default: false }),
    'max-messages': Flags.string({ char: 'n', aliases: ['count'], charAliases: ['c'], summary: 'so many of the newest', default: '1' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DlqShow)
    const topic = this.oneTopic(args.topic, flags.topic)
    const selection = selectLetters(queryOf(flags, this.system.clock.now()))
    const maxLetters = requireCount('--max-messages', flags['max-messages'], 1)
    const letters = await this.withCluster(flags, async (cluster) => {
      const ranges = this.#ranges(cluster, topic, flags)
      return newestLetters({ ...this.reading(cluster), ranges, selection, maxLetters })
    })
    if (letters.length === 0 && flags.offset !== undefined) throw noSuchLetter(topic, flags.offset)
    await this.print(flags.json ? letters.map((letter) => `${letterJson(letter)}\n`).join('') : pageOf(letters, flags.full))
    if (letters.length === 0) this.note(`leat: '${topic}' has no such letters`)
  }

  #ranges(cluster: Cluster, topic: string, flags: { readonly partition?: string | undefined; readonly offset?: string | undefined }) {
    const ranges = this.rangesOf(cluster, [topic], flags)
    if (flags.offset === undefined) return ranges
    // A single place, not a range.
    parseOffsetBound(flags.offset, this.system.clock.now(), '--offset')
    if (ranges.length > 1) throw this.usage(`'${topic}' has ${ranges.length} partitions, and an offset is of one`, 'Name it, too: -p 0.')
    return ranges.map((range) => ({ ...range, to: range.from + 1n }))
  }
}

function pageOf(letters: readonly ShownLetter[], isFull: boolean): string {
  return letters.map((letter) => letterText(letter, isFull)).join('\n')
}

function noSuchLetter(topic: string, offset: string): LeatError {
  return new LeatError('OFFSET_OUT_OF_RANGE', `'${topic}' has no record at offset ${offset}`, {
    hint: `See \`leat topic describe ${topic}\` for its offsets.`,
  })
}
