// Murmur2 with Kafka's seed: what the default partitioner of Kafka's clients hashes keys with.
const SEED = 0x9747b28c
const M = 0x5bd1e995

/** Signed 32-bit hash of `bytes` from `start` to `end`. */
export function murmur2(bytes: Buffer, start: number, end: number): number {
  const length = end - start
  let hash = SEED ^ length
  let at = start
  for (const last = end - 4; at <= last; at += 4) {
    let k = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)
    k = Math.imul(k, M)
    k ^= k >>> 24
    hash = Math.imul(hash, M) ^ Math.imul(k, M)
  }
  const rest = end - at
  if (rest >= 3) hash ^= (bytes[at + 2] as number) << 16
  if (rest >= 2) hash ^= (bytes[at + 1] as number) << 8
  if (rest >= 1) hash = Math.imul(hash ^ (bytes[at] as number), M)
  hash ^= hash >>> 13
  hash = Math.imul(hash, M)
  return hash ^ (hash >>> 15)
}

/** The partition of a key, as every Kafka client with the default partitioner chooses it. */
export function partitionForKey(bytes: Buffer, start: number, end: number, partitionCount: number): number {
  return (murmur2(bytes, start, end) & 0x7fffffff) % partitionCount
}
