// What can be wrong with bytes that claim to be a record batch. Thrown by the codec, answered by whoever reads: a log
// reports the place, a broker refuses the request.

/** The bytes are not what they claim to be: a checksum, a count or a length disagrees. Never served as records. */
export class CorruptBatch extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'CorruptBatch'
  }
}

/** A whole message in a format that is older than record batches (magic 0 or 1, Kafka before 0.11). */
export class UnsupportedMagic extends Error {
  readonly magic: number

  constructor(magic: number) {
    super(
      magic === 0 || magic === 1
        ? `message format v${magic} (magic ${magic}, written by Kafka before 0.11) is not supported`
        : `record batch magic ${magic} is not a format Kafka ever wrote`,
    )
    this.name = 'UnsupportedMagic'
    this.magic = magic
  }
}
