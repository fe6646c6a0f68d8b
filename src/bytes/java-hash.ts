// Java's String.hashCode, by which Kafka finds the partition that keeps the state of a group or of a transactional id.

/** Signed 32 bits, over UTF-16 code units. */
export function javaHash(text: string): number {
  let hash = 0
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0
  return hash
}

/** The partition of `__consumer_offsets` or `__transaction_state` that keeps the state of this id. */
export function partitionForId(id: string, partitionCount: number): number {
  const hash = javaHash(id)
  // The smallest int32 has no positive counterpart: Kafka's Utils.abs makes it 0.
  return (hash === -(2 ** 31) ? 0 : Math.abs(hash)) % partitionCount
}
