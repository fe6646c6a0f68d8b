export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** For maps; it is the name of the partition's folder, too. */
export function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

/** For sorting. */
export function byTopicAndPartition(a: TopicPartition, b: TopicPartition): number {
  return a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
}
