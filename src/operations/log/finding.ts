// What `log verify` says of a file.
//
//   kind         what it means                                                        exit code
//   damage       bytes that were stored are lost or cannot be trusted                 5
//   unsupported  messages of format v0 or v1: they could not be checked               3
//   torn         bytes of a batch that was being written after the last whole one:    0
//                no record that was acknowledged; the next write cuts them
//   derived      an index, snapshot or checkpoint disagrees with the log: reading     0
//                does not believe it, `log repair` makes it anew
//   gap          offsets that no batch has: what compaction or a repair leaves        0

export type FindingKind = 'damage' | 'unsupported' | 'torn' | 'derived' | 'gap'

export interface Finding {
  readonly kind: FindingKind
  readonly file: string
  /** Bytes; null where it is about the whole file. */
  readonly position: number | null
  readonly sizeInBytes: number | null
  /** The offsets concerned, the last one included; null where none are. */
  readonly fromOffset: bigint | null
  readonly toOffset: bigint | null
  readonly problem: string
}

/** A finding about a whole file. */
export function aboutFile(kind: FindingKind, file: string, problem: string): Finding {
  return { kind, file, position: null, sizeInBytes: null, fromOffset: null, toOffset: null, problem }
}

/** @param endOffset the first offset that is not concerned any more */
export function aboutBytes(
  kind: FindingKind,
  file: string,
  range: { position: number; sizeInBytes: number; fromOffset: bigint; endOffset: bigint },
  problem: string,
): Finding {
  const { position, sizeInBytes, fromOffset, endOffset } = range
  const hasOffsets = endOffset > fromOffset
  return {
    kind,
    file,
    position,
    sizeInBytes,
    fromOffset: hasOffsets ? fromOffset : null,
    toOffset: hasOffsets ? endOffset - 1n : null,
    problem,
  }
}
