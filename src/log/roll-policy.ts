// When a log goes on in a new segment.

export interface ActiveSegmentState {
  readonly baseOffset: bigint
  readonly sizeInBytes: number
  readonly isIndexFull: boolean
  /** Of its first batch; null while it is empty or where that batch has none. */
  readonly firstTimestamp: bigint | null
}

export interface NextBatch {
  readonly sizeInBytes: number
  readonly lastOffset: bigint
  readonly maxTimestamp: bigint
}

export interface RollLimits {
  readonly segmentBytes: number
  readonly segmentMs: bigint
}

export type RollReason = 'size' | 'time' | 'index full' | 'offset range'

const INT32_MAX = 0x7fffffffn

/**
 * Kafka's rules: an empty segment takes any batch; time is counted from the first batch's to the next one's timestamp. (Where the first
 * batch has none, Kafka counts from when it opened the segment; a command opens it each time, and does not roll by time.)
 */
export function shouldRoll(segment: ActiveSegmentState, next: NextBatch, limits: RollLimits): RollReason | null {
  // Indexes hold offsets relative to the segment's base in 32 bits.
  if (next.lastOffset - segment.baseOffset > INT32_MAX) return 'offset range'
  if (segment.sizeInBytes === 0) return null
  if (segment.sizeInBytes > limits.segmentBytes - next.sizeInBytes) return 'size'
  if (segment.firstTimestamp !== null && next.maxTimestamp - segment.firstTimestamp > limits.segmentMs) return 'time'
  return segment.isIndexFull ? 'index full' : null
}

/**
 * The time after which a segment is closed: segment.ms less a random part of segment.jitter.ms, so that logs that were made together
 * do not all roll together. Chosen once for each segment.
 * @param random a whole number from 0 on, at random
 */
export function rollAfterMs(config: { readonly segmentMs: bigint; readonly segmentJitterMs: bigint }, random: number): bigint {
  const { segmentMs, segmentJitterMs } = config
  const jitter = segmentJitterMs < segmentMs ? segmentJitterMs : segmentMs
  return jitter === 0n ? segmentMs : segmentMs - (BigInt(random) % jitter)
}
