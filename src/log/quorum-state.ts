// `__cluster_metadata-0/quorum-state`: what a KRaft voter must not forget, as JSON:
//
//   {"leaderId":1,"leaderEpoch":2,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}
//
// Version 0 (a static quorum before Kafka 3.9) has no votedDirectoryId, and fields that nobody reads.

export interface QuorumState {
  /** -1 when the leader is not known. */
  readonly leaderId: number
  readonly leaderEpoch: number
  /** Whom the node voted for in this epoch; -1: nobody. */
  readonly votedId: number
  readonly votedDirectoryId: string | null
  readonly version: number
}

/** null when the text is torn or not one. */
export function parseQuorumState(text: string): QuorumState | null {
  const fields = parseObject(text)
  const { leaderId, leaderEpoch, votedId = -1, votedDirectoryId = null, data_version: version } = fields
  if (!isInteger(leaderId) || !isInteger(leaderEpoch) || !isInteger(votedId) || !isInteger(version)) return null
  if (votedDirectoryId !== null && typeof votedDirectoryId !== 'string') return null
  return { leaderId, leaderEpoch, votedId, votedDirectoryId, version }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value)
}
