// Which partition of `__consumer_offsets` a group is in.

/** As every broker and client computes it: Java's hash of the id's UTF-16 units, its absolute value, modulo the number of partitions. */
export function partitionFor(groupId: string, partitionCount: number): number {
  let hash = 0
  for (let index = 0; index < groupId.length; index++) hash = (Math.imul(hash, 31) + groupId.charCodeAt(index)) | 0
  // The smallest integer has no absolute value in Java; Kafka takes 0.
  return (hash === -0x8000_0000 ? 0 : Math.abs(hash)) % partitionCount
}
