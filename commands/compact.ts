import * as Flags from '@oclif/core/flags'
import { ListingCommand } from './listing-command.ts'
import { dryRunFlag, topicFlag } from './shared-flags.ts'
import { counted } from '../src/errors/counted.ts'
import { exitCodes, LeatError } from '../src/errors/leat-error.ts'
import { requireSize } from '../src/grammar/values.ts'
import { type CompactedPartition, compactTopics } from '../src/operations/compact.ts'

import type { Column } from '../src/output/table.ts'

const right = (header: string, text: (row: CompactedPartition) => string | number | bigint): Column<CompactedPartition> => ({
  header,
  text,
  align: 'right',
})

const COLUMNS: readonly Column<CompactedPartition>[] = [
  { header: 'TOPIC', text: ({ topic }) => topic },
  right('PARTITION', ({ partition }) => partition),
  right('SEGMENTS-BEFORE', ({ segmentsBefore }) => segmentsBefore),
  right('SEGMENTS', ({ segmentsAfter }) => segmentsAfter),
  right('RECORDS-BEFORE', ({ recordsBefore }) => recordsBefore),
  right('RECORDS', ({ recordsAfter }) => recordsAfter),
  right('BYTES-BEFORE', ({ bytesBefore }) => bytesBefore),
  right('BYTES', ({ bytesAfter }) => bytesAfter),
  right('DIRTY-RATIO', ({ dirtyRatio }) => dirtyRatio.toFixed(2)),
  right('CLEANED-OFFSET', ({ cleanedOffset }) => cleanedOffset),
]

/** The least that --map-memory may be. */
const MIN_MAP_BYTES = 64 * 1024

export default class Compact extends ListingCommand {
  static override summary = 'keep only the latest record of each key in compacted topics, now'
  static override usage = 'compact TOPIC…'
  static override strict = false
  static override flags = {
    topic: topicFlag,
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
          this.#explain(partition, flags.roll)
          stop()
        },
      })
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error
      this.note('leat: stopped; what was compacted up to then stays so')
    } finally {
      await cluster.close()
    }
    await this.printListing(COLUMNS, done, flags)
    if (done.some(({ damage }) => damage !== null)) this.endWith(exitCodes.partial)
  }

  #explain({ topic, partition, segmentsBefore, keylessRecords, stoppedBy, damage }: CompactedPartition, isRolled: boolean): void {
    const name = `${topic}-${partition}`
    if (damage !== null)
      this.note(
        `leat: damage in ${damage}. ${name} is compacted up to that segment; \`leat log verify\` tells more, \`leat log repair\` mends it`,
      )
    else if (stoppedBy !== null) this.note(`leat: ${name} is compacted up to ${REASONS[stoppedBy]}`)
    else if (segmentsBefore === 0 && !isRolled)
      this.note(`leat: all of ${name} is in its active segment, which is left alone; --roll closes it first`)
    if (keylessRecords > 0)
      this.note(
        `leat: ${counted(keylessRecords, 'record')} of ${name} without a key: compaction takes ${keylessRecords === 1 ? 'it' : 'them'} out`,
      )
  }
}

const REASONS = {
  'open transaction': 'a transaction that is still open',
  'min.compaction.lag.ms': 'records younger than min.compaction.lag.ms',
  damage: 'damage',
} as const

class Interrupted extends Error {}
