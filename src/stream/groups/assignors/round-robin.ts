// `round-robin`, as in Kafka's clients: all partitions of all topics in order, dealt to the members in turn; who is not subscribed to
// the topic is passed over.
import { AssignmentBuilder, type Assignor, inMemberOrder, inTopicOrder } from './assignor.ts'

export const roundRobin: Assignor = ({ members, topics }) => {
  const ring = inMemberOrder(members)
  const builder = new AssignmentBuilder(members)
  let turn = 0
  for (const { id, partitionCount } of inTopicOrder(topics)) {
    if (!ring.some(({ topicIds }) => topicIds.has(id))) continue
    for (let partition = 0; partition < partitionCount; partition++) {
      while (ring[turn % ring.length]?.topicIds.has(id) === false) turn++
      builder.add((ring[turn % ring.length] as (typeof ring)[number]).memberId, id, partition)
      turn++
    }
  }
  return builder.result()
}
