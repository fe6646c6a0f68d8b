// Kafka's `range`: of each topic, every subscriber gets one run of neighbouring partitions, the first ones a partition more where they
// do not divide evenly. Members have the same partition numbers of all topics that have as many partitions, so keyed topics can be joined.
import { AssignmentBuilder, type Assignor, inMemberOrder } from './assignor.ts'

export const range: Assignor = ({ members, topics }) => {
  const ordered = inMemberOrder(members)
  const builder = new AssignmentBuilder(members)
  for (const { id, partitionCount } of topics) {
    const subscribers = ordered.filter(({ topicIds }) => topicIds.has(id))
    const quota = Math.floor(partitionCount / subscribers.length)
    const extraCount = partitionCount % subscribers.length
    let next = 0
    for (const [index, { memberId }] of subscribers.entries()) {
      const end = next + quota + (index < extraCount ? 1 : 0)
      while (next < end) builder.add(memberId, id, next++)
    }
  }
  return builder.result()
}
