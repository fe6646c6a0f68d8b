export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** For maps; it is the name of the partition's folder, too. */
export function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}
