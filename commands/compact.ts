import * as Flags from '@oclif/core/flags'
import { COMPACTION_COLUMNS, compactionNotes } from './compaction-report.ts'
import { ListingCommand } from './listing-command.ts'
import { dryRunFlag, topicsFlag } from './shared-flags.ts'
import { exitCodes, LeatError } from '../src/errors/leat-error.ts'
import { requireSize } from '../src/grammar/values.ts'
import { type CompactedPartition, compactTopics } from '../src/operations/compact.ts'

/** The least that --map-memory may be. */
const MIN_MAP_BYTES = 64 * 1024

export default class Compact extends ListingCommand {
  static override summary = 'keep only the latest record of each key in compacted topics, now'
  static override usage = 'compact TOPIC…'
  static override strict = false
  static override flags = {
    topic: topicsFlag,
    roll: Flags.boolean({ summary: 'close the active segment first, so that it is compacted too' }),
    'map-memory': Flags.string({ summary: 'memory for the keys; more of them take several rounds', default: '32MiB' }),
    'dry-run': dryRunFlag,
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Compact)
    const topics = this.named(argv, flags.topic)
    if (topics.length === 0) throw this.usage('a topic is needed')
    const mapBytes = requireSize('--map-memory', flags['map-memory'])
    if (mapBytes < MIN_MAP_BYTES)
      throw new LeatError('USAGE', `--map-memory ${flags['map-memory']} is less than 64KiB`, {
        hint: 'For example --map-memory 32MiB.',
        exitCode: exitCodes.usage,
      })
    const cluster = this.openCluster(flags)
    const done: CompactedPartition[] = []
    const stop = (): void => {
      if (this.signal.aborted) throw new Interrupted()
    }
    try {
      await compactTopics(cluster, {
        topics,
        mapBytes,
        rolls: flags.roll,
        isDryRun: flags['dry-run'],
        turn: async () => {
          await this.system.clock.sleep(0)
          stop()
        },
        onUncompacted: (topic) =>
          this.note(`leat: '${topic}' is not a compacted topic (its cleanup.policy is without 'compact'): this is what it would be as one`),
        onDone: (partition) => {
          done.push(partition)
          for (const text of compactionNotes(partition, flags.roll)) this.note(`leat: ${text}`)
          stop()
        },
      })
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error
      this.note('leat: stopped; what was compacted up to then stays so')
    } finally {
      await cluster.close()
    }
    await this.printListing(COMPACTION_COLUMNS, done, flags)
    if (done.some(({ damage }) => damage !== null)) this.endWith(exitCodes.partial)
  }
}

class Interrupted extends Error {}
