// `leat consume` with a handler: the records go to a command.
import type { Reading } from './consume-reading.ts'
import { commitModeOf, memberOptionsOf } from './consume-member.ts'
import { handlingOf } from './handling.ts'
import { writeStderr } from './report-error.ts'
import { isDeadLetterTopicName, isRetryTopicName } from '../src/dead-letters/topic-names.ts'
import { counted } from '../src/errors/counted.ts'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { matchingTopics } from '../src/operations/consume/topics.ts'
import { handle, type HandleResult } from '../src/operations/handle/handle.ts'

export async function handleRecords({ flags, request, options, system, note, withCluster }: Reading): Promise<HandleResult> {
  const commit = commitModeOf(flags)
  if (commit === 'before')
    throw new LeatError('USAGE', 'a handler is at least once: --commit before is for records that are printed', {
      hint: 'Leave --commit out: offsets are committed after their records were handled.',
      exitCode: exitCodes.usage,
    })
  const handling = handlingOf(flags, system.clock, (bytes) => {
    if (!flags.quiet) writeStderr(bytes)
  })
  return withCluster(async (cluster) => {
    const topics = request.patterns === null ? request.names : handledTopics(matchingTopics(cluster, request.patterns))
    const { group } = flags
    const { random } = system
    return handle({
      ...request,
      ...handling,
      ...options,
      cluster,
      system,
      topics,
      member: group === undefined ? null : memberOptionsOf({ ...flags, group }, { names: topics, patterns: null, random }),
      commit,
      onTopicCreated: (name, count) => note(`leat: made topic '${name}' with ${counted(count, 'partition')}`),
      note,
    })
  })
}

/** Of topics that a pattern found: those that hold what was set aside are not for the handler again. */
function handledTopics(found: readonly string[]): string[] {
  return found.filter((topic) => !isDeadLetterTopicName(topic) && !isRetryTopicName(topic))
}
