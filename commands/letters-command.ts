// What commands that read dead letters share.
import { BaseCommand } from './base-command.ts'
import { exitCodes } from '../src/errors/leat-error.ts'
import { parseOffsetRange } from '../src/grammar/offset.ts'
import { requirePartitions } from '../src/grammar/values.ts'
import { isParkedTopicName } from '../src/dead-letters/topic-names.ts'
import type { Cluster } from '../src/client/cluster.ts'
import { resolveRanges } from '../src/operations/consume/ranges.ts'
import type { PartitionRange } from '../src/operations/consume/ranges.ts'
import { damageText } from '../src/output/damage.ts'
import type { DepthContext } from '../src/operations/dlq/depth.ts'
import { findDeadLetterTopics } from '../src/operations/dlq/list.ts'

interface RangeFlags {
  readonly partition?: string | undefined
  readonly offset?: string | undefined
}

export abstract class LettersCommand extends BaseCommand {
  /** What reading needs. Damage is said, and makes the exit code that of a thing done in part. */
  protected reading(cluster: Cluster): DepthContext {
    return {
      cluster,
      clock: this.system.clock,
      signal: this.signal,
      onDamage: (damage) => {
        this.note(`leat: ${damageText(damage)}`)
        this.endWith(exitCodes.partial)
      },
    }
  }

  /** As `dlq list` finds them; what was parked is out of the way. */
  protected async deadLetterTopics(cluster: Cluster): Promise<string[]> {
    return (await findDeadLetterTopics(this.reading(cluster))).filter((topic) => !isParkedTopicName(topic))
  }

  protected rangesOf(cluster: Cluster, topics: readonly string[], { partition, offset = 'beginning' }: RangeFlags): PartitionRange[] {
    return resolveRanges(cluster, {
      topics,
      partitions: partition === undefined ? null : requirePartitions('--partition', partition),
      offsets: parseOffsetRange(offset, this.system.clock.now()),
      isFollowing: false,
    })
  }
}
