import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { LettersCommand } from '../letters-command.ts'
import { listingFlags, listingText } from '../listing-command.ts'
import { topicsFlag } from '../shared-flags.ts'
import { exitCodes } from '../../src/errors/leat-error.ts'
import { requireDuration } from '../../src/grammar/duration.ts'
import { requireCount } from '../../src/grammar/values.ts'
import { type DepthLimits, watchedTopics, type WatchedTopic } from '../../src/operations/dlq/watch.ts'
import { watch } from '../../src/operations/lag/watch.ts'
import { DEPTH_COLUMNS } from '../../src/output/dead-letter-topics-table.ts'

export default class DlqWatch extends LettersCommand {
  static override summary = 'exit code 4 when more waits in dead-letter topics than should'
  static override description = 'Looks once, or again and again with --interval until a topic is over a limit.'
  static override usage = 'dlq watch [TOPIC…]'
  static override args = { topic: Args.string({ ignoreStdin: true, description: 'dead-letter topics (default: all that there are)' }) }
  static override strict = false
  static override flags = {
    topic: topicsFlag,
    'max-depth': Flags.string({ summary: 'so many letters may wait' }),
    'max-per-hour': Flags.string({ summary: 'so many letters may have failed within the last hour' }),
    'max-age': Flags.string({ summary: 'so long may a letter wait (1h, 2d)' }),
    interval: Flags.string({ summary: 'look again and again, this far apart (10s, 1m)' }),
    ...listingFlags,
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(DlqWatch)
    const named = this.named(argv, flags.topic)
    const limits: DepthLimits = {
      maxDepth: flags['max-depth'] === undefined ? null : requireCount('--max-depth', flags['max-depth'], 0),
      maxPerHour: flags['max-per-hour'] === undefined ? null : requireCount('--max-per-hour', flags['max-per-hour'], 0),
      maxAgeMs: flags['max-age'] === undefined ? null : requireDuration('--max-age', flags['max-age']),
    }
    if (Object.values(limits).every((limit) => limit === null))
      throw this.usage('a limit is needed', 'For example --max-depth 100, --max-per-hour 10 or --max-age 1h.')
    const intervalMs = flags.interval === undefined ? null : requireDuration('--interval', flags.interval)
    await this.withCluster(flags, async (cluster) => {
      let isFirst = true
      const look = async (): Promise<boolean> => {
        const topics = named.length > 0 ? named : await this.deadLetterTopics(cluster)
        const watched = await watchedTopics(this.reading(cluster), topics, limits)
        await this.print(listingText<WatchedTopic>(DEPTH_COLUMNS, watched, { ...flags, headers: flags.headers && isFirst }))
        isFirst = false
        return !this.#hasProblems(watched)
      }
      if (intervalMs === null) await look()
      else await watch({ clock: this.system.clock, intervalMs, signal: this.signal, look })
    })
  }

  #hasProblems(watched: readonly WatchedTopic[]): boolean {
    const problems = watched.flatMap((topic) => topic.problems)
    for (const problem of problems) this.note(`leat: ${problem}`)
    if (problems.length > 0) this.endWith(exitCodes.conditionNotMet)
    return problems.length > 0
  }
}
