// `leat consume` without a handler: the records are printed.
import { writerOf } from './consume-request.ts'
import { commitModeOf, memberOptionsOf } from './consume-member.ts'
import type { Reading } from './consume-reading.ts'
import { checkNoHandler } from './handler-flags.ts'
import { consume } from '../src/operations/consume/consume.ts'
import { CommitFirst } from '../src/operations/consume/group/commit-first.ts'
import { consumeAsMember } from '../src/operations/consume/group/consume-as-member.ts'
import { resolveRanges } from '../src/operations/consume/ranges.ts'
import { matchingTopics, topicsMatching } from '../src/operations/consume/topics.ts'
import { RecordPrinter } from '../src/output/record-printer.ts'
import { standardOutput } from '../src/system/standard-output.ts'

/** @returns how many */
export async function printRecords({ flags, request, options, system, note, withCluster }: Reading): Promise<number> {
  checkNoHandler(flags)
  const { names, patterns, partitions, offsets, isFollowing, maxRecords } = request
  // At most once: what is printed is committed first.
  const output = flags.commit === 'before' ? new CommitFirst(standardOutput()) : standardOutput()
  const printer = new RecordPrinter(writerOf(flags), output, maxRecords, request.isWanted)
  await withCluster(async (cluster) => {
    const reading = { cluster, clock: system.clock, sink: printer, withControl: flags.control, ...options }
    if (flags.group === undefined) {
      const topics = patterns === null ? names : matchingTopics(cluster, patterns)
      const ranges = resolveRanges(cluster, { topics, partitions, offsets, isFollowing })
      await consume({ ...reading, ranges: maxRecords === 0 ? [] : ranges })
    } else if (maxRecords > 0) {
      const member = memberOptionsOf({ ...flags, group: flags.group }, { names, patterns, random: system.random })
      // A directory is not made for topics that are not there.
      for (const topic of patterns === null ? names : topicsMatching(cluster, patterns)) cluster.describeTopic(topic)
      await cluster.beginWriting()
      await consumeAsMember({
        ...reading,
        member,
        offsets,
        isFollowing,
        commit: commitModeOf(flags),
        output: output instanceof CommitFirst ? output : null,
        note,
      })
    }
  })
  return printer.count
}
